/** What was seen before: ids and sequences, each with a hash of its content, kept 35 days from receipt (money §1). */
import { DAY_MS } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { UsageEvent } from '../usage/event.ts'

/** What was seen is kept in the generation it came in and the one after: at least 35 days, at most 70. */
const KEPT_MS = 35 * DAY_MS

/** Rows deleted at a time, so that no call takes long. */
const SWEEP_ROWS = 5000

/** The most text one list holds that goes in through json_each. */
const LIST_CHARS = 300_000

const generationOf = (now: number): number => Math.floor(now / KEPT_MS)

/** What makes an event the same event, beside its id. */
export function contentOf(event: UsageEvent): string {
  switch (event.kind) {
    case 'quantity':
      return `${event.time}|q|${event.quantity}|${event.meter}`
    case 'value':
      return `${event.time}|v|${event.value}|${event.meter}|${event.series}`
    case 'key':
      return `${event.time}|k|${event.key.length}|${event.key}|${event.meter}`
  }
}

/**
 * A 53-bit hash that tells contents apart; not secret, not for untrusted choices: who sends two contents that collide
 * under one id of their own loses the second.
 */
export function hashOf(text: string): number {
  let low = 0x9e3779b9
  let high = 0x85ebca6b
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    low = Math.imul(low ^ code, 0x9e3779b1)
    high = Math.imul(high ^ code, 0x5f356495)
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0)
}

export interface Sent {
  readonly id: string
  readonly hash: number
}

/** Notes the ids that were not seen before and answers which: those are to be counted. */
export function noteNew(sql: Sql, source: string, sent: readonly Sent[], now: number): Set<string> {
  const generation = generationOf(now)
  const fresh = new Set<string>()
  for (const list of lists(sent)) {
    const rows = sql.all<{ id: string }>(
      `INSERT INTO events (generation, source, id, hash, received)
       SELECT ?, ?, value ->> 0, value ->> 1, ? FROM json_each(?) AS sent
       WHERE NOT EXISTS (
         SELECT 1 FROM events AS seen WHERE seen.generation = ? AND seen.source = ? AND seen.id = sent.value ->> 0)
       ON CONFLICT DO NOTHING RETURNING id`,
      generation,
      source,
      now,
      list,
      generation - 1,
      source,
    )
    for (const row of rows) fresh.add(row.id)
  }
  return fresh
}

/** The hash under which each of these ids was counted; ids never seen are left out. */
export function hashesSeen(
  sql: Sql,
  source: string,
  sent: readonly Sent[],
  now: number,
): Map<string, number> {
  const generation = generationOf(now)
  const seen = new Map<string, number>()
  for (const list of lists(sent)) {
    // CROSS JOIN keeps the list outside: turned round, every id kept would search the whole list.
    const rows = sql.all<{ id: string; hash: number }>(
      `SELECT seen.id, seen.hash FROM json_each(?) AS sent CROSS JOIN events AS seen
         ON seen.source = ? AND seen.id = sent.value ->> 0 AND seen.generation IN (?, ?)
       ORDER BY seen.generation`,
      list,
      source,
      generation - 1,
      generation,
    )
    for (const row of rows) seen.set(row.id, seen.get(row.id) ?? row.hash)
  }
  return seen
}

export interface SentSequence {
  readonly source: string
  readonly epoch: string
  readonly sequence: number
  readonly hash: number
}

/** How a sequence stands to what was seen: `too-old` is below what is kept, and never called a duplicate. */
export function sequenceSeen(
  sql: Sql,
  sent: SentSequence,
  now: number,
): 'new' | 'duplicate' | 'conflict' | 'too-old' {
  const generation = generationOf(now)
  const row = sql.all<{ hash: number }>(
    'SELECT hash FROM sequences WHERE generation IN (?, ?) AND source = ? AND epoch = ? AND sequence = ?',
    generation,
    generation - 1,
    sent.source,
    sent.epoch,
    sent.sequence,
  )[0]
  if (row !== undefined) return row.hash === sent.hash ? 'duplicate' : 'conflict'
  // What is too old may not have been swept yet.
  const floor = sql.all<{ floor: number | null }>(
    `SELECT max(floor) AS floor FROM (
       SELECT floor FROM sequence_floors WHERE source = ? AND epoch = ?
       UNION ALL SELECT max(sequence) + 1 FROM sequences WHERE source = ? AND epoch = ? AND generation < ?)`,
    sent.source,
    sent.epoch,
    sent.source,
    sent.epoch,
    generation - 1,
  )[0]?.floor
  return sent.sequence < (floor ?? 0) ? 'too-old' : 'new'
}

export function noteSequence(sql: Sql, sent: SentSequence, now: number): void {
  sql.all(
    'INSERT INTO sequences (generation, source, epoch, sequence, hash, received) VALUES (?, ?, ?, ?, ?, ?)',
    generationOf(now),
    sent.source,
    sent.epoch,
    sent.sequence,
    sent.hash,
    now,
  )
}

/**
 * Forgets what no longer has to be kept, a bounded number of rows; of sequences the highest forgotten is remembered.
 * False: there may be more.
 */
export function sweepSeen(sql: Sql, now: number): boolean {
  const keep = generationOf(now) - 1
  const events = sql.all(
    `DELETE FROM events WHERE (generation, source, id) IN
       (SELECT generation, source, id FROM events WHERE generation < ? LIMIT ${SWEEP_ROWS}) RETURNING 1`,
    keep,
  )
  const oldest = `SELECT generation, source, epoch, sequence FROM sequences WHERE generation < ?
    ORDER BY generation, source, epoch, sequence LIMIT ${SWEEP_ROWS}`
  sql.all(
    `INSERT INTO sequence_floors (source, epoch, floor)
     SELECT source, epoch, max(sequence) + 1 FROM (${oldest}) WHERE true GROUP BY source, epoch
     ON CONFLICT (source, epoch) DO UPDATE SET floor = max(floor, excluded.floor)`,
    keep,
  )
  const sequences = sql.all(
    `DELETE FROM sequences WHERE (generation, source, epoch, sequence) IN (${oldest}) RETURNING 1`,
    keep,
  )
  return events.length < SWEEP_ROWS && sequences.length < SWEEP_ROWS
}

/** JSON lists of [id, hash], each well below what may be bound. */
function* lists(sent: readonly Sent[]): Generator<string> {
  let part: string[] = []
  let chars = 0
  for (const { id, hash } of sent) {
    const item = `[${JSON.stringify(id)},${hash}]`
    if (chars + item.length > LIST_CHARS) {
      yield `[${part.join(',')}]`
      part = []
      chars = 0
    }
    part.push(item)
    chars += item.length + 1
  }
  if (part.length > 0) yield `[${part.join(',')}]`
}
