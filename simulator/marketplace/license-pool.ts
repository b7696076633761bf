/** What a license holds and what of it is free. Pure. Source: facts §6, §9.4: a pool for each license and dimension. */
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import { licenseStanding } from './licenses.ts'
import type { Agreement, MarketplaceProduct, State } from './model.ts'

/** An entitlement of every Marketplace license, whatever was bought; nothing of it is used up. Source: facts §6.3. */
export const USAGE_ENTITLEMENT = 'AWS::Marketplace::Usage'

export interface License {
  readonly agreement: Agreement
  readonly product: MarketplaceProduct
}

/** One entitlement of a license: `most` null for `Unit: None`. */
export interface Pool {
  readonly name: string
  readonly most: number | null
}

/** Every license in force of an account, the newest last. One that renewals kept is in it once. */
export function licensesOf({ state, times }: Draft, account: string): License[] {
  const byArn = new Map<string, License>()
  for (const id of own(state.accounts, account) ?? []) {
    const agreement = own(state.agreements, id)
    const product = state.products.find(({ key }) => key === agreement?.product)
    if (agreement === undefined || product === undefined) continue
    if (licenseStanding(agreement, times.business) !== 'active') continue
    const isSuperseded = agreement.bought.length > 0 && agreement.entitled.length === 0
    if (!isSuperseded) byArn.set(agreement.licenseArn, { agreement, product })
  }
  return [...byArn.values()]
}

/** By the quantities of the last License Updated. */
export const poolsOf = ({ agreement, product }: License): Pool[] => [
  ...agreement.entitled.map(({ dimension, quantity }) => ({
    name: dimension,
    most: product.dimensions.find(({ key }) => key === dimension)?.licenseUnit === 'None' ? null : quantity,
  })),
  { name: USAGE_ENTITLEMENT, most: null },
]

/** How much of an entitlement is given out: leases that run, and what was drawn from this purchase. */
export function usedOf({ state, times }: Draft, { agreement }: License, name: string): number {
  let used = 0
  for (const { licenseArn, agreementId, type, given, expiresAt } of Object.values(state.checkouts)) {
    const counts =
      type === 'PERPETUAL'
        ? agreementId === agreement.id
        : licenseArn === agreement.licenseArn && expiresAt !== null && expiresAt > times.business
    if (counts) used += given.find((one) => one.name === name)?.value ?? 0
  }
  return used
}

/** A renewal or an upgrade makes a new version. Source: facts §6.3. */
export const versionOf = (state: State, licenseArn: string): number =>
  (own(state.licenses, licenseArn) ?? []).reduce(
    (sum, id) => sum + (own(state.agreements, id)?.licenseVersions ?? 0),
    0,
  )
