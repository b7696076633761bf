/**
 * The check after a restore (money §9): before anything is sent, each frozen key is compared with the Submitter's copy.
 * Where they differ the Submitter's stands; what that is more or less than due is booked as owed or open. While a check
 * is open nothing freezes and nothing is handed over. Each step is one transaction and may be done again.
 */
import { HOUR_MS, monthOf } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { Settlement } from '../submission/record.ts'
import type { Copy } from '../submission/restore.ts'
import { firstOpenHour } from './counted.ts'
import type { Finding } from './ledger.ts'
import type { StoredRecord } from './record.ts'
import type { ComparedPage, RestoreReport, Signed } from './repair.ts'
import { writeHold } from './repair-hold.ts'
import { textOfAct, writeEntry } from './repair-log.ts'
import { findRecord, iso } from './repair-record.ts'
import { monthUsage } from './month-usage.ts'
import { adopt, correct, isAsHeld } from './restore-adopt.ts'
import { settleRecords } from './settle.ts'
import type { State } from './state.ts'
import type { LedgerTerms } from './terms.ts'

/** The Submitter keeps a copy until 48 h after its deadline, which is at most 24 h after its hour began (money §7). */
const WITNESSED_MS = 72 * HOUR_MS

/** What a check has found so far; kept in its row, for it may die between two pages. */
interface Found {
  compared: number
  adopted: string[]
  corrected: string[]
  settled: string[]
  offered: string[]
  /** Copies of hours in which no life of the subscription is known. */
  unplaced: string[]
  /** The earliest hour that was open when it began. */
  openFrom: number | null
}

interface RestoreRow {
  id: number
  act_id: string
  since: number
  who: string
  why: string
  report: string
  [column: string]: string | number | null
}

const holder = (id: string): string => `restore check ${id}`

const openRow = (sql: Sql): RestoreRow | undefined =>
  sql.all<RestoreRow>('SELECT * FROM restores WHERE finished_at IS NULL')[0]

/** Opens a check, or goes on with the one that is open. From here on nothing freezes and nothing is handed over. */
export function beginRestore(sql: Sql, state: State, signed: Signed, now: number): void {
  const known = sql.all('SELECT 1 FROM restores WHERE act_id = ? OR finished_at IS NULL', signed.id)
  if (known.length > 0) return
  const found: Found = {
    compared: 0,
    adopted: [],
    corrected: [],
    settled: [],
    offered: [],
    unplaced: [],
    openFrom: firstOpenHour(sql, state),
  }
  sql.all(
    'INSERT INTO restores (act_id, since, who, why, report) VALUES (?, ?, ?, ?, ?)',
    signed.id,
    now,
    signed.who,
    signed.why,
    JSON.stringify(found),
  )
  writeHold(sql, null, { who: holder(signed.id), why: signed.why }, now)
}

export interface Compared {
  readonly state: State
  /** What this Ledger has ended and the Submitter still means to send: it has to end its copies before anything goes. */
  readonly ended: readonly Settlement[]
}

/**
 * Compares one page of copies. `from` and `to` bound the keys the page speaks for: a record handed over in between that
 * it does not hold is unknown to the Submitter, and is offered again as one that may have been sent.
 */
export function compareCopies(
  sql: Sql,
  before: State,
  terms: LedgerTerms,
  page: ComparedPage,
  now: number,
): Compared {
  const row = openRow(sql)
  if (row === undefined) return { state: before, ended: [] }
  const found = JSON.parse(row.report) as Found
  const ended: Settlement[] = []
  let state = before
  const note = (list: string[], key: string): void => {
    if (!list.includes(key)) list.push(key)
  }
  for (const copy of page.copies.toSorted((a, b) => a.record.hour - b.record.hour)) {
    const { key } = copy.record
    let record = findRecord(sql, key)
    if (record === undefined) {
      const after = adopt(sql, state, copy, now)
      if (after === undefined) {
        note(found.unplaced, key)
        continue
      }
      state = after
      note(found.adopted, key)
    } else if (!isAsHeld(sql, record, copy)) {
      correct(sql, state, record, copy)
      note(found.corrected, key)
    }
    record = takeRound(sql, key, copy)
    if (record === undefined) continue
    if (record.state === 'waiting' && record.round > (copy.record.round ?? 0)) {
      sql.all('UPDATE records SET handed = 0 WHERE key = ?', key)
      note(found.offered, key)
    } else if (record.state === 'waiting' && copy.settlement !== null) {
      settleRecords(sql, state, { ...terms.timing, expired: 'park' }, [copy.settlement], now)
      if (findRecord(sql, key)?.state !== 'waiting') note(found.settled, key)
    } else if (record.state === 'waiting')
      sql.all('UPDATE records SET handed = 1, hold_until = NULL WHERE key = ?', key)
    else if (copy.settlement === null) ended.push(settlementOfRecord(sql, record))
  }
  for (const key of unheld(sql, page)) {
    sql.all('UPDATE records SET handed = 0, unanswered = 1 WHERE key = ?', key)
    note(found.offered, key)
  }
  found.unplaced = found.unplaced.filter((key) => findRecord(sql, key) === undefined)
  sql.all(
    'UPDATE restores SET report = ? WHERE id = ?',
    JSON.stringify({ ...found, compared: found.compared + page.copies.length }),
    row.id,
  )
  return { state: { ...state, openBefore: true }, ended }
}

/** A retry this Ledger no longer knows of: the Submitter's later round stands, and the record waits in it again. */
function takeRound(sql: Sql, key: string, copy: Copy): StoredRecord | undefined {
  const round = copy.record.round ?? 0
  sql.all(
    `UPDATE records SET round = ?, state = 'waiting', reason = NULL, receipt = NULL, settled_at = NULL, handed = 1
     WHERE key = ? AND round < ? AND state IN ('waiting', 'parked', 'expired', 'doubtful')`,
    round,
    key,
    round,
  )
  return findRecord(sql, key)
}

/** Records handed over, waiting, between two keys, that the page does not hold. */
function unheld(sql: Sql, page: ComparedPage): string[] {
  const held = new Set(page.copies.map((copy) => copy.record.key))
  return sql
    .all<{ key: string }>(
      "SELECT key FROM records WHERE key > ? AND key <= ? AND state = 'waiting' AND handed = 1 ORDER BY key",
      page.from,
      page.to,
    )
    .map((row) => row.key)
    .filter((key) => !held.has(key))
}

/** How a record ended here, in the Submitter's words. */
function settlementOfRecord(sql: Sql, record: StoredRecord): Settlement {
  const attempt = sql.all<{ attempt: number | null }>(
    'SELECT max(attempt) AS attempt FROM receipts WHERE record = ?',
    record.key,
  )[0]?.attempt
  const gone = record.state === 'moved' || record.state === 'written off' || record.state === 'waiting'
  // Billed by a person's evidence, it may have no receipt of AWS's; the Submitter bills nothing without one.
  const unproven = record.state === 'billed' && (record.receipt === null || !attempt)
  return {
    key: record.key,
    attempt: attempt ?? 0,
    at: record.settled_at ?? record.frozen_at,
    state: gone || unproven ? 'parked' : (record.state as Settlement['state']),
    reason: gone || unproven ? record.state : record.reason,
    receipt: record.receipt,
    unanswered: record.unanswered === 1,
  }
}

/** Ends the check, writes it to the audit log, and lets the Ledger go on when every invariant holds. */
export function endRestore(
  sql: Sql,
  state: State,
  terms: LedgerTerms,
  signed: Signed,
  audit: (state: State) => readonly Finding[],
  now: number,
): { readonly state: State; readonly answer: RestoreReport } {
  const row = openRow(sql)
  if (row === undefined) return { state, answer: finished(sql, signed) }
  const found = JSON.parse(row.report) as Found
  const findings = audit(state)
  const why = whyNotDone(found, findings)
  if (why !== null) return { state, answer: reportOf(found, false, why) }
  const old = found.openFrom !== null && found.openFrom < now - WITNESSED_MS
  const sentence = `${sentenceOf(found, owedIn(sql, state, terms, found))}${
    old
      ? ` Hours from ${iso(found.openFrom ?? now)} on are older than any copy the Submitter keeps: they may have been billed before the restore. The subscription stays held; compare it with the bill, then void them or release it.`
      : ''
  }`
  sql.all(
    'UPDATE restores SET finished_at = ?, report = ? WHERE id = ?',
    now,
    JSON.stringify(reportOf(found, true, sentence)),
    row.id,
  )
  if (!old) sql.all('UPDATE holds SET released_at = ? WHERE who = ?', now, holder(row.act_id))
  const { act_id: id, who, why: reason } = row
  writeEntry(sql, terms.subscription, {
    id,
    who,
    why: reason,
    kind: 'restore check',
    at: now,
    subject: 'the subscription',
    sentence,
    value: null,
    act: textOfAct({ id, who, why: reason, kind: 'restore check' }),
  })
  const held = sql.all('SELECT 1 FROM holds WHERE dimension IS NULL AND released_at IS NULL').length > 0
  return { state: { ...state, held }, answer: reportOf(found, true, sentence) }
}

/** The report of the check of that id, which ended before; of none, that nothing is open. */
function finished(sql: Sql, signed: Signed): RestoreReport {
  const row = sql.all<RestoreRow>('SELECT * FROM restores WHERE act_id = ?', signed.id)[0]
  return row === undefined
    ? { ...NOTHING, done: true, sentence: 'No restore check is open.' }
    : (JSON.parse(row.report) as RestoreReport)
}

const NOTHING = { compared: 0, adopted: [], corrected: [], settled: [], offered: [] } as const

const reportOf = (found: Found, done: boolean, sentence: string): RestoreReport => ({
  done,
  sentence,
  compared: found.compared,
  adopted: found.adopted,
  corrected: found.corrected,
  settled: found.settled,
  offered: found.offered,
})

function whyNotDone(found: Found, findings: readonly Finding[]): string | null {
  const [first] = findings
  if (found.unplaced.length > 0)
    return `The Submitter has ${found.unplaced.length} records of hours in which this Ledger knows no active subscription: its orders are older than they. Deliver its order again, then ask for the check again; until then nothing is sent.`
  return first === undefined
    ? null
    : `${first.rule} does not hold for ${first.subject}: expected ${first.expected}, found ${first.found}. Nothing is sent until it does.`
}

function sentenceOf(found: Found, owed: readonly string[]): string {
  const counted = (keys: readonly string[], what: string): string[] =>
    keys.length === 0 ? [] : [`${keys.length} ${what}`]
  const parts = [
    ...counted(found.adopted, 'adopted'),
    ...counted(found.corrected, 'corrected to what the Submitter holds'),
    ...counted(found.settled, 'given their results'),
    ...counted(found.offered, 'offered again'),
  ]
  return `${found.compared} copies compared: ${parts.length === 0 ? 'nothing differed' : parts.join(', ')}.${
    owed.length === 0 ? '' : ` More went to AWS than is due now: ${owed.join(', ')}.`
  }`
}

/** What is owed in the months of what was adopted or corrected, as `3 api_calls of 2026-11`. */
function owedIn(sql: Sql, state: State, terms: LedgerTerms, found: Found): string[] {
  const hours = sql.all<{ hour: number }>(
    'SELECT DISTINCT hour FROM records WHERE key IN (SELECT value FROM json_each(?))',
    JSON.stringify([...found.adopted, ...found.corrected]),
  )
  const months = new Set(hours.map(({ hour }) => monthOf(hour)))
  return [...months].flatMap((month) =>
    monthUsage(sql, state, terms, month)
      .dimensions.filter((dimension) => dimension.owed !== '0')
      .map(({ dimension, owed }) => `${owed} ${dimension} of ${new Date(month).toISOString().slice(0, 7)}`),
  )
}
