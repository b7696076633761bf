/** AWS's events as they arrive, checked, and as the lifecycle reads them. Pure; no event is an error, some are only kept. */
import { member, objectOf, textMember } from '../../shared/aws/json.ts'
import { licenseTail } from '../../shared/license.ts'
import type { LifecycleEvent } from '../../shared/lifecycle/events.ts'
import type { Arrived } from '../db/inbox.ts'

/** Whose events we act on. */
export interface Ours {
  readonly account: string
  readonly productCodes: readonly string[]
}

/** Marketplace events exist in this Region only. Source: facts §5.1. */
const REGION = 'us-east-1'
const SOURCE = 'aws.agreement-marketplace'

const AGREEMENT = /^Purchase Agreement (Created|Amended) - (Manufacturer|Proposer)$/
const ENDED = /^Purchase Agreement Ended - (Manufacturer|Proposer)$/
const UPDATED = /^License Updated - (Manufacturer|Proposer)$/
const DEPROVISIONED = /^License Deprovisioned - (Manufacturer|Proposer)$/
const ADVISORY = /^Purchase Agreement Advisory (Issued|Resolved) - (Manufacturer|Proposer)$/

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

/** Reads a queue message. What is not an event at all is kept under the message's id. */
export function readEvent(body: string, messageId: string, ours: Ours, now: number): Arrived {
  const event = parse(body)
  const detail = objectOf(member(event, 'detail'))
  const license = textMember(objectOf(member(detail, 'license')), 'arn')
  const time = Date.parse(textMember(event, 'time') ?? '')
  const arrived = {
    id: textMember(event, 'id') ?? `message:${messageId}`,
    source: textMember(event, 'source') ?? '',
    detailType: textMember(event, 'detail-type') ?? '',
    timeMs: Number.isNaN(time) ? now : time,
    agreementId: textMember(objectOf(member(detail, 'agreement')), 'id') ?? null,
    licenseTail: license === undefined ? null : (licenseTail(license) ?? null),
    productCode: textMember(objectOf(member(detail, 'product')), 'code') ?? null,
    account: textMember(objectOf(member(detail, 'acceptor')), 'accountId') ?? null,
    body,
  }
  return { ...arrived, note: noteOf(arrived, event, ours) }
}

/** Why it is only kept: not ours, not readable, or of a kind that changes nothing. */
function noteOf(arrived: Omit<Arrived, 'note'>, event: object | undefined, ours: Ours): string | null {
  if (event === undefined) return 'not a JSON object'
  if (arrived.source !== SOURCE) return 'from another source'
  if (textMember(event, 'account') !== ours.account) return 'for another account'
  if (textMember(event, 'region') !== REGION) return 'from another Region'
  if (textMember(event, 'id') === undefined) return 'without an id'
  if (Number.isNaN(Date.parse(textMember(event, 'time') ?? ''))) return 'without a time'
  const kind = arrived.detailType
  const ofLicense = UPDATED.test(kind) || DEPROVISIONED.test(kind)
  if (!ofLicense && ![AGREEMENT, ENDED, ADVISORY].some((known) => known.test(kind)))
    return 'of a kind that changes nothing'
  if (arrived.agreementId === null) return 'without an agreement'
  if (!ofLicense) return null
  if (arrived.licenseTail === null) return 'without a license'
  return ours.productCodes.includes(arrived.productCode ?? '') ? null : 'for a product that is not ours'
}

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
  if (agreementId === null) return undefined
  const detail = objectOf(member(parse(stored.body), 'detail'))
  const agreement = objectOf(member(detail, 'agreement'))
  const base = { id, at, agreementId }
  if (UPDATED.test(detailType) || DEPROVISIONED.test(detailType)) {
    const licenseArn = textMember(objectOf(member(detail, 'license')), 'arn')
    if (licenseArn === undefined) return undefined
    return { ...base, kind: UPDATED.test(detailType) ? 'updated' : 'deprovisioned', licenseArn }
  }
  if (ENDED.test(detailType)) {
    return { ...base, kind: 'agreement-ended', status: textMember(agreement, 'status') ?? '' }
  }
  if (ADVISORY.test(detailType)) return { ...base, kind: 'advisory', isOpen: detailType.includes('Issued') }
  if (!AGREEMENT.test(detailType)) return undefined
  const startsAt = Date.parse(textMember(agreement, 'startTime') ?? '')
  return {
    ...base,
    kind: 'agreement',
    startsAt: Number.isNaN(startsAt) ? null : startsAt,
    previousAgreementId: textMember(agreement, 'previousAgreementId') ?? null,
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
      const outer = parse(body)
      const message = parse(textMember(outer, 'Message') ?? '') ?? outer
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

function parse(body: string): object | undefined {
  try {
    return objectOf(JSON.parse(body))
  } catch {
    return undefined
  }
}
