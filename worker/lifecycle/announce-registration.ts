/** Tells that somebody registered: in the batch that keeps the contact, and once, however often the form is sent. */
import type { SubscriptionId } from '../../shared/subscription.ts'
import { outboxStatements } from '../db/outbox.ts'
import { findSubscription } from '../db/subscriptions.ts'
import { channelsSetUp } from '../deliveries/channels.ts'
import type { Edge } from '../env.ts'
import { subscriptionView } from './view.ts'

/** The statements for the batch that keeps the contact. They hold nothing of the contact itself. */
export async function announceRegistration(
  { settings, clocks }: Edge,
  subscription: SubscriptionId,
): Promise<readonly D1PreparedStatement[]> {
  const channels = channelsSetUp(settings)
  if (channels.length === 0) return []
  const row = await findSubscription(settings.db, subscription)
  if (row === undefined) return []
  const now = clocks.business()
  const kind = 'registration.completed'
  return outboxStatements(
    settings.db,
    { subscription, version: null, view: subscriptionView(row), channels },
    [{ kind, subscription, at: now, key: kind, data: {} }],
    now,
  )
}
