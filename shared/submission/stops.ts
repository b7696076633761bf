/** Lanes, dimensions and licenses that stand still (money §8 rows 8 and 9), and the probes that open them. Synchronous. */
import type { Scope } from '../aws/decide.ts'
import { MINUTE_MS } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { CopyRow } from './copies.ts'
import { PROBE_MS } from './pause.ts'

/** So many records of one dimension or license, refused alone for one reason within a minute, stop it. */
const REFUSALS_MAX = 3

export interface Lane extends SqlRow {
  readonly product_code: string
  /** Kinds of identity its copies have had, with spaces between. */
  readonly kinds: string
  readonly reason: string | null
  readonly message: string | null
  readonly stopped_ms: number | null
  readonly probe_ms: number | null
}

export interface Stop extends SqlRow {
  readonly product_code: string
  readonly scope: Scope
  readonly subject: string
  readonly reason: string
  readonly stopped_ms: number
  readonly probe_ms: number
}

/** True of a product whose calls AWS refuses, whatever is in them. */
export const isStopped = (lane: Lane): boolean => lane.stopped_ms !== null

export const lanesOf = (sql: Sql): Lane[] => sql.all<Lane>('select * from lanes order by product_code')

export const stopsOf = (sql: Sql): Stop[] =>
  sql.all<Stop>('select * from stops order by product_code, scope, subject')

/** Stops the lane of a product; the first reason is kept until it opens. */
export function stopLane(sql: Sql, productCode: string, reason: string, message: string, now: number): void {
  sql.all(
    `update lanes set reason = coalesce(reason, ?), message = coalesce(message, ?),
       stopped_ms = coalesce(stopped_ms, ?), probe_ms = ? where product_code = ?`,
    reason,
    message,
    now,
    now + PROBE_MS,
    productCode,
  )
}

export function openLane(sql: Sql, productCode: string): void {
  sql.all(
    'update lanes set reason = null, message = null, stopped_ms = null, probe_ms = null where product_code = ?',
    productCode,
  )
}

/** Counts a record that was refused alone, and stops what three of them within a minute have in common. */
export function countRefusal(
  sql: Sql,
  row: CopyRow,
  scopes: readonly Scope[],
  reason: string,
  now: number,
): void {
  sql.all('delete from refusals where at_ms <= ?', now - MINUTE_MS)
  for (const scope of scopes) {
    const subject = scope === 'dimension' ? row.dimension : row.license
    sql.all(
      'insert into refusals values (?, ?, ?, ?, ?, ?) on conflict do update set at_ms = excluded.at_ms',
      row.key,
      row.product_code,
      scope,
      subject,
      reason,
      now,
    )
    const [{ count } = { count: 0 }] = sql.all<{ count: number }>(
      'select count(*) as count from refusals where product_code = ? and scope = ? and subject = ? and reason = ?',
      row.product_code,
      scope,
      subject,
      reason,
    )
    if (count >= REFUSALS_MAX)
      sql.all(
        'insert into stops values (?, ?, ?, ?, ?, ?) on conflict do nothing',
        row.product_code,
        scope,
        subject,
        reason,
        now,
        now + PROBE_MS,
      )
  }
}

/** The stops that hold a record. */
export const stopsHolding = (sql: Sql, row: CopyRow): Stop[] =>
  sql.all<Stop>(
    `select * from stops where product_code = ?
       and ((scope = 'dimension' and subject = ?) or (scope = 'license' and subject = ?))`,
    row.product_code,
    row.dimension,
    row.license,
  )

/** What a copy that this stop holds is marked with. */
export const heldBy = (stop: Pick<Stop, 'scope' | 'subject'>): string => `${stop.scope}:${stop.subject}`

/** True when this stop holds the copy. */
export const holds = (stop: Stop, row: CopyRow): boolean =>
  stop.product_code === row.product_code &&
  stop.subject === (stop.scope === 'dimension' ? row.dimension : row.license)

/** What it holds is let back into the line bit by bit (line.ts): it may be very many. */
export function openStop(sql: Sql, stop: Stop): void {
  sql.all(
    'insert into releases (product_code, held) values (?, ?) on conflict do nothing',
    stop.product_code,
    heldBy(stop),
  )
  sql.all(
    'delete from stops where product_code = ? and scope = ? and subject = ?',
    stop.product_code,
    stop.scope,
    stop.subject,
  )
  sql.all(
    'delete from refusals where product_code = ? and scope = ? and subject = ?',
    stop.product_code,
    stop.scope,
    stop.subject,
  )
}

/** The next probe of a lane is five minutes after the last one. */
export function delayLaneProbe(sql: Sql, productCode: string, now: number): void {
  sql.all('update lanes set probe_ms = ? where product_code = ?', now + PROBE_MS, productCode)
}

/** The next probe of a stop is five minutes after the last one. */
export function delayProbe(sql: Sql, stop: Stop, now: number): void {
  sql.all(
    'update stops set probe_ms = ? where product_code = ? and scope = ? and subject = ?',
    now + PROBE_MS,
    stop.product_code,
    stop.scope,
    stop.subject,
  )
}
