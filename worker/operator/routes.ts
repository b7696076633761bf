/** The operator's routes under /v1/operator, behind the operator key. What they do stands in the files beside this one. */
import { Hono } from 'hono'
import type { AuditLine } from '../../shared/operator/wire.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { Edge } from '../env.ts'
import { readBacklogs } from '../metering/backlogs.ts'
import { feedbackRoutes } from './feedback.ts'
import { keyRoutes } from './key-routes.ts'
import { readPage, writeCursor } from '../usage/records.ts'
import { badParameter, json, queryOf, walkOver, withOne } from './answer.ts'
import { buyerRoutes } from './buyers.ts'
import { checkWorker } from './check.ts'
import { deliveryRoutes } from './deliveries.ts'
import { eventRoutes } from './events.ts'
import { requireOperator } from './key.ts'
import { readHour, readMonth, type WalkQuery } from './query.ts'
import { reconciliationRoutes } from './reconciliations.ts'
import { repairRoutes } from './repair-routes.ts'
import { runLedgers } from './run.ts'
import { recordsOf, showSubscription } from './show.ts'
import { askEach, listLines, nextOf, pageOf } from './subscriptions.ts'

/** Ledgers that one request asks for a status, and for work that takes longer. */
const STATUS_MAX = 50
const WORK_MAX = 20

/** `runCron` is what each minute's cron does; it says what it did. */
export function operatorRoutes(edge: Edge, runCron: () => Promise<readonly string[]>): Hono {
  const { ledgers } = edge.settings
  const routes = new Hono()
  // Before the door of all others: the key of a deploy opens this one alone.
  routes.get('/check', requireOperator(edge, edge.settings.deployKeyHash), async (c) =>
    json(c, { checks: await checkWorker(edge) }),
  )
  routes.use(requireOperator(edge))

  routes.post('/run', async (c) => json(c, { did: await runCron() }))
  routes.post(
    '/run/ledgers',
    walkOver(edge, WORK_MAX, (query) => runLedgers(edge, query)),
  )
  routes.get('/backlog', async (c) => json(c, { rows: await readBacklogs(edge), next: null }))
  routes.get(
    '/subscriptions',
    walkOver(edge, STATUS_MAX, (query) => listLines(edge, query)),
  )
  routes.get(
    '/audit',
    walkOver(edge, WORK_MAX, (query) => audit(edge, query)),
  )

  const show = withOne(edge, [], async (c, _id, row) => json(c, await showSubscription(edge, row)))
  routes.get('/subscriptions/:id', show)
  const checks = withOne(edge, [], async (c, id) => json(c, await auditOne(edge, id)))
  routes.get('/subscriptions/:id/audit', checks)
  const usage = withOne(edge, ['month'], async (c, id) => {
    const month = readMonth(queryOf(c).get('month'), edge.clocks.business())
    if (month === undefined) return badParameter('month is a calendar month such as 2026-11.')
    return json(c, await ledgers.getByName(id).usage(month))
  })
  routes.get('/subscriptions/:id/usage', usage)
  const records = withOne(edge, ['state', 'after', 'limit', 'hour'], async (c, id) => {
    const query = queryOf(c)
    const hour = query.get('hour')
    if (hour !== null) {
      const ms = readHour(hour)
      if (ms === undefined) return badParameter('hour is the first ms of a UTC hour.')
      return json(c, { rows: await recordsOf(edge, id, ms), next: null })
    }
    const page = readPage(query)
    if (!page.ok) return badParameter(page.error)
    const rows = await ledgers.getByName(id).records(page.value)
    const last = rows.at(-1)
    return json(c, { rows, next: last && rows.length === page.value.limit ? writeCursor(last) : null })
  })
  routes.get('/subscriptions/:id/records', records)
  routes.route('/', repairRoutes(edge))
  routes.route('/', keyRoutes(edge))
  routes.route('/', feedbackRoutes(edge))
  routes.route('/', deliveryRoutes(edge))
  routes.route('/', buyerRoutes(edge))
  routes.route('/', eventRoutes(edge))
  routes.route('/', reconciliationRoutes(edge))
  return routes
}

async function audit(edge: Edge, query: WalkQuery): Promise<object> {
  const page = await pageOf(edge, query)
  const found = await askEach(edge, page, (ledger) => Promise.all([ledger.audit(), ledger.accounts()]))
  const rows = page.map(({ id }): AuditLine => {
    const [findings = null, accounts = null] = found.get(id) ?? []
    return { id: id as SubscriptionId, findings, accounts }
  })
  return { rows, next: nextOf(page, query) }
}

async function auditOne(edge: Edge, id: SubscriptionId): Promise<AuditLine> {
  const ledger = edge.settings.ledgers.getByName(id)
  const [findings, accounts] = await Promise.all([ledger.audit(), ledger.accounts()])
  return { id, findings, accounts }
}
