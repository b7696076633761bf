/** Whether a buyer may use what was bought, and why (design §5.4). Pure: no I/O, no clock. */
import { MINUTE_MS } from '../hour.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { Trial } from './trial.ts'

/** Why access is as it is. Closed: part of the API. */
export type Why =
  | 'setting-up'
  | 'payment-pending'
  | 'payment-failed'
  | 'not-started'
  | 'no-entitlement'
  | 'active'
  | 'ending'
  | 'ended'
  | 'trial'
  | 'grace'
  | 'trial-over'

export interface Access {
  readonly granted: boolean
  /** Since when it is as it is, epoch ms of business time; null while nothing was ever granted. */
  readonly since: number | null
  readonly why: Why
}

/** What the answer depends on beside the lifecycle. */
export interface AccessFacts {
  readonly trial: Trial | null
  /** True for a contract: AWS has said for a while that nothing is entitled. Right after a purchase that is no answer yet. */
  readonly nothingEntitled: boolean
}

/** AWS grants about a minute after the purchase. So long without it means that the payment is not settled. */
export const PAYMENT_PENDING_AFTER_MS = 15 * MINUTE_MS

/** Access at `now`. An expiry date alone never cuts it, and an advisory changes nothing (design §5.4, facts §4, §8). */
export function accessOf(life: Lifecycle, { trial, nothingEntitled }: AccessFacts, now: number): Access {
  const { activation, end } = life
  if (activation === null) return { granted: false, since: null, why: whyNotYet(life, nothingEntitled, now) }
  if (trial !== null) {
    const access = onTrial(life, activation, trial, now)
    if (access !== null) return access
  }
  if (end !== null) return { granted: false, since: end.at, why: 'ended' }
  if (nothingEntitled) return { granted: false, since: life.updatedAt, why: 'no-entitlement' }
  return { granted: true, since: activation, why: life.ending === null ? 'active' : 'ending' }
}

/** The instants at which access may change without an event; a trial's own are `trialOf`'s. */
export function accessTimes({ activation, purchasedAt, startsAt }: Lifecycle): readonly number[] {
  if (activation !== null || purchasedAt === null) return []
  const since = Math.max(purchasedAt, startsAt ?? purchasedAt)
  return [startsAt ?? since, since + PAYMENT_PENDING_AFTER_MS]
}

function whyNotYet(life: Lifecycle, nothingEntitled: boolean, now: number): Why {
  if (life.end !== null || life.ending !== null) return 'ended'
  if (life.paymentFailed) return 'payment-failed'
  if (life.updatedAt !== null) return nothingEntitled ? 'no-entitlement' : 'setting-up'
  if (life.purchasedAt === null) return 'setting-up'
  if (life.startsAt !== null && life.startsAt > now) return 'not-started'
  const since = Math.max(life.purchasedAt, life.startsAt ?? life.purchasedAt)
  return now < since + PAYMENT_PENDING_AFTER_MS ? 'setting-up' : 'payment-pending'
}

/** Null: the trial says nothing any more, the purchase goes on or ends like every other. */
function onTrial(life: Lifecycle, activation: number, trial: Trial, now: number): Access | null {
  const { end } = life
  const { endsAt, graceUntil } = trial
  // Paid under the same license: a purchase like any other from then on.
  if (trial.paid === 'same' && now >= endsAt) return null
  // Ended before its time, by somebody: no grace for what was cancelled.
  if (end !== null && (life.endedBy === null ? end.at < endsAt : life.endedBy !== 'EXPIRED')) return null
  if (now < endsAt && end === null)
    return { granted: true, since: activation, why: life.ending === null ? 'trial' : 'ending' }
  if (now < graceUntil) return { granted: true, since: activation, why: 'grace' }
  // AWS has not ended it: the same agreement goes on, and is paid for.
  if (end === null && life.ending === null && trial.paid === null) return null
  return {
    granted: false,
    since: Math.max(graceUntil, Math.min(endsAt, end?.at ?? endsAt)),
    why: 'trial-over',
  }
}
