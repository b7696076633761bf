/** Forgetting what no longer has to be kept (money §1, §4): what some dimension has not frozen yet always stays. */
import { HOUR_MS } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { sweepReadings } from './readings.ts'
import { sweepRefused } from './refused.ts'
import { sweepSeen } from './seen.ts'
import type { State } from './state.ts'

/** Nothing of this grows old within an hour; what one sweep leaves for its bound, the next run takes. */
const SWEEP_EVERY_MS = HOUR_MS

/** Opens what is done at a run, at most once an hour while no rows are left that are too old. */
export function openSweep(sql: Sql): (state: State) => void {
  let next = Number.NEGATIVE_INFINITY
  return (state) => {
    if (state.clock < next) return
    const isDone = sweepPast(sql, state)
    next = isDone ? state.clock + SWEEP_EVERY_MS : Number.NEGATIVE_INFINITY
  }
}

/** Sweeps a bounded number of ids, sequences, readings and peaks, and what refused usage said. False: there may be more. */
function sweepPast(sql: Sql, state: State): boolean {
  const seen = sweepSeen(sql, state.clock)
  sweepRefused(sql, state.clock)
  return (!measures(state) || sweepReadings(sql, settledUntil(sql, state))) && seen
}

/** True when a charge, of today or of before, takes values. */
const measures = (state: State): boolean =>
  state.configs.some(({ product }) =>
    product.dimensions.some(({ charge }) => charge.kind === 'max' || charge.kind === 'time-weighted'),
  )

/** Behind the last hour that every dimension has frozen; 0 while none has. What lies 40 days before may be swept. */
export function settledUntil(sql: Sql, state: State): number {
  const behind = sql.all<{ hour: number | null }>('SELECT min(frozen_until) AS hour FROM dimensions')[0]?.hour
  return Math.min(state.clock, state.frozenUntil ?? 0, behind ?? Number.MAX_SAFE_INTEGER)
}
