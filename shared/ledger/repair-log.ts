/**
 * The audit log of a Ledger: who did what, when, why and to what value (money §9). Written in the act's own transaction.
 *
 * Each row carries the hash of the one before. What that promises: a row that is changed, taken out or put in later no
 * longer fits those behind it, and `verifyRepairs` names it; and whoever kept the hash an act was answered with can tell
 * that everything up to that act is still the same. What it does not: whoever can write to the database, and knows that
 * nobody kept a hash, can write the whole log anew.
 */
import { sha256Sync } from '../sha256-sync.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { Finding } from './ledger.ts'
import type { Page, PageRequest, Repaired, RepairEntry, RepairValue, Signed } from './repair.ts'

/** What is written down of an act, beside what the log adds. */
export interface NewEntry extends Signed {
  readonly kind: RepairEntry['kind']
  readonly at: number
  readonly subject: string
  readonly sentence: string
  readonly value: RepairValue | null
  /** The whole act, as one text: see `textOfAct`. */
  readonly act: string
}

interface EntryRow extends SqlRow {
  entry: number
  act_id: string
  at: number
  who: string
  why: string
  kind: RepairEntry['kind']
  subject: string
  sentence: string
  value: string | null
  act: string
  before: string
  hash: string
}

/** An act as one text, the same whatever order its fields came in. */
export const textOfAct = (act: object): string =>
  JSON.stringify(act, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )

/** Appends a row to the log of `of`, a subscription or the operator. Its number and hash are what the act is answered with. */
export function writeEntry(sql: Sql, of: string, entry: NewEntry): Pick<Repaired, 'entry' | 'hash'> {
  const last = sql.all<EntryRow>('SELECT * FROM repairs ORDER BY entry DESC LIMIT 1')[0]
  const row = {
    entry: (last?.entry ?? 0) + 1,
    act_id: entry.id,
    at: entry.at,
    who: entry.who,
    why: entry.why,
    kind: entry.kind,
    subject: entry.subject,
    sentence: entry.sentence,
    value: entry.value === null ? null : JSON.stringify(entry.value),
    act: entry.act,
    before: last?.hash ?? firstOf(of),
  }
  const hash = hashOfRow(row)
  sql.all(
    `INSERT INTO repairs (entry, act_id, at, who, why, kind, subject, sentence, value, act, before, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.entry,
    row.act_id,
    row.at,
    row.who,
    row.why,
    row.kind,
    row.subject,
    row.sentence,
    row.value,
    row.act,
    row.before,
    hash,
  )
  return { entry: row.entry, hash }
}

/** What an act of this id was answered with, and what it was; undefined: there was none. */
export function entryOf(sql: Sql, id: string): (Repaired & { readonly act: string }) | undefined {
  const row = sql.all<EntryRow>('SELECT * FROM repairs WHERE act_id = ?', id)[0]
  return (
    row && {
      act: row.act,
      sentence: row.sentence,
      value: valueOf(row),
      entry: row.entry,
      hash: row.hash,
    }
  )
}

/** The log, oldest first. */
export function readEntries(sql: Sql, { limit, after }: PageRequest): Page<RepairEntry> {
  const rows = sql.all<EntryRow>(
    'SELECT * FROM repairs WHERE entry > ? ORDER BY entry LIMIT ?',
    after === undefined ? 0 : ((JSON.parse(after) as [number])[0] ?? 0),
    limit,
  )
  const last = rows.at(-1)
  return {
    rows: rows.map((row) => ({
      entry: row.entry,
      at: row.at,
      who: row.who,
      why: row.why,
      kind: row.kind,
      subject: row.subject,
      sentence: row.sentence,
      value: valueOf(row),
      act: row.act,
      before: row.before,
      hash: row.hash,
    })),
    next: rows.length < limit || last === undefined ? null : JSON.stringify([last.entry]),
  }
}

/** Rows read at once: a log of years does not fit the memory of an object. */
const PAGE = 500

/** The one rule of an audit that is not about units: a log that was changed stops nobody. */
export const LOG_RULE = 'the audit log is as it was written'

/** The first row that does not fit: changed, or with rows missing or put in before it. Empty: the log is whole. */
export function verifyRepairs(sql: Sql, of: string): Finding[] {
  let before = firstOf(of)
  let number = 0
  for (;;) {
    const rows = sql.all<EntryRow>(
      'SELECT * FROM repairs WHERE entry > ? ORDER BY entry LIMIT ?',
      number,
      PAGE,
    )
    for (const row of rows) {
      number += 1
      const found =
        row.entry === number && row.before === before ? hashOfRow(row) : 'a row that does not follow'
      if (found !== row.hash)
        return [{ rule: LOG_RULE, subject: `entry ${row.entry}`, expected: row.hash, found }]
      before = row.hash
    }
    if (rows.length < PAGE) return []
  }
}

/** What the first row follows: whose log it is, so that no log can stand in for another's. */
const firstOf = (of: string): string => sha256Sync(`repairs of ${of}`)

const hashOfRow = (row: Omit<EntryRow, 'hash'>): string =>
  sha256Sync(
    JSON.stringify([
      row.before,
      row.entry,
      row.act_id,
      row.at,
      row.who,
      row.why,
      row.kind,
      row.subject,
      row.sentence,
      row.value,
      row.act,
    ]),
  )

const valueOf = (row: EntryRow): RepairValue | null =>
  row.value === null ? null : (JSON.parse(row.value) as RepairValue)
