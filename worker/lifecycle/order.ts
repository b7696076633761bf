/** The order a Ledger gets for the state of a subscription (money §7). Pure. */
import type { Order } from '../../shared/ledger/order.ts'
import type { Identity, SubscriptionId } from '../../shared/subscription.ts'
import type { SubscriptionRow, Switch } from '../db/lifecycle.ts'
import type { Detail } from './state.ts'

/** What an order is made of beside the row. */
export interface OrderParts {
  readonly detail: Detail
  readonly identities: readonly Identity[]
  readonly switches: readonly Switch[]
  readonly amounts: Readonly<Record<string, string | null>>
  readonly predecessor: SubscriptionId | null
}

/** The whole state, under the version the row will have. */
export const orderOf = (row: SubscriptionRow, version: number, parts: OrderParts): Order => ({
  subscription: row.id,
  version,
  product: row.product,
  productCode: row.productCode,
  account: row.account,
  agreementStart: parts.detail.agreementStart,
  activation: parts.detail.activation,
  life: parts.detail.life,
  ending: parts.detail.ending,
  end: parts.detail.end,
  identities: parts.identities,
  kinds: parts.switches,
  plans: parts.detail.plans,
  trial: trialOf(parts.detail),
  amounts: parts.amounts,
  predecessor: parts.predecessor,
})

function trialOf({ trial }: Detail): Order['trial'] {
  return trial === null ? null : { endsAt: trial.endsAt, graceUntil: trial.graceUntil }
}

/** True when a Ledger that has `body` learns something from `order`; the version alone is nothing new. */
export function isNews(order: Order, body: string | null): boolean {
  // A Ledger without an order counts and waits, which is all a purchase needs of which nothing is known yet.
  if (body === null)
    return [order.agreementStart, order.activation, order.ending, order.end].some((known) => known !== null)
  const held: Order = JSON.parse(body)
  return JSON.stringify({ ...held, version: 0 }) !== JSON.stringify({ ...order, version: 0 })
}
