/** When a start asks AWS again (issue: 1,000 tasks, 5 calls a second, none ends). Pure; wall time, for no business waits on it. */
import { MINUTE_MS } from '../../shared/hour.ts'

/** AWS's own bound for a start. Source: java-integration-example-registerusage, "up to 30 minutes" (2026-11-21). */
export const START_WITHIN_MS = 30 * MINUTE_MS
/**
 * Full jitter from the first pause on: tasks that were refused together do not come back together. At the highest pause
 * 1,000 tasks ask 22 times a second, so a quota of 5 is used up to its last tasks; a longer one only lets them wait.
 */
const FIRST_MS = 2_000
const MOST_MS = 90_000
/** The first pauses are never none: a source that fails at once is not asked in a circle. */
const LEAST_MS = 100

export interface Tried {
  /** Calls made so far, at least 1. */
  readonly attempts: number
  /** Since the first, of wall time. */
  readonly elapsedMs: number
  /** AWS's wish, where it names one. */
  readonly afterMs?: number
}

/**
 * How long to wait before the next call, ms; null: the time is over. `random` is from 0 to 1, 1 excluded. The last call of
 * all is made at the end of the 30 minutes.
 */
export function startPause({ attempts, elapsedMs, afterMs = 0 }: Tried, random: number): number | null {
  const left = START_WITHIN_MS - elapsedMs
  if (left <= 0) return null
  const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, 30))
  return Math.min(left, Math.max(LEAST_MS, afterMs + random * most))
}
