/**
 * One object's storage in the simulation: a database in memory that is used again seed after seed. A whole seed is one
 * transaction; what is durable is a savepoint in it, a crash goes back to that, and a seed's end undoes everything. The
 * port's own checks are left out for speed: the suites of the ledger make them in both homes.
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { refusePromise, type Sql, type SqlRow } from '../../../shared/sql.ts'
import { openStatements } from './statements.ts'

export interface Store {
  readonly sql: Sql
  /** True when something was written since the last `commit`. */
  dirty(): boolean
  /** Makes what was written durable. */
  commit(): void
  /** Undoes everything since the last `commit`. */
  rollback(): void
  /** Marks what is durable now, for `goBack`; the last mark counts. */
  bookmark(): void
  /** Undoes everything since the bookmark. */
  goBack(): void
  /** The beginning of a seed: from here on nothing is for good. */
  begin(): void
  /** The end of a seed: everything since `begin` is undone. */
  end(): void
  /**
   * Called before and after each write that stands for itself: a statement, or a whole transaction. `tables`: what was
   * written to; none: it changed nothing.
   */
  onWrite: ((when: 'before' | 'after', tables: readonly string[]) => void) | null
}

export function openStore(): Store {
  const db = new DatabaseSync(':memory:')
  db.exec('PRAGMA foreign_keys = ON')
  db.exec('PRAGMA cache_spill = OFF')
  const statements = openStatements(db)
  const command = (text: string): (() => void) => {
    const statement = db.prepare(text)
    return () => void statement.run()
  }
  const save = command('SAVEPOINT durable')
  const keep = command('RELEASE durable')
  const back = command('ROLLBACK TO durable')
  const mark = command('SAVEPOINT bookmark')
  const toMark = command('ROLLBACK TO bookmark')
  const enter = command('SAVEPOINT inner')
  const leave = command('RELEASE inner')
  const undo = command('ROLLBACK TO inner')
  const laid = new Set<string>()
  let inSeed = false
  let dirty = false
  /** Transactions that are open, and how many of them have a savepoint: one that only reads needs none. */
  let depth = 0
  let entered = 0
  const written = new Set<string>()

  const told = (when: 'before' | 'after'): void => {
    if (store.onWrite === null || depth > 0) return
    const tables = [...written].sort()
    written.clear()
    store.onWrite(when, tables)
  }

  const enterAll = (): void => {
    for (; entered < depth; entered++) enter()
  }

  const sql: Sql = {
    all<R extends SqlRow>(text: string, ...params: SQLInputValue[]): R[] {
      const statement = statements.of(text)
      if (!statement.writes) return statement.all(params) as R[]
      enterAll()
      told('before')
      const rows = statement.all(params) as R[]
      dirty = true
      if (store.onWrite !== null) written.add(tableOf(text))
      told('after')
      return rows
    },

    transaction<T>(work: () => T): T {
      told('before')
      depth += 1
      let result: T
      try {
        result = work()
        refusePromise(result)
      } catch (error) {
        depth -= 1
        if (entered > depth) {
          undo()
          leave()
          entered = depth
          statements.forget()
        }
        throw error
      }
      depth -= 1
      if (entered > depth) {
        leave()
        entered = depth
      }
      told('after')
      return result
    },

    script(text: string): void {
      // What was laid before the first seed is there in every seed: laying it again would plan every statement anew.
      if (laid.has(text)) return
      enterAll()
      db.exec(text)
      statements.forget('with the tables')
      if (inSeed) dirty = true
      else laid.add(text)
    },
  }

  /** What a savepoint or a seed's end undoes is written back: nothing that was read stands. */
  const undone = (): void => {
    statements.forget()
    dirty = false
    depth = 0
    entered = 0
    written.clear()
  }

  const store: Store = {
    sql,
    dirty: () => dirty,
    commit() {
      if (!dirty) return
      keep()
      save()
      dirty = false
    },
    rollback() {
      back()
      undone()
    },
    bookmark() {
      keep()
      mark()
      save()
      dirty = false
    },
    goBack() {
      toMark()
      save()
      undone()
    },
    begin() {
      db.exec('BEGIN')
      inSeed = true
      save()
      dirty = false
    },
    end() {
      db.exec('ROLLBACK')
      inSeed = false
      undone()
    },
    onWrite: null,
  }
  return store
}

const tableOf = (text: string): string => /\b(?:INTO|UPDATE(?: OR \w+)?|FROM)\s+(\w+)/i.exec(text)?.[1] ?? ''
