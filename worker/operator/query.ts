/** The parameters of the operator's routes: each is known and well-formed, or a sentence says which is not. Pure. */
import { HOUR_MS, monthOf, type Month } from '../../shared/hour.ts'
import type { SubscriptionState } from '../../shared/operator/wire.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isSubscriptionId, type SubscriptionId } from '../../shared/subscription.ts'
import type { EdgeView } from '../../shared/seller/views.ts'

const STATES = ['pending', 'active', 'ending', 'ended'] as const satisfies readonly SubscriptionState[]

/** Which subscriptions, and which page of them. `after`: the last id of the page before. */
export interface WalkQuery {
  readonly product: string | null
  readonly state: SubscriptionState | null
  readonly after: SubscriptionId | null
  readonly limit: number
}

/** The parameters of a walk over subscriptions; `limitMax` is how many Ledgers one request may ask. */
export function readWalk(
  query: URLSearchParams,
  seller: Pick<EdgeView, 'products'>,
  limitMax: number,
): Result<WalkQuery, string> {
  const other = unknownIn(query, ['product', 'state', 'after', 'limit'])
  if (other !== undefined) return err(other)
  const product = query.get('product')
  const products = seller.products.map(({ key }) => key)
  if (product !== null && !products.includes(product))
    return err(`product is one of: ${products.join(', ')}.`)
  const state = STATES.find((one) => one === query.get('state')) ?? null
  if (query.has('state') && state === null) return err(`state is one of: ${STATES.join(', ')}.`)
  const after = query.get('after')
  if (after !== null && !isSubscriptionId(after)) return err(WRONG_AFTER)
  const limit = readLimit(query, limitMax)
  return limit.ok ? ok({ product, state, after, limit: limit.value }) : limit
}

/** `limit`: 1 to `max`, and `max` when it is not given. */
export function readLimit(query: URLSearchParams, max: number): Result<number, string> {
  const text = query.get('limit') ?? String(max)
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  return limit >= 1 && limit <= max ? ok(limit) : err(`limit is a number from 1 to ${max}.`)
}

/** A sentence when there is a parameter beside those that are known. */
export function unknownIn(query: URLSearchParams, known: readonly string[]): string | undefined {
  if ([...query.keys()].every((name) => known.includes(name))) return undefined
  return `The address has a parameter that is not known. It takes: ${known.join(', ')}.`
}

export const WRONG_AFTER = 'after is not what an earlier page gave as next. Leave it out to begin again.'

/** The first ms of a UTC hour; undefined for anything else. */
export function readHour(text: string): number | undefined {
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return ms % HOUR_MS === 0 ? ms : undefined
}

/** `2026-11` as that month; the month of `now` when none is given. */
export function readMonth(text: string | null, now: number): Month | undefined {
  if (text === null) return monthOf(now)
  return /^20\d\d-(0[1-9]|1[0-2])$/.test(text) ? monthOf(Date.parse(`${text}-01T00:00:00Z`)) : undefined
}
