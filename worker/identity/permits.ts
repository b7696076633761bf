/** How often all isolates together may ask AWS for one thing: a bucket that fills by wall time. In memory; no I/O. */

/**
 * ResolveCustomer's quota is not published and shared by the whole account (facts §1.1): half of what its sisters have,
 * and a burst such as a launch brings.
 */
export const RESOLVES = { perSecond: 5, burst: 20 } as const

/** One address: a buyer who tries again and again, and an office whose people come together. */
export const RESOLVES_OF_ADDRESS = { perSecond: 0.1, burst: 10 } as const

/** Addresses remembered; beyond them the one that was quiet longest is forgotten, and begins anew. */
const ADDRESSES_MAX = 10_000

interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export interface Permits {
  /** 0: go on; else after so many seconds, a whole number, it is worth another try. */
  take(now: number): number
}

export function openPermits({ perSecond, burst }: Rate): Permits {
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

/** A bucket for each address before the one for all: who has used up the own one takes nothing of the others'. */
export function openAddressPermits(ofAddress: Rate, ofAll: Rate) {
  const all = openPermits(ofAll)
  const known = new Map<string, Permits>()
  return {
    /** `address` null: the limit for all is the only one. */
    take(address: string | null, now: number): number {
      if (address === null) return all.take(now)
      const own = known.get(address) ?? openPermits(ofAddress)
      known.delete(address)
      known.set(address, own)
      for (const quiet of known.keys()) {
        if (known.size <= ADDRESSES_MAX) break
        known.delete(quiet)
      }
      return own.take(now) || all.take(now)
    },
  }
}
