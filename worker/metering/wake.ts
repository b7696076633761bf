/** What each minute's cron does for the money path (money §7 *Alarms*): an alarm is never the only wake. */
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { deliverOrders } from './orders.ts'
import { MONTH_END_VISITS_MAX, type SubmitterCalls } from './submitter-core.ts'
import { submitterName } from './terms.ts'

/** Ledgers visited a minute: 10⁵ quiet ones are seen within a day and a half, those with something open first. */
const VISITS_A_MINUTE = 50

/**
 * Delivers waiting orders, wakes every Submitter and visits quiet Ledgers, each whatever becomes of the others: neither D1
 * nor another Region holds up what can be sent. Answers what was done.
 */
export async function wakeMetering(edge: Edge): Promise<readonly string[]> {
  const delivered = await tried('orders', () => deliverOrders(edge))
  const did = (delivered ?? []).map((subscription) => `ordered ${subscription}`)
  const names = await tried('regions', () => submitterNames(edge))
  for (const name of names ?? [submitterName(edge.seller, edge.seller.region)])
    await tried(name, async () => {
      const submitter = edge.settings.submitters.getByName(name)
      await submitter.runDue(edge.clocks.business())
      const visited = await visitQuiet(edge, submitter)
      if (visited > 0) did.push(`visited ${visited} ledgers`)
      did.push(...(await askLifecycle(edge, submitter)))
    })
  return did
}

/** A run of cron asks for further visits no longer than this, in wall time; the next run goes on. */
const VISITING_MS = 40_000

/** Visits those nothing was heard of; at a month's end call after call, until everyone was visited once (money §7). */
async function visitQuiet(edge: Edge, submitter: SubmitterCalls): Promise<number> {
  const until = edge.clocks.wall() + VISITING_MS
  let visited = 0
  for (;;) {
    const now = await submitter.visit(VISITS_A_MINUTE)
    visited += now
    if (now < MONTH_END_VISITS_MAX || edge.clocks.wall() >= until) return visited
  }
}

/** Has the lifecycle look again at whom AWS calls not subscribed: an end may have come that we missed (money §8 row 4). */
async function askLifecycle(edge: Edge, submitter: SubmitterCalls): Promise<readonly string[]> {
  const subscriptions = await submitter.unsubscribed()
  if (subscriptions.length === 0) return []
  const now = edge.clocks.business()
  await edge.settings.db
    .prepare(
      `UPDATE subscriptions SET due_ms = ?1 WHERE id IN (SELECT value FROM json_each(?2))
         AND (due_ms IS NULL OR due_ms > ?1)`,
    )
    .bind(now, JSON.stringify(subscriptions))
    .run()
  await submitter.asked(subscriptions)
  return subscriptions.map((subscription) => `asked about ${subscription}`)
}

/** The answer, or undefined and a line in the log when there is none. */
async function tried<T>(part: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (thrown) {
    logLine('error', 'wake_failed', { part, error: messageOf(thrown) })
    return undefined
  }
}

/** The Submitters of every Region a record may be for, the configured one among them. */
export async function submitterNames({
  settings,
  seller,
}: Pick<Edge, 'seller'> & { readonly settings: Pick<Edge['settings'], 'db'> }): Promise<readonly string[]> {
  const { results } = await settings.db
    .prepare('SELECT DISTINCT region FROM identities ORDER BY region')
    .all<{ region: string }>()
  const regions = new Set([seller.region, ...results.map((row) => row.region)])
  return [...regions].map((region) => submitterName(seller, region))
}
