/** Brings every subscription up to date that has a new event or whose time has come. Bounded; one failure stops no other. */
import type { SubscriptionId } from '../../shared/subscription.ts'
import { MINUTE_MS } from '../../shared/hour.ts'
import { awaitedSubscriptions } from '../db/inbox.ts'
import { beginSuccessor, findSucceeding } from '../db/successors.ts'
import { dueSubscriptions, postpone } from '../db/subscriptions.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { randomText } from '../random.ts'
import { refreshSubscription } from './refresh.ts'

/** In one run, of each kind: an invocation may ask D1 a thousand times. */
const SWEEP_MAX = 60

/** Answers the subscriptions that changed. Their orders are still to be delivered. */
export async function sweepSubscriptions(edge: Edge): Promise<readonly SubscriptionId[]> {
  const { db } = edge.settings
  const now = edge.clocks.business()
  await beginSuccessors(edge, now)
  const found = [
    ...(await awaitedSubscriptions(db, SWEEP_MAX)),
    ...(await dueSubscriptions(db, now, SWEEP_MAX)),
  ]
  const ids = [...new Set(found)]
  const changed: SubscriptionId[] = []
  for (const id of ids) {
    try {
      if (await refreshSubscription(edge, id)) changed.push(id)
    } catch (thrown) {
      logLine('error', 'refresh_failed', { subscription: id, error: messageOf(thrown) })
      await postpone(db, id, now + 5 * MINUTE_MS)
    }
  }
  return changed
}

/** AWS renews and replaces without the buyer coming back: the purchase begins with its own license (money §4 *Successor*). */
async function beginSuccessors({ settings }: Edge, now: number): Promise<void> {
  try {
    for (const found of await findSucceeding(settings.db, SWEEP_MAX))
      await beginSuccessor(settings.db, found, `sub_${randomText()}`, now)
  } catch (thrown) {
    logLine('error', 'successor_not_begun', { error: messageOf(thrown) })
  }
}
