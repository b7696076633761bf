/** A subscription's own id and its AWS identities (money §10). Types and pure checks only. */
import type { Hour } from './hour.ts'
import { licenseTail } from './license.ts'

/** Our id of one purchase: `sub_` and 22 letters or digits. Made once, never changed; it names the Ledger. */
export type SubscriptionId = `sub_${string}`

/** True for a text that has the form of a subscription id; says nothing about whether it exists. */
export const isSubscriptionId = (text: string): text is SubscriptionId => /^sub_[0-9A-Za-z]{22}$/.test(text)

/** How AWS knows a subscription, from `fromHour` on, in one metering Region. `account` is a string: it may begin with 0. */
export type Identity = {
  readonly fromHour: Hour
  readonly region: string
} & (
  | { readonly kind: 'license'; readonly licenseArn: string; readonly account: string }
  | { readonly kind: 'product-account'; readonly productCode: string; readonly account: string }
  | { readonly kind: 'product-customer'; readonly productCode: string; readonly customerIdentifier: string }
)

/** The identity as one text, equal for equal AWS identities, however AWS spells a license: part of every record's key. */
export function identityKey(identity: Identity): string {
  switch (identity.kind) {
    case 'license':
      return `${identity.region}|license|${licenseTail(identity.licenseArn) ?? identity.licenseArn}|${identity.account}`
    case 'product-account':
      return `${identity.region}|account|${identity.productCode}|${identity.account}`
    case 'product-customer':
      return `${identity.region}|customer|${identity.productCode}|${identity.customerIdentifier}`
  }
}
