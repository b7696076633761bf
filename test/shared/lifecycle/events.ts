/** Events of a purchase as the tests of its life write them. Minutes count from T0. */
import type { LifecycleEvent } from '../../../shared/lifecycle/events.ts'
import type { Terms } from '../../../shared/lifecycle.ts'

export const MINUTE = 60_000
export const DAY = 1_440
export const T0 = Date.UTC(2026, 10, 21, 14, 0)
export const LICENSE = `arn:aws:license-manager::294406891311:license:l-${'a'.repeat(32)}`
/** The same license as the documentation prints it (facts §5.3). */
export const PRINTED = `aws:license-manager:us-east-1:123456789012:l-${'A'.repeat(32)}`
export const OTHER = LICENSE.replace('l-aaaa', 'l-bbbb')
export const USAGE: Terms = { needsEntitlement: false, entitledLife: null, finalTakeMs: 10 * MINUTE }

let made = 0
const at = (minutes: number, agreementId: string | null) => ({
  id: `e${String((made += 1)).padStart(4, '0')}`,
  at: T0 + minutes * MINUTE,
  agreementId,
})

export const created = (
  minutes: number,
  over: { agreement?: string; previous?: string; starts?: number } = {},
): LifecycleEvent => ({
  ...at(minutes, over.agreement ?? 'agmt-a'),
  kind: 'agreement',
  startsAt: T0 + (over.starts ?? minutes) * MINUTE,
  previousAgreementId: over.previous ?? null,
})
export const updated = (minutes: number, agreement = 'agmt-a', licenseArn = LICENSE): LifecycleEvent => ({
  ...at(minutes, agreement),
  kind: 'updated',
  licenseArn,
})
export const ended = (minutes: number, status = 'CANCELLED', agreement = 'agmt-a'): LifecycleEvent => ({
  ...at(minutes, agreement),
  kind: 'agreement-ended',
  status,
})
export const deprovisioned = (
  minutes: number,
  licenseArn = LICENSE,
  agreement = 'agmt-a',
): LifecycleEvent => ({ ...at(minutes, agreement), kind: 'deprovisioned', licenseArn })
export const advisory = (minutes: number, isOpen: boolean): LifecycleEvent => ({
  ...at(minutes, 'agmt-a'),
  kind: 'advisory',
  isOpen,
})

/** A legacy product's message: no agreement, no license (facts §5.2). */
export function legacy(
  minutes: number,
  action:
    | 'subscribe-success'
    | 'trial-success'
    | 'subscribe-fail'
    | 'unsubscribe-pending'
    | 'unsubscribe-success'
    | 'entitlement-updated',
): LifecycleEvent {
  const base = at(minutes, null)
  switch (action) {
    case 'subscribe-success':
      return { ...base, kind: 'updated', licenseArn: null, isTrial: false }
    case 'trial-success':
      return { ...base, kind: 'updated', licenseArn: null, isTrial: true }
    case 'subscribe-fail':
      return { ...base, kind: 'payment-failed' }
    case 'unsubscribe-pending':
    case 'unsubscribe-success':
      return { ...base, kind: 'deprovisioned', licenseArn: null }
    case 'entitlement-updated':
      return { ...base, kind: 'entitled' }
  }
}
