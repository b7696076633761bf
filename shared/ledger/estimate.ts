/** A contract's included amount that is unknown: the dimension waits, and at half of its window the last one is used (money §3). */
import { type Hour, refusedFrom } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { Included } from './price.ts'
import { type AmountStep, stepAt } from './state.ts'

export type Estimate =
  /** The amounts with the estimate in place, which is also written. */
  | { readonly kind: 'made'; readonly amounts: readonly AmountStep[] }
  /** Nothing to do before `until`; null: only an order can help, for no amount was ever known. */
  | { readonly kind: 'wait'; readonly until: number | null }

/** Tries to stand in for the amount that is unknown in `hour`, whose record would carry `timestamp`. */
export function estimateAmount(
  sql: Sql,
  amounts: readonly AmountStep[],
  included: Included,
  hour: Hour,
  timestamp: number,
  now: number,
): Estimate {
  if (included.kind !== 'contract') return { kind: 'wait', until: null }
  const steps = amounts.filter((step) => step.dimension === included.dimension)
  const unknown = stepAt(steps, hour)
  const known = steps.findLast((step) => step.fromHour <= hour && step.amount !== null)
  if (unknown === undefined || known?.amount === undefined || known.amount === null)
    return { kind: 'wait', until: null }
  const half = timestamp + Math.floor((refusedFrom(timestamp) - timestamp) / 2)
  if (now < half) return { kind: 'wait', until: half }

  sql.all(
    'UPDATE amounts SET estimate = ? WHERE dimension = ? AND from_hour = ?',
    String(known.amount),
    unknown.dimension,
    unknown.fromHour,
  )
  const amount = known.amount
  return {
    kind: 'made',
    amounts: amounts.map((step) => (step === unknown ? { ...step, amount, estimated: true } : step)),
  }
}
