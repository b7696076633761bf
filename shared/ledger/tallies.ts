/** What each period was charged so far: used, covered, frozen. Written at every freeze, checked against the lines. */
import type { Sql, SqlRow } from '../sql.ts'
import type { Tally } from './charge.ts'

export interface StoredTallies {
  readonly tallies: ReadonlyMap<number, Tally>
  /** Units frozen of each period, by its first hour. */
  readonly frozen: Map<number, bigint>
}

type StoredRow = SqlRow & { period: number; used: string; covered: string; frozen: string }

/** A row as it is written. */
export type TallyRow = StoredRow & { dimension: string }

export const readTallies = (sql: Sql, dimension: string): StoredTallies =>
  talliesOf(
    sql.all<StoredRow>('SELECT period, used, covered, frozen FROM tallies WHERE dimension = ?', dimension),
  )

/** Those of every dimension that has any. */
export function readAllTallies(sql: Sql): Map<string, StoredTallies> {
  const rows = sql.all<TallyRow>('SELECT dimension, period, used, covered, frozen FROM tallies')
  return new Map([...Map.groupBy(rows, (row) => row.dimension)].map(([key, own]) => [key, talliesOf(own)]))
}

const talliesOf = (rows: readonly StoredRow[]): StoredTallies => ({
  tallies: new Map(rows.map((row) => [row.period, { used: BigInt(row.used), covered: BigInt(row.covered) }])),
  frozen: new Map(rows.map((row) => [row.period, BigInt(row.frozen)])),
})

/** What has changed of the periods that have frozen hours; a period nothing was used in has no row. */
export function changedTallies(
  dimension: string,
  before: StoredTallies,
  tallies: ReadonlyMap<number, Tally>,
  frozen: ReadonlyMap<number, bigint>,
  until: number,
): TallyRow[] {
  const changed: TallyRow[] = []
  for (const [period, tally] of tallies) {
    const units = frozen.get(period) ?? 0n
    const was = before.tallies.get(period)
    const same =
      was === undefined
        ? tally.used === 0n && units === 0n
        : was.used === tally.used &&
          was.covered === tally.covered &&
          (before.frozen.get(period) ?? 0n) === units
    if (same || period >= until) continue
    const [used, covered] = [String(tally.used), String(tally.covered)]
    changed.push({ dimension, period, used, covered, frozen: String(units) })
  }
  return changed
}

/** Rows written by one statement: far below what a bound text may hold. */
const WRITTEN_MAX = 500

export function writeTallies(sql: Sql, rows: readonly TallyRow[]): void {
  for (let at = 0; at < rows.length; at += WRITTEN_MAX)
    sql.all(
      `INSERT INTO tallies (dimension, period, used, covered, frozen)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?) WHERE true
       ON CONFLICT (dimension, period) DO UPDATE
       SET used = excluded.used, covered = excluded.covered, frozen = excluded.frozen`,
      JSON.stringify(
        rows
          .slice(at, at + WRITTEN_MAX)
          .map((row) => [row.dimension, row.period, row.used, row.covered, row.frozen]),
      ),
    )
}
