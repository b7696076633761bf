/**
 * Business time as AWS has it (money §5, G.2 faults 18 and 36): the `Date` of AWS's last answer, carried on by a clock that
 * only goes forward. A host clock that jumps, back or forward, moves no hour; it is named, and beyond five minutes nothing
 * freezes.
 */
import type { Clocks } from '../../shared/clock.ts'
import { MINUTE_MS } from '../../shared/hour.ts'

export interface Skew {
  /** Epoch ms: the host's until AWS answered, then AWS's. What counts usage in this process stamps it by this. */
  now(): number
  /** The host's time at which `now()` will be `at`, for who wakes us by the host's clock; its present where that is over. */
  hostAt(at: number): number
  /** AWS answered with this `Date`, epoch ms. */
  heard(serverMs: number): void
  /** AWS's clock minus the host's as of now, ms; null while AWS has not answered and the host's has not jumped. */
  skewMs(): number | null
  /** `hold`: nothing may freeze (money §5). */
  verdict(): 'agree' | 'alarm' | 'hold'
}

const ALARM_MS = MINUTE_MS
const HOLD_MS = 5 * MINUTE_MS

/** `Date` has whole seconds, and the answer was on its way: less says nothing. */
const SAME_MS = 2_000

/** Two clocks are not read at the same instant, and one of them in whole milliseconds: less is no jump. */
const READ_APART_MS = 100

/**
 * `monotonicMs` only goes forward: what wall time gains or loses against it is a jump of the host, and left out of business
 * time. Where business time is moved by hand, that is no jump.
 */
export function openSkew(clocks: Clocks, monotonicMs: () => number): Skew {
  const anchorAt = (at: number, isHeard: boolean) => ({
    at,
    isHeard,
    business: clocks.business(),
    wall: clocks.wall(),
    monotonic: monotonicMs(),
  })
  let anchor = anchorAt(clocks.business(), false)

  const jumpedMs = (): number => {
    const ms = clocks.wall() - anchor.wall - (monotonicMs() - anchor.monotonic)
    return Math.abs(ms) < READ_APART_MS ? 0 : ms
  }
  const now = (): number => anchor.at + (clocks.business() - anchor.business) - jumpedMs()
  const apartMs = (): number => now() - clocks.business()

  return {
    now: () => Math.round(now()),
    hostAt: (at) => (at <= Math.round(now()) ? clocks.business() : Math.ceil(at - apartMs())),
    heard(serverMs) {
      const present = now()
      anchor = anchorAt(Math.abs(serverMs - present) <= SAME_MS ? present : serverMs, true)
    },
    skewMs: () => (anchor.isHeard || Math.abs(apartMs()) > ALARM_MS ? Math.round(apartMs()) : null),
    verdict() {
      const ms = Math.abs(apartMs())
      return ms > HOLD_MS ? 'hold' : ms > ALARM_MS ? 'alarm' : 'agree'
    },
  }
}
