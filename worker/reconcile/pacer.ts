/** Counts the calls of one part of a reconciliation and keeps them below what AWS takes in a second. */

/**
 * Four calls and a second's rest: whatever they are, at most four within any second. Source: agreement-service-quotas,
 * SearchAgreements and DescribeAgreement 5 a second; the others take more (facts §5.5, 2026-11-21).
 */
const BURST = 4
const REST_MS = 1_000

export interface Pacer {
  /** Makes the call when its turn has come. */
  call<T>(make: () => Promise<T>): Promise<T>
  /** Calls so far. */
  made(): number
}

export function pacerOf(pause: ((ms: number) => Promise<void>) | undefined): Pacer {
  let made = 0
  return {
    async call(make) {
      if (made > 0 && made % BURST === 0) await pause?.(REST_MS)
      made += 1
      return make()
    },
    made: () => made,
  }
}
