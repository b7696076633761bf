/** The parameters of a list of subscriptions: each is known and well-formed, or a sentence says which is not. Pure. */
import { isSubscriptionId } from '../../shared/subscription.ts'
import type { ListQuery } from '../db/subscriptions.ts'

const PAGE_DEFAULT = 100
const PAGE_MAX = 500
const STATES = ['pending', 'active', 'ending', 'ended'] as const

/** True for an AWS account: 12 digits, its leading zeros among them. */
export const isAccount = (text: string): boolean => /^\d{12}$/.test(text)

export const NO_ACCOUNT = 'account is an AWS account: 12 digits, with its zeros.'

/** The query, or a sentence about what is wrong with it. `account`: given by the address; null: it is a parameter. */
export function readQuery(
  params: URLSearchParams,
  products: ReadonlySet<string> | null,
  account: string | null = null,
): ListQuery | string {
  const known = [...(account === null ? ['account'] : []), 'state', 'after', 'limit']
  for (const name of params.keys()) {
    if (!known.includes(name)) return `The parameters are ${known.join(', ')}; one given is none of them.`
  }
  const of = account ?? params.get('account')
  if (of !== null && !isAccount(of)) return NO_ACCOUNT
  const state = STATES.find((one) => one === params.get('state')) ?? null
  if (params.has('state') && state === null) return `state is one of ${STATES.join(', ')}.`
  const after = params.get('after')
  if (after !== null && !isSubscriptionId(after)) return 'after is the “next” of the page before.'
  const count = params.get('limit') ?? String(PAGE_DEFAULT)
  const limit = /^\d{1,3}$/.test(count) ? Number(count) : 0
  if (limit < 1 || limit > PAGE_MAX) return `limit is 1 to ${PAGE_MAX}.`
  return { products: products === null ? null : [...products], account: of, state, after, limit }
}
