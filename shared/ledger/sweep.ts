/** Forgetting what no longer has to be kept (money §1, §4): what some dimension has not frozen yet always stays. */
import type { Sql } from '../sql.ts'
import { sweepReadings } from './readings.ts'
import { sweepRefused } from './refused.ts'
import { sweepSeen } from './seen.ts'
import type { State } from './state.ts'

/** What is done at every run: a bounded number of ids, sequences, readings and peaks, and what refused usage said. */
export function sweepPast(sql: Sql, state: State): void {
  sweepSeen(sql, state.clock)
  sweepRefused(sql, state.clock)
  if (measures(state)) sweepReadings(sql, settledUntil(sql, state))
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
