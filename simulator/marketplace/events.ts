/** EventBridge envelopes, key for key as captured. Pure: ids are drawn from the state. Source: facts §5.3 (2026-11-21). */
import { isoMillis, isoSeconds } from './draft.ts'
import type { Draft } from './draft.ts'
import type { CancellationStatus, Happening } from './happening.ts'
import type { Agreement } from './model.ts'
import { drawUuid } from './random.ts'

/** AWS Marketplace sends its events in this Region only. Source: facts §5.1. */
export const EVENTS_REGION = 'us-east-1'

/** The channel partner who proposes when the seller is the manufacturer only. */
const PARTNER_ACCOUNT = '777788889999'

export interface MarketplaceEvent {
  readonly agreementId: string
  readonly eventId: string
  readonly detailType: string
  /** When it happened, business time, epoch ms. */
  readonly at: number
  /** The whole event as it is put into a queue. */
  readonly envelope: string
  /** Absent: EventBridge. */
  readonly channel?: 'sns'
}

/** The event that tells of a happening at business time `at`; undefined: it has none. */
export function tell(
  draft: Draft,
  agreement: Agreement,
  happening: Happening,
  at: number,
): MarketplaceEvent | undefined {
  const role = draft.state.knobs.sellerRole
  switch (happening.kind) {
    case 'created':
      return envelope(draft, agreement, at, `Purchase Agreement Created - ${role}`, {
        agreement: { ...named(agreement, agreement.intent), ...previous(agreement) },
        ...parties(draft, agreement),
        offer: { id: agreement.offerId },
        ...resale(draft),
      })
    case 'amended':
      return envelope(draft, agreement, at, `Purchase Agreement Amended - ${role}`, {
        agreement: {
          ...named(agreement, 'AMEND'),
          ...(role === 'Proposer' ? { autoRenewalEnabled: agreement.autoRenew } : {}),
        },
        ...parties(draft, agreement),
        offer: { id: agreement.offerId },
        ...resale(draft),
      })
    case 'ended':
      return envelope(draft, agreement, at, `Purchase Agreement Ended - ${role}`, {
        agreement: { id: agreement.id, status: happening.status },
        ...parties(draft, agreement),
        ...resale(draft),
      })
    case 'license_updated':
      return envelope(draft, agreement, at, 'License Updated - Manufacturer', licensed(draft, agreement))
    case 'deprovisioned':
      return envelope(
        draft,
        agreement,
        at,
        'License Deprovisioned - Manufacturer',
        licensed(draft, agreement),
      )
    case 'ending':
      return agreement.status === 'ACTIVE'
        ? envelope(draft, agreement, at, 'Purchase Agreement Ending - Proposer', {
            agreement: {
              id: agreement.id,
              startTime: isoMillis(agreement.startsAt),
              endTime: isoMillis(agreement.endsAt ?? at),
              status: 'ACTIVE',
              daysBeforeEndTime: happening.days,
              autoRenewalEnabled: agreement.autoRenew,
            },
            ...parties(draft, agreement),
            offer: { id: agreement.offerId },
            renewalSummary: {
              lockoutStartTime: isoMillis(agreement.endsAt ?? at),
              disabledBy: agreement.autoRenew ? null : 'ACCEPTOR',
            },
          })
        : undefined
    case 'advisory': {
      const issued = happening.advisory === 'issued'
      return envelope(
        draft,
        agreement,
        at,
        `Purchase Agreement Advisory ${issued ? 'Issued' : 'Resolved'} - Manufacturer`,
        {
          agreement: { id: agreement.id },
          product: { id: agreement.productId },
          ...parties(draft, agreement),
          offer: { id: agreement.offerId },
          advisory: { [issued ? 'issuedAt' : 'resolvedAt']: isoSeconds(at) },
        },
      )
    }
    case 'cancellation_request':
      return envelope(
        draft,
        agreement,
        at,
        `Agreement Cancellation Request ${CANCELLATION_WORDS[happening.status]} - Proposer`,
        cancellationRequest(agreement, happening.status, at),
        [],
      )
    case 'other':
      return envelope(draft, agreement, at, happening.detailType, {
        agreement: { id: agreement.id },
        ...parties(draft, agreement),
        offer: { id: agreement.offerId },
        ...happening.detail,
      })
    case 'term_over':
    case 'unsubscribed':
    case 'payment_failed':
    case 'cancellation_approval':
      return undefined
  }
}

const named = (agreement: Agreement, intent: string): object => ({
  id: agreement.id,
  intent,
  status: 'ACTIVE',
  acceptanceTime: isoMillis(agreement.acceptedAt),
  startTime: isoMillis(agreement.startsAt),
  endTime: agreement.endsAt === null ? '9999-01-01T00:00:00Z' : isoMillis(agreement.endsAt),
})

const CANCELLATION_WORDS: { readonly [status in CancellationStatus]: string } = {
  PENDING_APPROVAL: 'Pending Approval',
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
  CANCELLED: 'Cancelled',
  VALIDATION_FAILED: 'Validation Failed',
}

const cancellationRequest = (agreement: Agreement, status: CancellationStatus, at: number): object => ({
  agreement: {
    id: agreement.id,
    acceptorId: agreement.account,
    productId: agreement.productId,
    offerId: agreement.offerId,
  },
  agreementCancellationRequest: {
    id: agreement.cancellation?.id ?? '',
    reasonCode: agreement.cancellation?.reasonCode ?? 'OTHER',
    reasonMessage: '',
    statusCode: status,
    statusMessage: '',
    createdAt: isoSeconds(agreement.cancellation?.createdAt ?? at),
    updatedAt: isoSeconds(at),
  },
})

const previous = (agreement: Agreement): object =>
  agreement.previousAgreementId === null ? {} : { previousAgreementId: agreement.previousAgreementId }

const parties = (draft: Draft, agreement: Agreement): object => ({
  acceptor: { accountId: agreement.account },
  proposer: {
    accountId: draft.state.knobs.sellerRole === 'Proposer' ? draft.state.sellerAccount : PARTNER_ACCOUNT,
  },
})

/** Only an offer of a channel partner stands on a resale authorization. */
const resale = (draft: Draft): object => ({
  resaleAuthorization: { id: draft.state.knobs.sellerRole === 'Proposer' ? null : 'resaleauthz-simulated' },
})

/** Only license events carry the product and the license. */
const licensed = (draft: Draft, agreement: Agreement): object => ({
  agreement: { id: agreement.id },
  product: { id: agreement.productId, code: agreement.productCode },
  license: { arn: agreement.licenseArn },
  ...parties(draft, agreement),
  offer: { id: agreement.offerId },
})

function envelope(
  draft: Draft,
  agreement: Agreement,
  at: number,
  detailType: string,
  detail: object,
  resources = [`arn:aws:aws-marketplace::aws:agreement:${agreement.id}`],
): MarketplaceEvent {
  const id = drawUuid(draft.state)
  draft.changed = true
  const event = {
    version: '0',
    id,
    'detail-type': detailType,
    source: 'aws.agreement-marketplace',
    account: draft.state.sellerAccount,
    time: isoSeconds(at),
    region: EVENTS_REGION,
    resources,
    detail: { requestId: drawUuid(draft.state), catalog: 'AWSMarketplace', ...detail },
  }
  return { agreementId: agreement.id, eventId: id, detailType, at, envelope: JSON.stringify(event) }
}
