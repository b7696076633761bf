/** A month as people see it: what each dimension used, what of it was included, and where its units are. Reads only. */
import { formatAmount } from '../amount.ts'
import { DAY_MS, type Hour, HOUR_MS, type Month, monthOf, nextMonth } from '../hour.ts'
import type { RecordState } from '../submission/record.ts'
import type { Sql, SqlRow } from '../sql.ts'
import { duesOf, openWalk, overOf, overRun, type Tally, type Walk } from './charge.ts'
import { earliestMonth, readUsage } from './counted.ts'
import { waitingKeys } from './keys.ts'
import type { AsideReason, DimensionUsage, HourUsage, MonthUsage, SetAside } from './ledger.ts'
import { allPeriods, type Period, periodHolding, runUpTo } from './periods.ts'
import { type Price, priceOf, takesLevel } from './price.ts'
import { COUNTS_AS_BILLED } from './record.ts'
import { balanceOfRun } from './run-balance.ts'
import type { State } from './state.ts'
import { readTallies } from './tallies.ts'
import type { DimensionTerms, LedgerTerms } from './terms.ts'
import { type Measured, readMeasured, shownAmount, usedByHour } from './used.ts'

export interface RefusedUsage {
  readonly source: string
  readonly id: string
  readonly reason: string
  readonly meter: string
  readonly hour: number
  readonly amount: string | null
  readonly times: number
  readonly lastMs: number
}

/** Everything counted up to the ledger's clock, whether its hour is frozen or not. */
export function monthUsage(sql: Sql, state: State, terms: LedgerTerms, month: Month): MonthUsage {
  const known = state.order === null ? undefined : terms.products[state.order.product]
  const dimensions = known?.dimensions ?? []
  const until = Math.max(nextMonth(month), state.frozenUntil ?? 0) as Hour
  const periods = allPeriods(sql, state, until)
  const measured = readMeasured(sql, state, earliestMonth(month))
  return {
    month,
    revision: state.revision,
    dimensions: dimensions.map((dimension) => dimensionUsage(measured, periods, month, dimension)),
    setAside: [...readAside(sql, month), ...readGrace(measured, periods, month, dimensions)].sort(
      (a, b) => a.hour - b.hour,
    ),
    refused: readRefused(sql, month),
  }
}

interface Place {
  /** Up to where the dimension is frozen; null: nothing is. */
  readonly frozenUntil: Hour | null
  readonly waiting: DimensionUsage['waiting']
}

function dimensionUsage(
  all: Measured,
  periods: readonly Period[],
  month: Month,
  { key: dimension, charge, metered }: DimensionTerms,
): DimensionUsage {
  const { sql, state } = all
  const place = placeOf(sql, state, dimension)
  const from = charge.kind === 'sum' ? all.from : Math.max(all.from, keptFrom(state, place))
  const measured = { ...all, from }
  const stored = readTallies(sql, dimension)
  const used = usedByHour(measured, periods, dimension, state.amounts)
  const walk = openWalk(periods, dimension, used, stored.tallies, from, () => state.amounts, state)
  walk.advance(nextMonth(month))
  const tallies = walk.tallies()
  const own = periods.filter((period) => period.month === month && period.prices[dimension] !== undefined)

  const units = { due: 0n, frozen: 0n, open: 0n, unbilled: 0n, owed: 0n }
  let covered = 0n
  let residue = 0n
  for (const [i, period] of own.entries()) {
    const run = runUpTo(periods, period, dimension)
    const dues = duesOf(run, dimension, tallies, (place.frozenUntil ?? period.from) - HOUR_MS, state)
    const frozen = run.map((each) => stored.frozen.get(each.from) ?? 0n)
    const price = priceOf(period.prices[dimension] ?? '')
    if (price.metered) units.due += dues.at(-1) ?? 0n
    units.frozen += frozen.at(-1) ?? 0n
    covered += tallies.get(period.from)?.covered ?? 0n
    const after = own[i + 1]
    const ends = after === undefined || !runUpTo(periods, after, dimension).includes(period)
    if (!ends || !price.metered) continue
    const balance = balanceOfRun(state, periods, dimension, { run, dues, frozen }, tallies, stored)
    const open = balance.open.slice(0, run.length).reduce((sum, each) => sum + each, 0n)
    const over = isOver(periods, period, dimension, place)
    units[over ? 'unbilled' : 'open'] += open
    units.owed += balance.owed
    if (over) residue += residueOf(state, dimension, price, run, tallies, dues)
  }
  const hours = shownHours(measured, periods, dimension, charge, month)
  const price = own.length === 0 ? undefined : priceOf(own.at(-1)?.prices[dimension] ?? '')
  const charged = price === undefined ? 0n : beyondLevel(price, own, tallies)
  // Of a month whose keys, peaks and readings are gone, what was charged is all that is known.
  const counted = month < from ? charged : hours.reduce((sum, hour) => sum + hour.amount, 0n)
  const beyond = price !== undefined && takesLevel(price) ? charged : counted
  return {
    dimension,
    meter: charge.meter,
    metered,
    counted: formatAmount(counted),
    covered: formatAmount(covered + (counted > beyond ? counted - beyond : 0n)),
    includedLeft: includedLeft(own.at(-1), dimension, walk),
    due: String(units.due),
    frozen: String(units.frozen),
    billed: String(billedUnits(sql, dimension, month)),
    open: String(units.open),
    unbilled: String(units.unbilled),
    owed: String(units.owed),
    residue: formatAmount(price === undefined ? 0n : shownAmount(price, residue)),
    waiting: place.waiting,
    hours: hours.map(({ amount, ...hour }) => ({ ...hour, counted: formatAmount(amount) })),
  }
}

/** The first month whose keys, peaks and readings are still there: they are kept 40 days after its end (money §4). */
const keptFrom = (state: State, place: Place): Month =>
  monthOf(Math.min(state.clock, place.frozenUntil ?? 0) - 40 * DAY_MS)

function placeOf(sql: Sql, state: State, dimension: string): Place {
  const behind = sql.all<{ frozen_until: Hour | null; waiting: Place['waiting'] }>(
    'SELECT frozen_until, waiting FROM dimensions WHERE dimension = ?',
    dimension,
  )[0]
  return behind === undefined || behind.frozen_until === null
    ? { frozenUntil: state.frozenUntil, waiting: null }
    : { frozenUntil: behind.frozen_until, waiting: behind.waiting }
}

/** True when no hour is left in which what is due under this price could be billed. */
function isOver(periods: readonly Period[], last: Period, dimension: string, place: Place): boolean {
  const next = periods.find((period) => period.from === last.until)
  return (
    place.frozenUntil !== null &&
    last.until <= place.frozenUntil &&
    (next === undefined || !runUpTo(periods, next, dimension).includes(last))
  )
}

/** The unit that was begun and is never billed, in what the charge counts. What was paid ahead leaves none. */
function residueOf(
  state: State,
  dimension: string,
  price: Price,
  run: readonly Period[],
  tallies: ReadonlyMap<number, Tally>,
  dues: readonly bigint[],
): bigint {
  const units = dues.reduce((sum, each) => sum + each, 0n)
  const last = overOf(tallies.get(run.at(-1)?.from ?? 0)) - (dues.at(-1) ?? 0n) * price.block
  const left =
    price.remainder === 'carry' ? overRun(state, run, dimension, tallies) - units * price.block : last
  return left > 0n ? left : 0n
}

/** What was used beyond the level, as people read it. */
const beyondLevel = (price: Price, own: readonly Period[], tallies: ReadonlyMap<number, Tally>): bigint =>
  shownAmount(
    price,
    own.reduce((sum, period) => sum + (tallies.get(period.from)?.used ?? 0n), 0n),
  )

function billedUnits(sql: Sql, dimension: string, month: Month): number {
  const records = sql.all<{ quantity: number }>(
    `SELECT quantity FROM records WHERE hour >= ? AND hour < ? AND dimension = ? AND ${COUNTS_AS_BILLED}`,
    month,
    nextMonth(month),
    dimension,
  )
  return records.reduce((units, record) => units + record.quantity, 0)
}

/**
 * What each hour used of a dimension as people read it, before any level and without our days of grace. Usage of a life
 * whose activation is unknown is shown in its own hour, as far as its charge adds up.
 */
export function shownByHour(
  measured: Measured,
  periods: readonly Period[],
  dimension: string,
  { kind, meter }: Pick<DimensionTerms['charge'], 'kind' | 'meter'>,
): Map<number, bigint> {
  const { sql, state, from } = measured
  const shown = new Map<number, bigint>()
  const show = (hour: number, amount: bigint): void => {
    if (periodHolding(periods, hour)?.grace !== true) shown.set(hour, (shown.get(hour) ?? 0n) + amount)
  }
  if (kind === 'sum') {
    for (const [hour, counted] of readUsage(sql, state, from, 'own hour').get(meter) ?? [])
      show(hour, counted)
    return shown
  }
  for (const [hour, used] of usedByHour(measured, periods, dimension, null)) {
    const text = periodHolding(periods, hour)?.prices[dimension]
    if (text !== undefined) show(hour, shownAmount(priceOf(text), used))
  }
  if (kind === 'unique') for (const [hour, keys] of waitingKeys(sql, state, meter)) show(hour, keys)
  return shown
}

type HourAmount = Omit<HourUsage, 'counted'> & { readonly amount: bigint }

function shownHours(
  measured: Measured,
  periods: readonly Period[],
  dimension: string,
  charge: DimensionTerms['charge'],
  month: Month,
): HourAmount[] {
  const usage = shownByHour(measured, periods, dimension, charge)
  const records = measured.sql.all<{ hour: number; quantity: number; state: RecordState }>(
    'SELECT hour, quantity, state FROM records WHERE hour >= ? AND hour < ? AND dimension = ?',
    month,
    nextMonth(month),
    dimension,
  )
  const recorded = new Map(records.map((record) => [record.hour, record]))
  const hours = new Set([...usage.keys(), ...recorded.keys()])
  return [...hours]
    .filter((hour) => hour >= month && hour < nextMonth(month))
    .sort((a, b) => a - b)
    .map((hour) => ({
      hour,
      amount: usage.get(hour) ?? 0n,
      quantity: recorded.get(hour)?.quantity ?? null,
      state: recorded.get(hour)?.state ?? null,
    }))
}

/** What of the included amount is left by the terms of the month's last period; null while it is unknown. */
function includedLeft(period: Period | undefined, dimension: string, walk: Walk): string | null {
  const text = period?.prices[dimension]
  if (period === undefined || text === undefined) return null
  const left = walk.left(period, priceOf(text), period.until - 1)
  if (left === null || left === 'unlimited') return left
  return formatAmount(left > 0n ? left : 0n)
}

function readAside(sql: Sql, month: Month): SetAside[] {
  const rows = sql.all<SqlRow & { hour: Hour; meter: string; reason: AsideReason; amount: string }>(
    'SELECT hour, meter, reason, amount FROM set_aside WHERE hour >= ? AND hour < ? ORDER BY hour, meter, reason',
    month,
    nextMonth(month),
  )
  return rows.map((row) => ({ ...row, amount: formatAmount(BigInt(row.amount)) }))
}

/** What was used in our own days of grace (money §4), once a meter. */
function readGrace(
  measured: Measured,
  periods: readonly Period[],
  month: Month,
  dimensions: readonly DimensionTerms[],
): SetAside[] {
  if (!periods.some((period) => period.grace)) return []
  const meters = new Map(dimensions.map((dimension) => [dimension.charge.meter, dimension.key]))
  return [...meters].flatMap(([meter, dimension]) =>
    [...usedByHour(measured, periods, dimension, null)].flatMap(([hour, used]): SetAside[] => {
      const period = periodHolding(periods, hour)
      if (period?.grace !== true || period.month !== month) return []
      const price = priceOf(period.prices[dimension] ?? '')
      return [{ meter, hour, reason: 'grace', amount: formatAmount(shownAmount(price, used)) }]
    }),
  )
}

/** The refused usage of a month, newest refusal first; at most 100 rows. */
function readRefused(sql: Sql, month: Month): RefusedUsage[] {
  return sql.all<SqlRow & RefusedUsage>(
    `SELECT source, id, reason, meter, hour, amount, times, last_at AS lastMs FROM refused
     WHERE hour >= ? AND hour < ? ORDER BY last_at DESC, source, id LIMIT 100`,
    month,
    nextMonth(month),
  )
}
