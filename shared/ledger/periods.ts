/** Periods: calendar months cut wherever the price may change (money §4). Pure but for the reading and writing of rows. */
import { type Hour, type Month, monthOf, nextMonth } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import { type Prices, pricesOf } from './price.ts'
import { lifeAt, type State, stepAt } from './state.ts'

/** A stretch of hours under one price. `from` names it for ever once one of its hours is frozen. */
export interface Period {
  readonly from: Hour
  /** Behind its last hour: what the facts known now say. A later fact may end a period that is not frozen earlier. */
  readonly until: Hour
  readonly month: Month
  readonly life: number
  readonly trial: boolean
  /** Our own days of grace after a trial: nothing is billed. */
  readonly grace: boolean
  readonly plan: string | null
  readonly config: string
  readonly prices: Prices
}

type PeriodRow = SqlRow & {
  from_hour: Hour
  until_hour: Hour | null
  month: Month
  life: number
  trial: number
  grace: number
  plan: string | null
  config: string
  prices: string
}

/** What is in force in an open hour; undefined outside every life or while no terms are known. */
export function periodAt(state: State, hour: Hour): Period | undefined {
  const life = lifeAt(state, hour)
  const config = stepAt(state.configs, hour)
  if (life === undefined || config === undefined) return undefined
  const plan = stepAt(state.plans, hour)?.plan ?? config.product.defaultPlan
  const trial = life.trialUntil !== null && hour < life.trialUntil
  const grace = !trial && life.graceUntil !== null && hour < life.graceUntil
  const ends = [
    nextMonth(monthOf(hour)),
    life.untilHour,
    life.trialUntil,
    life.graceUntil,
    ...state.plans.map((step) => step.fromHour),
    ...state.configs.map((step) => step.fromHour),
  ].filter((end): end is Hour => end !== null && end > hour)
  return {
    from: hour,
    until: Math.min(...ends) as Hour,
    month: monthOf(hour),
    life: life.life,
    trial,
    grace,
    plan,
    config: config.config,
    prices: pricesOf(config.product, plan, grace ? 'given' : 'sold'),
  }
}

/** The periods of the hours from `from` to before `until`, by the facts in force now. */
export function layPeriods(state: State, from: Hour, until: Hour): Period[] {
  const periods: Period[] = []
  let hour = from
  while (hour < until) {
    const period = periodAt(state, hour)
    if (period === undefined) {
      const next = state.lives.find((life) => life.firstHour !== null && life.firstHour > hour)
      if (next?.firstHour === undefined || next.firstHour === null) break
      hour = next.firstHour
      continue
    }
    periods.push(period)
    hour = period.until
  }
  return joined(periods)
}

/** Periods of frozen hours, oldest first. The last one reaches at least to `frozenUntil`. */
export function readPeriods(sql: Sql, state: State): Period[] {
  const rows = sql.all<PeriodRow>('SELECT * FROM periods ORDER BY from_hour')
  return rows.map((row) => ({
    from: row.from_hour,
    until: row.until_hour ?? frozenEnd(state, row.life) ?? row.from_hour,
    month: row.month,
    life: row.life,
    trial: row.trial === 1,
    grace: row.grace === 1,
    plan: row.plan,
    config: row.config,
    prices: JSON.parse(row.prices) as Prices,
  }))
}

/** Behind the last frozen hour of a life. */
function frozenEnd(state: State, number: number): Hour | null {
  const end = state.lives.find((life) => life.life === number)?.untilHour ?? null
  return end === null || state.frozenUntil === null
    ? state.frozenUntil
    : (Math.min(end, state.frozenUntil) as Hour)
}

/** Frozen periods and, behind them, those of the hours still open up to `until`, joined where nothing changes. */
export function allPeriods(sql: Sql, state: State, until: Hour): Period[] {
  const frozen = readPeriods(sql, state)
  if (state.frozenUntil === null) return frozen
  return joined([...frozen, ...layPeriods(state, state.frozenUntil, until)])
}

/** Writes the periods of the hours from `from` to before `until`, which freeze now: no later fact changes them. */
export function fixPeriods(sql: Sql, state: State, from: Hour, until: Hour): void {
  const last = readPeriods(sql, state).at(-1)
  const laid = layPeriods(state, from, until)
  for (const period of last === undefined ? laid : joined([last, ...laid])) {
    const ends = period.until < until ? period.until : null
    if (period.from === last?.from) {
      if (ends !== null) sql.all('UPDATE periods SET until_hour = ? WHERE from_hour = ?', ends, period.from)
      continue
    }
    sql.all(
      `INSERT INTO periods (from_hour, until_hour, month, life, trial, grace, plan, config, prices)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      period.from,
      ends,
      period.month,
      period.life,
      period.trial ? 1 : 0,
      period.grace ? 1 : 0,
      period.plan,
      period.config,
      JSON.stringify(period.prices),
    )
  }
}

/** True when no cut into another price of `dimension` lies between two periods that touch (money §4). */
export function follows(before: Period, after: Period, dimension: string): boolean {
  return (
    before.until === after.from &&
    before.life === after.life &&
    before.trial === after.trial &&
    before.grace === after.grace &&
    before.prices[dimension] !== undefined &&
    before.prices[dimension] === after.prices[dimension]
  )
}

/** The periods of one price that end with `last`: what a record of its hours may be made of. Oldest first. */
export function runUpTo(periods: readonly Period[], last: Period, dimension: string): Period[] {
  const end = periods.findIndex((period) => period.from === last.from)
  let start = end
  while (start > 0 && follows(periods[start - 1] as Period, periods[start] as Period, dimension)) start -= 1
  return periods.slice(start, end + 1)
}

export const periodHolding = (periods: readonly Period[], hour: number): Period | undefined =>
  periods.findLast((period) => period.from <= hour && hour < period.until)

function joined(periods: readonly Period[]): Period[] {
  const out: Period[] = []
  for (const period of periods) {
    const last = out.at(-1)
    if (last !== undefined && sameTerms(last, period)) out[out.length - 1] = { ...last, until: period.until }
    else out.push(period)
  }
  return out
}

const sameTerms = (a: Period, b: Period): boolean =>
  a.until === b.from &&
  a.month === b.month &&
  a.life === b.life &&
  a.trial === b.trial &&
  a.grace === b.grace &&
  a.plan === b.plan &&
  a.config === b.config &&
  JSON.stringify(a.prices) === JSON.stringify(b.prices)
