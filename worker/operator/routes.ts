/** The operator's routes under /v1/operator, behind the operator key. What they do stands in the files beside this one. */
import { Hono, type Context } from 'hono'
import { isSubscriptionId, type SubscriptionId } from '../../shared/subscription.ts'
import { findSubscription, type Shown } from '../db/subscriptions.ts'
import type { Edge } from '../env.ts'
import { problemResponse } from '../problem.ts'
import { readPage, writeCursor } from '../usage/records.ts'
import { requireOperator } from './key.ts'
import { readMonth, readWalk, unknownIn, type WalkQuery } from './query.ts'
import { readBacklogs, runLedgers } from './run.ts'
import { findRecord, showSubscription } from './show.ts'
import { askEach, listLines, nextOf, pageOf } from './subscriptions.ts'

/** Ledgers that one request asks for a status, and for work that takes longer. */
const STATUS_MAX = 100
const WORK_MAX = 20

/** `runCron` is what each minute's cron does; it says what it did. */
export function operatorRoutes(edge: Edge, runCron: () => Promise<readonly string[]>): Hono {
  const { db, ledgers } = edge.settings
  const routes = new Hono()
  routes.use(requireOperator(edge))

  /** A page of subscriptions, or the sentence about its parameters. */
  const walk =
    (limitMax: number, answer: (query: WalkQuery) => Promise<object>) =>
    async (c: Context): Promise<Response> => {
      const query = readWalk(queryOf(c), edge.seller, limitMax)
      return query.ok ? json(c, await answer(query.value)) : badParameter(query.error)
    }

  /** One subscription that exists, or 404. `known`: the parameters its route takes. */
  const one =
    (known: readonly string[], answer: (c: Context, row: Shown, id: SubscriptionId) => Promise<Response>) =>
    async (c: Context): Promise<Response> => {
      const id = c.req.param('id') ?? ''
      const row = isSubscriptionId(id) ? await findSubscription(db, id) : undefined
      if (row === undefined || !isSubscriptionId(id)) {
        return problemResponse({ code: 'not-found', detail: NO_SUBSCRIPTION })
      }
      const other = unknownIn(queryOf(c), known)
      return other === undefined ? answer(c, row, id) : badParameter(other)
    }

  routes.post('/run', async (c) => json(c, { did: await runCron() }))
  const running = walk(WORK_MAX, (query) => runLedgers(edge, query))
  routes.post('/run/ledgers', running)
  routes.get('/backlog', async (c) => json(c, { rows: await readBacklogs(edge), next: null }))
  const listing = walk(STATUS_MAX, (query) => listLines(edge, query))
  routes.get('/subscriptions', listing)
  const auditing = walk(WORK_MAX, async (query) => {
    const page = await pageOf(edge, query)
    const found = await askEach(edge, page, (ledger) => ledger.audit())
    const rows = page.map(({ id }) => ({ id, findings: found.get(id) ?? null }))
    return { rows, next: nextOf(page, query) }
  })
  routes.get('/audit', auditing)

  const showing = one([], async (c, row) => json(c, await showSubscription(edge, row)))
  routes.get('/subscriptions/:id', showing)
  const using = one(['month'], async (c, _row, id) => {
    const month = readMonth(queryOf(c).get('month'), edge.clocks.business())
    if (month === undefined) return badParameter('month is a calendar month such as 2026-11.')
    return json(c, await ledgers.getByName(id).usage(month))
  })
  routes.get('/subscriptions/:id/usage', using)
  const recording = one(['state', 'after', 'limit', 'key'], async (c, _row, id) => {
    const query = queryOf(c)
    const key = query.get('key')
    if (key !== null) {
      const record = await findRecord(edge, id, key)
      return json(c, { rows: record === null ? [] : [record], next: null })
    }
    const page = readPage(query)
    if (!page.ok) return badParameter(page.error)
    const rows = await ledgers.getByName(id).records(page.value)
    const last = rows.at(-1)
    return json(c, { rows, next: last && rows.length === page.value.limit ? writeCursor(last) : null })
  })
  routes.get('/subscriptions/:id/records', recording)
  return routes
}

const queryOf = (c: Context): URLSearchParams => new URL(c.req.url).searchParams

const json = (c: Context, body: object | undefined): Response =>
  c.json(body, 200, { 'cache-control': 'no-store' })

const badParameter = (detail: string): Response => problemResponse({ code: 'bad-parameter', detail })

const NO_SUBSCRIPTION = 'There is no such subscription. `npm run ledger -- list` shows those there are.'
