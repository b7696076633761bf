/** Tells that somebody registered: in the batch that keeps the contact, and once, however often the form is sent. */
import type { SubscriptionId } from '../../shared/subscription.ts'
import { outboxStatements } from '../db/outbox.ts'
import { findSubscription } from '../db/subscriptions.ts'
import { openFirstWorkspace } from '../db/workspaces.ts'
import { channelsSetUp } from '../deliveries/channels.ts'
import type { Edge } from '../env.ts'
import { randomText } from '../random.ts'
import { subscriptionView } from './view.ts'

/**
 * The statements for the batch that keeps the contact; they hold nothing of the contact itself. What they tell names the
 * workspace, so the first of an account is opened before.
 */
export async function announceRegistration(
  { settings, seller, clocks }: Edge,
  subscription: SubscriptionId,
): Promise<readonly D1PreparedStatement[]> {
  const now = clocks.business()
  await openFirstWorkspace(settings.db, subscription, `ws_${randomText()}`, now)
  const channels = channelsSetUp(settings)
  if (channels.length === 0) return []
  const row = await findSubscription(settings.db, subscription)
  if (row === undefined) return []
  const kind = 'registration.completed'
  return outboxStatements(
    settings.db,
    { subscription, version: null, view: subscriptionView(row, seller), channels },
    [{ kind, subscription, at: now, key: kind, data: {} }],
    now,
  )
}
