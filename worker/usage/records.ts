/** Records as the API shows them: one subscription's from its Ledger, those that are not simply billed from D1. */
import { HOUR_MS } from '../../shared/hour.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { RecordRow, RecordsPage } from '../../shared/ledger/ledger.ts'
import type { RecordState } from '../../shared/submission/record.ts'
import type { ApiKey } from '../keys.ts'

const LIMIT_DEFAULT = 100
const LIMIT_MAX = 1000

const STATES: readonly string[] = [
  'waiting',
  'billed',
  'doubtful',
  'parked',
  'expired',
  'moved',
  'written off',
] satisfies RecordState[]

/** A page of records. `next` goes into `after`; null: there is no more. */
export interface Page<T> {
  readonly records: readonly T[]
  readonly next: string | null
}

/** The parameters of a page, or a sentence about the one that is wrong. `further`: parameters the caller reads. */
export function readPage(
  query: URLSearchParams,
  further: readonly string[] = [],
): Result<RecordsPage, string> {
  const limit = readLimit(query)
  if (!limit.ok) return limit
  const state = readState(query)
  if (!state.ok) return state
  const cursor = query.get('after')
  const after = cursor === null ? undefined : readCursor(cursor)
  if (cursor !== null && after === undefined) return err(WRONG_CURSOR)
  const other = unknownParameter(query, ['limit', 'state', 'after', ...further])
  if (other) return err(other)
  return ok({
    limit: limit.value,
    ...(state.value === undefined ? {} : { state: state.value }),
    ...(after === undefined ? {} : { after }),
  })
}

/** A Ledger's rows as a page, times as RFC 3339. */
export function showPage(rows: readonly RecordRow[], limit: number): Page<object> {
  const last = rows.at(-1)
  return {
    records: rows.map((row) => ({
      key: row.key,
      dimension: row.dimension,
      hour: iso(row.hour),
      timestamp: iso(row.timestamp),
      quantity: row.quantity,
      state: row.state,
      reason: row.reason,
      deadline: iso(row.deadline),
      receipt: row.receipt,
      identity: row.identity,
      lines: row.lines,
      config: row.config,
      frozenAt: iso(row.frozenAt),
      settledAt: row.settledAt === null ? null : iso(row.settledAt),
    })),
    next: last !== undefined && rows.length === limit ? writeCursor(last) : null,
  }
}

/** What `GET /v1/records` is asked for. `product` null: every product the key may see. */
export interface OpenRecordsQuery {
  readonly product: string | null
  readonly state: RecordState | null
  readonly after: Place | null
  readonly limit: number
}

/** The parameters of `GET /v1/records`, or a sentence about the one that is wrong. */
export function readOpenRecordsQuery(query: URLSearchParams): Result<OpenRecordsQuery, string> {
  const page = readPage(query, ['product'])
  if (!page.ok) return page
  const { state = null, after = null, limit } = page.value
  // What is billed leaves D1: it would grow without end (money §7 *Size*).
  return state === 'billed' ? err(BILLED) : ok({ product: query.get('product'), state, after, limit })
}

const BILLED =
  'Billed records are listed by subscription only: GET /v1/subscriptions/{id}/records?state=billed, for each id of GET /v1/subscriptions. Here stand the records that are not simply billed.'

interface OpenRecord {
  readonly key: string
  readonly subscription: string
  readonly product: string
  readonly dimension: string
  readonly hour_ms: number
  readonly quantity: number
  readonly state: string
  readonly reason: string | null
  readonly deadline_ms: number
}

/**
 * Records that are not simply billed, of the products the key may see, oldest hour first: what freezes during a walk
 * stands behind it, so that a walk sees every record that is there from its first page to its last.
 */
export async function listOpenRecords(
  db: D1Database,
  key: ApiKey,
  query: OpenRecordsQuery,
): Promise<Page<object>> {
  const scope = key.products === null ? null : JSON.stringify([...key.products])
  const { results } = await db
    .prepare(
      `SELECT key, subscription, product, dimension, hour_ms, quantity, state, reason, deadline_ms FROM open_records
       WHERE hour_ms >= ?1 AND (hour_ms > ?1 OR key > ?2) AND (?3 IS NULL OR product = ?3)
         AND (?4 IS NULL OR product IN (SELECT value FROM json_each(?4)))
         ${query.state === null ? '' : 'AND state = ?6'} ORDER BY hour_ms, key LIMIT ?5`,
    )
    .bind(
      query.after?.hour ?? 0,
      query.after?.key ?? '',
      query.product,
      scope,
      query.limit,
      ...(query.state === null ? [] : [query.state]),
    )
    .all<OpenRecord>()
  const last = results.at(-1)
  return {
    records: results.map(({ hour_ms, deadline_ms, ...row }) => ({
      ...row,
      hour: iso(hour_ms),
      deadline: iso(deadline_ms),
    })),
    next:
      last !== undefined && results.length === query.limit
        ? writeCursor({ hour: last.hour_ms, key: last.key })
        : null,
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

const WRONG_CURSOR = 'after is not what an earlier page gave as next. Leave it out to begin again.'

function readLimit(query: URLSearchParams): Result<number, string> {
  const text = query.get('limit')
  if (text === null) return ok(LIMIT_DEFAULT)
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  return limit >= 1 && limit <= LIMIT_MAX ? ok(limit) : err(`limit is a number from 1 to ${LIMIT_MAX}.`)
}

function readState(query: URLSearchParams): Result<RecordState | undefined, string> {
  const state = query.get('state')
  if (state === null) return ok(undefined)
  return isState(state) ? ok(state) : err(`state is one of: ${STATES.join(', ')}.`)
}

const isState = (text: string): text is RecordState => STATES.includes(text)

function unknownParameter(query: URLSearchParams, known: readonly string[]): string | undefined {
  const other = [...query.keys()].some((name) => !known.includes(name))
  return other ? `The address has a parameter that is not known. It takes: ${known.join(', ')}.` : undefined
}

/** The place of a record in a list. */
type Place = NonNullable<RecordsPage['after']>

/** Hour and key as one opaque text; keys are ASCII. */
export const writeCursor = ({ hour, key }: Place): string => btoa(`${hour} ${key}`)

/** Only what `writeCursor` wrote for an hour reads back; any other text is nobody's place. */
function readCursor(text: string): Place | undefined {
  if (!/^[0-9A-Za-z+/]{8,2048}={0,2}$/.test(text)) return undefined
  try {
    const [, digits, key] = /^(\d{1,15}) ([\x21-\x7e]+)$/.exec(atob(text)) ?? []
    if (digits === undefined || key === undefined) return undefined
    const place = { hour: Number(digits), key }
    return place.hour % HOUR_MS === 0 && writeCursor(place) === text ? place : undefined
  } catch {
    return undefined
  }
}
