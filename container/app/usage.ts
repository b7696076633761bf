/**
 * What this service reports: every meter Skillsmith has. The product's charges decide which of them are billed, so the
 * application says the same under every pricing and never learns a price. No I/O and no clock of its own.
 */
import { HOUR_MS } from '../../shared/hour.ts'
import type { ApplicationMeter } from '../in-process/api.ts'

/** What is used of the meter that `createMeter` answers. */
export type Counter = Pick<ApplicationMeter, 'count' | 'report'>

export interface Usage {
  /** An API call that was answered with what it asked for. */
  apiCall(): void
  /** Somebody used the service. `key` tells them from others and says nothing else about them. */
  user(key: string): void
  /** What is stored now. */
  stored(bytes: number): void
}

/** People of one hour whose report is remembered; of more, some are reported twice, which counts them once. */
const REMEMBERED_MAX = 100_000

export function openUsage(counter: Counter, now: () => number): Usage {
  let hour = 0
  const seen = new Set<string>()
  return {
    apiCall: () => counter.count('api_calls', 1),
    user(key) {
      const current = Math.floor(now() / HOUR_MS)
      if (current !== hour || seen.size >= REMEMBERED_MAX) seen.clear()
      hour = current
      if (seen.has(key)) return
      seen.add(key)
      counter.report({ id: `user-${hour}-${key}`, meter: 'users', key })
    },
    // One series for all tasks: they serve the same catalogue, and it is stored once.
    stored: (bytes) =>
      counter.report({
        id: `stored-${now()}`,
        meter: 'storage_gb',
        value: (bytes / 1e9).toFixed(6),
        series: 'catalogue',
      }),
  }
}
