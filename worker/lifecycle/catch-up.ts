/** Brings a subscription up to date and its Ledger with it, for callers who wait for neither. No rule of its own. */
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { deliverOrders } from '../metering/orders.ts'
import { refreshSubscription } from './refresh.ts'

/** True when it changed. Never throws: should it fail, the row is due and the next minute does it. */
export async function catchUp(edge: Edge, subscription: SubscriptionId): Promise<boolean> {
  try {
    const changed = await refreshSubscription(edge, subscription)
    if (changed) await deliverOrders(edge, subscription)
    return changed
  } catch (thrown) {
    logLine('error', 'refresh_failed', { subscription, error: messageOf(thrown) })
    return false
  }
}
