/** A contract's included amount that is unknown: the dimension waits, and at half of its window the last one is used (money §3). */
import type { Hour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { Included } from './price.ts'
import { AFTER_END_MS, deadlineOf, stampOf } from './record.ts'
import { type AmountStep, type Life, stepAt } from './state.ts'

export type Estimate =
  /** The amounts with the estimate in place, which is also written. */
  | { readonly kind: 'made'; readonly amounts: readonly AmountStep[] }
  /** Nothing to do before `until`; null: only an order can help. `parked`: no amount was ever known, and half is over. */
  | { readonly kind: 'wait'; readonly until: number | null; readonly parked: boolean }

/**
 * Tries to stand in for the amount that is unknown in `hour` of `life`. The last one known is used at half of the hour's
 * window. If none was ever known the dimension parks then: while the subscription goes on, it waits for an order, for what
 * is not frozen can still be billed in a later hour. Once it has ended there is no later hour: half-way from the end to
 * AWS's last minute its hours freeze with nothing covered, and their records are parked as `amount-unknown`, never sent,
 * with the highest value they can have.
 */
export function estimateAmount(
  sql: Sql,
  amounts: readonly AmountStep[],
  included: Included,
  life: Life,
  hour: Hour,
  now: number,
): Estimate {
  if (included.kind !== 'contract') return { kind: 'wait', until: null, parked: false }
  const steps = amounts.filter((step) => step.dimension === included.dimension)
  const unknown = stepAt(steps, hour)
  const known = steps.findLast((step) => step.fromHour <= hour && step.amount !== null && !step.never)
  const timestamp = stampOf(life, hour)
  // Contracts with consumption are the edge's: whatever its kind of identity, the window is the same.
  const half = timestamp + Math.floor((deadlineOf(life, 'license', timestamp) - timestamp) / 2)
  if (unknown === undefined || known?.amount === undefined || known.amount === null) {
    if (life.endAt !== null && life.untilHour !== null) {
      const last = life.endAt + Math.floor(AFTER_END_MS / 2)
      if (now < last) return { kind: 'wait', until: last, parked: now >= half }
      const step = { dimension: included.dimension, fromHour: unknown?.fromHour ?? (0 as Hour) }
      parkFor(sql, step, life.untilHour)
      const never = { ...step, amount: 0n, estimated: true, never: true }
      return { kind: 'made', amounts: [...amounts.filter((each) => each !== unknown), never] }
    }
    return { kind: 'wait', until: now < half ? half : null, parked: now >= half }
  }
  if (now < half) return { kind: 'wait', until: half, parked: false }

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

/** Notes that no amount was known up to the end of a life; in a later one it is unknown again. */
function parkFor(sql: Sql, step: Pick<AmountStep, 'dimension' | 'fromHour'>, untilHour: Hour): void {
  sql.all(
    `INSERT INTO amounts (dimension, from_hour, estimate) VALUES (?, ?, 'never')
     ON CONFLICT (dimension, from_hour) DO UPDATE SET estimate = excluded.estimate`,
    step.dimension,
    step.fromHour,
  )
  sql.all(
    'INSERT INTO amounts (dimension, from_hour) VALUES (?, ?) ON CONFLICT DO NOTHING',
    step.dimension,
    untilHour,
  )
}
