/** What each hour used of a dimension, whatever it is charged by: the one place that tells charges apart (money §3). */
import type { Sql } from '../sql.ts'
import { readUsage, type UsageByHour } from './counted.ts'
import type { Period } from './periods.ts'
import { type Price, priceOf } from './price.ts'
import type { AmountStep, State } from './state.ts'

/** An amount used in each hour that used any. Of what: see `usedByHour`. */
export type Used = ReadonlyMap<number, bigint>

/** What was stored about the hours from `from` on. Read once for all dimensions; what no charge asks for is not read. */
export interface Measured {
  readonly from: number
  /** Reports added up, under each meter: all there is of a `sum`, and for the others which hours had reports. */
  readonly counted: UsageByHour
}

/** Reads what was stored about the hours from `from` to before the instant `until`. */
export function readMeasured(sql: Sql, state: State, from: number, _until: number): Measured {
  return { from, counted: readUsage(sql, state, from) }
}

/**
 * What each hour used of `dimension`, which together with what is covered makes its dues: `sum`, `unique` and `max` in
 * millionths of the meter's unit (a key is one), `time-weighted` in parts of which `VALUE_MONTH` are a unit. `amounts`
 * are those of contracts, for charges that take off a level first.
 */
export function usedByHour(
  measured: Measured,
  periods: readonly Period[],
  dimension: string,
  amounts: readonly AmountStep[],
): Used {
  const charged = periods.filter((period) => period.prices[dimension] !== undefined)
  const stretches = alike(charged, dimension)
  const only = stretches[0]
  if (only !== undefined && stretches.length === 1) return usedUnder(only, measured, dimension, amounts)
  const used = new Map<number, bigint>()
  for (const stretch of stretches) {
    const from = stretch.periods[0]?.from ?? 0
    const until = stretch.periods.at(-1)?.until ?? 0
    for (const [hour, amount] of usedUnder(stretch, measured, dimension, amounts))
      if (hour >= from && hour < until) used.set(hour, amount)
  }
  return used
}

/** Periods, one after the other, that take the same meter the same way. */
interface Stretch {
  readonly price: Price
  readonly periods: readonly Period[]
}

function alike(periods: readonly Period[], dimension: string): Stretch[] {
  const stretches: { price: Price; periods: Period[] }[] = []
  for (const period of periods) {
    const price = priceOf(period.prices[dimension] ?? '')
    const last = stretches.at(-1)
    if (last !== undefined && last.price.kind === price.kind && last.price.meter === price.meter)
      last.periods.push(period)
    else stretches.push({ price, periods: [period] })
  }
  return stretches
}

function usedUnder(
  { price }: Stretch,
  measured: Measured,
  _dimension: string,
  _amounts: readonly AmountStep[],
): Used {
  switch (price.kind) {
    case 'sum':
      return measured.counted.get(price.meter) ?? NONE
    case 'unique':
    case 'max':
    case 'time-weighted':
      return NONE
  }
}

const NONE: Used = new Map()
