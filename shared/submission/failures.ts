/** How often metering failed in the last hour: counted by triggers (schema.ts), a row for each minute in which it did. */
import { DAY_MS, HOUR_MS } from '../hour.ts'
import type { Sql } from '../sql.ts'

/**
 * Calls that AWS refused as a whole or left unanswered, and records that ended unbilled, within the hour before `now`, to the
 * minute. A call that was throttled is none, for it only goes later; nor is one half of a batch that was refused for a record
 * in it: the record counts when it ends.
 */
export const failuresWithinHour = (sql: Sql, now: number): number =>
  sql.all<{ failures: number }>(
    'select coalesce(sum(failures), 0) as failures from failures where minute > ?',
    now - HOUR_MS,
  )[0]?.failures ?? 0

/** Forgets minutes that are long past. */
export function forgetFailures(sql: Sql, now: number): void {
  sql.all('delete from failures where minute <= ?', now - DAY_MS)
}
