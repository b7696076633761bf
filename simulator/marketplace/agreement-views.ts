/** An agreement as the agreement service tells of it. Pure. Source: service model 2020-03-01 (facts §8, aws-seller §7). */
import { toDollars, toScaled } from './bill.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Agreement, Json, State } from './model.ts'

/** AWS's word for what is sold. */
export const RESOURCE_TYPES = { saas: 'SaaSProduct', container: 'ContainerProduct' } as const

/** The summary that SearchAgreements lists. An open-ended agreement has no end time. */
export const agreementSummary = (draft: Draft, agreement: Agreement): { [name: string]: Json } => ({
  agreementId: agreement.id,
  acceptanceTime: agreement.acceptedAt / 1000,
  startTime: agreement.startsAt / 1000,
  ...(agreement.endsAt === null ? {} : { endTime: agreement.endsAt / 1000 }),
  lastUpdateTime: changedAt(agreement) / 1000,
  agreementType: 'PurchaseAgreement',
  acceptor: { accountId: agreement.account },
  proposer: { accountId: draft.state.sellerAccount },
  proposalSummary: proposalOf(draft.state, agreement),
  status: agreement.status,
  entitlements: [{ licenseArn: agreement.licenseArn }],
  initialAgreementId: firstOf(draft.state, agreement).id,
  ...endTimeBehavior(agreement, 'endTimeBehaviorType', 'endTimeBehaviorReasonCode'),
})

/** What DescribeAgreement answers: no terms, so it cannot tell a trial (facts trap 32). */
export const agreementDescription = (draft: Draft, agreement: Agreement): { [name: string]: Json } => {
  const behavior = endTimeBehavior(agreement, 'type', 'reasonCode')
  return {
    agreementId: agreement.id,
    acceptor: { accountId: agreement.account },
    proposer: { accountId: draft.state.sellerAccount },
    startTime: agreement.startsAt / 1000,
    ...(agreement.endsAt === null ? {} : { endTime: agreement.endsAt / 1000 }),
    acceptanceTime: agreement.acceptedAt / 1000,
    agreementType: 'PurchaseAgreement',
    estimatedCharges: { currencyCode: 'USD', agreementValue: valueOf(agreement) },
    proposalSummary: proposalOf(draft.state, agreement),
    status: agreement.status,
    initialAgreementId: firstOf(draft.state, agreement).id,
    ...('type' in behavior ? { endTimeBehavior: behavior } : {}),
  }
}

/** The last thing that changed an agreement, epoch ms. */
export const changedAt = (agreement: Agreement): number =>
  Math.max(
    agreement.acceptedAt,
    agreement.changedAt ?? 0,
    agreement.activatedAt ?? 0,
    agreement.endedAt ?? 0,
    agreement.deprovisionedAt ?? 0,
  )

/** The very first agreement of a chain of renewals and replacements. */
export function firstOf(state: Readonly<State>, agreement: Agreement): Agreement {
  let first = agreement
  for (;;) {
    const previous = own(state.agreements, first.previousAgreementId ?? '')
    if (previous === undefined) return first
    first = previous
  }
}

/** What kind of product an agreement is about; one that is no longer sold was software as a service. */
export const resourceType = (state: Readonly<State>, agreement: Agreement): string =>
  RESOURCE_TYPES[state.products.find((product) => product.key === agreement.product)?.kind ?? 'saas']

const proposalOf = (state: Readonly<State>, agreement: Agreement): Json => ({
  resources: [{ id: agreement.productId, type: resourceType(state, agreement) }],
  offerId: agreement.offerId,
})

/** What a contract costs for its term; nothing is known ahead of what will be used. */
function valueOf({ bought, trial }: Agreement): string {
  if (trial) return '0.00'
  return toDollars(bought.reduce((sum, { quantity, price }) => sum + BigInt(quantity) * toScaled(price), 0n))
}

/** What becomes of it at its end; an open-ended agreement has none. */
export function endTimeBehavior(
  agreement: Agreement,
  type: string,
  reason: string,
): { [name: string]: string } {
  if (agreement.endsAt === null) return {}
  if (agreement.trial) return { [type]: 'EXPIRE', [reason]: 'NO_RENEWAL_TERM' }
  return agreement.autoRenew
    ? { [type]: 'RENEW' }
    : { [type]: 'EXPIRE', [reason]: 'ACCEPTOR_RENEW_OPTED_OUT' }
}
