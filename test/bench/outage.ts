/** What waits when AWS is back after an outage: every customer's hours, one record a dimension. Records only, no engine. */
import { DAY_MS, HOUR_MS, hourOf } from '../../shared/hour.ts'
import type { FrozenRecord } from '../../shared/submission/record.ts'
import { identityKey, type Identity, type SubscriptionId } from '../../shared/subscription.ts'

export const DIMENSIONS = ['api_calls_1k', 'storage_gb'] as const
export const OUTAGE_HOURS = 23
export const REGION = 'us-east-1'

/** When AWS is back: the middle of a month, a little after the 23rd hour has frozen. */
export const BACK = Date.UTC(2026, 10, 15, 12, 15)

/** The hours of the outage, the oldest first. */
export const OUTAGE: readonly number[] = Array.from(
  { length: OUTAGE_HOURS },
  (_, n) => hourOf(BACK) - (OUTAGE_HOURS - n) * HOUR_MS,
)

/** A customer's records of one hour. Quantities differ from customer to customer, so that values do. */
export function recordsOf(customer: number, hourMs: number): FrozenRecord[] {
  const hour = hourOf(hourMs)
  const identity: Identity = {
    kind: 'license',
    fromHour: hourOf(0),
    region: REGION,
    licenseArn: `arn:aws:license-manager::294406891311:license:l-${customer.toString(16).padStart(32, '0')}`,
    account: String(customer).padStart(12, '0'),
  }
  const subscription: SubscriptionId = `sub_${String(customer).padStart(22, '0')}`
  return DIMENSIONS.map((dimension) => ({
    key: `${identityKey(identity)}|${dimension}|${hour}`,
    subscription,
    product: 'skillsmith',
    productCode: 'prodcode0000000000000001',
    identity,
    dimension,
    hour,
    timestamp: hour,
    quantity: ((customer * 7_919) % 1_000) + 1,
    deadline: hour + DAY_MS,
    final: false,
    price: '1000000',
  }))
}

/** The order in which a queue sends: a smaller number first. `customers` names how many there are. */
export type Order = (hour: number, customer: number, customers: number) => number

/**
 * How many records miss their deadline when a queue sends in this order, full batches at `intervalMs`, hours that freeze
 * meanwhile joining. A model: it knows neither answers nor pauses, and it never sends what is already too late.
 */
export function missedBy(order: Order, customers: number, intervalMs: number): number {
  const perHour = Math.floor(HOUR_MS / intervalMs) * 25
  const waiting: { rank: number; deadline: number; records: number }[] = []
  const join = (hour: number): void => {
    for (let customer = 0; customer < customers; customer++)
      waiting.push({
        rank: order(hour, customer, customers),
        deadline: hour + DAY_MS,
        records: DIMENSIONS.length,
      })
    waiting.sort((a, b) => b.rank - a.rank)
  }
  for (const hour of OUTAGE) join(hour)
  let missed = 0
  for (let now = BACK; waiting.length > 0; now += HOUR_MS) {
    let capacity = perHour
    while (capacity > 0) {
      const next = waiting.pop()
      if (next === undefined) break
      if (next.deadline <= now + ((perHour - capacity) * HOUR_MS) / perHour) missed += next.records
      else capacity -= next.records
    }
    if (now < BACK + OUTAGE_HOURS * HOUR_MS) join(hourOf(now))
  }
  return missed
}
