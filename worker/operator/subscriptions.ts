/** Subscriptions with where their Ledgers stand, page by page. A Ledger that does not answer costs its own line only. */
import { monthOf } from '../../shared/hour.ts'
import type { LedgerStatus, MonthUsage } from '../../shared/ledger/ledger.ts'
import type { Page } from '../../shared/ledger/repair.ts'
import type { SubscriptionLine } from '../../shared/operator/wire.ts'
import type { RecordState } from '../../shared/submission/record.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { listSubscriptions, type Shown } from '../db/subscriptions.ts'
import type { Edge } from '../env.ts'
import { planOf } from '../lifecycle/view.ts'
import { logLine, messageOf } from '../log.ts'
import { eachOver, openConnections } from '../metering/connections.ts'
import type { WalkQuery } from './query.ts'

/** One page in the order of the ids. */
export async function listLines(edge: Edge, query: WalkQuery): Promise<Page<SubscriptionLine>> {
  const rows = await pageOf(edge, query)
  return { rows: await linesOf(edge, rows), next: nextOf(rows, query) }
}

/** Subscriptions of D1 with their Ledgers' status. */
export async function linesOf(edge: Edge, rows: readonly Shown[]): Promise<readonly SubscriptionLine[]> {
  const month = monthOf(edge.clocks.business())
  const [records, ledgers] = await Promise.all([
    countRecords(edge.settings.db, rows),
    askEach(edge, rows, async (ledger): Promise<Standing> => {
      const [status, usage] = await Promise.all([ledger.status(), ledger.usage(month)])
      return { status, open: openIn(usage) }
    }),
  ])
  return rows.map((row) => ({
    id: row.id as SubscriptionId,
    product: row.product,
    account: row.account,
    state: row.state,
    plan: planOf(row, edge.seller),
    ledger: ledgers.get(row.id)?.status ?? null,
    open: ledgers.get(row.id)?.open ?? {},
    records: records.get(row.id) ?? {},
  }))
}

interface Standing {
  readonly status: LedgerStatus
  readonly open: SubscriptionLine['open']
}

const openIn = ({ dimensions }: MonthUsage): SubscriptionLine['open'] =>
  Object.fromEntries(dimensions.flatMap(({ dimension, open }) => (open === '0' ? [] : [[dimension, open]])))

/** The subscriptions of one page. */
export function pageOf(edge: Edge, query: WalkQuery): Promise<readonly Shown[]> {
  const products = query.product === null ? null : [query.product]
  return listSubscriptions(edge.settings.db, { ...query, products, account: null })
}

/** What the next page begins after. */
export const nextOf = (rows: readonly Shown[], query: WalkQuery): string | null =>
  rows.length === query.limit ? (rows.at(-1)?.id ?? null) : null

type LedgerStub = ReturnType<Edge['settings']['ledgers']['getByName']>

/** Asks the Ledgers of a page, at most six at once. One that fails is logged and has no answer. */
export async function askEach<T>(
  edge: Edge,
  rows: readonly Pick<Shown, 'id'>[],
  ask: (ledger: LedgerStub) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  const answers = new Map<string, T>()
  await eachOver(openConnections(), rows, async ({ id }) => {
    try {
      answers.set(id, await ask(edge.settings.ledgers.getByName(id)))
    } catch (thrown) {
      logLine('error', 'ledger_unreachable', { subscription: id, error: messageOf(thrown) })
    }
  })
  return answers
}

async function countRecords(
  db: D1Database,
  rows: readonly Pick<Shown, 'id'>[],
): Promise<ReadonlyMap<string, Partial<Record<RecordState, number>>>> {
  const { results } = await db
    .prepare(
      `SELECT subscription, state, count(*) AS records FROM open_records
       WHERE subscription IN (SELECT value FROM json_each(?)) AND state <> 'waiting' GROUP BY subscription, state`,
    )
    .bind(JSON.stringify(rows.map(({ id }) => id)))
    .all<{ subscription: string; state: RecordState; records: number }>()
  const counts = new Map<string, Partial<Record<RecordState, number>>>()
  for (const { subscription, state, records } of results)
    counts.set(subscription, { ...counts.get(subscription), [state]: records })
  return counts
}
