/** What a Ledger knows it was told: of several orders the highest version, of what ran before it was set back nothing. Pure. */
import type { OrderMade, SubscriptionHistory } from '../history.ts'

export interface ToldOrder {
  /** By the Ledger's clock. */
  readonly at: number
  readonly index: number
  readonly order: OrderMade
}

/** What ran after the point a Ledger was set back to, and before it was, it does not know (money §9). */
export const isForgotten = ({ restores = [] }: SubscriptionHistory, at: number): boolean =>
  restores.some((each) => each.to < at && at <= each.at)

/**
 * The orders that it knows, as it was told them. Each carries the whole state (money §7): an order taken with a higher one
 * never came by itself.
 */
export function ordersTold(history: SubscriptionHistory): ToldOrder[] {
  const told = new Map<number, ToldOrder>()
  for (const [index, order] of history.orders.entries())
    for (const at of [...(order.takenAt === null ? [] : [order.takenAt]), ...(order.takenAgainAt ?? [])])
      if (!isForgotten(history, at) && (told.get(at)?.order.version ?? 0) < order.version)
        told.set(at, { at, index, order })
  return [...told.values()].sort((a, b) => a.at - b.at)
}
