/** The charges `max` and `time-weighted`: from peaks and readings to what each hour used (money §2, §3). Pure and exact. */
import { DAY_MS, HOUR_MS, type Hour, hourOf, monthOf, nextMonth } from '../hour.ts'

/** The highest value of one series in one hour. Several of one series and hour: the highest counts. Millionths. */
export interface Peak {
  /** The hour it is charged in. */
  readonly hour: Hour
  readonly series: string
  readonly peak: bigint
}

/** One reading. Several of one series at one ms: the higher counts, so order of arrival plays no part. Millionths. */
export interface Reading {
  readonly series: string
  /** Epoch ms. */
  readonly time: number
  readonly value: bigint
}

/** What is included in an hour, in millionths. */
export type Level = bigint | 'unlimited'

/** Divisible by 28, 29, 30 and 31, so that each month's weight is a whole number (money §2). */
const MONTH_WEIGHT = 377_580

/** A value of one for a whole calendar month, in weighted millionths × ms: the block of `time-weighted` (money §2). */
export const VALUE_MONTH = 32_622_912_000_000n * 1_000_000n

/**
 * What each hour used under `max`, in millionths; hours of 0 are left out. `hour`: the series' highest of the hour, added
 * up, beyond the level. `month`: by how much the hour raised the stretch's highest, so that the hours of a stretch add up
 * to it; `stretchOf` says which hours belong together, and 0 or more is answered whatever the level did in between.
 */
export function maxByHour(
  peaks: Iterable<Peak>,
  window: 'hour' | 'month',
  level: (hour: Hour) => Level,
  stretchOf: (hour: Hour) => unknown = monthOf,
): Map<number, bigint> {
  const hours = new Map<Hour, Map<string, bigint>>()
  for (const { hour, series, peak } of peaks) {
    const highest = hours.get(hour) ?? new Map<string, bigint>()
    if (peak > (highest.get(series) ?? -1n)) hours.set(hour, highest.set(series, peak))
  }
  const used = new Map<number, bigint>()
  let stretch: unknown
  let highs = new Map<string, bigint>()
  let reached = 0n
  for (const hour of [...hours.keys()].sort((a, b) => a - b)) {
    const highest = hours.get(hour) as Map<string, bigint>
    if (window === 'hour') {
      const over = overOf(sumOf(highest.values()), level(hour))
      if (over > 0n) used.set(hour, over)
      continue
    }
    if (stretchOf(hour) !== stretch) {
      stretch = stretchOf(hour)
      highs = new Map()
      reached = 0n
    }
    for (const [series, peak] of highest) if (peak > (highs.get(series) ?? -1n)) highs.set(series, peak)
    const over = overOf(sumOf(highs.values()), level(hour))
    if (over <= reached) continue
    used.set(hour, over - reached)
    reached = over
  }
  return used
}

/** The life the readings belong to, and how long one of them holds. Times are epoch ms. */
export interface Hold {
  readonly holdForMs: number
  /** What was held before it is charged in it. */
  readonly firstHour: Hour
  /** Nothing holds from here on; null: no end is known. */
  readonly endsAt: number | null
}

/**
 * What each hour from `from` to before the instant `until` used under `time-weighted`, in millionths × ms weighted by the
 * month they fall in: `VALUE_MONTH` of them are a unit. Hours in which nothing above 0 was held are left out. A reading
 * holds until the next of its series, at most `holdForMs`; series add up, and the level is subtracted at every instant.
 */
export function timeWeightedByHour(
  readings: Iterable<Reading>,
  hold: Hold,
  level: (hour: Hour) => Level,
  from: Hour,
  until: number,
): Map<number, bigint> {
  const start = from > hold.firstHour ? from : Number.NEGATIVE_INFINITY
  const steps = stepsOf(readings, hold, start, Math.min(until, hold.endsAt ?? until))
  const times = [...steps.keys()].sort((a, b) => a - b)
  const used = new Map<number, bigint>()
  let held = 0n
  for (const [i, time] of times.entries()) {
    held += steps.get(time) ?? 0n
    const next = times[i + 1]
    if (next === undefined || held === 0n) continue
    for (let at = time; at < next;) {
      const edge = Math.min(next, hourOf(at) + HOUR_MS)
      const hour = Math.max(hourOf(at), hold.firstHour) as Hour
      const over = overOf(held, level(hour)) * BigInt((edge - at) * weightOf(at))
      used.set(hour, (used.get(hour) ?? 0n) + over)
      at = edge
    }
  }
  return used
}

/** By how much what all series hold together changes, at each instant from `start` to before `until`. */
function stepsOf(readings: Iterable<Reading>, hold: Hold, start: number, until: number): Map<number, bigint> {
  const bySeries = new Map<string, Map<number, bigint>>()
  for (const { series, time, value } of readings) {
    const own = bySeries.get(series) ?? new Map<number, bigint>()
    if (value > (own.get(time) ?? -1n)) bySeries.set(series, own.set(time, value))
  }
  const steps = new Map<number, bigint>()
  for (const own of bySeries.values()) {
    const times = [...own.keys()].sort((a, b) => a - b)
    for (const [i, time] of times.entries()) {
      const value = own.get(time) ?? 0n
      const begins = Math.max(time, start)
      const ends = Math.min(times[i + 1] ?? Number.POSITIVE_INFINITY, time + hold.holdForMs, until)
      if (begins >= ends || value === 0n) continue
      steps.set(begins, (steps.get(begins) ?? 0n) + value)
      steps.set(ends, (steps.get(ends) ?? 0n) - value)
    }
  }
  return steps
}

/** What a millisecond of the month that holds `ms` weighs. */
function weightOf(ms: number): number {
  const month = monthOf(ms)
  return MONTH_WEIGHT / ((nextMonth(month) - month) / DAY_MS)
}

const overOf = (value: bigint, level: Level): bigint =>
  level === 'unlimited' || value <= level ? 0n : value - level

const sumOf = (values: Iterable<bigint>): bigint => [...values].reduce((sum, value) => sum + value, 0n)
