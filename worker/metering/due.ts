/** When the objects and D1's rows are due, and the order in which a step runs them (design §9). For moved clocks only. */
import type { LedgerStatus, RecordRow } from '../../shared/ledger/ledger.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { nextDelivery } from '../db/deliveries.ts'
import { nextDue } from '../db/subscriptions.ts'
import { channelsSetUp } from '../deliveries/channels.ts'
import type { Edge } from '../env.ts'
import { eachOver, openConnections } from './connections.ts'
import { submitterNames } from './wake.ts'

/** Objects run in one step; what is due beyond that is due again at the same instant. */
const RUNS_MAX = 1_000

interface Due {
  readonly due: number
  readonly id: string
  readonly run: (now: number) => Promise<number | null>
}

/** The earliest thing due in the Worker: an object's wake, a subscription lifecycle looks at, an order, a delivery. Null: nothing. */
export async function dueOf(edge: Edge): Promise<number | null> {
  const order = await edge.settings.db
    .prepare('SELECT min(created_ms) AS due FROM orders WHERE delivered_ms IS NULL')
    .first<{ due: number | null }>()
  const dues = [
    ...(await dueObjects(edge)).map((object) => object.due),
    await nextDue(edge.settings.db),
    await nextDelivery(edge.settings.db, channelsSetUp(edge.settings)),
    order?.due ?? null,
  ].filter((due) => due !== null)
  return dues.length === 0 ? null : Math.min(...dues)
}

/** Runs every object whose wake is not after `now`, in the order of (due, id). Answers which. */
export async function runDueObjects(edge: Edge, now: number): Promise<readonly string[]> {
  const due = (await dueObjects(edge)).filter((object) => object.due <= now)
  const did: string[] = []
  for (const object of due.sort(inOrder).slice(0, RUNS_MAX)) {
    await object.run(now)
    did.push(`ran ${object.id}`)
  }
  return did
}

/**
 * Whether every hour before `before` is frozen and every record of it answered; else what waits. A Ledger that cannot
 * freeze (no activation yet, held, stopped) is not waited for: time alone does not help it.
 */
export async function settledBefore(
  edge: Edge,
  before: number,
): Promise<{ readonly settled: boolean; readonly waiting: readonly string[] }> {
  const waiting: string[] = []
  await eachOver(openConnections(), await subscriptionsOf(edge), async (id) => {
    const ledger = edge.settings.ledgers.getByName(id)
    const status: LedgerStatus = await ledger.status()
    if (status.waiting === null && status.open && (status.frozenUntil ?? 0) < before)
      waiting.push(`${id}: hours before the end are open`)
    const records: RecordRow[] = await ledger.records({ limit: 100, state: 'waiting' })
    const unanswered = records.filter((record) => record.hour < before).length
    if (unanswered > 0) waiting.push(`${id}: ${unanswered} records without an answer`)
  })
  return { settled: waiting.length === 0, waiting: waiting.sort() }
}

async function dueObjects(edge: Edge): Promise<Due[]> {
  const objects = [
    ...(await subscriptionsOf(edge)).map((id) => ({
      id: `ledger ${id}`,
      object: edge.settings.ledgers.getByName(id),
    })),
    ...(await submitterNames(edge)).map((name) => ({
      id: `submitter ${name}`,
      object: edge.settings.submitters.getByName(name),
    })),
  ]
  const dues: Due[] = []
  await eachOver(openConnections(), objects, async ({ id, object }) => {
    const due: number | null = await object.nextWake()
    if (due !== null) dues.push({ due, id, run: (now) => object.runDue(now) })
  })
  return dues
}

async function subscriptionsOf(edge: Edge): Promise<readonly SubscriptionId[]> {
  const { results } = await edge.settings.db
    .prepare('SELECT id FROM subscriptions ORDER BY id')
    .all<{ id: SubscriptionId }>()
  return results.map((row) => row.id)
}

const inOrder = (a: Due, b: Due): number => a.due - b.due || (a.id < b.id ? -1 : 1)
