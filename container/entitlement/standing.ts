/** How long what AWS granted goes on when AWS says no, or nothing. Pure; business time. */
import { HOUR_MS, MINUTE_MS } from '../../shared/hour.ts'

/** Source: container-license-manager-integration, "every 15 minutes" (2026-11-21). */
export const RECHECK_MS = 15 * MINUTE_MS
/**
 * A refusal is believed when it has stood this long: License Manager replaces a license by its next version at a renewal, and
 * between the two a check may meet neither.
 */
export const BELIEVE_NO_MS = 15 * MINUTE_MS
/**
 * Without any answer, what was granted goes on for a day: longer than the longest outage of a Region's API that AWS has
 * reported (about 15 hours, us-east-1, 2025-10-20), and a buyer who shuts AWS out gains no more than that; no new task starts.
 */
export const OUTAGE_MS = 24 * HOUR_MS
/** A refusal, or silence, is looked at again sooner than what was granted. */
export const LOOK_AGAIN_MS = 5 * MINUTE_MS

/** What is known of one dimension. */
export interface Standing {
  readonly granted: boolean
  /** When AWS last said yes, epoch ms. */
  readonly yesAt: number
  /** Since when AWS says no; null: it does not. */
  readonly noSince: number | null
}

/**
 * `no`: AWS answered that there is no right. `gone`: it named the rights there are, and this is none of them. `silence`: it did
 * not answer, or the role may not ask.
 */
export type Heard = 'yes' | 'no' | 'gone' | 'silence'

export const NEVER: Standing = { granted: false, yesAt: 0, noSince: null }

/** How a dimension stands after what was heard at `now`. */
export function hear(before: Standing, heard: Heard, now: number): Standing {
  switch (heard) {
    case 'yes':
      return { granted: true, yesAt: now, noSince: null }
    case 'no': {
      const noSince = before.noSince ?? now
      return { ...before, noSince, granted: before.granted && now - noSince < BELIEVE_NO_MS }
    }
    case 'gone':
      return { ...before, granted: false, noSince: before.noSince ?? now }
    case 'silence':
      return { ...before, granted: before.granted && now - before.yesAt < OUTAGE_MS }
  }
}

/** True where a look leaves nothing open: AWS answered, and what it granted before it grants still. */
export const isCalm = (heard: Heard, after: Standing): boolean =>
  heard === 'yes' || (heard !== 'silence' && !after.granted)

/** When to look again: sooner where something is open, and well before a lease ends. `random` is from 0 to 1, 1 excluded. */
export function nextLook(now: number, calm: boolean, leaseEnds: number | null, random: number): number {
  // Tasks that were started together do not ask together; always within the 15 minutes.
  const spread = (calm ? RECHECK_MS : LOOK_AGAIN_MS) * (1 - 0.2 * random)
  const beforeEnd = leaseEnds === null ? Infinity : (leaseEnds - now) / 2
  return now + Math.round(Math.max(MINUTE_MS, Math.min(spread, beforeEnd)))
}
