/** The rows of `time-weighted`: readings of each series, and the last of each. Runs inside the caller's transaction. */
import { DAY_MS, HOUR_MS, type Hour, hourOf, monthOf } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { Reading } from './gauge.ts'
import { higher } from './peaks.ts'
import { lifeAt, type State } from './state.ts'

/** One value as it was reported, in millionths. `time` is its own, epoch ms; `life` that of the subscription. */
export interface NotedReading {
  readonly meter: string
  readonly series: string
  readonly time: number
  readonly life: number
  readonly source: string
  readonly value: bigint
}

/** How many rows go in at a time: their JSON stays far below what may be bound. */
const ROWS_AT_ONCE = 200

/** The longest that `seller.config.ts` lets a reading hold. */
export const HOLD_MS_MAX = 768 * HOUR_MS

/** State of a month is kept so long after its end (money §4). */
const KEEP_MS = 40 * DAY_MS

/** How much one sweep takes away at most, so that none is long. */
const SWEEP_ROWS = 5_000

/** Stores readings. Of several of one series at one ms the higher stands, so order of arrival plays no part. */
export function noteReadings(sql: Sql, noted: readonly NotedReading[], now: number): void {
  if (noted.length === 0) return
  const last = new Map<string, NotedReading>()
  for (const reading of noted) {
    const place = JSON.stringify([reading.meter, reading.series])
    const before = last.get(place)
    const later = before === undefined || reading.time > before.time
    if (later || (reading.time === before.time && reading.value > before.value)) last.set(place, reading)
  }
  inParts(noted, (json) => {
    sql.all(
      `INSERT INTO readings (meter, series, time, life, source, value, received)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, ?
       FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET value = excluded.value WHERE ${higher('excluded.value', 'readings.value')}`,
      now,
      json,
    )
  })
  inParts([...last.values()], (json) => {
    sql.all(
      `INSERT INTO last_readings (meter, series, time, life, value)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 5 FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET time = excluded.time, life = excluded.life, value = excluded.value
       WHERE excluded.time > last_readings.time
         OR (excluded.time = last_readings.time AND ${higher('excluded.value', 'last_readings.value')})`,
      json,
    )
  })
  forgetIntegrals(
    sql,
    hourOf(noted.reduce((first, { time }) => Math.min(first, time), Number.MAX_SAFE_INTEGER)),
  )
}

function inParts(noted: readonly NotedReading[], write: (json: string) => void): void {
  for (let i = 0; i < noted.length; i += ROWS_AT_ONCE) {
    const part = noted.slice(i, i + ROWS_AT_ONCE)
    write(
      JSON.stringify(
        part.map((row) => [row.meter, row.series, row.time, row.life, row.source, `${row.value}`]),
      ),
    )
  }
}

/** A late reading, or another end of a life, changes what `hour` and those behind it used: they are summed again. */
export function forgetIntegrals(sql: Sql, hour: Hour): void {
  const late = sql.all<{ dimension: string }>('SELECT dimension FROM integrated WHERE until_hour > ?', hour)
  for (const { dimension } of late) {
    sql.all('UPDATE integrated SET until_hour = ? WHERE dimension = ?', hour, dimension)
    sql.all('DELETE FROM integrals WHERE dimension = ? AND hour >= ?', dimension, hour)
  }
}

/**
 * The readings of a meter in one life that hold at some instant from `from` to before `until`: those timed in it and,
 * of each series, the last one before it. A series that fell silent earlier is not looked at.
 */
export function readReadings(
  sql: Sql,
  meter: string,
  life: number,
  holdForMs: number,
  from: number,
  until: number,
): Reading[] {
  const rows = sql.all<SqlRow & { series: string; time: number; value: string }>(
    `SELECT held.series, held.time, held.value FROM last_readings AS known CROSS JOIN readings AS held
       ON held.meter = known.meter AND held.series = known.series AND held.life = ? AND held.time < ?
       AND held.time >= coalesce((SELECT max(time) FROM readings WHERE meter = known.meter
         AND series = known.series AND life = ? AND time <= ? AND time > ?), ?)
     WHERE known.meter = ? AND known.time > ?`,
    life,
    until,
    life,
    from,
    from - holdForMs,
    from,
    meter,
    from - holdForMs,
  )
  return rows.map((row) => ({ ...row, value: BigInt(row.value) }))
}

/** What a meter's readings hold for. */
export interface Gauge {
  readonly meter: string
  readonly holdForMs: number
}

/** The earliest open hour, from `since` on, in which a series holds a value above 0: until it is frozen the ledger wakes (money §7). */
export function firstHeldHour(sql: Sql, state: State, gauges: readonly Gauge[], since?: Hour): Hour | null {
  const { frozenUntil } = state
  const life = frozenUntil === null ? undefined : lifeAt(state, frozenUntil)
  if (frozenUntil === null || life === undefined) return null
  const { given } = state.succession
  const endsAt = Math.min(
    life.endAt ?? Number.POSITIVE_INFINITY,
    given?.life === life.life ? given.at : Number.POSITIVE_INFINITY,
  )
  const from = Math.max(since ?? frozenUntil, life.firstHour ?? 0)
  const hours = gauges.flatMap(({ meter, holdForMs }) =>
    sql
      .all<{ time: number | null }>(
        `SELECT min(CASE WHEN value <> '0' AND time < ? THEN ? ELSE
             (SELECT min(time) FROM readings WHERE meter = known.meter AND series = known.series AND time >= ?) END) AS time
         FROM last_readings AS known WHERE meter = ? AND life = ? AND time > ?`,
        from,
        from,
        from,
        meter,
        life.life,
        from - holdForMs,
      )
      .flatMap(({ time }) => (time === null ? [] : [hourOf(time)])),
  )
  const first = hours.length === 0 ? null : (Math.min(...hours) as Hour)
  return first === null || first >= endsAt ? null : first
}

/** Series that held a value above 0 and fell silent: they count 0 from `holdForMs` after their last reading (money §3). */
export function silentSeries(
  sql: Sql,
  gauge: Gauge,
  life: number,
  at: number,
): { readonly series: string; readonly lastMs: number }[] {
  return sql.all<{ series: string; lastMs: number }>(
    `SELECT series, time AS lastMs FROM last_readings
     WHERE meter = ? AND life = ? AND value <> '0' AND time <= ? ORDER BY time LIMIT 100`,
    gauge.meter,
    life,
    at - gauge.holdForMs,
  )
}

/** Takes away what lies in months that ended more than 40 days ago, a bounded number of rows at a time (money §4). False: there may be more. */
export function sweepReadings(sql: Sql, now: number): boolean {
  const keep = monthOf(now - KEEP_MS)
  const peaks = sql.all(
    `DELETE FROM peaks WHERE (hour, meter, series, life, source) IN
       (SELECT hour, meter, series, life, source FROM peaks WHERE hour < ? LIMIT ${SWEEP_ROWS}) RETURNING 1`,
    keep,
  )
  sql.all('DELETE FROM integrals WHERE dimension IN (SELECT dimension FROM integrated) AND hour < ?', keep)
  // What still holds in the first month that is kept stays.
  const readings = sql.all(
    `DELETE FROM readings WHERE (meter, series, time, life, source) IN
       (SELECT past.meter, past.series, past.time, past.life, past.source
        FROM last_readings AS known CROSS JOIN readings AS past
          ON past.meter = known.meter AND past.series = known.series
          AND past.time < coalesce((SELECT max(time) FROM readings WHERE meter = known.meter
            AND series = known.series AND time <= ? AND time > ?), ?)
        LIMIT ${SWEEP_ROWS}) RETURNING 1`,
    keep,
    keep - HOLD_MS_MAX,
    keep,
  )
  sql.all(
    `DELETE FROM last_readings WHERE time <= ? AND NOT EXISTS
       (SELECT 1 FROM readings WHERE meter = last_readings.meter AND series = last_readings.series)`,
    keep - HOLD_MS_MAX,
  )
  return peaks.length < SWEEP_ROWS && readings.length < SWEEP_ROWS
}
