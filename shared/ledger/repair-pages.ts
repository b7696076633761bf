/** What waits for a person, and everything a Ledger holds, in keyset pages (money §9). Reads only. */
import { formatAmount } from '../amount.ts'
import type { Sql, SqlRow, SqlValue } from '../sql.ts'
import type { SubscriptionId } from '../subscription.ts'
import type { AsideReason } from './ledger.ts'
import { RECORD_COLUMNS, type StoredRecord } from './record.ts'
import type { ExportPage, Page, PageRequest, ParkedRow, RepairKind } from './repair.ts'
import { periodsUntilOpen, whyNotBillable } from './repair-aside.ts'
import { readHolds } from './repair-hold.ts'
import { dollarsOf, whyNotOpen } from './repair-record.ts'
import type { State } from './state.ts'
import { withLines } from './view.ts'

/** Rows of one kind that wait, behind a place; each with the place that comes after it. */
type Section = (after: readonly SqlValue[], limit: number) => { row: ParkedRow; place: SqlValue[] }[]

/** Records that wait for a person: ended without being billed, or held back as a spike. A condition on `records`. */
const WAITS_FOR_A_PERSON =
  "(state IN ('parked', 'expired', 'doubtful') OR (state = 'waiting' AND hold_until IS NOT NULL))"

/** A page of what waits. `next` holds the section and the place in it. */
export function readParked(
  sql: Sql,
  state: State,
  subscription: SubscriptionId,
  { limit, after }: PageRequest,
): Page<ParkedRow> {
  const sections: readonly Section[] = [
    (place) => (place.length > 0 ? [] : standing(sql, state).map((row) => ({ row, place: [0] }))),
    (place, most) => parkedRecords(sql, state, subscription, place, most),
    (place, most) => asideRows(sql, state, place, most),
    (place, most) => refusedRows(sql, place, most),
  ]
  const [from, ...start] = after === undefined ? [0] : (JSON.parse(after) as [number, ...SqlValue[]])
  const rows: ParkedRow[] = []
  let last: readonly SqlValue[] = []
  for (const [number, section] of sections.entries()) {
    if (number < from) continue
    const room = limit - rows.length
    if (room <= 0) return { rows, next: JSON.stringify(last) }
    for (const { row, place } of section(number === from ? start : [], room)) {
      rows.push(row)
      last = [number, ...place]
    }
  }
  return { rows, next: rows.length < limit ? null : JSON.stringify(last) }
}

/** Why nothing freezes, of the whole subscription or of a dimension; all of it on the first page. */
function standing(sql: Sql, state: State): ParkedRow[] {
  const stopped: ParkedRow[] = state.stopped === null ? [] : [{ kind: 'stopped', sentence: state.stopped }]
  return [...stopped, ...readHolds(sql).map((hold): ParkedRow => ({ kind: 'hold', ...hold }))]
}

function parkedRecords(
  sql: Sql,
  state: State,
  subscription: SubscriptionId,
  [hour = Number.MIN_SAFE_INTEGER, key = '']: readonly SqlValue[],
  limit: number,
): ReturnType<Section> {
  const rows = sql.all<StoredRecord>(
    `SELECT ${RECORD_COLUMNS} FROM records
     WHERE ${WAITS_FOR_A_PERSON} AND (hour, key) > (?, ?) ORDER BY hour, key LIMIT ?`,
    hour,
    key,
    limit,
  )
  const shown = withLines(sql, subscription, rows)
  return rows.flatMap((row, i) => {
    const record = shown[i]
    if (record === undefined) return []
    return [
      {
        place: [row.hour, row.key],
        row: {
          kind: 'record',
          record,
          holdUntil: row.hold_until,
          unanswered: row.unanswered === 1,
          dollars: dollarsOf(row),
          open: openActs(sql, state, row),
        },
      },
    ]
  })
}

const ON_RECORDS = ['retry', 'move', 'write off', 'evidence'] as const

function openActs(sql: Sql, state: State, row: StoredRecord): RepairKind[] {
  const open: RepairKind[] = ON_RECORDS.filter(
    (kind) => whyNotOpen(sql, state, row, kind, state.clock) === null,
  )
  return row.state === 'waiting' ? ['release', ...open] : open
}

type AsideRow = SqlRow & {
  hour: number
  meter: string
  life: number
  source: string
  reason: AsideReason
  amount: string
  dropped: string
}

function asideRows(sql: Sql, state: State, place: readonly SqlValue[], limit: number): ReturnType<Section> {
  const [hour = Number.MIN_SAFE_INTEGER, meter = '', life = 0, source = '', reason = ''] = place
  const rows = sql.all<AsideRow>(
    `SELECT hour, meter, life, source, reason, amount, dropped FROM set_aside
     WHERE amount <> dropped AND (hour, meter, life, source, reason) > (?, ?, ?, ?, ?)
     ORDER BY hour, meter, life, source, reason LIMIT ?`,
    hour,
    meter,
    life,
    source,
    reason,
    limit,
  )
  let known: ReturnType<typeof periodsUntilOpen> | undefined
  const periods = () => (known ??= periodsUntilOpen(sql, state))
  return rows.map(({ amount, dropped, ...row }) => ({
    place: [row.hour, row.meter, row.life, row.source, row.reason],
    row: {
      kind: 'aside',
      aside: { ...row, amount: formatAmount(BigInt(amount) - BigInt(dropped)) },
      open: whyNotBillable(state, row, periods) === null ? ['bill aside', 'drop aside'] : ['drop aside'],
    },
  }))
}

type RefusedRow = SqlRow & {
  source: string
  id: string
  hash: number
  reason: string
  meter: string
  hour: number
  amount: string | null
  times: number
  last_at: number
}

function refusedRows(
  sql: Sql,
  [source = '', id = '', hash = -1]: readonly SqlValue[],
  limit: number,
): ReturnType<Section> {
  const rows = sql.all<RefusedRow>(
    `SELECT source, id, hash, reason, meter, hour, amount, times, last_at FROM refused
     WHERE replayed_at IS NULL AND (source, id, hash) > (?, ?, ?) ORDER BY source, id, hash LIMIT ?`,
    source,
    id,
    hash,
    limit,
  )
  return rows.map(({ id: event, hash: content, last_at, ...row }) => ({
    place: [row.source, event, content],
    row: { kind: 'refused', event, lastMs: last_at, ...row },
  }))
}

/** Every table of the database, row by row; Cloudflare's own are left out. */
export function exportRows(sql: Sql, state: State, { limit, after }: PageRequest): ExportPage {
  const [from, ...start] =
    after === undefined ? [''] : (JSON.parse(after, bytesBack) as [string, ...SqlValue[]])
  const rows: string[] = []
  let last: readonly unknown[] = []
  for (const table of tablesFrom(sql, from)) {
    const room = limit - rows.length
    if (room <= 0) return { rows, next: JSON.stringify(last, bytesAsHex), revision: state.revision }
    const keys = keysOf(sql, table)
    for (const row of rowsBehind(sql, table, keys, table === from ? start : [], room)) {
      const { _row, ...shown } = row
      rows.push(JSON.stringify({ table, row: shown }, bytesAsHex))
      last = [table, ...keys.map((key) => row[key === 'rowid' ? '_row' : key])]
    }
  }
  return {
    rows,
    next: rows.length < limit ? null : JSON.stringify(last, bytesAsHex),
    revision: state.revision,
  }
}

const tablesFrom = (sql: Sql, from: string): string[] =>
  sql
    .all<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 1) <> '_'
         AND substr(name, 1, 7) <> 'sqlite_' AND name >= ? ORDER BY name`,
      from,
    )
    .map((row) => row.name)

/** The columns a table is ordered by: its primary key, or the order its rows came in. */
function keysOf(sql: Sql, table: string): string[] {
  const columns = sql.all<{ name: string; pk: number }>(`PRAGMA table_info(${table})`)
  const keys = columns.filter((column) => column.pk > 0).sort((a, b) => a.pk - b.pk)
  return keys.length === 0 ? ['rowid'] : keys.map((column) => column.name)
}

function rowsBehind(
  sql: Sql,
  table: string,
  keys: readonly string[],
  after: readonly SqlValue[],
  limit: number,
): SqlRow[] {
  const order = keys.join(', ')
  const all = keys[0] === 'rowid' ? 'rowid AS _row, *' : '*'
  const where = after.length === 0 ? '' : `WHERE (${order}) > (${keys.map(() => '?').join(', ')})`
  return sql.all(`SELECT ${all} FROM ${table} ${where} ORDER BY ${order} LIMIT ?`, ...after, limit)
}

/** Bytes as `{"hex":"…"}`, which no text can be taken for. */
const bytesAsHex = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array
    ? { hex: Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('') }
    : value

const bytesBack = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'hex' in value && typeof value.hex === 'string'
    ? Uint8Array.from(value.hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : value
