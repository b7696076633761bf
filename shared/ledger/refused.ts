/** Usage that was refused, as it is kept with its value (money §1 *Refused usage is kept*). Runs inside the caller's transaction. */
import { formatAmount } from '../amount.ts'
import { hourOf } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { UsageEvent } from '../usage/event.ts'
import type { Batch } from './ledger.ts'
import { contentOf, hashOf } from './seen.ts'

/** An event of a batch that is refused by itself, and its code. */
export interface Refused {
  readonly index: number
  readonly code: string
}

/** How many rows go in at a time: their JSON stays far below what may be bound. */
const ROWS_AT_ONCE = 200

/** Refused usage is kept with its value, once an id and content: a repetition only counts up. */
export function keepRefused(
  sql: Sql,
  events: readonly UsageEvent[],
  refusals: readonly Refused[],
  batch: string | null,
  now: number,
): void {
  const rows = refusals.flatMap(({ index, code }) => {
    const event = events[index]
    if (event === undefined) return []
    const amount =
      event.kind === 'key' ? null : formatAmount(event.kind === 'quantity' ? event.quantity : event.value)
    const hour = Math.abs(event.time) <= 8.64e15 ? hourOf(event.time) : 0
    return [[event.source, event.id, code, event.meter, hour, amount, hashOf(contentOf(event))]]
  })
  for (let i = 0; i < rows.length; i += ROWS_AT_ONCE) {
    sql.all(
      `INSERT INTO refused (source, id, reason, meter, hour, amount, hash, times, batch, first_at, last_at)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, 1, ?, ?, ?
       FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET times = times + 1, last_at = excluded.last_at, reason = excluded.reason,
         batch = coalesce(excluded.batch, batch)`,
      batch,
      now,
      now,
      JSON.stringify(rows.slice(i, i + ROWS_AT_ONCE)),
    )
  }
}

/** A batch's number as it is kept beside what was refused of it. */
export const numberOf = ({ source, epoch, sequence }: Batch & { readonly kind: 'sequence' }): string =>
  JSON.stringify([source, epoch, sequence])

export interface UnderNumber extends SqlRow {
  source: string
  id: string
  hash: number
  replayed_at: number | null
}

/** What was refused under a number that is free still. */
export const refusedOf = (sql: Sql, number: string): UnderNumber[] =>
  sql.all<UnderNumber>('SELECT source, id, hash, replayed_at FROM refused WHERE batch = ?', number)

/**
 * The number of these rows is taken by `events`: what is among them is counted now; what is there with another content is
 * a conflict, for that content stands; what is not there is an operator's to replay.
 */
export function settleRefused(
  sql: Sql,
  rows: readonly UnderNumber[],
  events: readonly UsageEvent[],
  now: number,
): void {
  for (const { source, id, hash, replayed_at } of rows) {
    const hashes = events
      .filter((event) => event.source === source && event.id === id)
      .map((event) => hashOf(contentOf(event)))
    const counted = hashes.includes(hash) ? now : null
    const isConflict = hashes.length > 0 && counted === null && replayed_at === null
    sql.all(
      `UPDATE refused SET batch = NULL, replayed_at = coalesce(replayed_at, ?),
         reason = CASE ? WHEN 1 THEN 'conflict' ELSE reason END WHERE source = ? AND id = ? AND hash = ?`,
      counted,
      isConflict ? 1 : 0,
      source,
      id,
      hash,
    )
  }
}
