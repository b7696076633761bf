/**
 * The keys of `unique`: who was counted, and in which hour first (money §1, §3, §4). Only their keyed hash is kept. Runs
 * inside the caller's transaction. A key counts once a calendar month, in the hour in which it was first counted, whatever
 * cuts the month, with two exceptions: a trial's keys are not the paid month's, and under `onPlanChange: 'bill'` each plan
 * counts its own. While an hour is open each key is kept once an hour, for an order may still move a cut; once it is
 * frozen, what counts nothing is let go.
 */
import { DAY_MS, type Hour, type Month, monthOf } from '../hour.ts'
import type { Sql } from '../sql.ts'
import {
  apartIn,
  billedRanges,
  type CountedBy,
  HANDED_OVER,
  isBilledUnderEach,
  type Range,
  rangesOf,
} from './key-ranges.ts'
import type { AsideReason } from './ledger.ts'
import type { Period } from './periods.ts'
import { priceOf } from './price.ts'
import type { State } from './state.ts'

/** One key as it was reported. `hour` is its own hour; `seen` rises with every event that is counted. */
export interface NotedKey {
  readonly meter: string
  /** `keyedHash` of the key. */
  readonly hash: string
  readonly hour: Hour
  readonly life: number
  readonly source: string
  readonly seen: number
  /** Why it counts nothing; null: it is counted. */
  readonly reason: AsideReason | null
}

/** How many rows go in at a time: their JSON stays far below what may be bound. */
const ROWS_AT_ONCE = 1000

/** One key in the meter's unit, in millionths. */
const ONE_KEY = 1_000_000n

/** State of a month is kept so long after its end (money §4). */
const KEEP_MS = 40 * DAY_MS

/** Keeps keys; one that is there already in its hour stays as it was first counted. */
export function noteKeys(sql: Sql, noted: readonly NotedKey[]): void {
  for (let i = 0; i < noted.length; i += ROWS_AT_ONCE) {
    sql.all(
      `INSERT INTO unique_keys (meter, key_hash, hour, life, source, seen, reason)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
       FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
      JSON.stringify(
        noted
          .slice(i, i + ROWS_AT_ONCE)
          .map((key) => [key.meter, key.hash, key.hour, key.life, key.source, key.seen, key.reason]),
      ),
    )
  }
}

/** The keys of a meter that were first counted in each hour of `periods`, in millionths. */
export function keysByHour(
  sql: Sql,
  state: State,
  periods: readonly Period[],
  meter: string,
  by: CountedBy,
): Map<number, bigint> {
  const ranges = rangesOf(state, periods, meter, by)
  const rows = sql.all<{ hour: number; keys: number }>(
    `SELECT hour, count(*) AS keys FROM (
       SELECT min(key.seen), max(key.hour, hours.value ->> 3) AS hour
       FROM json_each(?) AS hours CROSS JOIN unique_keys AS key
         ON key.meter = ? AND key.life = hours.value ->> 0
           AND key.hour >= hours.value ->> 1 AND key.hour < hours.value ->> 2
       WHERE key.reason IS NULL GROUP BY hours.value ->> 4, key.key_hash)
     GROUP BY hour`,
    JSON.stringify(ranges.map(({ life, from, until, first, group }) => [life, from, until, first, group])),
    meter,
  )
  return new Map(rows.map((row) => [row.hour, BigInt(row.keys) * ONE_KEY]))
}

/** Keys of lives whose activation is unknown, for those who look: each in the hour in which it was first counted. */
export function waitingKeys(sql: Sql, state: State, meter: string): Map<number, bigint> {
  const known = state.lives.filter((life) => life.firstHour !== null).map((life) => life.life)
  const rows = sql.all<{ hour: number; keys: number }>(
    `SELECT hour, count(*) AS keys FROM (
       SELECT min(seen), hour FROM unique_keys
       WHERE meter = ? AND reason IS NULL AND life <> ${HANDED_OVER}
         AND life NOT IN (SELECT value FROM json_each(?)) GROUP BY key_hash)
     GROUP BY hour`,
    meter,
    JSON.stringify(known),
  )
  return new Map(rows.map((row) => [row.hour, BigInt(row.keys) * ONE_KEY]))
}

/**
 * True when `key` would say nothing new: where it would count, the same key is counted already in an hour before `before`;
 * or, of one that is set aside, counted or set aside in any hour.
 */
export function isKnown(
  sql: Sql,
  state: State,
  periods: readonly Period[],
  key: NotedKey,
  before: number,
): boolean {
  // Where a key is due once a month, one that is set aside under a plan may count under another already.
  const by = key.reason === null || isBilledByPlan(periods, key) ? 'plan' : 'month'
  const ranges = rangesOf(state, periods, key.meter, by)
  const own = ranges.find(
    (range) => range.life === key.life && range.from <= key.hour && key.hour < range.until,
  )
  if (own === undefined) {
    // Behind an end that was learnt late its days of grace have counted already.
    const end = state.lives.find((life) => life.life === key.life)?.endAt ?? key.hour
    return (
      sql.all(
        `SELECT 1 FROM unique_keys WHERE meter = ? AND key_hash = ? AND life = ?
           AND (reason = ? OR reason IS NULL AND hour > ?) LIMIT 1`,
        key.meter,
        key.hash,
        key.life,
        key.reason,
        end,
      ).length > 0
    )
  }
  if (own.kind === 'billed' && isBilledApart(sql, state, periods, key, own)) return true
  return ranges
    .filter((range) => range.group === own.group)
    .some(
      (range) =>
        sql.all(
          `SELECT 1 FROM unique_keys WHERE meter = ? AND key_hash = ? AND life = ? AND hour >= ? AND hour < ?
             AND (reason IS NULL OR ? IS NOT NULL) LIMIT 1`,
          key.meter,
          key.hash,
          range.life,
          range.from,
          key.reason === null ? Math.min(range.until, before) : range.until,
          key.reason,
        ).length > 0,
    )
}

/** True when a person has billed the key for its month already, in an hour of a later one. */
function isBilledApart(
  sql: Sql,
  state: State,
  periods: readonly Period[],
  key: NotedKey,
  own: Range,
): boolean {
  const period = periods.find((each) => each.from === own.first)
  const plan = period !== undefined && isBilledUnderEach(period, key.meter) ? own.plan : undefined
  const later = billedRanges(state, periods, key.meter, plan).filter((range) => range.month > own.month)
  return (
    later.length > 0 &&
    sql.all(
      `SELECT 1 FROM json_each(?) AS hours CROSS JOIN unique_keys AS known
         ON known.meter = ? AND known.key_hash = ? AND known.life = hours.value ->> 0
           AND known.hour >= hours.value ->> 1 AND known.hour < hours.value ->> 2
       WHERE known.reason IS NULL LIMIT 1`,
      JSON.stringify(later.map(({ life, from, until }) => [life, from, until])),
      key.meter,
      apartIn(own.month) + key.hash,
    ).length > 0
  )
}

/** True when a charge of the key's meter counts it under each plan of the month. */
const isBilledByPlan = (periods: readonly Period[], { meter, hour }: NotedKey): boolean =>
  periods
    .filter((period) => period.month === monthOf(hour))
    .flatMap((period) => Object.values(period.prices).map(priceOf))
    .some((price) => price.kind === 'unique' && price.meter === meter && price.onPlanChange === 'bill')

/** Lets go of what counts nothing in the hours from `from` to before `until`, which are frozen: no cut moves there. */
export function settleKeys(
  sql: Sql,
  state: State,
  periods: readonly Period[],
  from: number,
  until: number,
): void {
  const ending = periods.filter((period) => period.until > from && period.from < until)
  for (const meter of new Set(ending.flatMap(metersOf))) {
    const ranges = rangesOf(state, periods, meter, 'plan')
    for (const late of ranges) {
      if (late.until <= from || late.first >= until || late.life === HANDED_OVER) continue
      for (const early of ranges) {
        if (early.group !== late.group) continue
        sql.all(
          `DELETE FROM unique_keys WHERE meter = ? AND life = ? AND hour >= ? AND hour < ? AND reason IS NULL
             AND EXISTS (SELECT 1 FROM unique_keys AS known
               WHERE known.meter = unique_keys.meter AND known.key_hash = unique_keys.key_hash AND known.life = ?
                 AND known.hour >= ? AND known.hour < ? AND known.seen < unique_keys.seen AND known.reason IS NULL)`,
          meter,
          late.life,
          late.from < late.first ? late.from : Math.max(late.from, from),
          Math.min(late.until, until),
          early.life,
          early.from,
          Math.min(early.until, until),
        )
      }
    }
  }
}

/** The keys of each meter that the paid part of a month has counted: what a successor takes over (money §4). */
export function keysToHandOver(
  sql: Sql,
  state: State,
  periods: readonly Period[],
  month: Month,
): { readonly meter: string; readonly hashes: string[] }[] {
  const paid = periods.filter((period) => period.month === month && !period.trial && !period.grace)
  return [...new Set(paid.flatMap(metersOf))].map((meter) => ({
    meter,
    hashes: sql
      .all<{ key_hash: string }>(
        `SELECT DISTINCT key.key_hash FROM json_each(?) AS hours CROSS JOIN unique_keys AS key
           ON key.meter = ? AND key.life = hours.value ->> 0
             AND key.hour >= hours.value ->> 1 AND key.hour < hours.value ->> 2
         WHERE key.reason IS NULL ORDER BY key.key_hash`,
        JSON.stringify(
          rangesOf(state, paid, meter, 'month').map(({ life, from, until }) => [life, from, until]),
        ),
        meter,
      )
      .map((row) => row.key_hash),
  }))
}

/** Takes over a predecessor's keys of a month: they count as counted there, before any of ours. */
export function takeOverKeys(sql: Sql, meter: string, month: Month, hashes: readonly string[]): void {
  noteKeys(
    sql,
    hashes.map((hash) => ({
      meter,
      hash,
      hour: month as number as Hour,
      life: HANDED_OVER,
      source: 'predecessor',
      seen: 0,
      reason: null,
    })),
  )
}

/** Takes away the keys of months that ended more than 40 days before `settled`, up to where everything is frozen (money §4). */
export function sweepKeys(sql: Sql, settled: number): void {
  sql.all('DELETE FROM unique_keys WHERE hour < ?', monthOf(settled - KEEP_MS))
}

/** The meters whose keys are counted in a period. */
const metersOf = (period: Period): string[] =>
  Object.values(period.prices)
    .map(priceOf)
    .filter((price) => price.kind === 'unique')
    .map((price) => price.meter)
