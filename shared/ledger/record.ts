/** Writing a frozen record with its lines (money §5). What is written here never changes. */
import { HOUR_MS, type Hour, hourOf } from '../hour.ts'
import type { FrozenRecord, Line, RecordState } from '../submission/record.ts'
import type { Sql, SqlRow } from '../sql.ts'
import { type Identity, refusedFor, type SubscriptionId } from '../subscription.ts'
import { holds } from './broken.ts'
import { QUANTITY_MAX } from './parts.ts'
import type { Life } from './state.ts'

/** After an end AWS takes records for one more hour. Source: facts §2.7 (2026-11-21). */
export const AFTER_END_MS = HOUR_MS

export interface NewRecord {
  readonly key: string
  readonly dimension: string
  readonly timestamp: number
  readonly product: string
  readonly productCode: string
  readonly identity: Identity
  readonly price: string
  readonly config: string
  readonly life: Life
  readonly period: number
  readonly estimated: boolean
  /** Charged without an amount that was never known: it is for a person, and never sent (money §3). */
  readonly unknown?: boolean
  readonly frozenAt: number
  readonly holdUntil: number | null
  readonly revision: number
  readonly lines: readonly Line[]
}

/** The time a record of `hour` carries: never before the activation or its task's start, in whole seconds. */
export const stampOf = (life: Life, hour: Hour, identity?: Identity): number =>
  Math.max(hour, Math.ceil((life.activation ?? 0) / 1000) * 1000, startOf(identity))

const startOf = (identity: Identity | undefined): number =>
  identity?.kind === 'task' ? Math.ceil(identity.startedAt / 1000) * 1000 : 0

/** True once AWS takes no record of this identity with this stamp. */
export const isOver = (identity: Identity, timestamp: number, now: number): boolean =>
  refusedFor(identity.kind, timestamp) <= now

/**
 * The first instant at which AWS refuses a record of this life: its window, or one hour after the end. A task's end is
 * nothing to AWS: its window stays.
 */
export function deadlineOf(life: Life, kind: Identity['kind'], timestamp: number): number {
  const windowEnd = refusedFor(kind, timestamp)
  return life.endAt === null || kind === 'task' ? windowEnd : Math.min(windowEnd, life.endAt + AFTER_END_MS)
}

/** Records written by one statement: far below what a bound text may hold. */
const WRITTEN_MAX = 500

/** Inserts the record, its lines, and marks the adjustments it takes in. */
export const writeRecord = (sql: Sql, record: NewRecord): void => writeRecords(sql, [record])

/** Inserts records as `writeRecord` does, those that follow each other and share what they are sold by at once. */
export function writeRecords(sql: Sql, records: readonly NewRecord[]): void {
  for (let at = 0; at < records.length;) {
    const first = records[at] as NewRecord
    let end = at + 1
    while (end < records.length && end - at < WRITTEN_MAX && isAlike(first, records[end] as NewRecord))
      end += 1
    insertRecords(sql, first, records.slice(at, end))
    at = end
  }
}

const isAlike = (a: NewRecord, b: NewRecord): boolean =>
  a.identity === b.identity &&
  a.life === b.life &&
  a.product === b.product &&
  a.productCode === b.productCode &&
  a.config === b.config &&
  a.frozenAt === b.frozenAt &&
  a.revision === b.revision

function insertRecords(sql: Sql, shared: NewRecord, records: readonly NewRecord[]): void {
  sql.all(
    `INSERT INTO records (key, dimension, hour, timestamp, quantity, price, period, estimated, deadline, hold_until,
       state, reason, handed, settled_at, product, product_code, identity, config, life, frozen_at, final, revision)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
       value ->> 8, value ->> 9, iif(value ->> 10 IS NULL, 'waiting', 'parked'),
       iif(value ->> 10 IS NULL, NULL, 'amount-unknown'), value ->> 10 IS NOT NULL, value ->> 10, ?, ?, ?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER), CAST(? AS INTEGER), CAST(? AS INTEGER)
     FROM json_each(?)`,
    shared.product,
    shared.productCode,
    JSON.stringify(shared.identity),
    shared.config,
    shared.life.life,
    shared.frozenAt,
    shared.life.endAt === null ? 0 : 1,
    shared.revision,
    JSON.stringify(
      records.map((record) => [
        record.key,
        record.dimension,
        hourOf(record.timestamp),
        record.timestamp,
        quantityOf(record),
        record.price,
        record.period,
        record.estimated ? 1 : 0,
        deadlineOf(record.life, shared.identity.kind, record.timestamp),
        record.holdUntil,
        record.unknown === true ? record.frozenAt : null,
      ]),
    ),
  )
  sql.all(
    `INSERT INTO lines (record, line, kind, period, from_record, units)
     SELECT value ->> 0, value ->> 1, iif(value ->> 2 IS NULL, 'adjustment', 'usage'), value ->> 2, value ->> 3, value ->> 4
     FROM json_each(?)`,
    JSON.stringify(
      records.flatMap(({ key, lines }) =>
        lines.map((line, i) =>
          line.kind === 'usage'
            ? [key, i, line.period, null, line.units]
            : [key, i, null, line.from, line.units],
        ),
      ),
    ),
  )
  for (const { key, lines } of records)
    for (const line of lines)
      if (line.kind === 'adjustment')
        sql.all('UPDATE adjustments SET into_record = ? WHERE from_record = ?', key, line.from)
}

function quantityOf(record: NewRecord): number {
  const quantity = record.lines.reduce((sum, line) => sum + BigInt(line.units), 0n)
  holds('0 ≤ quantity ≤ 2³¹−1', record.key, quantity, quantity > QUANTITY_MAX ? QUANTITY_MAX : quantity)
  return Number(quantity)
}

export interface StoredRecord extends SqlRow {
  key: string
  dimension: string
  hour: Hour
  timestamp: number
  quantity: number
  product: string
  product_code: string
  identity: string
  price: string
  config: string
  life: number
  period: number
  frozen_at: number
  state: RecordState
  reason: string | null
  deadline: number
  final: number
  receipt: string | null
  settled_at: number | null
  hold_until: number | null
  unanswered: number
  round: number
}

export const RECORD_COLUMNS = `key, dimension, hour, timestamp, quantity, product, product_code, identity, price, config,
  life, period, frozen_at, state, reason, deadline, final, receipt, settled_at, hold_until, unanswered, round`

/**
 * A condition on `records`: AWS holds it as far as can be known. A duplicate after an unanswered attempt is most likely
 * ours and counts as billed, though it stays in doubt (money §8 row 2).
 */
export const COUNTS_AS_BILLED = "(state = 'billed' OR (state = 'doubtful' AND reason = 'conflict'))"

/** What a stored record is made of. */
export function readLines(sql: Sql, key: string): Line[] {
  const rows = sql.all<{ kind: string; period: number | null; from_record: string | null; units: number }>(
    'SELECT kind, period, from_record, units FROM lines WHERE record = ? ORDER BY line',
    key,
  )
  return rows.map((row) =>
    row.kind === 'usage'
      ? { kind: 'usage', period: row.period ?? 0, units: row.units }
      : { kind: 'adjustment', from: row.from_record ?? '', units: row.units },
  )
}

/** A stored record as the Submitter gets it. */
export const frozenRecord = (row: StoredRecord, subscription: SubscriptionId): FrozenRecord => ({
  key: row.key,
  subscription,
  product: row.product,
  productCode: row.product_code,
  identity: JSON.parse(row.identity) as Identity,
  dimension: row.dimension,
  hour: row.hour,
  timestamp: row.timestamp,
  quantity: row.quantity,
  deadline: row.deadline,
  final: row.final === 1,
  price: row.price,
  ...(row.round > 0 ? { round: row.round } : {}),
  ...(row.unanswered === 1 ? { unanswered: true } : {}),
})

/**
 * Until when a record waits for a person because it is far above `highest`, the most of the last 7 days; null: it does
 * not (money §5). A highest of 0 measures nothing: zero records say that nothing was used, and whatever comes next is
 * more than any times 0. As where there was no record at all, nothing waits then.
 */
export function spikeHold(
  highest: () => number | null,
  life: Life,
  kind: Identity['kind'],
  timestamp: number,
  lines: readonly Line[],
  spike: number | null,
): number | null {
  if (spike === null || life.endAt !== null) return null
  const most = highest() ?? 0
  const quantity = lines.reduce((sum, line) => sum + line.units, 0)
  if (most === 0 || quantity <= most * spike) return null
  const deadline = refusedFor(kind, timestamp)
  return deadline - Math.floor((deadline - timestamp) / 4)
}
