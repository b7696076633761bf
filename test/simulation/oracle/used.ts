/** How much of a dimension was used in each hour, for every kind of charge (money §3). Slow and plain on purpose. Pure. */
import { HOUR, hourOf, monthOf, nextMonth } from './calendar.ts'
import { add, type Fraction, larger, millionths, notBelowZero, subtract, whole, ZERO } from './fraction.ts'
import { follows, pricesOf } from './cut.ts'
import type { Use } from './intake.ts'
import { keyUses } from './keys.ts'
import { chargedHour } from './meaning.ts'
import type { Price } from './price.ts'
import { billedPrice, periodOf, type Scene, valuesOf } from './scene.ts'
import type { Period } from './timeline.ts'

/** By hour, in the meter's units; of `time-weighted` in units of a calendar month. */
export type Used = ReadonlyMap<number, Fraction>

/** What is subtracted in an hour before anything is due; `unlimited`: everything. Null: not known yet. */
export type Level = (period: Period, price: Price, hour: number) => Fraction | 'unlimited' | null

/** Which price of a dimension is looked at in a period; undefined: the period is passed over. */
export type PriceIn = (period: Period, dimension: string) => Price | undefined

const plus = (used: Map<number, Fraction>, hour: number, amount: Fraction): void => {
  used.set(hour, add(used.get(hour) ?? ZERO, amount))
}

/** Usage of one meter that is charged before `until`, with its hour and period. */
function placed(scene: Scene, meter: string): { use: Use; hour: number; period: Period }[] {
  return scene.uses.flatMap((use) => {
    const hour = use.event.meter === meter ? chargedHour(scene.line, use) : null
    const period = hour === null || hour >= scene.until ? undefined : periodOf(scene.periods, hour)
    return hour === null || period === undefined ? [] : [{ use, hour, period }]
  })
}

const metersOf = (scene: Scene, dimension: string): Set<string> =>
  new Set(scene.periods.flatMap((period) => pricesOf(period).get(dimension)?.meter ?? []))

/** `sum`: quantities, each in its own hour. */
export function sums(scene: Scene, dimension: string): Used {
  const used = new Map<number, Fraction>()
  for (const meter of metersOf(scene, dimension)) {
    for (const { use, hour, period } of placed(scene, meter)) {
      const price = billedPrice(period, dimension)
      if (price?.kind !== 'sum' || price.meter !== meter || use.event.measure.kind !== 'quantity') continue
      plus(used, hour, millionths(use.event.measure.quantity))
    }
  }
  return used
}

/** `unique`: one for each key in the hour in which it was first counted. */
export function keys(scene: Scene, dimension: string): Used {
  const used = new Map<number, Fraction>()
  for (const meter of metersOf(scene, dimension))
    for (const { use, hour, billed } of keyUses(scene, meter))
      if (use.aside === null && billed.includes(dimension)) plus(used, hour, whole(1n))
  return used
}

/** `max`: the highest of each series in the hour, or in the month at one price, added up, less the level. */
export function peaks(scene: Scene, dimension: string, level: Level, priceIn: PriceIn = billedPrice): Used {
  const used = new Map<number, Fraction>()
  let highest = new Map<string, Fraction>()
  let before = ZERO
  for (const [i, period] of scene.periods.entries()) {
    const price = priceIn(period, dimension)
    if (price?.kind !== 'max') continue
    const byHour = new Map<number, Map<string, Fraction>>()
    for (const { use, hour } of placed(scene, price.meter)) {
      const { measure } = use.event
      if (measure.kind !== 'value' || hour < period.from || hour >= period.until) continue
      const series = byHour.get(hour) ?? new Map<string, Fraction>()
      const value = millionths(measure.value)
      byHour.set(hour, series.set(measure.series, larger(series.get(measure.series) ?? ZERO, value)))
    }
    const last = scene.periods[i - 1]
    const same =
      last !== undefined &&
      last.month === period.month &&
      priceIn(last, dimension)?.text === price.text &&
      follows(last, period, price)
    if (!same) {
      highest = new Map()
      before = ZERO
    }
    for (const hour of [...byHour.keys()].sort((a, b) => a - b)) {
      const now = byHour.get(hour) ?? new Map<string, Fraction>()
      if (price.window === 'hour' && total(now.values()).n === 0n) continue
      const off = level(period, price, hour)
      if (off === null || off === 'unlimited') continue
      for (const [series, value] of now) highest.set(series, larger(highest.get(series) ?? ZERO, value))
      const over = notBelowZero(subtract(total((price.window === 'hour' ? now : highest).values()), off))
      if (price.window === 'hour') plus(used, hour, over)
      else if (subtract(over, before).n > 0n) {
        plus(used, hour, subtract(over, before))
        before = over
      }
    }
  }
  return used
}

const total = (values: Iterable<Fraction>): Fraction => [...values].reduce(add, ZERO)

interface Reading {
  readonly from: number
  readonly until: number
  readonly value: Fraction
}

/**
 * `time-weighted`: what every series holds, less the level at every instant, times the part of its calendar month. What
 * was held before the first hour of a life belongs to that hour, as all usage from before the activation does.
 */
export function weights(scene: Scene, dimension: string, level: Level, priceIn: PriceIn = billedPrice): Used {
  const used = new Map<number, Fraction>()
  for (const period of scene.periods) {
    const price = priceIn(period, dimension)
    if (price?.kind !== 'time-weighted') continue
    const readings = readingsOf(scene, price, period.life)
    const first = scene.periods.find((each) => each.life === period.life) === period
    const start = first ? Math.min(period.from, ...readings.map((each) => each.from)) : period.from
    const until = Math.min(period.until, scene.until)
    const levels = (scene.line.amounts.get(contractOf(price)) ?? []).map((step) => step.fromHour)
    const instants = [...readings.flatMap((each) => [each.from, each.until]), ...levels, start, until]
    const steps = [...new Set(instants)].filter((at) => at >= start && at <= until).sort((a, b) => a - b)
    for (const [i, from] of steps.entries()) {
      const to = steps[i + 1]
      const held = total(
        readings.filter((each) => each.from <= from && from < each.until).map((each) => each.value),
      )
      if (to === undefined || held.n === 0n) continue
      const off = level(period, price, Math.max(hourOf(from), period.from))
      if (off === null || off === 'unlimited') continue
      const over = notBelowZero(subtract(held, off))
      if (over.n === 0n) continue
      for (let at = from; at < to;) {
        const next = Math.min(to, hourOf(at) + HOUR)
        const month = BigInt(nextMonth(monthOf(at)) - monthOf(at))
        plus(used, Math.max(hourOf(at), period.from), { n: over.n * BigInt(next - at), d: over.d * month })
        at = next
      }
    }
  }
  return used
}

const contractOf = (price: Price): string =>
  price.included.kind === 'contract' ? price.included.dimension : ''

/** A reading holds until the next of its series, at most `holdFor`, never past the life's end or its hand-over. */
function readingsOf(scene: Scene, price: Price, life: number): Reading[] {
  const series = new Map<string, Map<number, Fraction>>()
  for (const use of valuesOf(scene)) {
    const { measure, meter, time } = use.event
    if (meter !== price.meter || measure.kind !== 'value' || (use.life ?? life) !== life) continue
    const times = series.get(measure.series) ?? new Map<number, Fraction>()
    const value = millionths(measure.value)
    series.set(measure.series, times.set(time, larger(times.get(time) ?? value, value)))
  }
  const { lives, given } = scene.line
  const end = Math.min(
    lives.find((each) => each.life === life)?.endAt ?? Number.POSITIVE_INFINITY,
    given !== null && life <= given.life ? given.at : Number.POSITIVE_INFINITY,
  )
  return [...series.values()].flatMap((times) => {
    const sorted = [...times].sort(([a], [b]) => a - b)
    return sorted.map(([from, value], i) => ({
      from,
      until: Math.min(from + price.holdMs, sorted[i + 1]?.[0] ?? Number.POSITIVE_INFINITY, end),
      value,
    }))
  })
}
