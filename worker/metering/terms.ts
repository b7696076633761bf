/** What the objects of the money path are told of `seller.config.ts`. Pure projections; no defaults of their own. */
import type { LedgerTerms } from '../../shared/ledger/terms.ts'
import { ledgerTerms, type EdgeView } from '../../shared/seller/views.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'

/** The terms of one subscription's Ledger. `keySecret`: what reported keys are hashed under. */
export const ledgerTermsOf = (
  seller: EdgeView,
  subscription: SubscriptionId,
  keySecret: string | null,
): LedgerTerms => ({
  ...ledgerTerms(seller),
  subscription,
  keySecret,
})

/** The name of the one Submitter of a seller's account and Region: AWS's quota is theirs together (money §7). */
export const submitterName = (seller: EdgeView, region: string): string =>
  `${seller.seller.account}:${region}`

/** The Region in a Submitter's name. */
export const regionOf = (name: string): string => name.slice(name.indexOf(':') + 1)
