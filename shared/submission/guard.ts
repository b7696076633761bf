/** When a month has to freeze so that its records reach AWS before it closes (money §5). Reads only. */
import { BATCH_MAX } from '../aws/batch-meter-usage.ts'
import { HOUR_MS, monthClosesAt, nextMonth, type Month } from '../hour.ts'
import type { Timing } from '../ledger/terms.ts'
import type { Sql } from '../sql.ts'

/** The guard when there is time enough: 03:00 UTC on the 1st. It is never later. */
const LATEST_MS = 3 * HOUR_MS

/** It is never earlier than noon UTC of the month's last day: so long before 00:00 on the 1st. */
export const GUARD_EARLIEST_MS = -12 * HOUR_MS

/** An hour brings what the fullest 24 of the last 48 brought on average: an outage among them does not count. */
const MEASURED_HOURS = 48
const FULLEST_HOURS = 24

export interface GuardTerms {
  /** Calls a second, as planned: a bad minute must not freeze a month early. */
  readonly ratePerSecond: number
  /** So many of a month's hours are still open at 03:00, by the seller's lateness; the last one always is. */
  readonly heldHours: number
}

/**
 * The guard of `month` as of `now`. At 03:00 there is to send: what waits now and will not be gone by then, and the
 * hours no Ledger has handed over, which are estimated from those that were. If that takes more than half of the time
 * to 06:00, the guard is moved to where it takes half. It depends on what is stored and on `now` alone.
 */
export function guardAt(sql: Sql, terms: GuardTerms, month: Month, now: number): number {
  const closes = monthClosesAt(month)
  const latest = nextMonth(month) + LATEST_MS
  const perMs = (terms.ratePerSecond * BATCH_MAX) / 1_000
  const left = Math.max(0, waitingUntil(sql, closes) - perMs * Math.max(0, latest - now))
  const due = left + terms.heldHours * recordsAnHour(sql, now)
  const guard = closes - Math.ceil((2 * due) / perMs)
  return Math.max(nextMonth(month) + GUARD_EARLIEST_MS, Math.min(latest, guard))
}

/** Records without a result whose time is over when the month closes: all of them go before what comes later. */
function waitingUntil(sql: Sql, closes: number): number {
  const [row] = sql.all<{ open: number | null }>(
    'select sum(open) as open from windows where deadline <= ?',
    closes,
  )
  return row?.open ?? 0
}

function recordsAnHour(sql: Sql, now: number): number {
  const hours = sql.all<{ offered: number }>(
    `select sum(offered) as offered from windows where timestamp >= ? group by timestamp / ${HOUR_MS}
       order by offered desc limit ${FULLEST_HOURS}`,
    now - MEASURED_HOURS * HOUR_MS,
  )
  const total = hours.reduce((sum, hour) => sum + hour.offered, 0)
  return hours.length === 0 ? 0 : Math.ceil(total / hours.length)
}

/** How many hours of a month still wait for the guard at 03:00 on the 1st, by how late usage may come; 1 to 24. */
export function heldHours(timing: Pick<Timing, 'latenessMs' | 'freezeWithinMs'>): number {
  const lateMs = Math.min(HOUR_MS + timing.latenessMs, timing.freezeWithinMs)
  return Math.min(24, Math.max(1, Math.floor((lateMs - LATEST_MS) / HOUR_MS)))
}
