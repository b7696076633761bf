/**
 * What each hour used under `time-weighted`. The sums of frozen hours are kept, so that a freeze reads the readings of the
 * hours that freeze now and what still holds at their edge, never a whole month again. Runs inside the caller's transaction.
 */
import { DAY_MS, type Hour, HOUR_MS, hourOf } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import { type Level, timeWeightedByHour } from './gauge.ts'
import { type Gauge, readReadings } from './readings.ts'
import type { State } from './state.ts'

/** Hours of one life under one price of the dimension. */
export interface Stretch extends Gauge {
  readonly from: Hour
  readonly until: Hour
  readonly life: number
}

/** How many hours are read at once: a day of 100 series a minute is 144 000 readings. */
const READ_MS = DAY_MS

/** Usage from before the activation belongs to its hour; none is older than 34 days when it is taken (money §1, §5). */
const EARLY_MS = 35 * DAY_MS

/**
 * What a dimension used in each hour from `from` on, in the amounts of `timeWeightedByHour`. An open hour is counted up to
 * the ledger's clock. Writes nothing. `anew`: from the readings alone, as an audit wants it.
 */
export function integralsOf(
  sql: Sql,
  state: State,
  dimension: string,
  stretches: readonly Stretch[],
  level: (hour: Hour) => Level,
  from: number,
  anew = false,
): Map<number, bigint> {
  const kept = anew ? new Map<number, Kept>() : readKept(sql, dimension, from)
  const settled = anew ? 0 : settledUntil(sql, dimension)
  const used = new Map<number, bigint>()
  for (const stretch of stretches) {
    const start = Math.max(stretch.from, from) as Hour
    const first = Math.min(Math.max(start, settled), stretch.until) as Hour
    for (const [hour, { basis, amount }] of kept) {
      if (hour < start || hour >= first) continue
      const own = hour as Hour
      const known = basis === basisOf(stretch, level(own))
      if (known) used.set(hour, amount)
      else
        for (const [at, again] of integrate(sql, state, stretch, level, own, own + HOUR_MS))
          used.set(at, again)
    }
    for (const [hour, amount] of integrate(sql, state, stretch, level, first, stretch.until))
      used.set(hour, amount)
  }
  return used
}

/** Keeps the sums of the hours before `until`, which are frozen; those kept before stay. */
export function keepIntegrals(
  sql: Sql,
  state: State,
  dimension: string,
  stretches: readonly Stretch[],
  level: (hour: Hour) => Level,
  until: Hour,
): void {
  const settled = settledUntil(sql, dimension)
  if (settled >= until || !stretches.some(({ meter }) => wasRead(sql, meter))) return
  const rows: [number, string, string][] = []
  for (const stretch of stretches) {
    const from = Math.max(stretch.from, settled) as Hour
    for (const [hour, amount] of integrate(sql, state, stretch, level, from, Math.min(stretch.until, until)))
      rows.push([hour, basisOf(stretch, level(hour as Hour)), String(amount)])
  }
  if (rows.length > 0)
    sql.all(
      `INSERT INTO integrals (dimension, hour, basis, used)
       SELECT ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET basis = excluded.basis, used = excluded.used`,
      dimension,
      JSON.stringify(rows),
    )
  sql.all(
    `INSERT INTO integrated (dimension, until_hour) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET until_hour = excluded.until_hour`,
    dimension,
    until,
  )
}

/** True of a meter that has readings: without any there is nothing to keep of it. */
const wasRead = (sql: Sql, meter: string): boolean =>
  sql.all(
    `SELECT 1 FROM readings WHERE meter = ? UNION ALL SELECT 1 FROM last_readings WHERE meter = ? LIMIT 1`,
    meter,
    meter,
  ).length > 0

interface Kept {
  readonly basis: string
  readonly amount: bigint
}

function readKept(sql: Sql, dimension: string, from: number): Map<number, Kept> {
  const rows = sql.all<SqlRow & { hour: number; basis: string; used: string }>(
    'SELECT hour, basis, used FROM integrals WHERE dimension = ? AND hour >= ?',
    dimension,
    from,
  )
  return new Map(rows.map((row) => [row.hour, { basis: row.basis, amount: BigInt(row.used) }]))
}

const settledUntil = (sql: Sql, dimension: string): number =>
  sql.all<{ until_hour: number }>('SELECT until_hour FROM integrated WHERE dimension = ?', dimension)[0]
    ?.until_hour ?? Number.MIN_SAFE_INTEGER

/** What a kept sum was made with beside the readings. */
const basisOf = (stretch: Stretch, level: Level): string => `${stretch.meter}|${stretch.holdForMs}|${level}`

function* integrate(
  sql: Sql,
  state: State,
  stretch: Stretch,
  level: (hour: Hour) => Level,
  from: Hour,
  until: number,
): Generator<[number, bigint]> {
  const life = state.lives.find((known) => known.life === stretch.life)
  const firstHour = life?.firstHour ?? null
  if (life === undefined || firstHour === null || !wasRead(sql, stretch.meter)) return
  const end = Math.min(until, Math.max(state.clock, state.frozenUntil ?? 0))
  const { given } = state.succession
  const gaveAt = given !== null && life.life <= given.life ? given.at : null
  const endsAt =
    life.endAt === null || gaveAt === null ? (life.endAt ?? gaveAt) : Math.min(life.endAt, gaveAt)
  const hold = { holdForMs: stretch.holdForMs, firstHour, endsAt }
  for (let at: number = from; at < end; at += READ_MS) {
    const upTo = Math.min(at + READ_MS, end)
    const reads = at > firstHour ? at : firstHour - EARLY_MS
    const readings = readReadings(sql, stretch.meter, life.life, stretch.holdForMs, reads, upTo)
    yield* timeWeightedByHour(readings, hold, level, hourOf(at), upTo)
  }
}
