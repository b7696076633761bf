/** What the operator's routes have in common: a walk over subscriptions, one subscription, and how they answer. */
import type { Context } from 'hono'
import type { Signed } from '../../shared/ledger/repair.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isSubscriptionId, type SubscriptionId } from '../../shared/subscription.ts'
import { findSubscription, type Shown } from '../db/subscriptions.ts'
import type { Edge } from '../env.ts'
import { problemResponse } from '../problem.ts'
import { readBody } from '../body.ts'
import { readSigned } from './act.ts'
import { readWalk, unknownIn, type WalkQuery } from './query.ts'

/** A page of subscriptions, or the sentence about its parameters. `limitMax`: Ledgers one request may ask. */
export const walkOver =
  (edge: Edge, limitMax: number, answer: (query: WalkQuery) => Promise<object>) =>
  async (c: Context): Promise<Response> => {
    const query = readWalk(queryOf(c), edge.seller, limitMax)
    return query.ok ? json(c, await answer(query.value)) : badParameter(query.error)
  }

/** One subscription that exists, or 404. `known`: the parameters the route takes. */
export const withOne =
  (
    edge: Edge,
    known: readonly string[],
    answer: (c: Context, id: SubscriptionId, row: Shown) => Promise<Response>,
  ) =>
  async (c: Context): Promise<Response> => {
    const id = c.req.param('id') ?? ''
    const row = isSubscriptionId(id) ? await findSubscription(edge.settings.db, id) : undefined
    if (row === undefined || !isSubscriptionId(id)) {
      return problemResponse({ code: 'not-found', detail: NO_SUBSCRIPTION })
    }
    const other = unknownIn(queryOf(c), known)
    return other === undefined ? answer(c, id, row) : badParameter(other)
  }

const NO_SUBSCRIPTION = 'There is no such subscription. `npm run ledger -- list` shows those there are.'

export const queryOf = (c: Context): URLSearchParams => new URL(c.req.url).searchParams

export const json = (c: Context, body: object | undefined): Response =>
  c.json(body, 200, { 'cache-control': 'no-store' })

export const badParameter = (detail: string): Response => problemResponse({ code: 'bad-parameter', detail })

/** The JSON of a request's body, of at most the size usage may have; or what to answer. */
export async function readJson(request: Request): Promise<Result<unknown, Response>> {
  const body = await readBody(request)
  if (!body.ok) return err(problemResponse({ code: body.error.code, detail: body.error.message }))
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body.value)))
  } catch {
    return err(
      problemResponse({ code: 'not-json', detail: 'The body is not JSON in UTF-8. Nothing was done.' }),
    )
  }
}

/** Who acts and why, where the address says what; or what to answer. */
export async function readSignature(request: Request): Promise<Result<Signed, Response>> {
  const body = await readJson(request)
  if (!body.ok) return body
  const signed = readSigned(body.value)
  return signed.ok ? signed : err(badParameter(signed.error))
}
