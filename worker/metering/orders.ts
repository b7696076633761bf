/** Orders to Ledgers (money §7): delivered at least once from D1's outbox, marked only when the Ledger has answered. */
import type { Order } from '../../shared/ledger/order.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { eachOver, openConnections } from './connections.ts'
import { submitterName } from './terms.ts'

/** Subscriptions in one sweep; the next minute takes the others. */
const SWEEP_MAX = 200

interface OrderRow {
  readonly subscription: SubscriptionId
  readonly version: number
  readonly body: string
}

/**
 * Delivers the newest undelivered order of one subscription, or of those that wait longest. Answers whose Ledger has
 * answered; a failure is logged and left for the next sweep, and holds up no other.
 */
export async function deliverOrders(edge: Edge, only?: SubscriptionId): Promise<readonly SubscriptionId[]> {
  const delivered: SubscriptionId[] = []
  await eachOver(openConnections(), await undelivered(edge.settings.db, only), async (row) => {
    try {
      await deliverOrder(edge, row)
      delivered.push(row.subscription)
    } catch (thrown) {
      logLine('error', 'order_undelivered', {
        subscription: row.subscription,
        version: row.version,
        error: messageOf(thrown),
      })
    }
  })
  return delivered.sort()
}

/**
 * Delivers the newest order once more, though it was delivered before: a Ledger that was set back does not know it, nor
 * the Regions whose Submitters hold its copies. Throws when the Ledger does not answer.
 */
export async function deliverAgain(edge: Edge, subscription: SubscriptionId): Promise<void> {
  const row = await edge.settings.db
    .prepare(
      'SELECT subscription, version, body FROM orders WHERE subscription = ? ORDER BY version DESC LIMIT 1',
    )
    .bind(subscription)
    .first<OrderRow>()
  if (row !== null) await deliverOrder(edge, row)
}

/** Each order carries the whole state, so the newest stands for all before it. */
async function undelivered(db: D1Database, only: SubscriptionId | undefined): Promise<readonly OrderRow[]> {
  const { results } = await db
    .prepare(
      `SELECT subscription, version, body FROM (
         SELECT subscription, version, body, min(created_ms) OVER (PARTITION BY subscription) AS since,
           row_number() OVER (PARTITION BY subscription ORDER BY version DESC) AS newest
         FROM orders WHERE delivered_ms IS NULL AND (?1 IS NULL OR subscription = ?1))
       WHERE newest = 1 ORDER BY since, subscription LIMIT ?2`,
    )
    .bind(only ?? null, SWEEP_MAX)
    .all<OrderRow>()
  return results
}

async function deliverOrder(edge: Edge, row: OrderRow): Promise<void> {
  const { db, ledgers, submitters } = edge.settings
  const order: Order = JSON.parse(row.body)
  // Into the directory first: a Ledger that nobody knows by name would never be visited.
  const region = order.identities.at(-1)?.region ?? edge.seller.region
  await submitters.getByName(submitterName(edge.seller, region)).enlist(row.subscription)
  await ledgers.getByName(row.subscription).order(order)
  await db
    .prepare(
      'UPDATE orders SET delivered_ms = ? WHERE subscription = ? AND version <= ? AND delivered_ms IS NULL',
    )
    .bind(edge.clocks.business(), row.subscription, row.version)
    .run()
}
