/** POST /v1/usage in the container: the edge's forms in, the edge's answers out, nothing answered before it is on disk. */
import type { IncomingMessage } from 'node:http'
import { err, type Result } from '../../shared/result.ts'
import type { EventAnswer, UsageEvent } from '../../shared/usage/event.ts'
import type { Naming } from '../../shared/usage/naming.ts'
import { formOf, readRequest, type ReadEvents, type ReadRequest } from '../../shared/usage/read.ts'
import type { RequestProblem } from '../../shared/usage/refusal.ts'
import type { ReadSequence } from '../../shared/usage/sequence.ts'
import { readBody } from './body.ts'
import type { Taking } from './commit.ts'
import { type Answer, json, problem, refusal } from './problem.ts'

/** Takes the events of one request and answers each, in order. `source`: who reports where an event does not say. */
export async function reportUsage(request: IncomingMessage, source: string, intake: Taking): Promise<Answer> {
  const read = await readEvents(request, source, intake)
  if (!read.ok) return problem(read.error.code, read.error.message)
  try {
    return read.value.kind === 'sequence'
      ? await answerSequence(read.value, intake)
      : await answerEvents(read.value, intake)
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== 'SpoolError') throw thrown
    return problem(
      'again',
      `${thrown.message} Send the same request again: what counted already is known by its ids.`,
    )
  }
}

async function readEvents(
  request: IncomingMessage,
  source: string,
  intake: Taking,
): Promise<Result<ReadRequest, RequestProblem>> {
  const cloud = request.headers['ce-specversion'] !== undefined
  const form = cloud ? undefined : formOf(request.headers['content-type'] ?? null)
  if (form === undefined) {
    return err({
      code: 'wrong-content-type',
      message:
        'Send Content-Type: application/json, application/cloudevents+json or application/cloudevents-batch+json, in UTF-8.',
    })
  }
  const body = await readBody(request)
  return body.ok ? readRequest(body.value, form, source, intake.named) : body
}

const TAKEN_OVER: EventAnswer = {
  result: 'refused',
  code: 'taken-over',
  message:
    'Records of another metering system are taken at the edge only. Send { "id", "meter", "quantity", "time" } here.',
}

interface Group {
  readonly naming: Naming
  readonly places: number[]
  readonly events: UsageEvent[]
}

async function answerEvents(read: ReadEvents, intake: Taking): Promise<Answer> {
  const groups = new Map<string, Group>()
  const answers = read.events.map((one, place): EventAnswer | undefined => {
    if (!one.read.ok) return { result: 'refused', ...one.read.error }
    const { event, naming, takenOver } = one.read.value
    if (takenOver === true) return TAKEN_OVER
    const name = JSON.stringify(naming)
    const group = groups.get(name) ?? { naming, places: [], events: [] }
    groups.set(name, group)
    group.places.push(place)
    group.events.push(event)
    return undefined
  })
  for (const { naming, places, events } of groups.values()) {
    const taken = await intake.take({ kind: 'ids', events }, naming)
    places.forEach((place, at) => (answers[place] = taken[at]))
  }
  const results = read.events.map(({ id }, place) => ({ id, ...(answers[place] ?? AGAIN) }))
  const [first] = results
  return read.alone && first !== undefined ? answerAlone(first) : json({ results })
}

const AGAIN = {
  result: 'again',
  message: 'It is not certain that the event was stored. Send it again with the same id.',
} as const satisfies EventAnswer

/** An event sent alone is answered with the status of its result. */
function answerAlone({ id, ...answer }: { readonly id: string | null } & EventAnswer): Answer {
  switch (answer.result) {
    case 'counted':
    case 'duplicate':
      return json({ id, result: answer.result })
    case 'refused':
      return refusal(answer, { id, result: 'refused' })
    case 'again':
      return problem('again', answer.message, { id, result: 'again' })
  }
}

/** A number is answered as one: 200 when it is counted, the status of its refusal, or 503. */
async function answerSequence(batch: ReadSequence, intake: Taking): Promise<Answer> {
  const { source, epoch, sequence, naming } = batch
  const events: UsageEvent[] = []
  const wrong: Wrong[] = []
  batch.events.forEach((read, at) => {
    if (read.ok) events.push(read.value)
    else wrong.push({ at, id: null, ...read.error })
  })
  if (wrong.length > 0) return batchRefused(batch, wrong)
  const answers = await intake.take({ kind: 'sequence', source, epoch, sequence, events }, naming)
  const [first] = answers
  switch (first?.result) {
    case undefined:
    case 'again':
      return problem('again', AGAIN.message, { sequence, result: 'again' })
    case 'counted':
    case 'duplicate':
      return json({ sequence, result: first.result, events: events.length })
    case 'refused': {
      const own = answers.flatMap((answer, at): Wrong[] =>
        answer.result === 'refused' && answer.code !== 'batch-refused'
          ? [{ at, id: events[at]?.id ?? null, code: answer.code, message: answer.message }]
          : [],
      )
      // What is said of every event in the same words is said of the number.
      const ofNumber = own.length === events.length && own.every(({ message }) => message === first.message)
      return ofNumber
        ? refusal(first, { sequence, result: 'refused', refused: [] })
        : batchRefused(batch, own)
    }
  }
}

interface Wrong {
  readonly at: number
  readonly id: string | null
  readonly code: string
  readonly message: string
}

const batchRefused = ({ sequence, events }: ReadSequence, refused: readonly Wrong[]): Answer =>
  refusal(
    {
      code: 'batch-refused',
      message: `${refused.length} of ${events.length} events of sequence ${sequence} are refused, so none was stored and the number is free. Send the others under the next number; correct these first.`,
    },
    { sequence, result: 'refused', refused },
  )
