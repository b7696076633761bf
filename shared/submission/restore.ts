/** The Submitter's copies as witnesses (money §9 `restore-check`): shown to a Ledger, and ended by one. Synchronous. */
import type { Sql } from '../sql.ts'
import { confirmedOf } from './confirmed.ts'
import { type CopyRow, recordOf, settlementOf } from './copies.ts'
import type { FrozenRecord, Line, Settlement } from './record.ts'

/** A copy as a Ledger compares it with its own record. */
export interface Copy {
  /** As it went to AWS, or will; `unanswered`: some attempt got no answer. */
  readonly record: FrozenRecord
  /** True while a call to AWS holds it. */
  readonly flying: boolean
  /** Its result; null: it waits to be sent. */
  readonly settlement: Settlement | null
}

export interface CopiesPage {
  readonly copies: readonly Copy[]
  /** The `after` of the next page; null: this was the last. */
  readonly next: string | null
}

/** Copies of one subscription in the order of their keys. Kept until 48 hours after their deadline (money §7 (5)). */
export function copiesOf(sql: Sql, subscription: string, after: string, limit: number): CopiesPage {
  const whole = sql.all<CopyRow>(
    'select * from copies where subscription = ? and key > ? order by key limit ?',
    subscription,
    after,
    limit,
  )
  const rows = [...whole, ...confirmedOf(sql, subscription, after, limit)]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, limit)
  const copies = rows.map((row): Copy => ({
    record: {
      ...recordOf(row),
      ...(row.round > 0 ? { round: row.round } : {}),
      ...(row.unanswered === 1 ? { unanswered: true } : {}),
      ...(row.lines === null ? {} : { lines: JSON.parse(row.lines) as Line[] }),
    },
    flying: row.state === 'flying',
    settlement: row.result === null ? null : settlementOf(row),
  }))
  return { copies, next: rows.length < limit ? null : (rows.at(-1)?.key ?? null) }
}

/**
 * Ends copies that wait here though their Ledger has ended them: this database is older than that Ledger. They are
 * confirmed with the Ledger's result and never sent. One that is in a call is left: its answer comes. Idempotent.
 */
export function endCopies(sql: Sql, subscription: string, settlements: readonly Settlement[]): void {
  sql.transaction(() => {
    for (const ended of settlements)
      sql.all(
        `update copies set state = 'confirmed', place = 0, held = null, party = null, attempt = max(attempt, cast(? as integer)), result = ?,
           reason = ?, receipt = ?, settled_ms = ?, unanswered = ?
         where key = ? and subscription = ? and state = 'waiting'`,
        ended.attempt,
        ended.state,
        ended.reason,
        ended.receipt,
        ended.at,
        ended.unanswered ? 1 : 0,
        ended.key,
        subscription,
      )
  })
}

/** Nothing is sent while it is held, for example until every Ledger was compared after a restore of this database. */
export function holdSending(sql: Sql, held: boolean): void {
  sql.all('update pace set held = ?', held ? 1 : 0)
}

export const sendingIsHeld = (sql: Sql): boolean => sql.all('select 1 from pace where held = 1').length > 0
