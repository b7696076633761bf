/**
 * Letting a record go, and taking it back (money §9). A key that was let go in a round is not sent in that round or an
 * earlier one, whatever offers are still on their way; only its Ledger begins the next. Synchronous.
 */
import type { Sql } from '../sql.ts'
import { readCopy, widen } from './confirmed.ts'
import type { CopyRow } from './copies.ts'
import type { FrozenRecord } from './record.ts'

/** A record by its key, in the round its Ledger knows. */
export interface Asked {
  readonly key: string
  readonly round: number
}

/**
 * `let go`: no attempt is in flight, and none will come in this round or before it. `in-flight`: it waits here or is on
 * its way; nothing was changed, and its result will come.
 */
export interface LetGo {
  readonly key: string
  readonly round: number
  readonly answer: 'let go' | 'in-flight'
}

/** Answers for each key whether it is let go, and remembers those that are. Idempotent. */
export function letGo(sql: Sql, asked: readonly Asked[], now: number): LetGo[] {
  return sql.transaction(() => asked.map((one) => letGoOne(sql, one, now)))
}

function letGoOne(sql: Sql, { key, round }: Asked, now: number): LetGo {
  const held = readCopy(sql, key)
  if (held?.state === 'waiting' || held?.state === 'flying')
    return { key, round: held.round, answer: 'in-flight' }
  const gone = Math.max(round, held?.round ?? 0, roundLetGo(sql, key) ?? 0)
  sql.all(
    `insert into let_go (key, round, at_ms) values (?, ?, ?)
       on conflict do update set round = excluded.round where excluded.round > let_go.round`,
    key,
    gone,
    now,
  )
  return { key, round: gone, answer: 'let go' }
}

/** The last round in which the key was let go; undefined: never. */
export function roundLetGo(sql: Sql, key: string): number | undefined {
  return sql.all<{ round: number }>('select round from let_go where key = ?', key)[0]?.round
}

/**
 * A copy's next round. What AWS left unanswered stays marked. A copy that is settled waits again, under an attempt number
 * of its own: should its time run out before a call is made, the result is not taken for the one before.
 */
export function giveBack(sql: Sql, held: CopyRow, record: FrozenRecord, now: number): void {
  const round = record.round ?? 0
  const unanswered = Math.max(held.unanswered, record.unanswered === true ? 1 : 0)
  if (held.result === null) {
    sql.all('update copies set round = ?, unanswered = ? where key = ?', round, unanswered, held.key)
    return
  }
  widen(sql, held)
  sql.all(
    `update copies set state = 'waiting', place = 0, held = null, round = ?, unanswered = ?, attempt = ?, result = null, reason = null,
       receipt = null, settled_ms = null, resume_ms = 0, pauses = 0, refusals = 0, party = null, late_tries = 0,
       not_subscribed_ms = null where key = ?`,
    round,
    unanswered,
    nextAttempt(sql, held, now),
    held.key,
  )
}

/** A number no attempt has, written down as an attempt that asked nothing. */
function nextAttempt(sql: Sql, held: CopyRow, now: number): number {
  const [row] = sql.all<{ attempt: number }>(
    `insert into attempts (product_code, keys, made_ms, answered_ms, answers) values (?, '[]', ?, ?, '"given back"')
       returning attempt`,
    held.product_code,
    now,
    now,
  )
  if (row === undefined) throw new Error('the attempt was not stored')
  return row.attempt
}
