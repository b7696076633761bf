/** What each hour used of a dimension, whatever it is charged by: the one place that tells charges apart (money §3). */
import type { Hour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { readUsage, type UsageByHour } from './counted.ts'
import { type Level, maxByHour, VALUE_MONTH } from './gauge.ts'
import { integralsOf, keepIntegrals, type Stretch as Integrated } from './integrals.ts'
import type { CountedBy } from './key-ranges.ts'
import { keysByHour } from './keys.ts'
import { readPeaks } from './peaks.ts'
import { follows, type Period, periodHolding } from './periods.ts'
import { type Price, priceOf } from './price.ts'
import type { Gauge } from './readings.ts'
import { type AmountStep, type State, stepAt } from './state.ts'

/** An amount used in each hour that used any. Of what: see `usedByHour`. */
export type Used = ReadonlyMap<number, bigint>

/** What was stored about the hours from `from` on, read once for all dimensions; what no charge asks for is not read. */
export interface Measured {
  readonly sql: Sql
  readonly state: State
  readonly from: number
  /** True: nothing is taken from what freezing kept for itself; all is computed from keys, peaks and readings. */
  readonly anew: boolean
  /** Reports added up, under each meter: all there is of a `sum`, and for the others which hours had reports. */
  readonly counted: UsageByHour
}

/** Reads what was stored about the hours from `from` on. */
export const readMeasured = (sql: Sql, state: State, from: number, anew = false): Measured => ({
  sql,
  state,
  from,
  anew,
  counted: readUsage(sql, state, from),
})

/** One of a meter's unit, in millionths. */
const ONE = 1_000_000n

/**
 * What each hour used of `dimension`, which together with what is covered makes its dues: `sum`, `unique` and `max` in
 * millionths of the meter's unit (a key is one), `time-weighted` in parts of which `VALUE_MONTH` are a unit. `amounts`
 * are those of contracts, for charges that take off a level first; null: no level is taken off.
 */
export function usedByHour(
  measured: Measured,
  periods: readonly Period[],
  dimension: string,
  amounts: readonly AmountStep[] | null,
): Used {
  const charged = periods.filter(
    (period) => period.prices[dimension] !== undefined && period.until > measured.from,
  )
  const stretches = alike(charged, dimension)
  const only = stretches[0]
  if (only === undefined) return new Map()
  if (stretches.length === 1) return usedUnder(only, measured, periods, dimension, amounts)
  const used = new Map<number, bigint>()
  for (const stretch of stretches) {
    const last = stretch.periods.at(-1)
    for (const [hour, amount] of usedUnder(stretch, measured, periods, dimension, amounts))
      if (hour >= stretch.from && hour < (last?.until ?? 0)) used.set(hour, amount)
  }
  return used
}

/** Periods, one after the other, that take the same meter the same way. */
interface Stretch {
  readonly price: Price
  readonly from: Hour
  readonly periods: Period[]
}

function alike(periods: readonly Period[], dimension: string): Stretch[] {
  const stretches: Stretch[] = []
  for (const period of periods) {
    const price = priceOf(period.prices[dimension] ?? '')
    const last = stretches.at(-1)
    if (last !== undefined && wayOf(last.price) === wayOf(price)) last.periods.push(period)
    else stretches.push({ price, from: period.from, periods: [period] })
  }
  return stretches
}

/** What two prices must share to be computed together. */
function wayOf(price: Price): string {
  switch (price.kind) {
    case 'unique':
      return `unique|${price.meter}|${price.onPlanChange}`
    case 'max':
      return `max|${price.meter}|${price.window}`
    case 'sum':
    case 'time-weighted':
      return `${price.kind}|${price.meter}`
  }
}

function usedUnder(
  { price, periods: own }: Stretch,
  measured: Measured,
  periods: readonly Period[],
  dimension: string,
  amounts: readonly AmountStep[] | null,
): Used {
  const { sql, state, from } = measured
  switch (price.kind) {
    case 'sum':
      return measured.counted.get(price.meter) ?? new Map()
    case 'unique': {
      const by: CountedBy = price.onPlanChange === 'bill' ? 'plan' : 'month'
      const counted = periods.filter((period) => period.until > from)
      return keysByHour(sql, state, counted, price.meter, by)
    }
    case 'max': {
      const level = levelOf(own, dimension, amounts)
      const stretchOf = monthsOf(own, dimension)
      return maxByHour(readPeaks(sql, state, price.meter, from), price.window, level, stretchOf)
    }
    case 'time-weighted': {
      const level = levelOf(own, dimension, amounts)
      return integralsOf(
        sql,
        state,
        dimension,
        integratedOf(own, dimension),
        level,
        from,
        measured.anew || (amounts === null && own.some((period) => takesOff(period, dimension))),
      )
    }
  }
}

/** What is included in each hour, taken off the value itself. An unknown amount takes nothing off: the walk stops there. */
function levelOf(
  periods: readonly Period[],
  dimension: string,
  amounts: readonly AmountStep[] | null,
): (hour: Hour) => Level {
  return (hour) => {
    const text = periodHolding(periods, hour)?.prices[dimension]
    if (text === undefined || amounts === null) return 0n
    const { included } = priceOf(text)
    switch (included.kind) {
      case 'level':
        return included.level
      case 'contract': {
        const steps = amounts.filter((step) => step.dimension === included.dimension)
        return stepAt(steps, hour)?.amount ?? 0n
      }
      case 'nothing':
      case 'unlimited':
      case 'amount':
      case 'unknown':
        return 0n
    }
  }
}

/** True when a level is taken off, so that what is kept of it does not say what was used. */
const takesOff = (period: Period, dimension: string): boolean => {
  const { kind } = priceOf(period.prices[dimension] ?? '').included
  return kind === 'level' || kind === 'contract'
}

/** Which hours share one highest: those of a month at one price, whatever else cuts it. */
function monthsOf(periods: readonly Period[], dimension: string): (hour: Hour) => unknown {
  const starts = new Map<Period, number>()
  for (const [i, period] of periods.entries()) {
    const before = periods[i - 1]
    const same = before !== undefined && before.month === period.month && follows(before, period, dimension)
    starts.set(period, same ? (starts.get(before) ?? period.from) : period.from)
  }
  return (hour) => {
    const period = periodHolding(periods, hour)
    return period === undefined ? null : starts.get(period)
  }
}

const integratedOf = (periods: readonly Period[], dimension: string): Integrated[] =>
  periods.flatMap(({ from, until, life, prices }) => {
    const price = priceOf(prices[dimension] ?? '')
    if (price.kind !== 'time-weighted') return []
    return [{ meter: price.meter, holdForMs: price.holdForMs, from, until, life }]
  })

/** Keeps what the hours before `until`, which are frozen, used of a `time-weighted` dimension; nothing for the others. */
export function keepUsed(
  measured: Measured,
  periods: readonly Period[],
  dimension: string,
  amounts: readonly AmountStep[],
  until: Hour,
): void {
  const charged = periods.filter((period) => period.prices[dimension] !== undefined)
  const integrated = integratedOf(charged, dimension)
  if (integrated.length === 0) return
  const { sql, state } = measured
  keepIntegrals(sql, state, dimension, integrated, levelOf(charged, dimension, amounts), until)
}

/** The meters whose readings hold on in `hour` and are billed: while one is above 0 its hours are open (money §7). */
export function gaugesIn(prices: Readonly<Record<string, string>>): Gauge[] {
  return Object.values(prices)
    .map(priceOf)
    .flatMap((price) =>
      price.kind === 'time-weighted' && price.metered
        ? [{ meter: price.meter, holdForMs: price.holdForMs }]
        : [],
    )
}

/** What was used as people read it, in millionths of the meter's unit: of `time-weighted` a value for a whole month. */
export const shownAmount = (price: Price, used: bigint): bigint =>
  price.kind === 'time-weighted' ? (used * ONE) / VALUE_MONTH : used
