/** What the seller's application may know of who bought what, and what a buyer may use now. Behind an API key. */
import { Hono } from 'hono'
import { monthOf, nextMonth, type Month } from '../../shared/hour.ts'
import type { MonthUsage } from '../../shared/ledger/ledger.ts'
import { isSubscriptionId } from '../../shared/subscription.ts'
import { findSubscription, listSubscriptions, type ListQuery, type Shown } from '../db/subscriptions.ts'
import type { Edge } from '../env.ts'
import { allows, requireKey, type ApiKey, type KeyedEnv } from '../keys.ts'
import { subscriptionView } from '../lifecycle/view.ts'
import { logLine, messageOf } from '../log.ts'
import { problemResponse, type Problem } from '../problem.ts'
import { cached } from './cached.ts'
import { entitlementsOf, termFrom } from './entitlements.ts'
import { isAccount, NO_ACCOUNT, readQuery } from './query.ts'

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
    return { subscriptions: rows.map(subscriptionView), next }
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
    return row ? cached(c, subscriptionView(row)) : problemResponse(NOT_FOUND)
  })

  routes.get('/subscriptions/:id/entitlements', keyed, async (c) => {
    const row = await find(c.req.param('id'), c.var.key)
    if (!row) return problemResponse(NOT_FOUND)
    return cached(c, entitlementsOf(row, edge.seller, await usageOf(edge, row)))
  })
  return routes
}

const NOT_FOUND: Problem = {
  code: 'not-found',
  detail: 'There is no such subscription that this API key may see. GET /v1/subscriptions lists them.',
}

/** A trial has at most 90 days and some of grace. */
const MONTHS_MAX = 5

/**
 * What was used, from the Ledger itself and not from the read model, which may be three quarters of an hour behind: a
 * limit is held by what is known now. This month last, before it those of a trial's term. Null: nothing is counted before
 * AWS has granted anything, or the Ledger does not answer; what a buyer may use is known all the same.
 */
async function usageOf(edge: Edge, row: Shown): Promise<readonly MonthUsage[] | null> {
  if (row.state === 'pending') return null
  const last = monthOf(edge.clocks.business())
  const months: Month[] = []
  let month = monthOf(termFrom(row) ?? last)
  while (month < last && months.length < MONTHS_MAX) {
    months.push(month)
    month = nextMonth(month)
  }
  try {
    const ledger = edge.settings.ledgers.getByName(row.id)
    return await Promise.all([...months, last].map((one) => ledger.usage(one)))
  } catch (thrown) {
    logLine('warn', 'usage_unreadable', { subscription: row.id, error: messageOf(thrown) })
    return null
  }
}
