/** Finding what a record is about: the agreement behind a license, and where its license stands. Pure. */
import { own } from './draft.ts'
import type { Agreement, LicenseStanding, State } from './model.ts'

/** How long usage is still taken after License Deprovisioned. Source: facts §5.4, §2.7 (2026-11-21). */
const FINAL_MS = 3_600_000

/** Where a license stands at business time `now`. */
export function licenseStanding(agreement: Readonly<Agreement>, now: number): LicenseStanding {
  if (agreement.activatedAt === null) return agreement.deprovisionedAt === null ? 'pending' : 'ended'
  if (agreement.deprovisionedAt === null) return 'active'
  return now < agreement.deprovisionedAt + FINAL_MS ? 'ending' : 'ended'
}

/** The agreement a license belongs to: of several (a renewal may keep its license) the newest in force. */
export const agreementOfLicense = (state: State, licenseArn: string): Agreement | undefined =>
  newest(state, own(state.licenses, licenseArn))

/** When a license came into force, epoch ms: where renewals kept it, with the first of its agreements. Null: not yet. */
export function licenseStart(state: State, licenseArn: string): number | null {
  const starts = (own(state.licenses, licenseArn) ?? []).flatMap((id) => {
    const at = own(state.agreements, id)?.activatedAt
    return at === undefined || at === null ? [] : [at]
  })
  return starts.length === 0 ? null : Math.min(...starts)
}

/** A legacy customer's agreement for a product, by account or by customer identifier. */
export function agreementOfCustomer(
  state: State,
  productCode: string,
  customer: { readonly account?: string; readonly identifier?: string },
): Agreement | undefined {
  const ids =
    customer.account === undefined ? Object.keys(state.agreements) : own(state.accounts, customer.account)
  const matching = ids?.filter((id) => {
    const agreement = own(state.agreements, id)
    return (
      agreement?.productCode === productCode &&
      (customer.identifier === undefined || agreement.customerIdentifier === customer.identifier)
    )
  })
  return newest(state, matching)
}

function newest(state: State, ids: readonly string[] | undefined): Agreement | undefined {
  if (ids === undefined) return undefined
  for (let i = ids.length - 1; i >= 0; i--) {
    const agreement = own(state.agreements, ids[i] ?? '')
    if (agreement !== undefined && (agreement.activatedAt !== null || i === 0)) return agreement
  }
  return undefined
}
