/** The body of a usage request, from its unpacked bytes to events that were checked one by one. Pure. */
import { err, ok, type Result } from '../result.ts'
import { readCloudEvent } from './cloud-event.ts'
import { readJson } from './json.ts'
import { type NamedEvent, type ReadNaming, readNaming } from './naming.ts'
import { readPlainEvent } from './plain.ts'
import type { Refusal, RequestProblem } from './refusal.ts'
import { isSequence, readSequence, type ReadSequence } from './sequence.ts'
import { isTakenOver, readTakenOver, TAKEN_OVER_TIME } from './taken-over.ts'
import { faultOf, quoted } from './text.ts'

/** Bytes a request may have after unpacking. */
export const BODY_MAX_BYTES = 1_000_000

/** Events a request may have. */
export const EVENTS_MAX = 10_000

/** One event of the request, in its order. `id` is the sender's where it can be repeated, else null; `raw` as it came. */
export interface ReadEvent {
  readonly id: string | null
  readonly read: Result<NamedEvent, Refusal>
  readonly raw: unknown
}

/** Events with ids of their sender's. `alone`: sent in a form for one event, so the answer has the status of its result. */
export interface ReadEvents {
  readonly kind: 'events'
  readonly alone: boolean
  readonly events: readonly ReadEvent[]
}

export type ReadRequest = ReadEvents | ReadSequence

/** The forms, told apart by the content type alone; `any` is a message of the queue, which has none. */
export type Form = 'cloud-event' | 'cloud-events' | 'plain' | 'any'

const FORMS: ReadonlyMap<string, Form> = new Map([
  ['application/cloudevents+json', 'cloud-event'],
  ['application/cloudevents-batch+json', 'cloud-events'],
  ['application/json', 'plain'],
])

/** The form a Content-Type asks for; undefined when it is missing, not ours, or of another charset than UTF-8. */
export function formOf(contentType: string | null): Form | undefined {
  const [type, ...parameters] = (contentType ?? '').toLowerCase().split(';')
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=')
    if (name?.trim() === 'charset' && value?.trim().replaceAll('"', '') !== 'utf-8') return undefined
  }
  return FORMS.get(type?.trim() ?? '')
}

/**
 * Reads a body in `form`. `source` is who reports when a plain event does not say: the API key's id. `named`: how an event
 * says whose usage it is.
 */
export function readRequest(
  bytes: Uint8Array,
  form: Form,
  source: string,
  named: ReadNaming = readNaming,
): Result<ReadRequest, RequestProblem> {
  const json = readJson(bytes, TAKEN_OVER_TIME)
  if (!json.ok) return json
  const isPlain = form === 'plain' || form === 'any'
  if (isPlain && isObject(json.value) && isSequence(json.value))
    return readSequence(json.value, source, named)
  const list = listOf(json.value, form)
  if (!list.ok) return list
  const { alone, events } = list.value
  if (events.length === 0) {
    return problem('no-events', 'The request has no events. Send at least one.')
  }
  if (events.length > EVENTS_MAX) return tooMany(events.length)
  const each = events.flatMap((raw) => readOne(raw, form, source, named))
  if (each.length > EVENTS_MAX) return tooMany(each.length)
  return ok({ kind: 'events', alone: alone && each.length === 1, events: each })
}

const tooMany = (count: number): Result<never, RequestProblem> =>
  problem(
    'too-many-events',
    `The request has ${count} events; ${EVENTS_MAX} is the most. Send them in several requests.`,
  )

/** One event, or those of a record taken over: one a dimension. */
function readOne(raw: unknown, form: Form, source: string, named: ReadNaming): readonly ReadEvent[] {
  if (!isObject(raw)) {
    const message = 'The event is not a JSON object. Send { "id": …, … } for each event.'
    return [{ id: null, read: err({ code: 'not-an-object', message }), raw }]
  }
  const isCloud = form === 'any' ? Object.hasOwn(raw, 'specversion') : form !== 'plain'
  if (!isCloud && isTakenOver(raw)) {
    return readTakenOver(raw).map(({ record, read }) => ({
      id: read.ok ? read.value.event.id : null,
      read,
      raw: record,
    }))
  }
  const read = isCloud ? readCloudEvent(raw, named) : readPlainEvent(raw, source, named)
  if (read.ok) return [{ id: read.value.event.id, read, raw }]
  const id = raw['id']
  return [{ id: typeof id === 'string' && faultOf(id) === undefined ? id : null, read, raw }]
}

function listOf(
  value: unknown,
  form: Form,
): Result<{ alone: boolean; events: readonly unknown[] }, RequestProblem> {
  switch (form) {
    case 'cloud-event':
      return isObject(value)
        ? ok({ alone: true, events: [value] })
        : problem(
            'not-events',
            'The body is not one CloudEvent. For several send Content-Type: application/cloudevents-batch+json.',
          )
    case 'cloud-events':
      return Array.isArray(value)
        ? ok({ alone: false, events: value })
        : problem(
            'not-events',
            'The body is not an array of CloudEvents. For one send Content-Type: application/cloudevents+json.',
          )
    case 'plain':
    case 'any':
      if (Array.isArray(value)) return ok({ alone: false, events: value })
      if (!isObject(value)) {
        return problem(
          'not-events',
          'The body is no event. Send one object, an array, or { "events": [ … ] }.',
        )
      }
      return Object.hasOwn(value, 'events') ? readEnvelope(value) : ok({ alone: true, events: [value] })
  }
}

function readEnvelope(
  envelope: Record<string, unknown>,
): Result<{ alone: boolean; events: readonly unknown[] }, RequestProblem> {
  const unknown = Object.keys(envelope).find((field) => field !== 'events')
  if (unknown !== undefined) {
    return problem(
      'unknown-envelope-field',
      `Beside events there is a field ${quoted(unknown)} that is not known. Send { "events": [ … ] } and nothing else.`,
    )
  }
  return Array.isArray(envelope['events'])
    ? ok({ alone: false, events: envelope['events'] })
    : problem('not-events', 'events is not an array. Send { "events": [ … ] }.')
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const problem = (code: RequestProblem['code'], message: string): Result<never, RequestProblem> =>
  err({ code, message })
