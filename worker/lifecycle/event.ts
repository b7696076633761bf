/** Stored events as the lifecycle reads them. Pure. */
import { integerMember, member, objectOf, parseObject, textMember } from '../../shared/aws/json.ts'
import { REPAIR_ID, type LifecycleEvent, type Repair } from '../../shared/lifecycle/events.ts'

/** Every kind that says something to the lifecycle, by its detail type; the role at its end is either (facts §5.3). */
const KINDS = {
  agreement: /^Purchase Agreement (Created|Amended) - (Manufacturer|Proposer)$/,
  'agreement-ended': /^Purchase Agreement Ended - (Manufacturer|Proposer)$/,
  updated: /^License Updated - (Manufacturer|Proposer)$/,
  deprovisioned: /^License Deprovisioned - (Manufacturer|Proposer)$/,
  advisory: /^Purchase Agreement Advisory (Issued|Resolved) - (Manufacturer|Proposer)$/,
} as const

type Kind = keyof typeof KINDS

/** The kind of a detail type; undefined: it changes nothing. */
export const kindOf = (detailType: string): Kind | undefined =>
  (Object.keys(KINDS) as Kind[]).find((kind) => KINDS[kind].test(detailType))

/** True for a kind that names a license and a product. */
export const isOfLicense = (kind: Kind): kind is 'updated' | 'deprovisioned' =>
  kind === 'updated' || kind === 'deprovisioned'

/** What a legacy product's messages say (facts §5.2); the inbox has the action for a detail type. */
const LEGACY = [
  'subscribe-success',
  'subscribe-fail',
  'unsubscribe-pending',
  'unsubscribe-success',
  'entitlement-updated',
] as const

/** True for an action of a legacy product's message. */
export const isLegacyAction = (text: string): text is (typeof LEGACY)[number] =>
  LEGACY.some((action) => action === text)

/** A stored event that was not only kept, as the lifecycle reads it; undefined when it says nothing to it. */
export function lifecycleEvent(stored: {
  readonly id: string
  readonly detailType: string
  readonly timeMs: number
  readonly agreementId: string | null
  readonly body: string
}): LifecycleEvent | undefined {
  const { id, detailType, timeMs: at, agreementId } = stored
  if (isLegacyAction(detailType))
    return { id, at, agreementId: null, ...legacyEvent(detailType, stored.body) }
  const kind = kindOf(detailType)
  if (agreementId === null || kind === undefined) return undefined
  const body = parseObject(stored.body)
  const detail = objectOf(member(body, 'detail'))
  const agreement = objectOf(member(detail, 'agreement'))
  const base = { id, at, agreementId, ...repairOf(id, body) }
  switch (kind) {
    case 'updated':
    case 'deprovisioned': {
      const licenseArn = textMember(objectOf(member(detail, 'license')), 'arn')
      return licenseArn === undefined ? undefined : { ...base, kind, licenseArn }
    }
    case 'agreement-ended':
      return { ...base, kind, status: textMember(agreement, 'status') ?? '' }
    case 'advisory':
      return { ...base, kind, isOpen: detailType.includes('Issued') }
    case 'agreement': {
      const startsAt = Date.parse(textMember(agreement, 'startTime') ?? '')
      return {
        ...base,
        kind,
        startsAt: Number.isNaN(startsAt) ? null : startsAt,
        previousAgreementId: textMember(agreement, 'previousAgreementId') ?? null,
        ...(detailType.includes('Amended') ? { isAmended: true } : {}),
      }
    }
  }
}

/** What an event of our own stands in for; nothing for one of AWS's. */
function repairOf(id: string, body: object | undefined): { readonly repair?: Repair } {
  const repair = objectOf(member(body, 'repair'))
  if (!id.startsWith(REPAIR_ID) || repair === undefined) return {}
  return {
    repair: { after: integerMember(repair, 'after') ?? 0, seenAt: integerMember(repair, 'seenAt') ?? 0 },
  }
}

type LegacyPart =
  | { readonly kind: 'updated'; readonly licenseArn: null; readonly isTrial?: boolean }
  | { readonly kind: 'deprovisioned'; readonly licenseArn: null }
  | { readonly kind: 'entitled' | 'payment-failed' }

/** About an hour is left from unsubscribe-pending on, as from License Deprovisioned: the same end (facts §5.2, §5.4). */
function legacyEvent(action: (typeof LEGACY)[number], body: string): LegacyPart {
  switch (action) {
    case 'subscribe-success': {
      const outer = parseObject(body)
      const message = parseObject(textMember(outer, 'Message') ?? '') ?? outer
      const trial = textMember(message, 'isFreeTrialTermPresent')?.toLowerCase()
      return {
        kind: 'updated',
        licenseArn: null,
        ...(trial === undefined ? {} : { isTrial: trial === 'true' }),
      }
    }
    case 'entitlement-updated':
      return { kind: 'entitled' }
    case 'subscribe-fail':
      return { kind: 'payment-failed' }
    case 'unsubscribe-pending':
    case 'unsubscribe-success':
      return { kind: 'deprovisioned', licenseArn: null }
  }
}
