/** From usage to whole units due, for each run of periods at one price (money §3, §4). Pure. */
import { add, blocksIn, type Fraction, notBelowZero, smaller, subtract, ZERO } from './fraction.ts'
import type { Price } from './price.ts'
import { follows, pricesOf } from './cut.ts'
import type { Period } from './timeline.ts'
import { billedPrice, periodOf, type Scene } from './scene.ts'
import { keys, type Level, peaks, sums, type Used, weights } from './used.ts'

/** Periods that follow each other at one price: what a record of their hours may be made of. */
export interface Run {
  readonly dimension: string
  readonly price: Price
  readonly periods: readonly Period[]
  readonly from: number
  readonly until: number
  /** The last hour of the life lies in it, or another price follows. */
  readonly over: Used
  /** An amount that is not known holds this run up from that hour on; null: none does. */
  readonly waitsFrom: number | null
  /** What a predecessor's last run at this price hands over: units are rounded over both (money §4 *Successor*). */
  readonly before: Before | null
  /** What of `over` was handed over with its remainder: what comes later is rounded by itself. */
  readonly given: Used | null
}

export interface Before {
  readonly over: Fraction
  readonly due: bigint
}

/** What a predecessor hands over of its running month. */
export interface Heritage {
  readonly month: number
  /** The life that takes it over. */
  readonly life: number
  readonly covered: ReadonlyMap<string, Fraction>
  /** By dimension: the price's text and the running sum of its last run. */
  readonly runs: ReadonlyMap<string, Before & { readonly text: string }>
}

export interface Charged {
  readonly runs: readonly Run[]
  /** Used and covered by dimension and hour, for whoever shows them. */
  readonly used: ReadonlyMap<string, Used>
  readonly covered: ReadonlyMap<string, Used>
}

/** Every run of every dimension that is billed anywhere. */
export function charge(scene: Scene, heritage: Heritage | null, given: readonly Run[] = []): Charged {
  const dimensions = new Set(scene.periods.flatMap((period) => [...pricesOf(period).keys()]))
  const used = new Map<string, Used>()
  const covered = new Map<string, Used>()
  const runs: Run[] = []
  for (const dimension of dimensions) {
    const { used: own, unknown } = usedOf(scene, dimension)
    const cover = coverOf(scene, dimension, own, heritage)
    used.set(dimension, own)
    covered.set(dimension, cover.covered)
    const over = new Map(
      [...own].map(([hour, amount]) => [hour, subtract(amount, cover.covered.get(hour) ?? ZERO)]),
    )
    for (const run of runsOf(scene.periods, dimension)) {
      const inherited = heritage?.runs.get(dimension)
      const start = scene.periods.find((period) => period.life === heritage?.life)
      const first = start !== undefined && start.from === run.periods[0]?.from
      runs.push({
        ...run,
        over,
        waitsFrom:
          [...cover.unknown, ...unknown]
            .sort((a, b) => a - b)
            .find((hour) => hour >= run.from && hour < run.until) ?? null,
        before: first && inherited?.text === run.price.text ? inherited : null,
        given:
          given.find(
            (each) =>
              each.dimension === dimension && each.price.text === run.price.text && each.from === run.from,
          )?.over ?? null,
      })
    }
  }
  return { runs, used, covered }
}

/** `unknown`: hours with usage whose level is not known. */
function usedOf(
  scene: Scene,
  dimension: string,
): { readonly used: Used; readonly unknown: ReadonlySet<number> } {
  const unknown = new Set<number>()
  const levelIn: Level = (_period, price, hour) => {
    const { included } = price
    if (included.kind === 'nothing') return ZERO
    if (included.kind === 'level') return included.level
    // One that nobody knows holds up all that is used (`coverOf`).
    if (included.kind === 'contract') return contracted(scene, included.dimension, hour) ?? ZERO
    return included.kind === 'unlimited' ? 'unlimited' : null
  }
  const level: Level = (period, price, hour) => {
    const off = levelIn(period, price, hour)
    if (off === null) unknown.add(hour)
    return off
  }
  const all = [
    sums(scene, dimension),
    keys(scene, dimension),
    peaks(scene, dimension, level),
    weights(scene, dimension, level),
  ]
  const used = new Map<number, Fraction>()
  for (const each of all)
    for (const [hour, amount] of each) used.set(hour, add(used.get(hour) ?? ZERO, amount))
  return { used, unknown }
}

/**
 * What the contract entitles to in an hour: the amount in force, or the last one known (money §3, *estimated*). Where none
 * was ever known and the life has ended, no later hour can bill what was used: it parks with its whole value.
 */
function contracted(scene: Scene, dimension: string, hour: number): Fraction | null {
  const steps = (scene.line.amounts.get(dimension) ?? []).filter((step) => step.fromHour <= hour)
  const known = steps.findLast((step) => step.amount !== null)
  if (known !== undefined) return known.amount
  const life = scene.line.lives.find((each) => each.life === periodOf(scene.periods, hour)?.life)
  return life === undefined || life.endAt === null ? null : ZERO
}

interface Cover {
  readonly covered: Used
  /** Hours with usage whose included amount is not known. */
  readonly unknown: readonly number[]
}

/** Included amounts are spent hour by hour at the amount in force in that hour; never from a trial into what follows. */
function coverOf(scene: Scene, dimension: string, used: Used, heritage: Heritage | null): Cover {
  const covered = new Map<number, Fraction>()
  const unknown: number[] = []
  const spent = new Map<string, Fraction>()
  const inherited = heritage?.covered.get(dimension)
  if (heritage !== null && inherited !== undefined) spent.set(`month ${heritage.month} false`, inherited)
  for (const hour of [...used.keys()].sort((a, b) => a - b)) {
    const period = periodOf(scene.periods, hour)
    const price = period === undefined ? undefined : billedPrice(period, dimension)
    if (period === undefined || price === undefined) continue
    const amount = used.get(hour) ?? ZERO
    const month = `month ${period.month} ${period.trial}`
    const term = `term ${period.life} ${period.trial}`
    const available = availableIn(
      scene,
      price,
      hour,
      (per) => spent.get(per === 'month' ? month : term) ?? ZERO,
    )
    if (available === null) unknown.push(hour)
    const part =
      available === null
        ? ZERO
        : available === 'unlimited'
          ? amount
          : smaller(amount, notBelowZero(available))
    covered.set(hour, part)
    for (const key of [month, term]) spent.set(key, add(spent.get(key) ?? ZERO, part))
  }
  return { covered, unknown }
}

function availableIn(
  scene: Scene,
  { included, kind }: Price,
  hour: number,
  spent: (per: 'month' | 'term') => Fraction,
): Fraction | 'unlimited' | null {
  switch (included.kind) {
    case 'nothing':
    case 'level':
      return ZERO
    case 'unlimited':
      return 'unlimited'
    case 'unknown':
      return null
    case 'amount':
      return subtract(included.amount, spent(included.per))
    case 'contract': {
      const amount = contracted(scene, included.dimension, hour)
      if (amount === null) return null
      return kind === 'max' || kind === 'time-weighted' ? ZERO : subtract(amount, spent('month'))
    }
  }
}

function runsOf(
  periods: readonly Period[],
  dimension: string,
): Pick<Run, 'dimension' | 'price' | 'periods' | 'from' | 'until'>[] {
  const groups: Period[][] = []
  for (const period of periods) {
    const price = billedPrice(period, dimension)
    if (price === undefined) continue
    const last = groups.at(-1)
    const before = last?.at(-1)
    if (
      last !== undefined &&
      before !== undefined &&
      billedPrice(before, dimension)?.text === price.text &&
      follows(before, period, price)
    )
      last.push(period)
    else groups.push([period])
  }
  return groups.flatMap((group) => {
    const [first] = group
    const price = first === undefined ? undefined : billedPrice(first, dimension)
    return first === undefined || price === undefined
      ? []
      : [{ dimension, price, periods: group, from: first.from, until: group.at(-1)?.until ?? first.until }]
  })
}

/** Whole units due of a run from all usage timed before each instant of `befores`, which rise. */
export function duesOf(run: Run, befores: readonly number[]): bigint[] {
  const sums = sumsOf(run, run.over, befores)
  if (run.given === null) return sums.map((each, i) => unitsOf(run, each, befores[i] ?? 0, run.before))
  const given = sumsOf(run, run.given, befores)
  return sums.map((each, i) => {
    const before = befores[i] ?? 0
    const handed = given[i] ?? []
    const later = each.map((sum, period) => subtract(sum, handed[period] ?? ZERO))
    return unitsOf(run, handed, before, run.before) + unitsOf(run, later, before, null)
  })
}

/** What lies beyond the included amounts in the hours before each instant, by period of the run. */
function sumsOf(run: Run, over: Used, befores: readonly number[]): Fraction[][] {
  const hours = [...over.keys()].filter((hour) => hour >= run.from && hour < run.until).sort((a, b) => a - b)
  const sums = run.periods.map(() => ZERO)
  let next = 0
  return befores.map((before) => {
    for (; next < hours.length && (hours[next] ?? before) < before; next += 1) {
      const hour = hours[next] ?? 0
      const index = run.periods.findIndex((period) => period.from <= hour && hour < period.until)
      if (index >= 0) sums[index] = add(sums[index] ?? ZERO, over.get(hour) ?? ZERO)
    }
    return [...sums]
  })
}

function unitsOf(run: Run, sums: readonly Fraction[], before: number, inherited: Before | null): bigint {
  const { block, round, remainder } = run.price
  if (remainder === 'carry')
    return blocksIn(sums.reduce(add, inherited?.over ?? ZERO), block, round) - (inherited?.due ?? 0n)
  return run.periods.reduce((units, period, i) => {
    const up = round === 'up' || (remainder === 'up' && before >= period.until)
    return units + blocksIn(sums[i] ?? ZERO, block, up ? 'up' : 'down')
  }, 0n)
}

export const dueOf = (run: Run, before: number): bigint => duesOf(run, [before])[0] ?? 0n

/** What of a run is not yet a whole unit, in the meter's units; below 0 where a unit is paid ahead (`round: 'up'`). */
export function remainderOf(run: Run, before: number): Fraction {
  const over = [...run.over]
    .filter(([hour]) => hour >= run.from && hour < run.until && hour < before)
    .reduce((sum, [, amount]) => add(sum, amount), run.before?.over ?? ZERO)
  const paid = dueOf(run, before) + (run.before?.due ?? 0n)
  return subtract(over, { n: run.price.block.n * paid, d: run.price.block.d })
}
