/** POST /v1/usage: from a request to its answer, one step a line. */
import { err, type Result } from '../../shared/result.ts'
import type { EventAnswer } from '../../shared/usage/event.ts'
import { formOf, readRequest, type ReadEvents, type ReadRequest } from '../../shared/usage/read.ts'
import type { RequestProblem } from '../../shared/usage/refusal.ts'
import type { ReadSequence } from '../../shared/usage/sequence.ts'
import type { RefusedRow } from '../db/refused.ts'
import type { ApiKey } from '../keys.ts'
import { logLine, messageOf } from '../log.ts'
import { AGAIN_AFTER_SECONDS, problemResponse, refusalResponse } from '../problem.ts'
import { answerEvents, answerSequence, type Answered, type Reporting, type SequenceAnswer } from './answer.ts'
import { readBody } from '../body.ts'
import { AGAIN } from './fan-out.ts'
import { refusedEvents, refusedSequence } from './refused.ts'

/** The HTTP door's reporting: how refused usage is kept. `keep` throws when D1 does not take it. */
export interface HttpReporting extends Reporting {
  readonly keep: (rows: readonly RefusedRow[]) => Promise<void>
}

/** Takes the events of one request and answers each, in order. What is wrong with the request stores nothing. */
export async function reportUsage(request: Request, key: ApiKey, using: HttpReporting): Promise<Response> {
  const read = await readEvents(request, key)
  if (!read.ok) return problemResponse({ code: read.error.code, detail: read.error.message })
  try {
    return read.value.kind === 'sequence'
      ? await reportSequence(read.value, key, using)
      : await reportEvents(read.value, key, using)
  } catch (thrown) {
    // Only D1 is asked outside the Ledgers, and before them: what it did not answer stored nothing.
    logLine('error', 'usage_lookup_failed', { error: messageOf(thrown) })
    return problemResponse({
      code: 'again',
      detail: 'The subscriptions could not be looked up, so nothing was stored. Send the same request again.',
      retryAfterSeconds: AGAIN_AFTER_SECONDS,
    })
  }
}

const NO_STORE = { 'cache-control': 'no-store' }

async function readEvents(request: Request, key: ApiKey): Promise<Result<ReadRequest, RequestProblem>> {
  const form = request.headers.has('ce-specversion') ? undefined : formOf(request.headers.get('content-type'))
  if (form === undefined) {
    return err({
      code: 'wrong-content-type',
      message:
        'Send Content-Type: application/json, application/cloudevents+json or application/cloudevents-batch+json, in UTF-8.',
    })
  }
  const body = await readBody(request)
  return body.ok ? readRequest(body.value, form, key.id) : body
}

async function reportEvents(read: ReadEvents, key: ApiKey, using: HttpReporting): Promise<Response> {
  const answered = await answerEvents(read.events, key, using)
  const kept = await keepRefused(read, answered, key, using)
  const results = answered.map(({ answer, subscription }, at) => {
    const lost = !kept && subscription === null && answer.result === 'refused'
    return { id: read.events[at]?.id ?? null, ...(lost ? AGAIN : answer) }
  })
  const [first] = results
  return read.alone && first ? answerAlone(first) : Response.json({ results }, { headers: NO_STORE })
}

/** Keeps what no Ledger was asked to take: a Ledger keeps its own. False: it could not be kept, and is not answered. */
async function keepRefused(
  read: ReadEvents,
  answered: readonly Answered[],
  key: ApiKey,
  using: HttpReporting,
): Promise<boolean> {
  const atTheDoor = answered.map((one) => (one.subscription === null ? one : null))
  return tryToKeep(using, refusedEvents('http', read.events, atTheDoor, key, using.seller))
}

async function tryToKeep(using: HttpReporting, rows: readonly RefusedRow[]): Promise<boolean> {
  if (rows.length === 0) return true
  try {
    await using.keep(rows)
    return true
  } catch (thrown) {
    logLine('error', 'refused_not_kept', { events: rows.length, error: messageOf(thrown) })
    return false
  }
}

async function reportSequence(read: ReadSequence, key: ApiKey, using: HttpReporting): Promise<Response> {
  const answer = await answerSequence(read, key, using)
  if (answer.result !== 'refused') return answerNumber(read, answer)
  const kept = await tryToKeep(using, [refusedSequence('http', read, answer, key, using.seller)])
  return answerNumber(read, kept ? answer : AGAIN)
}

/** A sequence is answered as one: 200 when it is counted, the status of its refusal, or 503. */
function answerNumber({ sequence, events }: ReadSequence, answer: SequenceAnswer): Response {
  switch (answer.result) {
    case 'counted':
    case 'duplicate':
      return Response.json({ sequence, result: answer.result, events: events.length }, { headers: NO_STORE })
    case 'refused':
      return refusalResponse(answer, { sequence, result: 'refused', refused: answer.refused })
    case 'again':
      return problemResponse({
        code: 'again',
        detail: answer.message,
        retryAfterSeconds: AGAIN_AFTER_SECONDS,
        more: { sequence, result: 'again' },
      })
  }
}

/** An event sent alone is answered with the status of its result. */
function answerAlone(answer: { readonly id: string | null } & EventAnswer): Response {
  switch (answer.result) {
    case 'counted':
    case 'duplicate':
      return Response.json({ id: answer.id, result: answer.result }, { headers: NO_STORE })
    case 'refused':
      return refusalResponse(answer, { id: answer.id, result: 'refused' })
    case 'again':
      return problemResponse({
        code: 'again',
        detail: answer.message,
        retryAfterSeconds: AGAIN_AFTER_SECONDS,
        more: { id: answer.id, result: 'again' },
      })
  }
}
