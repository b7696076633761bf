/** A dimension's tallies computed anew, for those who check: from usage, keys, peaks and readings as they are stored. Reads only. */
import { DAY_MS, type Hour, monthOf } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { openWalk, type Tally } from './charge.ts'
import type { Period } from './periods.ts'
import { priceOf } from './price.ts'
import type { State } from './state.ts'
import { readTallies } from './tallies.ts'
import { readMeasured, type Used, usedByHour } from './used.ts'

/** State of a month is kept so long after its end (money §4). */
const KEEP_MS = 40 * DAY_MS

export interface Anew {
  /** Up to where the dimension is frozen. */
  readonly until: Hour
  readonly tallies: ReadonlyMap<number, Tally>
  readonly used: Used
  /** What freezing kept for itself of the same hours. */
  readonly kept: Used
}

/**
 * What `dimension` used and covered in its frozen hours. Keys, peaks and readings of months that ended more than 40 days
 * ago are gone: of those the tallies stand as they were written.
 */
export function tallyAnew(
  sql: Sql,
  state: State,
  periods: readonly Period[],
  dimension: string,
  frozenUntil: Hour,
): Anew {
  const until =
    sql.all<{ frozen_until: Hour }>(
      'SELECT frozen_until FROM dimensions WHERE dimension = ? AND frozen_until IS NOT NULL',
      dimension,
    )[0]?.frozen_until ?? frozenUntil
  const from = periods.every((period) => addsUp(period, dimension))
    ? 0
    : monthOf(Math.min(state.clock, frozenUntil) - KEEP_MS)
  const used = usedByHour(readMeasured(sql, state, from, true), periods, dimension, state.amounts)
  const kept = usedByHour(readMeasured(sql, state, from), periods, dimension, state.amounts)
  const { tallies } = readTallies(sql, dimension)
  const walk = openWalk(periods, dimension, used, tallies, from, () => state.amounts, state)
  walk.advance(until)
  return { until, tallies: walk.tallies(), used, kept }
}

/** True when all a charge needs is in the usage itself, which is never taken away. */
function addsUp(period: Period, dimension: string): boolean {
  const text = period.prices[dimension]
  return text === undefined || priceOf(text).kind === 'sum'
}
