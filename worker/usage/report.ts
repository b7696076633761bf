/** POST /v1/usage: from a request to its answer, one step a line. */
import { err, type Result } from '../../shared/result.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { EventAnswer } from '../../shared/usage/event.ts'
import { unknownSubscription } from '../../shared/usage/naming.ts'
import { formOf, readRequest, type ReadRequest } from '../../shared/usage/read.ts'
import type { RequestProblem } from '../../shared/usage/refusal.ts'
import { problemResponse, refusalResponse } from '../problem.ts'
import { readBody } from './body.ts'
import { AGAIN, recallAll, takeAll, type LedgerOf, type Placed, type Unclear } from './fan-out.ts'
import { allows, type ApiKey } from '../keys.ts'
import { nameOf, type SubscriptionLookup } from './subscriptions.ts'

/** After how many seconds an event answered `again` is worth another try. */
const AGAIN_AFTER_SECONDS = 5

/** How many subscriptions a refusal for ambiguity lists. */
const LISTED_MAX = 20

export interface Reporting {
  readonly lookup: SubscriptionLookup
  readonly ledgerOf: LedgerOf
}

/** Takes the events of one request and answers each, in order. What is wrong with the request stores nothing. */
export async function reportUsage(request: Request, key: ApiKey, using: Reporting): Promise<Response> {
  const read = await readEvents(request, key)
  if (!read.ok) return problemResponse({ code: read.error.code, detail: read.error.message })
  const { alone, events } = read.value
  const answers = await answerAll(read.value, key, using)
  const results = answers.map((answer, at) => ({ id: events[at]?.id ?? null, ...answer }))
  const [first] = results
  return alone && first ? answerAlone(first) : Response.json({ results }, { headers: NO_STORE })
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

/** Looks up what the events name, takes what is clear, and asks about what is not. */
async function answerAll({ events }: ReadRequest, key: ApiKey, using: Reporting): Promise<EventAnswer[]> {
  const answers: EventAnswer[] = events.map(() => AGAIN)
  const bySubscription = new Map<SubscriptionId, Placed[]>()
  const unclear: Unclear[] = []
  const named = events.flatMap(({ read }) => (read.ok ? [read.value.naming] : []))
  const found = await using.lookup.find(named)

  events.forEach(({ read }, place) => {
    if (!read.ok) {
      answers[place] = { result: 'refused', ...read.error }
      return
    }
    const { event, naming } = read.value
    const candidates = (found.get(nameOf(naming)) ?? []).filter(({ product }) => allows(key, product))
    const [only, ...others] = candidates
    if (only === undefined) {
      const given = naming.kind === 'subscription' ? naming.id : undefined
      answers[place] = { result: 'refused', ...unknownSubscription(given) }
    } else if (others.length > 0) {
      unclear.push({ place, event, candidates: candidates.map(({ id }) => id) })
    } else {
      const placed = bySubscription.get(only.id)
      if (placed) placed.push({ place, event })
      else bySubscription.set(only.id, [{ place, event }])
    }
  })
  await takeAll(using.ledgerOf, bySubscription, answers)
  await recallAll(using.ledgerOf, unclear, answers, ambiguous)
  return answers
}

function ambiguous({ candidates }: Unclear): EventAnswer {
  const list = candidates.slice(0, LISTED_MAX).join(', ')
  const more = candidates.length > LISTED_MAX ? ` and ${candidates.length - LISTED_MAX} more` : ''
  return {
    result: 'refused',
    code: 'ambiguous-subscription',
    message: `The account has several subscriptions to this product: ${list}${more}. Send the id of the one that was used.`,
  }
}

/** An event sent alone is answered with the status of its result. */
function answerAlone(answer: { readonly id: string | null } & EventAnswer): Response {
  switch (answer.result) {
    case 'counted':
    case 'duplicate':
      return Response.json({ id: answer.id, result: answer.result }, { headers: NO_STORE })
    case 'refused':
      return refusalResponse(answer.id, answer)
    case 'again':
      return problemResponse({
        code: 'again',
        detail: answer.message,
        retryAfterSeconds: AGAIN_AFTER_SECONDS,
        more: { id: answer.id, result: 'again' },
      })
  }
}
