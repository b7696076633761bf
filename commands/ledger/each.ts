/** Doing something for the subscription that is named, or for all that --product and --state leave, one after the other. */
import type { SubscriptionLine } from '../../shared/operator/wire.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { eachRow } from './call.ts'
import type { Failure } from './exit.ts'
import type { Given } from './given.ts'
import type { Target } from './target.ts'

/** Undefined: all were done; else what ended it at the first that failed. */
export async function eachSubscription(
  target: Target,
  { subscription, flags: { product, state } }: Given,
  one: (id: SubscriptionId) => Promise<Failure | undefined>,
): Promise<Failure | undefined> {
  if (subscription !== undefined) return one(subscription)
  let failed: Failure | undefined
  const listed = await eachRow<SubscriptionLine>(
    target,
    { path: '/subscriptions', query: { product, state } },
    async ({ id }) => {
      failed = await one(id)
      return failed === undefined
    },
  )
  return failed ?? listed
}
