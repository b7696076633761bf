/**
 * What SNS says of a product on the legacy integration: two topics of AWS Marketplace's own account, subscribed by the
 * seller's queue. No account and no license in it. Pure. Source: facts §5.2, envelope as captured on 2024-03-14.
 */
import { isoMillis, laterRandom, own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { MarketplaceEvent } from './events.ts'
import type { Happening } from './happening.ts'
import type { Agreement } from './model.ts'
import { drawIdentifier, drawUuid } from './random.ts'

/** The account that owns every seller's topics. */
const OWNER = '287250355862'

/** How long after License Deprovisioned a legacy product hears unsubscribe-success: its last hour of usage is over. */
export const UNSUBSCRIBED_AFTER_MS = 3_600_000

type Action =
  | 'subscribe-success'
  | 'subscribe-fail'
  | 'unsubscribe-pending'
  | 'unsubscribe-success'
  | 'entitlement-updated'

/** The messages that tell of a happening, in order; most happenings have none. */
export function tellLegacy(
  draft: Draft,
  agreement: Agreement,
  happening: Happening,
  at: number,
): MarketplaceEvent[] {
  return actionsOf(draft, agreement, happening, at).map((action) =>
    notification(draft, agreement, action, at),
  )
}

function actionsOf(draft: Draft, agreement: Agreement, happening: Happening, at: number): Action[] {
  const isContract = agreement.bought.length > 0
  switch (happening.kind) {
    case 'license_updated':
      return [
        ...(agreement.activatedAt === at ? (['subscribe-success'] as const) : []),
        ...(isContract ? (['entitlement-updated'] as const) : []),
      ]
    case 'payment_failed':
      return ['subscribe-fail']
    case 'ended':
      return happening.status === 'RENEWED' || happening.status === 'REPLACED' ? [] : ['unsubscribe-pending']
    case 'deprovisioned':
      return isContract ? ['entitlement-updated'] : []
    case 'unsubscribed':
      return hasReturned(draft, agreement) ? [] : ['unsubscribe-success']
    case 'created':
    case 'amended':
    case 'term_over':
    case 'ending':
    case 'advisory':
    case 'cancellation_request':
    case 'cancellation_approval':
    case 'other':
      return []
  }
}

/** Who subscribes again within the last hour is never told of as unsubscribed. Source: facts §5.2. */
const hasReturned = ({ state }: Draft, agreement: Agreement): boolean =>
  (own(state.accounts, agreement.account) ?? []).some((id) => {
    const other = own(state.agreements, id)
    return (
      other !== undefined &&
      other.id !== agreement.id &&
      other.customerIdentifier === agreement.customerIdentifier &&
      other.status === 'ACTIVE'
    )
  })

function notification(draft: Draft, agreement: Agreement, action: Action, at: number): MarketplaceEvent {
  const random = laterRandom(draft.state)
  draft.changed = true
  const kind = action === 'entitlement-updated' ? 'entitlement' : 'subscription'
  const topic = `arn:aws:sns:us-east-1:${OWNER}:aws-mp-${kind}-notification-${agreement.productCode}`
  const spaced = draft.state.knobs.legacyIdentifier === 'spaced' ? ' ' : ''
  const isSubscription = action === 'subscribe-success' || action === 'subscribe-fail'
  const message: { [name: string]: string } = {
    action,
    'customer-identifier': `${spaced}${agreement.customerIdentifier ?? ''}`,
    'product-code': agreement.productCode,
    ...(isSubscription ? { 'offer-identifier': agreement.offerId } : {}),
    ...(action === 'subscribe-success' ? { isFreeTrialTermPresent: String(agreement.trial) } : {}),
  }
  const id = drawUuid(random)
  const envelope = {
    Type: 'Notification',
    MessageId: id,
    TopicArn: topic,
    Message: JSON.stringify(message, null, 0)
      .replace('{', '{\n')
      .replaceAll('","', '",\n"')
      .replace(/\}$/, '\n}'),
    Timestamp: isoMillis(at),
    SignatureVersion: '1',
    Signature: `${drawIdentifier(random, 86)}==`,
    SigningCertURL:
      'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-60eadc530605d63b8e62a523676ef735.pem',
    UnsubscribeURL: `https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${topic}:${drawUuid(random)}`,
  }
  return {
    agreementId: agreement.id,
    eventId: id,
    detailType: action,
    at,
    envelope: JSON.stringify(envelope),
    channel: 'sns',
  }
}
