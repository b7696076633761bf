/** The rows of `max`: the highest value of each series in each hour. Runs inside the caller's transaction. */
import type { Hour } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import { chargedHour } from './counted.ts'
import type { Peak } from './gauge.ts'
import type { State } from './state.ts'

/** One value as it was reported, in millionths. `hour` is its own hour; `life` that of the subscription. */
export interface NotedPeak {
  readonly hour: Hour
  readonly meter: string
  readonly series: string
  readonly life: number
  readonly source: string
  readonly value: bigint
}

/** How many rows go in at a time: their JSON stays far below what may be bound. */
const ROWS_AT_ONCE = 200

/** Keeps the highest of what was there and what is noted, whatever comes first. */
export function notePeaks(sql: Sql, noted: readonly NotedPeak[], revision: number): void {
  const highest = new Map<string, NotedPeak>()
  for (const peak of noted) {
    const place = JSON.stringify([peak.hour, peak.meter, peak.series, peak.life, peak.source])
    if (peak.value > (highest.get(place)?.value ?? -1n)) highest.set(place, peak)
  }
  const rows = [...highest.values()]
  for (let i = 0; i < rows.length; i += ROWS_AT_ONCE) {
    const part = rows.slice(i, i + ROWS_AT_ONCE)
    sql.all(
      `INSERT INTO peaks (hour, meter, series, life, source, peak, revision)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, ?
       FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET peak = excluded.peak, revision = excluded.revision
       WHERE ${higher('excluded.peak', 'peaks.peak')}`,
      revision,
      JSON.stringify(
        part.map((row) => [row.hour, row.meter, row.series, row.life, row.source, `${row.value}`]),
      ),
    )
  }
}

/** The peaks of a meter that are charged in an hour from `from` on. Those of a life not activated yet are left out. */
export function readPeaks(sql: Sql, state: State, meter: string, from: number): Peak[] {
  const late = state.lives.find((life) => life.firstHour !== null && life.firstHour >= from)?.life
  const rows = sql.all<SqlRow & { hour: Hour; series: string; life: number; peak: string }>(
    'SELECT hour, series, life, peak FROM peaks WHERE meter = ? AND (hour >= ? OR life >= ?)',
    meter,
    from,
    late ?? Number.MAX_SAFE_INTEGER,
  )
  return rows.flatMap(({ series, life, peak, ...row }) => {
    const hour = chargedHour(state, life, row.hour)
    return hour === null || hour < from ? [] : [{ hour, series, peak: BigInt(peak) }]
  })
}

/** True in SQL when one amount is above another: both are digits without leading zeros. */
export const higher = (one: string, other: string): string =>
  `(length(${one}) > length(${other}) OR (length(${one}) = length(${other}) AND ${one} > ${other}))`
