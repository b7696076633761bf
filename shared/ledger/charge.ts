/** From what each hour used to whole units due, for every charge (money §3). Pure and exact; order of arrival plays no part. */
import { HOUR_MS, type Hour } from '../hour.ts'
import type { Period } from './periods.ts'
import { type Price, priceOf, takesLevel, unitsIn } from './price.ts'
import { type AmountStep, stepAt } from './state.ts'
import { coveredBefore, leftBefore, type Ties, withoutGiven } from './succession.ts'
import type { Used } from './used.ts'

/** What was used of a dimension in a period, and what of it was included; in what the charge counts (`used.ts`). */
export interface Tally {
  readonly used: bigint
  readonly covered: bigint
}

export interface Walk {
  /**
   * Counts every hour before `until`. Answers the hour at which it had to stop because the included amount in force in
   * it is unknown, or null. Going on later starts there.
   */
  advance(until: number): Hour | null
  tallies(): ReadonlyMap<number, Tally>
  /** What of the amount included in `hour` is not spent yet; below 0 when a smaller amount came into force; null: unknown. */
  left(period: Period, price: Price, hour: number): bigint | 'unlimited' | null
}

const NONE: Tally = { used: 0n, covered: 0n }

/**
 * Walks the hours of a dimension in order. `fixed` holds the tallies of periods before `from`, which no usage can
 * change any more. Included amounts are spent hour by hour at the amount in force in that hour; those a month are spent
 * across its cuts but not from a trial into what follows it, those a term likewise within one life. Levels are taken
 * off in `used` already. What a predecessor has spent of a month counts as spent.
 */
export function openWalk(
  periods: readonly Period[],
  dimension: string,
  used: Used,
  fixed: ReadonlyMap<number, Tally>,
  from: number,
  amounts: () => readonly AmountStep[],
  ties: Ties,
): Walk {
  const tallies = new Map<number, Tally>()
  for (const period of periods) {
    tallies.set(period.from, period.from < from ? (fixed.get(period.from) ?? NONE) : NONE)
  }
  const pending = pendingHours(periods, dimension, used, from)
  let next = 0

  const spent = (period: Period, per: 'month' | 'term'): bigint => {
    let covered = per === 'month' ? coveredBefore(ties, period, dimension) : 0n
    for (const other of periods) {
      const same =
        other.trial === period.trial &&
        other.grace === period.grace &&
        (per === 'month' ? other.month === period.month : other.life === period.life)
      if (same && other.from <= period.from) covered += tallies.get(other.from)?.covered ?? 0n
    }
    return covered
  }

  const left = (period: Period, price: Price, hour: number): bigint | 'unlimited' | null => {
    const { included } = price
    switch (included.kind) {
      case 'nothing':
        return 0n
      case 'unlimited':
        return 'unlimited'
      case 'unknown':
        return null
      case 'level':
        return 0n
      case 'amount':
        return included.amount - spent(period, included.per)
      case 'contract': {
        const steps = amounts().filter((step) => step.dimension === included.dimension)
        const amount = stepAt(steps, hour)?.amount ?? null
        if (amount === null) return null
        return takesLevel(price) ? 0n : amount - spent(period, 'month')
      }
    }
  }

  return {
    tallies: () => tallies,
    left,
    advance(until) {
      for (; next < pending.length; next += 1) {
        const { hour, period, used } = pending[next] as PendingHour
        if (hour >= until) return null
        const available = left(period, priceOf(period.prices[dimension] as string), hour)
        if (available === null) return hour
        const tally = tallies.get(period.from) ?? NONE
        const covered = available === 'unlimited' || used < available ? used : available > 0n ? available : 0n
        tallies.set(period.from, { used: tally.used + used, covered: tally.covered + covered })
      }
      return null
    },
  }
}

interface PendingHour {
  readonly hour: Hour
  readonly period: Period
  readonly used: bigint
}

/** The hours from `from` on that used something under a price, oldest first. */
function pendingHours(
  periods: readonly Period[],
  dimension: string,
  used: Used,
  from: number,
): PendingHour[] {
  const charged = periods.filter((period) => period.prices[dimension] !== undefined && period.from >= from)
  const pending: PendingHour[] = []
  let i = 0
  for (const [hour, amount] of [...used].sort(([a], [b]) => a - b)) {
    while ((charged[i]?.until ?? Number.POSITIVE_INFINITY) <= hour) i += 1
    const period = charged[i]
    if (period === undefined) break
    if (hour >= period.from && amount > 0n) pending.push({ hour: hour as Hour, period, used: amount })
  }
  return pending
}

/**
 * Whole units due for each period of a run of one price, from all usage timed before the end of `hour`, which lies in
 * the run's last period. Under `carry` the run is rounded once, over its running sum and what a predecessor left over;
 * else each period by itself.
 */
export function duesOf(
  run: readonly Period[],
  dimension: string,
  tallies: ReadonlyMap<number, Tally>,
  hour: number,
  ties: Ties,
): bigint[] {
  const dues: bigint[] = []
  let sum = leftBefore(ties, run, dimension)
  let before = 0n
  for (const period of run) {
    const price = priceOf(period.prices[dimension] as string)
    const tally = tallies.get(period.from) ?? NONE
    const over = tally.used - tally.covered
    if (price.remainder === 'carry') {
      sum += over
      const upTo = unitsIn(withoutGiven(ties, run, dimension, sum), price.block, price.round)
      dues.push(upTo - before)
      before = upTo
    } else {
      const ended = hour + HOUR_MS >= period.until
      const up = price.round === 'up' || (ended && price.remainder === 'up')
      dues.push(unitsIn(over, price.block, up ? 'up' : 'down'))
    }
  }
  return dues
}

export interface Balance {
  /** Units to bill, for each period of the run. */
  readonly open: readonly bigint[]
  /** Units frozen beyond what is due. */
  readonly owed: bigint
}

/** What is due and not frozen. A run that carries has one balance; its open units go to its oldest periods first. */
export function balanceOf(price: Price, dues: readonly bigint[], frozen: readonly bigint[]): Balance {
  const needs = dues.map((due, i) => due - (frozen[i] ?? 0n))
  if (price.remainder !== 'carry') {
    return { open: needs.map(positive), owed: needs.reduce((sum, need) => sum + positive(-need), 0n) }
  }
  const total = needs.reduce((sum, need) => sum + need, 0n)
  let left = positive(total)
  const open = needs.map((need) => {
    const units = positive(need) < left ? positive(need) : left
    left -= units
    return units
  })
  return { open, owed: positive(-total) }
}

/** What is used beyond what is covered. */
export const overOf = (tally: Tally | undefined): bigint =>
  tally === undefined ? 0n : tally.used - tally.covered

/** What a run that carries is rounded from: all that is over in it, with what was taken over and without what was given away. */
export function overRun(
  ties: Ties,
  run: readonly Period[],
  dimension: string,
  tallies: ReadonlyMap<number, Tally>,
): bigint {
  const own = run.reduce((sum, period) => sum + overOf(tallies.get(period.from)), 0n)
  return withoutGiven(ties, run, dimension, leftBefore(ties, run, dimension) + own)
}

const positive = (units: bigint): bigint => (units > 0n ? units : 0n)
