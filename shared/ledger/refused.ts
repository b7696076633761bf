/** Usage that was refused, as it is kept with its value (money §1 *Refused usage is kept*). Runs inside the caller's transaction. */
import { amountOf, formatAmount } from '../amount.ts'
import { DAY_MS, type Hour, hourOf } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { UsageEvent } from '../usage/event.ts'
import type { Batch } from './ledger.ts'
import { keyHasher } from './said.ts'
import { contentOf, hashOf } from './seen.ts'

/** An event of a batch that is refused by itself, and its code. */
export interface Refused {
  readonly index: number
  readonly code: string
}

/** How many rows go in at a time: their JSON stays far below what may be bound. */
const ROWS_AT_ONCE = 200

/** What a repetition could still be of is known so long, and so long a key or value is kept (money §1). */
const KEPT_MS = 35 * DAY_MS

/**
 * Refused usage is kept with its value, once an id and content: a repetition only counts up. Of a key and a value what a
 * replay needs beside that is kept too, a key as its keyed hash alone.
 */
export function keepRefused(
  sql: Sql,
  events: readonly UsageEvent[],
  refusals: readonly Refused[],
  batch: string | null,
  keySecret: string | null,
  now: number,
): void {
  // Without a secret what a key said is not kept, and cannot be replayed.
  const keyed = refusals.some(({ index }) => events[index]?.kind === 'key')
  const hash = keyed ? keyHasher(sql, keySecret) : null
  const rows = refusals.flatMap(({ index, code }) => {
    const event = events[index]
    if (event === undefined) return []
    const amount =
      event.kind === 'key' ? null : formatAmount(event.kind === 'quantity' ? event.quantity : event.value)
    const hour = Math.abs(event.time) <= 8.64e15 ? hourOf(event.time) : 0
    const content = contentKept(event, hash)
    return [[event.source, event.id, code, event.meter, hour, amount, hashOf(contentOf(event)), content]]
  })
  for (let i = 0; i < rows.length; i += ROWS_AT_ONCE) {
    sql.all(
      `INSERT INTO refused (source, id, reason, meter, hour, amount, hash, event, times, batch, first_at, last_at)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, 1, ?, ?, ?
       FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET times = times + 1, last_at = excluded.last_at, reason = excluded.reason,
         batch = coalesce(excluded.batch, batch), event = coalesce(excluded.event, event)`,
      batch,
      now,
      now,
      JSON.stringify(rows.slice(i, i + ROWS_AT_ONCE)),
    )
  }
}

/** What a key or a value says beside its meter, as text; null where hour and amount are all there is to say. */
function contentKept(event: UsageEvent, hash: ((key: string) => string) | null): string | null {
  const { time, kind } = event
  switch (kind) {
    case 'quantity':
      return null
    case 'value':
      return JSON.stringify({ kind, time, value: formatAmount(event.value), series: event.series })
    case 'key': {
      const key = hash?.(event.key)
      return key === undefined ? null : JSON.stringify({ kind, time, key })
    }
  }
}

export interface KeptEvent extends SqlRow {
  meter: string
  hour: Hour
  amount: string | null
  event: string | null
}

/**
 * The event as it was kept: of a quantity its amount in that hour, of a key its keyed hash. Undefined: its content was not
 * kept, or is not any more.
 */
export function eventKept(row: KeptEvent, source: string, id: string): UsageEvent | undefined {
  const of = { source, id, meter: row.meter }
  if (row.event === '') return undefined
  if (row.event !== null) {
    const kept = JSON.parse(row.event) as
      | { time: number; key: string }
      | { time: number; value: string; series: string }
    const { time } = kept
    return 'key' in kept
      ? { ...of, time, kind: 'key', key: kept.key }
      : { ...of, time, kind: 'value', value: amountOf(kept.value), series: kept.series }
  }
  if (row.amount === null) return undefined
  return { ...of, time: hourOf(row.hour), kind: 'quantity', quantity: amountOf(row.amount) }
}

/** Forgets what keys and values said once no replay could count it. */
export function sweepRefused(sql: Sql, now: number): void {
  sql.all("UPDATE refused SET event = '' WHERE event <> '' AND last_at < ?", now - KEPT_MS)
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
