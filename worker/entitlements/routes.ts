/** What the seller's application may know of who bought what, and what a buyer may use now. Behind an API key. */
import { Hono } from 'hono'
import { isSubscriptionId } from '../../shared/subscription.ts'
import { findSubscription, listSubscriptions, type ListQuery, type Shown } from '../db/subscriptions.ts'
import type { Edge } from '../env.ts'
import { allows, requireKey, type ApiKey, type KeyedEnv } from '../keys.ts'
import { subscriptionView } from '../lifecycle/view.ts'
import { problemResponse, type Problem } from '../problem.ts'
import { cached } from './cached.ts'
import { entitlementsOf } from './entitlements.ts'
import { isAccount, NO_ACCOUNT, readQuery } from './query.ts'
import { usageOf } from './usage.ts'

const NO_STORE = { 'cache-control': 'no-store' }

/** `/subscriptions`, `/subscriptions/:id`, `/subscriptions/:id/entitlements`, `/buyers/:account/subscriptions`. */
export function entitlementRoutes(edge: Edge): Hono<KeyedEnv> {
  const { db } = edge.settings
  const keyed = requireKey(edge)
  const routes = new Hono<KeyedEnv>()

  /** What this key may not see is not there for it. */
  const find = async (id: string, key: ApiKey): Promise<Shown | undefined> => {
    const row = isSubscriptionId(id) ? await findSubscription(db, id) : undefined
    return row && allows(key, row.product) ? row : undefined
  }

  const page = async (query: ListQuery) => {
    const rows = await listSubscriptions(db, query)
    const next = rows.length === query.limit ? (rows.at(-1)?.id ?? null) : null
    return { subscriptions: rows.map((row) => subscriptionView(row, edge.seller)), next }
  }

  routes.get('/subscriptions', keyed, async (c) => {
    const query = readQuery(new URL(c.req.url).searchParams, c.var.key.products)
    if (typeof query === 'string') return problemResponse({ code: 'bad-parameter', detail: query })
    return c.json(await page(query), 200, NO_STORE)
  })

  routes.get('/buyers/:account/subscriptions', keyed, async (c) => {
    const account = c.req.param('account')
    const query = isAccount(account)
      ? readQuery(new URL(c.req.url).searchParams, c.var.key.products, account)
      : NO_ACCOUNT
    if (typeof query === 'string') return problemResponse({ code: 'bad-parameter', detail: query })
    return cached(c, { account, ...(await page(query)) })
  })

  routes.get('/subscriptions/:id', keyed, async (c) => {
    const row = await find(c.req.param('id'), c.var.key)
    return row ? cached(c, subscriptionView(row, edge.seller)) : problemResponse(NOT_FOUND)
  })

  routes.get('/subscriptions/:id/entitlements', keyed, async (c) => {
    const row = await find(c.req.param('id'), c.var.key)
    if (!row) return problemResponse(NOT_FOUND)
    const usage = await usageOf(edge, row)
    return cached(c, entitlementsOf(row, edge.seller, usage === 'unknown' ? null : usage))
  })
  return routes
}

const NOT_FOUND: Problem = {
  code: 'not-found',
  detail: 'There is no such subscription that this API key may see. GET /v1/subscriptions lists them.',
}
