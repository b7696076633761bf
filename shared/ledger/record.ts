/** Writing a frozen record with its lines (money §5). What is written here never changes. */
import { DAY_MS, HOUR_MS, type Hour, hourOf, refusedFrom } from '../hour.ts'
import type { FrozenRecord, RecordState } from '../submission/record.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { Identity, SubscriptionId } from '../subscription.ts'
import { holds } from './broken.ts'
import type { Line } from './ledger.ts'
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
  readonly frozenAt: number
  readonly holdUntil: number | null
  readonly revision: number
  readonly lines: readonly Line[]
}

/** The time a record of `hour` carries: never before the activation, in whole seconds. */
export const stampOf = (life: Life, hour: Hour): number =>
  Math.max(hour, Math.ceil((life.activation ?? 0) / 1000) * 1000)

/** The first instant at which AWS refuses a record of this life: its window, or one hour after the end. */
export const deadlineOf = (life: Life, timestamp: number): number =>
  life.endAt === null ? refusedFrom(timestamp) : Math.min(refusedFrom(timestamp), life.endAt + AFTER_END_MS)

export const hasRecord = (sql: Sql, key: string): boolean =>
  sql.all('SELECT 1 FROM records WHERE key = ?', key).length > 0

/** Inserts the record, its lines, and marks the adjustments it takes in. */
export function writeRecord(sql: Sql, record: NewRecord): void {
  const quantity = record.lines.reduce((sum, line) => sum + BigInt(line.units), 0n)
  holds('0 ≤ quantity ≤ 2³¹−1', record.key, quantity, quantity > QUANTITY_MAX ? QUANTITY_MAX : quantity)
  sql.all(
    `INSERT INTO records (key, dimension, hour, timestamp, quantity, product, product_code, identity, price, config,
       life, period, estimated, frozen_at, deadline, final, hold_until, revision)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    record.key,
    record.dimension,
    hourOf(record.timestamp),
    record.timestamp,
    Number(quantity),
    record.product,
    record.productCode,
    JSON.stringify(record.identity),
    record.price,
    record.config,
    record.life.life,
    record.period,
    record.estimated ? 1 : 0,
    record.frozenAt,
    deadlineOf(record.life, record.timestamp),
    record.life.endAt === null ? 0 : 1,
    record.holdUntil,
    record.revision,
  )
  for (const [i, line] of record.lines.entries()) {
    const usage = line.kind === 'usage'
    sql.all(
      'INSERT INTO lines (record, line, kind, period, from_record, units) VALUES (?, ?, ?, ?, ?, ?)',
      record.key,
      i,
      line.kind,
      usage ? line.period : null,
      usage ? null : line.from,
      line.units,
    )
    if (!usage) sql.all('UPDATE adjustments SET into_record = ? WHERE from_record = ?', record.key, line.from)
  }
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

/** Until when a record waits for a person because it is far above the last 7 days; null: it does not (money §5). */
export function spikeHold(
  sql: Sql,
  dimension: string,
  life: Life,
  timestamp: number,
  lines: readonly Line[],
  spike: number | null,
): number | null {
  if (spike === null || life.endAt !== null) return null
  const highest = sql.all<{ highest: number | null }>(
    'SELECT max(quantity) AS highest FROM records WHERE hour >= ? AND dimension = ?',
    hourOf(timestamp - 7 * DAY_MS),
    dimension,
  )[0]?.highest
  const quantity = lines.reduce((sum, line) => sum + line.units, 0)
  if (highest === null || highest === undefined || highest === 0 || quantity <= highest * spike) return null
  const deadline = refusedFrom(timestamp)
  return deadline - Math.floor((deadline - timestamp) / 4)
}
