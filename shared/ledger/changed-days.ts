/** Which days the read model has to rewrite, and what they show (money §7 *Size*). Reads only. */
import { formatAmount } from '../amount.ts'
import { DAY_MS, type Hour, HOUR_MS, hourOf, monthOf, nextHour, nextMonth } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { Changes } from './changes.ts'
import { chargedHour } from './counted.ts'
import { COUNTS_AS_BILLED, type StoredRecord } from './record.ts'
import { shownByHour } from './month-usage.ts'
import { allPeriods } from './periods.ts'
import { holdForMs } from './price.ts'
import type { State } from './state.ts'
import type { DimensionTerms, LedgerTerms, ProductTerms } from './terms.ts'
import { readMeasured } from './used.ts'

/** Usage of an hour that was reported. */
export interface Reported extends SqlRow {
  hour: Hour
  life: number
  meter: string
}

const BILLED_SINCE = `SELECT dimension, hour, quantity FROM records WHERE hour >= ? AND ${COUNTS_AS_BILLED}`

/** What was reported since the read model was written, and the clock it was counted up to; null: not known. */
export interface Had {
  readonly reported: readonly Reported[]
  readonly sinceClock: number | null
}

/** The days whose rows may be others now, whole. */
export function changedDays(
  sql: Sql,
  state: State,
  terms: LedgerTerms,
  had: Had,
  records: readonly StoredRecord[],
): Changes['days'] {
  const product = state.order === null ? undefined : terms.products[state.order.product]
  if (product === undefined) return []
  const touched = touchedDays(sql, state, product, had, records)
  if (touched.size === 0) return []

  const from = Math.min(...touched.keys())
  // Usage and an activation may be ahead of the clock, in an hour that has not begun.
  const until = Math.max(
    nextHour(state.frozenUntil ?? hourOf(from)),
    Math.max(...touched.keys()) + DAY_MS,
  ) as Hour
  const periods = allPeriods(sql, state, until)
  const measured = readMeasured(sql, state, monthOf(from))
  const quantities = sql.all<{ dimension: string; hour: number; quantity: number }>(BILLED_SINCE, from)
  const shown = product.dimensions.map(({ key, charge }) => ({
    key,
    // A key and a highest are of their month; all else is of its hour.
    hours: shownByHour(
      charge.kind === 'time-weighted' ? { ...measured, from } : measured,
      periods,
      key,
      charge,
    ),
  }))
  return [...touched]
    .sort(([a], [b]) => a - b)
    .flatMap(([day, dimensions]) =>
      shown
        .filter(({ key }) => dimensions.has(key))
        .map(({ key, hours }) => ({
          dimension: key,
          day,
          counted: formatAmount(sumOf(hours, day)),
          billed: String(
            sumOf(
              quantities
                .filter((record) => record.dimension === key)
                .map((record) => [record.hour, BigInt(record.quantity)]),
              day,
            ),
          ),
        })),
    )
}

/** The days whose rows may be others now, each with its dimensions: those of a record, or of a meter that was reported. */
function touchedDays(
  sql: Sql,
  state: State,
  product: ProductTerms,
  { reported, sinceClock }: Had,
  records: readonly StoredRecord[],
): Map<number, Set<string>> {
  const touched = new Map<number, Set<string>>()
  const touch = (hour: number, dimension: string): void => {
    const day = dayOf(hour)
    touched.set(day, (touched.get(day) ?? new Set()).add(dimension))
  }
  for (const record of records) touch(record.hour, record.dimension)
  for (const { key, charge } of chargesOf(state, product)) {
    const holdMs = charge.kind === 'time-weighted' ? holdForMs(charge) : 0
    for (const { hour, life, meter } of reported) {
      if (meter !== charge.meter) continue
      // Usage from before an activation is shown in its own day until that is known.
      touch(hour, key)
      touch(chargedHour(state, life, hour) ?? hour, key)
      for (const day of daysIn(hour, Math.min(hour + HOUR_MS + holdMs, state.clock))) touch(day, key)
      // What was the highest of a month may not be it any more behind a late one.
      if (charge.kind === 'max' && charge.window === 'month')
        for (const later of reportedBehind(sql, meter, hour)) touch(later, key)
    }
    if (charge.kind !== 'time-weighted') continue
    // Behind an end that is told late it holds nothing any more.
    for (const end of endsOf(state))
      if (heldSince(sql, charge.meter, end - holdMs))
        for (const day of daysIn(end, Math.min(end + holdMs, state.clock))) touch(day, key)
    // What was held before an activation that was ahead of the clock is used once its hour begins.
    for (const { firstHour } of state.lives)
      if (firstHour !== null && (sinceClock ?? 0) <= firstHour && firstHour <= state.clock)
        touch(firstHour, key)
    // What a reading holds is used hour by hour though nothing is reported, and was up to one of 0.
    if (!heldSince(sql, charge.meter, (sinceClock ?? 0) - holdMs)) continue
    for (const day of daysIn(sinceClock ?? state.clock, state.clock)) touch(day, key)
    touch((state.frozenUntil ?? state.clock) - 1, key)
  }
  return touched
}

/** The hours of the same month, behind `hour`, in which the meter was reported. */
const reportedBehind = (sql: Sql, meter: string, hour: Hour): number[] =>
  sql
    .all<{ hour: number }>(
      'SELECT DISTINCT hour FROM usage WHERE meter = ? AND hour > ? AND hour < ?',
      meter,
      hour,
      nextMonth(monthOf(hour)),
    )
    .map((row) => row.hour)

/** Where readings hold no further, whatever they say: a life's end, and the month's hand-over to a successor. */
const endsOf = ({ lives, succession: { given } }: State): number[] => [
  ...lives.flatMap(({ endAt }) => endAt ?? []),
  ...(given === null ? [] : [given.at]),
]

/** True of a meter that has readings, of which one may have held behind `since`. */
const heldSince = (sql: Sql, meter: string, since: number): boolean =>
  sql.all('SELECT 1 FROM last_readings WHERE meter = ? AND time >= ? LIMIT 1', meter, since).length > 0

/** What each dimension is charged by, and was under the configs before: a deploy may have changed it. */
const chargesOf = (state: State, product: ProductTerms): Pick<DimensionTerms, 'key' | 'charge'>[] =>
  product.dimensions.flatMap((dimension) => [
    dimension,
    ...state.configs.flatMap((step) =>
      step.product.dimensions.filter(
        ({ key, charge }) =>
          key === dimension.key && JSON.stringify(charge) !== JSON.stringify(dimension.charge),
      ),
    ),
  ])

/** The days from that of `from` to that of `to`. */
function* daysIn(from: number, to: number): Generator<number> {
  for (let day = dayOf(from); day <= to; day += DAY_MS) yield day
}

const dayOf = (hour: number): number => Math.floor(hour / DAY_MS) * DAY_MS

function sumOf(hours: Iterable<readonly [number, bigint]>, day: number): bigint {
  let sum = 0n
  for (const [hour, amount] of hours) if (dayOf(hour) === day) sum += amount
  return sum
}
