/** How far the present rate reaches (money §7 *Order*): what is sent when, and what will not make it. Pure. */
import { BATCH_MAX } from '../aws/batch-meter-usage.ts'
import { ALONE_WITHIN_MS } from './line.ts'

/** Waiting records of one deadline, in the order in which they go. */
export interface Group {
  readonly final: boolean
  readonly deadline: number
  readonly records: number
}

/**
 * How many of each group will not make it when one call goes every `intervalMs` from `now` on; Infinity: none goes. A
 * batch is full until two minutes before its deadline; then each record travels alone. Final records are always tried.
 */
export function forecastLost(groups: readonly Group[], intervalMs: number, now: number): number[] {
  let at = now
  return groups.map(({ final, deadline, records }) => {
    if (!Number.isFinite(intervalMs)) return final ? 0 : records
    const batched = Math.min(records, BATCH_MAX * callsUntil(at, deadline - ALONE_WITHIN_MS, intervalMs))
    at += (batched / BATCH_MAX) * intervalMs
    const left = records - batched
    const alone = final ? left : Math.min(left, callsUntil(at, deadline, intervalMs))
    at += alone * intervalMs
    return left - alone
  })
}

/** Calls that go from `at` on, the first at once, before `end`. */
const callsUntil = (at: number, end: number, intervalMs: number): number =>
  Math.max(0, Math.ceil((end - at) / intervalMs))
