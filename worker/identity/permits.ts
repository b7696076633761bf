/** How often all isolates together may ask AWS for one thing: a bucket that fills by wall time. In memory; no I/O. */

/**
 * ResolveCustomer's quota is not published and shared by the whole account (facts §1.1): half of what its sisters have,
 * and a burst such as a launch brings.
 */
export const RESOLVES = { perSecond: 5, burst: 20 } as const

export interface Permits {
  /** 0: go on; else after so many seconds, a whole number, it is worth another try. */
  take(now: number): number
}

export function openPermits({
  perSecond,
  burst,
}: {
  readonly perSecond: number
  readonly burst: number
}): Permits {
  let left: number = burst
  let at = Number.NEGATIVE_INFINITY
  return {
    take(now) {
      if (now > at) {
        left = Math.min(burst, left + ((now - at) * perSecond) / 1000)
        at = now
      }
      if (left < 1) return Math.max(1, Math.ceil((1 - left) / perSecond))
      left -= 1
      return 0
    },
  }
}
