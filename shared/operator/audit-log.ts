/**
 * The audit log of what is done that matters to security and is no one Ledger's: by an operator, by an application, by a
 * buyer. It holds ids and accounts, never a name, an address or a secret, for no row of it is ever changed or taken out. Over
 * the SQL port, chained as a Ledger's is (ledger/repair-log.ts). Such an act reaches other objects, so it is written twice:
 * that it begins, before anything is done, and what became of it. One that began and did not end may be given again. What
 * concerns one place only is noted in one row, before it is done.
 */
import type { Finding } from '../ledger/ledger.ts'
import type { Page, PageRequest, RepairEntry, RepairValue, Signed } from '../ledger/repair.ts'
import { entryOf, LOG_RULE, readEntries, textOfAct, verifyRepairs, writeEntry } from '../ledger/repair-log.ts'
import { LOG_TRIGGERS } from '../ledger/triggers.ts'
import type { Sql } from '../sql.ts'

/** What is done, before it is signed. `number`: of a row of refused usage. */
export type OperatorWork =
  | { readonly kind: 'hold sending' }
  | { readonly kind: 'release sending' }
  | { readonly kind: 'replay'; readonly number: number }
  | { readonly kind: 'succeed'; readonly predecessor: string; readonly successor: string }
  | {
      readonly kind: (typeof KINDS)[number]
      /** What it is about: an id or an account. */
      readonly subject: string
      /** What else has to be known later: ids, times, numbers. */
      readonly detail?: Readonly<Record<string, string | number | null>>
    }

/** Acts of many owners that are told by a subject alone. */
export const KINDS = [
  'create key',
  'rotate key',
  'revoke key',
  'rotate identity',
  'revoke identity',
  'set plan',
  'redeliver',
  'replay event',
  'register',
  'ask sign-in',
  'sign in',
  'sign out',
  'link',
  'open workspace',
  'export',
  'erase',
  'give feedback',
] as const

export type OperatorAct = Signed & OperatorWork

/** What an act came to. `detail`: what else its answer holds, as JSON; `refused`: the code of the problem, nothing was done. */
export interface Ended {
  readonly sentence: string
  readonly value: RepairValue | null
  readonly refused: 'not-found' | 'not-allowed' | 'changed' | null
  readonly detail: string
}

export interface Logged extends Ended {
  /** Its last row and that row's hash: keep it, and no later change of the log goes unnoticed. */
  readonly entry: number
  readonly hash: string
}

/** `other`: another act was given under this id. `ended`: this one, before; it is answered again and not done again. */
export type Begun =
  | { readonly kind: 'begun' }
  | { readonly kind: 'other' }
  | { readonly kind: 'ended'; readonly logged: Logged }

export interface AuditLog {
  /** Writes that an act begins; do it only then. The same act again is written once. */
  begin(act: OperatorAct, now: number): Begun
  /** Writes what an act that began came to, once: a second end is answered with the first. */
  end(act: OperatorAct, ended: Ended, now: number): Logged
  /** Writes down in one row what is about to be done; the same act again is written once. False: it is another's id. */
  note(act: OperatorAct, sentence: string, now: number): boolean
  entries(page: PageRequest): Page<RepairEntry>
  /** The number and hash of the last row: keep them, and no later change of what stands before goes unnoticed. */
  last(): { readonly entry: number; readonly hash: string } | null
  /** The first row that is not as it was written; empty: the log is whole. */
  verify(): Finding[]
}

/** What the first row follows. */
const LOG = 'the operator'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS repairs (
  entry INTEGER PRIMARY KEY,
  act_id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  sentence TEXT NOT NULL,
  value TEXT,
  act TEXT NOT NULL,
  before TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
`

/** Where the log ends: a chain alone does not tell that its last rows were cut off. */
const HEAD = `
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), entry INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TRIGGER head_update BEFORE UPDATE ON head WHEN NEW.entry <= OLD.entry
BEGIN SELECT RAISE (ABORT, 'the end of the audit log never changes but by a row'); END;
CREATE TRIGGER head_delete BEFORE DELETE ON head
BEGIN SELECT RAISE (ABORT, 'the end of the audit log never changes but by a row'); END;
CREATE TRIGGER head_second BEFORE INSERT ON head WHEN EXISTS (SELECT 1 FROM head)
BEGIN SELECT RAISE (ABORT, 'the audit log has one end'); END;
`

interface End {
  readonly entry: number
  readonly hash: string
}

/** Opens the log in `sql`, laying its table when there is none. */
export function openAuditLog(sql: Sql): AuditLog {
  const [known] = sql.all<{ sql: string }>(
    "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'repairs'",
  )
  if (known === undefined) sql.transaction(() => sql.script(SCHEMA + LOG_TRIGGERS))
  else if (known.sql.includes('CHECK (kind')) sql.transaction(() => layAnew(sql))
  if (sql.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'head'").length === 0)
    sql.transaction(() => layHead(sql))

  const write = (
    act: OperatorAct,
    id: string,
    text: string,
    sentence: string,
    value: RepairValue | null,
    at: number,
  ) => {
    const written = writeEntry(sql, LOG, {
      id,
      who: act.who,
      why: act.why,
      kind: act.kind,
      at,
      subject: subjectOf(act),
      sentence,
      value,
      act: text,
    })
    // Only while the end it had stands: one that was cut off stays found, whatever is written behind it.
    sql.all(
      `UPDATE head SET entry = ?, hash = ?
       WHERE entry = 0 OR EXISTS (SELECT 1 FROM repairs r WHERE r.entry = head.entry AND r.hash = head.hash)`,
      written.entry,
      written.hash,
    )
    return written
  }

  const endOf = (act: OperatorAct): Logged | undefined => {
    const known = entryOf(sql, endIdOf(act))
    if (known === undefined) return undefined
    const { refused, detail } = JSON.parse(known.act) as Pick<Ended, 'refused' | 'detail'>
    return {
      sentence: known.sentence,
      value: known.value,
      refused,
      detail,
      entry: known.entry,
      hash: known.hash,
    }
  }

  return {
    begin: (act, now) =>
      sql.transaction((): Begun => {
        const began = entryOf(sql, act.id)
        if (began === undefined) {
          write(act, act.id, textOfAct(act), `${subjectOf(act)}: this begins.`, null, now)
          return { kind: 'begun' }
        }
        if (began.act !== textOfAct(act)) return { kind: 'other' }
        const logged = endOf(act)
        return logged === undefined ? { kind: 'begun' } : { kind: 'ended', logged }
      }),
    end: (act, ended, now) =>
      sql.transaction((): Logged => {
        const before = endOf(act)
        if (before !== undefined) return before
        const { sentence, value, refused, detail } = ended
        const said = refused === null ? sentence : `Nothing was done: ${sentence}`
        const text = textOfAct({ id: act.id, refused, detail })
        return { ...ended, sentence: said, ...write(act, endIdOf(act), text, said, value, now) }
      }),
    note: (act, sentence, now) =>
      sql.transaction(() => {
        const known = entryOf(sql, act.id)
        if (known === undefined) write(act, act.id, textOfAct(act), sentence, null, now)
        return known === undefined || known.act === textOfAct(act)
      }),
    entries: (page) => readEntries(sql, page),
    last: () => lastOf(sql) ?? null,
    verify() {
      const found = verifyRepairs(sql, LOG)
      return found.length > 0 ? found : verifyEnd(sql)
    },
  }
}

/** A log from when it knew four kinds: its rows as they are, in a table that takes every kind. */
function layAnew(sql: Sql): void {
  const names = ['repairs_update', 'repairs_delete', 'repairs_second']
  sql.script(
    `${names.map((name) => `DROP TRIGGER ${name};`).join('\n')}
ALTER TABLE repairs RENAME TO repairs_before;
${SCHEMA}
INSERT INTO repairs SELECT * FROM repairs_before ORDER BY entry;
DROP TABLE repairs_before;
${LOG_TRIGGERS}`,
  )
}

/** Of a log from before its end was kept: the end it has. */
function layHead(sql: Sql): void {
  const { entry, hash } = lastOf(sql) ?? { entry: 0, hash: '' }
  sql.script(HEAD)
  sql.all('INSERT INTO head (one, entry, hash) VALUES (1, ?, ?)', entry, hash)
}

const lastOf = (sql: Sql): End | undefined =>
  sql.all<{ entry: number; hash: string }>('SELECT entry, hash FROM repairs ORDER BY entry DESC LIMIT 1')[0]

/** The end it had is there. Rows behind it are those of a version that kept none, which the chain vouches for. */
function verifyEnd(sql: Sql): Finding[] {
  const [head] = sql.all<{ entry: number; hash: string }>('SELECT entry, hash FROM head')
  const { entry = 0, hash: expected = 'an end of the log' } = head ?? {}
  if (head?.entry === 0) return []
  const [row] = sql.all<{ hash: string }>('SELECT hash FROM repairs WHERE entry = ?', entry)
  if (row?.hash === expected) return []
  const found = row?.hash ?? `an end at entry ${lastOf(sql)?.entry ?? 0}`
  return [{ rule: LOG_RULE, subject: `entry ${entry}`, expected, found }]
}

/** No sender's id has this character. */
const endIdOf = ({ id }: Signed): string => `${id}#end`

function subjectOf(act: OperatorAct): string {
  if ('subject' in act) return act.subject
  switch (act.kind) {
    case 'hold sending':
    case 'release sending':
      return 'all that is sent to AWS'
    case 'replay':
      return `refused usage ${act.number}`
    case 'succeed':
      return `${act.successor} after ${act.predecessor}`
  }
}
