/**
 * The records of one task that AWS does not have yet, in the ledger's own file: their order, their pauses, and the attempt
 * that is on its way (money §7, §8, §11). Synchronous, over the SQL port; it knows no clock.
 */
import { type MeterUsageRequest, meterUsageRequest } from '../../shared/aws/meter-usage.ts'
import { HOUR_MS, MINUTE_MS, monthOf, nextMonth } from '../../shared/hour.ts'
import type { Finding } from '../../shared/ledger/ledger.ts'
import type { Sql, SqlRow } from '../../shared/sql.ts'
import { hashFraction } from '../../shared/submission/pause.ts'
import type { FrozenRecord } from '../../shared/submission/record.ts'

/** Records that ended without a receipt are few, and shown. */
export const ENDED = `
CREATE INDEX IF NOT EXISTS records_ended ON records (hour) WHERE state IN ('doubtful', 'parked', 'expired');
`

/** `rank` 0: the last hour of a month, which goes before all that is owed. `request` is fixed when it comes in. */
export const SENDS = `
CREATE TABLE IF NOT EXISTS sends (
  key TEXT PRIMARY KEY,
  rank INTEGER NOT NULL CHECK (rank IN (0, 1)),
  deadline INTEGER NOT NULL,
  identity TEXT NOT NULL,
  dimension TEXT NOT NULL,
  hour INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  request TEXT NOT NULL,
  resume_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  attempted_at INTEGER,
  flying INTEGER NOT NULL DEFAULT 0 CHECK (flying IN (0, 1)),
  unanswered INTEGER NOT NULL DEFAULT 0 CHECK (unanswered IN (0, 1)),
  pauses INTEGER NOT NULL DEFAULT 0,
  not_entitled_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sends_in_order ON sends (rank, deadline, key);
CREATE INDEX IF NOT EXISTS sends_by_time ON sends (resume_at);
CREATE INDEX IF NOT EXISTS sends_by_deadline ON sends (deadline);
CREATE INDEX IF NOT EXISTS sends_unsure ON sends (rank, deadline, key) WHERE unanswered = 1;
CREATE INDEX IF NOT EXISTS sends_flying ON sends (flying) WHERE flying = 1;
CREATE INDEX IF NOT EXISTS sends_not_entitled ON sends (key) WHERE not_entitled_at IS NOT NULL;
`

export interface SendRow extends SqlRow {
  readonly key: string
  readonly rank: number
  readonly deadline: number
  readonly identity: string
  readonly dimension: string
  readonly hour: number
  readonly timestamp: number
  readonly quantity: number
  readonly request: string
  readonly resume_at: number
  readonly attempts: number
  readonly attempted_at: number | null
  readonly flying: number
  readonly unanswered: number
  readonly pauses: number
  readonly not_entitled_at: number | null
}

/** A call that may be made now: its attempt is on disk. */
export interface Call {
  readonly key: string
  readonly attempt: number
  readonly request: MeterUsageRequest
  /** First instant at which AWS refuses it. */
  readonly deadline: number
}

/** Over how long the tasks of a buyer spread an hour that ended: AWS takes few calls a second. */
export const SPREAD_MS = 5 * MINUTE_MS

/** What this task adds to the moment at which an hour may go; the same for all its hours. */
export const spreadOf = (task: string): number => Math.floor(hashFraction(task) * SPREAD_MS)

/** Before 00:00 UTC on the 1st a task sends all it has: nothing waits across the last minute of a month (money §11). */
export function withinMonth(now: number, at: number): number {
  const last = nextMonth(monthOf(now)) - MINUTE_MS
  return now < last ? Math.min(at, last) : at
}

/** Takes a record in; one that is there already stays as it is. */
export function addSend(sql: Sql, record: FrozenRecord, identity: string, resumeAt: number): void {
  const isLast = record.hour + HOUR_MS === nextMonth(monthOf(record.hour))
  sql.all(
    `INSERT INTO sends (key, rank, deadline, identity, dimension, hour, timestamp, quantity, request, resume_at, unanswered)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    record.key,
    isLast ? 0 : 1,
    record.deadline,
    identity,
    record.dimension,
    record.hour,
    record.timestamp,
    record.quantity,
    JSON.stringify(meterUsageRequest(record)),
    // AWS takes no record of a moment that has not come.
    Math.max(resumeAt, record.timestamp),
    record.unanswered === true ? 1 : 0,
  )
}

/**
 * The record that goes first at `now`: the last hour of a month, then the earliest deadline, among those whose pause is over.
 * `unsure`: only records that an attempt left unanswered, while there are any: an outage makes no more of them.
 */
export function firstSend(sql: Sql, now: number, unsure: boolean): SendRow | undefined {
  if (
    unsure &&
    sql.all('SELECT 1 FROM sends INDEXED BY sends_unsure WHERE unanswered = 1 LIMIT 1').length > 0
  )
    return sql.all<SendRow>(
      `SELECT * FROM sends INDEXED BY sends_unsure WHERE unanswered = 1 AND resume_at <= ?
       ORDER BY rank, deadline, key LIMIT 1`,
      now,
    )[0]
  return sql.all<SendRow>(
    'SELECT * FROM sends INDEXED BY sends_in_order WHERE resume_at <= ? ORDER BY rank, deadline, key LIMIT 1',
    now,
  )[0]
}

/** Stores the next attempt of a record. From here on a process that dies leaves the record unanswered. */
export function beginAttempt(sql: Sql, row: SendRow, now: number): Call {
  sql.all(
    'UPDATE sends SET attempts = attempts + 1, attempted_at = ?, flying = 1 WHERE key = ?',
    now,
    row.key,
  )
  const request = JSON.parse(row.request) as MeterUsageRequest
  return { key: row.key, attempt: row.attempts + 1, request, deadline: row.deadline }
}

export const flyingSend = (sql: Sql): SendRow | undefined =>
  sql.all<SendRow>('SELECT * FROM sends WHERE flying = 1 LIMIT 1')[0]

export const sendOf = (sql: Sql, key: string): SendRow | undefined =>
  sql.all<SendRow>('SELECT * FROM sends WHERE key = ?', key)[0]

/** Attempts of a former process: whether AWS has them nobody knows. Answers how many there were. */
export const abandonFlying = (sql: Sql): number =>
  sql.all('UPDATE sends SET flying = 0, unanswered = 1 WHERE flying = 1 RETURNING 1').length

/** The attempt has ended and the record has not: again at `resumeAt`. The mark of an unanswered one never fades. */
export function pauseSend(
  sql: Sql,
  row: SendRow,
  next: {
    readonly resumeAt: number
    readonly pauses: number
    readonly unanswered?: true
    readonly notEntitled?: number
  },
): void {
  sql.all(
    `UPDATE sends SET flying = 0, resume_at = ?, pauses = ?, unanswered = max(unanswered, ?),
       not_entitled_at = coalesce(not_entitled_at, ?) WHERE key = ?`,
    next.resumeAt,
    next.pauses,
    next.unanswered === true ? 1 : 0,
    next.notEntitled ?? null,
    row.key,
  )
}

export const dropSend = (sql: Sql, key: string): void => void sql.all('DELETE FROM sends WHERE key = ?', key)

/** What AWS takes no more, a bounded number at a time; what is on its way is for its answer to end. */
export const overdueSends = (sql: Sql, now: number, limit: number): SendRow[] =>
  sql.all<SendRow>(
    `SELECT * FROM sends INDEXED BY sends_by_deadline WHERE deadline <= ? AND flying = 0 ORDER BY deadline LIMIT ${limit}`,
    now,
  )

/** Records of another task's, which went on in this file. */
export const foreignSends = (sql: Sql, identity: string): SendRow[] =>
  sql.all<SendRow>('SELECT * FROM sends WHERE identity <> ? ORDER BY key', identity)

/** Nothing waits for its turn any more: the process is about to end. */
export const hurrySends = (sql: Sql, now: number): void =>
  void sql.all(
    'UPDATE sends SET resume_at = max(timestamp, ?) WHERE resume_at > ? AND unanswered = 0',
    now,
    now,
  )

/**
 * When the next record may go, and when the first one's time is over; null: none waits. `unsure` as for `firstSend`. What is
 * on its way is not counted among those that may go.
 */
export function nextOf(
  sql: Sql,
  unsure: boolean,
): { readonly resumeAt: number; readonly deadline: number } | null {
  const [row] = sql.all<{ resumeAt: number | null; deadline: number | null; unsure: number | null }>(
    `SELECT (SELECT min(resume_at) FROM sends) AS resumeAt, (SELECT min(deadline) FROM sends) AS deadline,
       (SELECT min(resume_at) FROM sends INDEXED BY sends_unsure WHERE unanswered = 1) AS unsure`,
  )
  if (row === undefined || row.resumeAt === null || row.deadline === null) return null
  return { resumeAt: unsure ? (row.unsure ?? row.resumeAt) : row.resumeAt, deadline: row.deadline }
}

/** The line of sends and the ledger's waiting records are the same: nothing waits that nobody sends, and nothing else is sent. */
export function auditSends(sql: Sql): Finding[] {
  const rows = sql.all<{ key: string; record: string | null; send: string | null }>(
    `SELECT coalesce(records.key, sends.key) AS key, records.state AS record, sends.key AS send
     FROM (SELECT key, state FROM records WHERE state = 'waiting' AND handed = 1) AS records
       FULL JOIN sends ON sends.key = records.key
     WHERE records.key IS NULL OR sends.key IS NULL ORDER BY 1 LIMIT 100`,
  )
  return rows.map((row) => ({
    rule: 'A record waits exactly while it is in the line of sends',
    subject: row.key,
    expected: row.record === null ? 'not in line' : 'in line',
    found: row.send === null ? 'not in line' : 'in line',
  }))
}
