/** Sequence mode's form: one batch of one subscription under one number (money §1). Pure. Its events carry no id. */
import { err, ok, type Result } from '../result.ts'
import type { UsageEvent } from './event.ts'
import { readMeasure } from './measure.ts'
import { type Naming, type ReadNaming, readNaming } from './naming.ts'
import { refused, type Refusal, type RequestProblem } from './refusal.ts'
import { given, quoted, readText } from './text.ts'
import { readTime } from './time.ts'

/** Events that one number may have. */
const EVENTS_MAX = 10_000

/** Drawn anew at every start: too short to be random would meet the numbers of an earlier start. */
const EPOCH = /^[0-9A-Za-z_-]{16,64}$/

const ENVELOPE = new Set(['source', 'epoch', 'sequence', 'subscription', 'licenseArn', 'events'])
const FIELDS = new Set(['id', 'meter', 'quantity', 'value', 'series', 'key', 'time'])

/** A batch whose number and subscription are well-formed; each event is, or says why not. `raw` as it came. */
export interface ReadSequence {
  readonly kind: 'sequence'
  readonly source: string
  readonly epoch: string
  readonly sequence: number
  readonly naming: Naming
  readonly events: readonly Result<UsageEvent, Refusal>[]
  readonly raw: Record<string, unknown>
}

/** True for an envelope that says a number, right or wrong. */
export const isSequence = (body: Record<string, unknown>): boolean =>
  Object.hasOwn(body, 'epoch') || Object.hasOwn(body, 'sequence')

/** Reads the envelope; `source` is who reports when it does not say. */
export function readSequence(
  raw: Record<string, unknown>,
  source: string,
  named: ReadNaming = readNaming,
): Result<ReadSequence, RequestProblem> {
  const unknown = Object.keys(raw).find((field) => !ENVELOPE.has(field))
  if (unknown !== undefined) {
    return err({
      code: 'unknown-envelope-field',
      message: `Beside events there is a field ${quoted(unknown)} that is not known. A sequence has: ${[...ENVELOPE].join(', ')}.`,
    })
  }
  const { epoch, sequence, events } = raw
  if (typeof epoch !== 'string' || !EPOCH.test(epoch)) {
    return bad(
      'epoch is not a text of 16 to 64 letters, digits, - and _. Draw one at random at every start of the sender.',
    )
  }
  if (!Number.isSafeInteger(sequence) || Number(sequence) < 0) {
    return bad('sequence is not a whole number from 0 to 9007199254740991. Count up by one for each batch.')
  }
  const from = readText('source', raw['source'] ?? source, 'bad-source')
  if (!from.ok) return bad(from.error.message)
  const { subscription, licenseArn } = raw
  const naming = named({ subscription, licenseArn, account: undefined, product: undefined })
  if (!naming.ok) return bad(naming.error.message)
  if (!Array.isArray(events)) {
    return err({ code: 'not-events', message: 'events is not an array. Send the events of this number.' })
  }
  if (events.length === 0) {
    return err({ code: 'no-events', message: 'The sequence has no events. Send at least one.' })
  }
  if (events.length > EVENTS_MAX) {
    return err({
      code: 'too-many-events',
      message: `The sequence has ${events.length} events; ${EVENTS_MAX} is the most. Send them under several numbers.`,
    })
  }
  const number = { source: from.value, epoch, sequence: Number(sequence) }
  const read = events.map((event: unknown, at) => readEvent(event, number, at))
  return ok({ kind: 'sequence', ...number, naming: naming.value, events: read, raw })
}

function readEvent(
  raw: unknown,
  number: { readonly source: string; readonly epoch: string; readonly sequence: number },
  at: number,
): Result<UsageEvent, Refusal> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return refused('not-an-object', 'The event is not a JSON object. Send { "meter": …, … } for each event.')
  }
  for (const field in raw) {
    if (FIELDS.has(field)) continue
    const known = [...FIELDS].join(', ')
    return refused(
      'unknown-field',
      `The event has a field ${quoted(field)} that is not known. In a sequence it has: ${known}.`,
    )
  }
  const fields = raw as Record<string, unknown>
  // Names the event when it is refused; what makes a retry safe is the number.
  const own = fields['id']
  const id = given(own) ? readText('id', own, 'bad-id') : ok(`${number.epoch}:${number.sequence}:${at}`)
  if (!id.ok) return id
  const time = readTime(fields['time'])
  if (!time.ok) return time
  return readMeasure(
    {
      meter: fields['meter'],
      quantity: fields['quantity'],
      value: fields['value'],
      series: fields['series'],
      key: fields['key'],
    },
    { source: number.source, id: id.value, time: time.value },
  )
}

const bad = (message: string): Result<never, RequestProblem> => err({ code: 'bad-sequence', message })
