/** The rate at present: what of the planned calls AWS has lately taken. Reads only. */
import { MINUTE_MS } from '../hour.ts'
import type { Sql } from '../sql.ts'

/** The share of calls is measured over this time; more calls than these were not made in it. */
const MEASURED_MS = 5 * MINUTE_MS
const MEASURED_MAX = 3_000

/**
 * Time between calls that AWS takes, at present: the planned interval, longer by the share that was throttled or went
 * unanswered. Infinity: none was taken.
 */
export function presentInterval(sql: Sql, intervalMs: number, now: number): number {
  const counts = sql.all<{ outcome: string; calls: number }>(
    `select outcome, count(*) as calls from (
       select outcome, probe, made_ms from attempts order by attempt desc limit ${MEASURED_MAX})
     where made_ms > ? and probe is null and outcome in ('taken', 'halved', 'again', 'unanswered') group by outcome`,
    now - MEASURED_MS,
  )
  const sum = (...outcomes: readonly string[]): number =>
    counts.filter((row) => outcomes.includes(row.outcome)).reduce((total, row) => total + row.calls, 0)
  const made = sum('taken', 'halved', 'again', 'unanswered')
  return made === 0 ? intervalMs : (intervalMs * made) / sum('taken', 'halved')
}
