/** What each period was charged so far: used, covered, frozen. Written at every freeze, checked against the lines. */
import type { Sql, SqlRow } from '../sql.ts'
import type { Tally } from './charge.ts'

export interface StoredTallies {
  readonly tallies: ReadonlyMap<number, Tally>
  /** Units frozen of each period, by its first hour. */
  readonly frozen: Map<number, bigint>
}

type TallyRow = SqlRow & { period: number; used: string; covered: string; frozen: string }

export function readTallies(sql: Sql, dimension: string): StoredTallies {
  const rows = sql.all<TallyRow>(
    'SELECT period, used, covered, frozen FROM tallies WHERE dimension = ?',
    dimension,
  )
  return {
    tallies: new Map(
      rows.map((row) => [row.period, { used: BigInt(row.used), covered: BigInt(row.covered) }]),
    ),
    frozen: new Map(rows.map((row) => [row.period, BigInt(row.frozen)])),
  }
}

/** Writes what has changed of the periods that have frozen hours; a period nothing was used in has no row. */
export function writeTallies(
  sql: Sql,
  dimension: string,
  before: StoredTallies,
  tallies: ReadonlyMap<number, Tally>,
  frozen: ReadonlyMap<number, bigint>,
  until: number,
): void {
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
    sql.all(
      `INSERT INTO tallies (dimension, period, used, covered, frozen) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (dimension, period) DO UPDATE
       SET used = excluded.used, covered = excluded.covered, frozen = excluded.frozen`,
      dimension,
      period,
      String(tally.used),
      String(tally.covered),
      String(units),
    )
  }
}
