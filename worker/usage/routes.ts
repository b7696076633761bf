/** The usage API's routes under /v1. Each asks for an API key; what they do stands in the files beside this one. */
import { Hono, type Context } from 'hono'
import { isSubscriptionId, type SubscriptionId } from '../../shared/subscription.ts'
import { keepRefusedRows, type RefusedRow } from '../db/refused.ts'
import type { Edge } from '../env.ts'
import { onlyBy, problemResponse } from '../problem.ts'
import { allows, requireKey, type KeyedEnv } from '../keys.ts'
import { listOpenRecords, readOpenRecordsQuery, readPage, showPage } from './records.ts'
import { reportUsage } from './report.ts'
import { openLookup } from './subscriptions.ts'

const NO_STORE = { 'cache-control': 'no-store' }

/** `POST /usage`, `GET /subscriptions/:id/records`, `GET /records`. */
export function usageRoutes(edge: Edge): Hono<KeyedEnv> {
  const { db, ledgers } = edge.settings
  const lookup = openLookup(db)
  const keyed = requireKey(edge)
  const routes = new Hono<KeyedEnv>()

  const reporting = {
    lookup,
    ledgerOf: (id: SubscriptionId) => ledgers.getByName(id),
    seller: edge.seller,
    keep: (rows: readonly RefusedRow[]) => keepRefusedRows(db, rows, edge.clocks.business()),
  }
  routes.post('/usage', keyed, (c) => reportUsage(c.req.raw, c.var.key, reporting))
  routes.all('/usage', () => onlyBy('POST'))

  routes.get('/subscriptions/:id/records', keyed, async (c) => {
    const id = c.req.param('id')
    const found = isSubscriptionId(id) ? await lookup.find([{ kind: 'subscription', id }]) : undefined
    const subscription = found?.get(id)?.[0]
    if (subscription === undefined || !allows(c.var.key, subscription.product)) {
      return problemResponse({
        code: 'not-found',
        detail: 'There is no such subscription that this API key may see. GET /v1/subscriptions lists them.',
      })
    }
    const page = readPage(queryOf(c))
    if (!page.ok) return problemResponse({ code: 'bad-parameter', detail: page.error })
    const rows = await ledgers.getByName(subscription.id).records(page.value)
    return c.json(showPage(rows, page.value.limit), 200, NO_STORE)
  })

  routes.get('/records', keyed, async (c) => {
    const query = readOpenRecordsQuery(queryOf(c))
    if (!query.ok) return problemResponse({ code: 'bad-parameter', detail: query.error })
    return c.json(await listOpenRecords(db, c.var.key, query.value), 200, NO_STORE)
  })
  return routes
}

const queryOf = (c: Context): URLSearchParams => new URL(c.req.url).searchParams
