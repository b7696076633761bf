/**
 * Business time as AWS has it (money §5, G.2 faults 18 and 36): the `Date` of AWS's last answer and a clock that only goes
 * forward. A host clock that jumps, back or forward, moves no hour; it is named, and beyond five minutes nothing freezes.
 */
import type { Clock } from '../../shared/clock.ts'
import { MINUTE_MS } from '../../shared/hour.ts'

export interface Skew {
  /** Epoch ms: the host's until AWS answered, then AWS's. What counts usage in this process stamps it by this. */
  now(): number
  /** AWS answered with this `Date`, epoch ms. */
  heard(serverMs: number): void
  /** AWS's clock minus the host's as of now, ms; null before the first answer, while the host's has not jumped. */
  skewMs(): number | null
  /** `hold`: nothing may freeze (money §5). */
  verdict(): 'agree' | 'alarm' | 'hold'
}

const ALARM_MS = MINUTE_MS
const HOLD_MS = 5 * MINUTE_MS

/** `Date` has whole seconds, and the answer was on its way: less says nothing. */
const SAME_MS = 2_000

/** `host`: the business clock. `monotonicMs` only goes forward; where business time is moved by hand, it is that clock. */
export function openSkew(host: Clock, monotonicMs: () => number): Skew {
  let anchor = { at: host(), monotonic: monotonicMs(), isHeard: false }
  const now = (): number => anchor.at + Math.max(0, monotonicMs() - anchor.monotonic)
  const apart = (): number => now() - host()

  return {
    now,
    heard(serverMs) {
      const present = now()
      const at = Math.abs(serverMs - present) <= SAME_MS ? present : serverMs
      anchor = { at, monotonic: monotonicMs(), isHeard: true }
    },
    skewMs: () => (anchor.isHeard || Math.abs(apart()) > ALARM_MS ? Math.round(apart()) : null),
    verdict() {
      const ms = Math.abs(apart())
      return ms > HOLD_MS ? 'hold' : ms > ALARM_MS ? 'alarm' : 'agree'
    },
  }
}
