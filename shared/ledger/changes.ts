/**
 * What the read model has to rewrite (money §7 *Size*): days with usage or records, and records not simply billed. Reads
 * only, but for where the next look begins.
 */
import { DAY_MS, HOUR_MS, hourOf, MINUTE_MS, monthOf } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { SubscriptionId } from '../subscription.ts'
import { changedDays, type Reported } from './changed-days.ts'
import type { RecordRow } from './ledger.ts'
import { RECORD_COLUMNS, type StoredRecord } from './record.ts'
import type { State } from './state.ts'
import type { LedgerTerms } from './terms.ts'
import { withLines } from './view.ts'

export interface Changes {
  readonly revision: number
  /** Up to when it was counted, epoch ms. */
  readonly clock: number
  readonly days: readonly {
    readonly dimension: string
    readonly day: number
    readonly counted: string
    readonly billed: string
  }[]
  /** Records that are not simply billed, and those that are now: the latter leave the read model. */
  readonly openRecords: readonly RecordRow[]
  readonly closedKeys: readonly string[]
  /** It is all there is: what the read model has beside it, of days from this instant on or as an open record, is wrong. */
  readonly allFrom?: number
}

/** How long a record that has just frozen is likely to be billed soon: its offer is spread over half an hour. */
const SETTLES_WITHIN_MS = 45 * MINUTE_MS

/** Records of hours before these were held up, so that there is nothing to wait for. */
const HELD_UP_MS = 4 * HOUR_MS

/**
 * Until when the read model may wait for what has just frozen: billed by then, most records are never written to it.
 * null: none is likely to be billed soon.
 */
export function settledSoon(sql: Sql, now: number): number | null {
  const [row] = sql.all<{ at: number | null }>(
    "SELECT min(frozen_at) AS at FROM records WHERE hour >= ? AND state = 'waiting' AND hold_until IS NULL",
    hourOf(now - HELD_UP_MS),
  )
  const until = (row?.at ?? 0) + SETTLES_WITHIN_MS
  return until > now ? until : null
}

const CHANGED_RECORDS = `SELECT ${RECORD_COLUMNS} FROM records WHERE hour >= ? AND revision > ?`

/** Where a look begins is moved up once it is so far behind: a row written each hour would cost more than it saves. */
const BEHIND_MS = 2 * DAY_MS

/**
 * The first hour in which anything changed behind `since`. A year of records is not looked through each hour, and an index
 * by revision would be written twice for each: what changes moves it down by itself (triggers.ts).
 */
const changedFrom = (sql: Sql, since: number): number =>
  sql.all<{ from_hour: number }>('SELECT from_hour FROM changed WHERE since <= ?', since)[0]?.from_hour ?? 0

/** Remembers that what changed behind `since` lies in none but these hours. */
function keepFrom(sql: Sql, since: number, before: number, hours: Iterable<number>, clock: number): void {
  let from: number = hourOf(clock)
  for (const hour of hours) from = Math.min(from, hour)
  if (from - before > BEHIND_MS)
    sql.all('UPDATE changed SET since = ?, from_hour = ? WHERE since <= ?', since, from, since)
}

/** The rows that changed behind `since`; null: everything. Days are whole: written over, never added to. */
export function changesSince(
  sql: Sql,
  state: State,
  terms: LedgerTerms,
  subscription: SubscriptionId,
  since: number | null,
  sinceClock: number | null,
): Changes {
  if (since === null) return allChanges(sql, state, terms, subscription)
  const from = changedFrom(sql, since)
  const records = sql.all<StoredRecord>(CHANGED_RECORDS, from, since)
  const reported = sql.all<Reported>(
    'SELECT DISTINCT hour, life, meter FROM usage WHERE hour >= ? AND revision > ?',
    from,
    since,
  )
  keepFrom(
    sql,
    since,
    from,
    [...records, ...reported].map(({ hour }) => hour),
    state.clock,
  )
  const billed = (record: StoredRecord): boolean => record.state === 'billed'
  return {
    revision: state.revision,
    clock: state.clock,
    days: changedDays(sql, state, terms, { reported, sinceClock }, records),
    openRecords: withLines(
      sql,
      subscription,
      records.filter((record) => !billed(record)),
    ),
    closedKeys: records.filter(billed).map((record) => record.key),
  }
}

/** State of a month is kept so long after its end (money §4): of days before that the Ledger no longer knows each. */
const KEPT_MS = 40 * DAY_MS

/**
 * Everything the read model shows, for one that was set back, or whose Ledger was: whole days, and all records that are not
 * simply billed.
 */
function allChanges(sql: Sql, state: State, terms: LedgerTerms, subscription: SubscriptionId): Changes {
  const from = monthOf(Math.min(state.clock, state.frozenUntil ?? state.clock) - KEPT_MS)
  const records = sql.all<StoredRecord>(`SELECT ${RECORD_COLUMNS} FROM records WHERE hour >= ?`, from)
  const reported = sql.all<Reported>('SELECT DISTINCT hour, life, meter FROM usage WHERE hour >= ?', from)
  const open = sql.all<StoredRecord>(`SELECT ${RECORD_COLUMNS} FROM records WHERE state <> 'billed'`)
  return {
    revision: state.revision,
    clock: state.clock,
    allFrom: from,
    days: changedDays(sql, state, terms, { reported, sinceClock: from }, records).filter(
      ({ day }) => day >= from,
    ),
    openRecords: withLines(sql, subscription, open),
    closedKeys: [],
  }
}
