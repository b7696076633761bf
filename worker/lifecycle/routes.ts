/** /v1/subscriptions: what the seller's application may know of who bought what, and the plan it sets. Behind an API key. */
import { Hono } from 'hono'
import { setPlan } from './plan.ts'
import { subscriptionView } from './view.ts'
import { isSubscriptionId } from '../../shared/subscription.ts'
import type { Edge } from '../env.ts'
import { findSubscription, listSubscriptions, type ListQuery } from '../db/subscriptions.ts'
import { problemResponse, type Problem } from '../problem.ts'
import { allows, requireKey, type KeyedEnv } from '../keys.ts'

const PAGE_DEFAULT = 100
const PAGE_MAX = 500
const STATES = ['pending', 'active', 'ending', 'ended'] as const
const PARAMETERS = ['account', 'state', 'after', 'limit']

/** `GET /subscriptions`, `GET /subscriptions/:id` and `PUT /subscriptions/:id/plan`. */
export function subscriptionRoutes(edge: Edge): Hono<KeyedEnv> {
  const { db } = edge.settings
  const keyed = requireKey(edge)
  const routes = new Hono<KeyedEnv>()

  routes.get('/subscriptions', keyed, async (c) => {
    const query = readQuery(new URL(c.req.url).searchParams, c.var.key.products)
    if (typeof query === 'string') return problemResponse({ code: 'bad-parameter', detail: query })
    const rows = await listSubscriptions(db, query)
    const next = rows.length === query.limit ? (rows.at(-1)?.id ?? null) : null
    return c.json({ subscriptions: rows.map(subscriptionView), next }, 200, NO_STORE)
  })

  routes.get('/subscriptions/:id', keyed, async (c) => {
    const id = c.req.param('id')
    const row = isSubscriptionId(id) ? await findSubscription(db, id) : undefined
    if (!row || !allows(c.var.key, row.product)) {
      return problemResponse(NOT_FOUND)
    }
    return c.json(subscriptionView(row), 200, NO_STORE)
  })

  routes.put('/subscriptions/:id/plan', keyed, async (c) => {
    const id = c.req.param('id')
    const row = isSubscriptionId(id) ? await findSubscription(db, id) : undefined
    return isSubscriptionId(id) && row && allows(c.var.key, row.product)
      ? setPlan(edge, id, row, c.req.raw, c.var.key.id)
      : problemResponse(NOT_FOUND)
  })
  return routes
}

const NOT_FOUND: Problem = {
  code: 'not-found',
  detail: 'There is no such subscription that this API key may see. GET /v1/subscriptions lists them.',
}

const NO_STORE = { 'cache-control': 'no-store' }

/** The query, or a sentence about what is wrong with it. */
function readQuery(params: URLSearchParams, products: ReadonlySet<string> | null): ListQuery | string {
  for (const name of params.keys()) {
    if (!PARAMETERS.includes(name))
      return `The parameters are ${PARAMETERS.join(', ')}; one given is none of them.`
  }
  const account = params.get('account')
  if (account !== null && !/^\d{12}$/.test(account))
    return 'account is an AWS account: 12 digits, with its zeros.'
  const state = STATES.find((one) => one === params.get('state')) ?? null
  if (params.has('state') && state === null) return `state is one of ${STATES.join(', ')}.`
  const after = params.get('after')
  if (after !== null && !isSubscriptionId(after)) return 'after is the “next” of the page before.'
  const count = params.get('limit') ?? String(PAGE_DEFAULT)
  const limit = /^\d{1,3}$/.test(count) ? Number(count) : 0
  if (limit < 1 || limit > PAGE_MAX) return `limit is 1 to ${PAGE_MAX}.`
  return { products: products === null ? null : [...products], account, state, after, limit }
}
