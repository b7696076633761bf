/**
 * The prepared statements of one database in the simulation, and what they last answered: as long as no table a statement
 * names was written to, the same question has the same answer, and a write that changed nothing changes nothing again.
 * Who writes past them has to say so by `forget`.
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'

export interface Statement {
  /** It is no pure reading. */
  readonly writes: boolean
  /** The rows it answers: the caller's own list, of rows nobody may change. */
  all(params: readonly SQLInputValue[]): Row[]
}

export interface Statements {
  of(text: string): Statement
  /** Something was undone, or tables were made: nothing that was answered stands. */
  forget(tables?: 'with the tables'): void
}

type Row = Record<string, SQLOutputValue>

/** Of a table, or of everything: rises with each write to it. */
interface Version {
  number: number
}

/** What a statement answered to these parameters when the versions of its tables added up to `stamp`. */
interface Answer {
  readonly params: readonly SQLInputValue[]
  stamp: number
  rows: readonly Row[]
}

/** So many answers of a statement are kept. */
const ANSWERS_MAX = 8

export function openStatements(db: DatabaseSync): Statements {
  const known = new Map<string, Statement>()
  const era: Version = { number: 0 }
  const changes = openOne(db.prepare('SELECT total_changes() AS count'))
  const changesSoFar = (): unknown => changes([])[0]?.['count']
  let tables = new Map<string, Version>()
  let triggers: readonly { readonly of: string; readonly text: string }[] = []

  function readTables(): void {
    const laid = db
      .prepare('SELECT type, name, tbl_name, sql FROM sqlite_master')
      .all()
      .map((row) => ({
        type: String(row['type']),
        name: String(row['name']).toLowerCase(),
        of: String(row['tbl_name']).toLowerCase(),
        text: String(row['sql'] ?? ''),
      }))
    const names = laid.filter(({ type }) => type === 'table').map(({ name }) => name)
    tables = new Map([...names, 'sqlite_master'].map((name) => [name, { number: 0 }]))
    triggers = laid.filter(({ type }) => type === 'trigger')
  }

  const namedIn = (text: string): string[] =>
    (text.toLowerCase().match(/\w+/g) ?? []).filter((word) => tables.has(word))

  /** The versions of the tables a statement names and, where it writes, of those its triggers name. */
  function versionsOf(text: string, writes: boolean): Version[] {
    const named = new Set(namedIn(text))
    if (writes)
      for (const table of named)
        for (const trigger of triggers)
          if (trigger.of === table) for (const other of namedIn(trigger.text)) named.add(other)
    return [era, ...[...named].flatMap((name) => tables.get(name) ?? [])]
  }

  function prepare(text: string): Statement {
    const writes = !/^\s*(SELECT|WITH)\b/i.test(text)
    if (tables.size === 0) readTables()
    const versions = versionsOf(text, writes)
    const run = openRun(db, text)
    const answers: Answer[] = []
    let oldest = 0
    const stampOf = (): number => {
      let stamp = 0
      for (const { number } of versions) stamp += number
      return stamp
    }
    return {
      writes,
      all(params) {
        const stamp = stampOf()
        const last = answerTo(answers, params)
        if (last?.stamp === stamp) return last.rows.slice()
        const before = writes ? changesSoFar() : null
        const rows = run(params)
        if (writes && changesSoFar() !== before) {
          for (const version of versions) if (version !== era) version.number += 1
          return rows
        }
        if (last !== undefined) {
          last.stamp = stamp
          last.rows = rows
        } else {
          answers[oldest] = { params, stamp, rows }
          oldest = (oldest + 1) % ANSWERS_MAX
        }
        return rows.slice()
      },
    }
  }

  return {
    of(text) {
      let statement = known.get(text)
      if (statement === undefined) known.set(text, (statement = prepare(text)))
      return statement
    },
    forget(what) {
      era.number += 1
      if (what === undefined) return
      known.clear()
      tables = new Map()
    },
  }
}

function answerTo(answers: readonly Answer[], params: readonly SQLInputValue[]): Answer | undefined {
  for (const answer of answers) if (sameParams(answer.params, params)) return answer
  return undefined
}

function sameParams(a: readonly SQLInputValue[], b: readonly SQLInputValue[]): boolean {
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false
  return true
}

/** Runs a statement, once prepared for each value of its bound LIMIT: SQLite would plan it anew at each call. */
function openRun(db: DatabaseSync, text: string): (params: readonly SQLInputValue[]) => Row[] {
  const limit = /\blimit \?/i.exec(text)
  if (limit === null) return openOne(db.prepare(text))
  const limitAt = text.slice(0, limit.index).split('?').length - 1
  const byLimit = new Map<SQLInputValue | undefined, (params: readonly SQLInputValue[]) => Row[]>()
  return (params) => {
    const most = params[limitAt]
    let one = byLimit.get(most)
    if (one === undefined)
      byLimit.set(most, (one = openOne(db.prepare(text.replace(/\blimit \?/i, `LIMIT ${Number(most)}`)))))
    return one(params.toSpliced(limitAt, 1))
  }
}

/** Rows are made of lists here: so all rows of a statement have one shape. */
function openOne(statement: StatementSync): (params: readonly SQLInputValue[]) => Row[] {
  statement.setReturnArrays(true)
  const names = statement.columns().map(({ name }) => name)
  const rowOf = (values: unknown): Row => {
    if (!isList(values)) throw new Error('a statement answered a row that is no list')
    const row: Row = {}
    for (let i = 0; i < names.length; i++) row[names[i] ?? ''] = values[i] ?? null
    return Object.freeze(row)
  }
  return (params) => statement.all(...params).map(rowOf)
}

const isList = (values: unknown): values is readonly SQLOutputValue[] => Array.isArray(values)
