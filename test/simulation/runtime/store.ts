/**
 * One object's storage in the simulation: a database in memory that is used again seed after seed. A whole seed is one
 * transaction; what is durable is a savepoint in it, a crash goes back to that, and a seed's end undoes everything.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  checkCall,
  checkRows,
  checkScript,
  refusePromise,
  type Sql,
  type SqlRow,
} from '../../../shared/sql.ts'

export interface Store {
  readonly sql: Sql
  /** True when something was written since the last `commit`. */
  dirty(): boolean
  /** Makes what was written durable. */
  commit(): void
  /** Undoes everything since the last `commit`. */
  rollback(): void
  /** The beginning of a seed: from here on nothing is for good. */
  begin(): void
  /** The end of a seed: everything since `begin` is undone. */
  end(): void
  /** Called before and after each write that stands for itself (a statement or a whole transaction). */
  onWrite: ((when: 'before' | 'after', statement: string) => void) | null
}

interface Prepared {
  readonly statement: StatementSync
  readonly writes: boolean
}

export function openStore(): Store {
  const db = new DatabaseSync(':memory:')
  db.exec('PRAGMA foreign_keys = ON')
  db.exec('PRAGMA cache_spill = OFF')
  const prepared = new Map<string, Prepared>()
  const command = (text: string): (() => void) => {
    const statement = db.prepare(text)
    return () => void statement.run()
  }
  const save = command('SAVEPOINT durable')
  const keep = command('RELEASE durable')
  const back = command('ROLLBACK TO durable')
  const enter = command('SAVEPOINT inner')
  const leave = command('RELEASE inner')
  const undo = command('ROLLBACK TO inner')
  let dirty = false
  let depth = 0

  const prepare = (text: string): Prepared => {
    const known = prepared.get(text)
    if (known !== undefined) return known
    const made = { statement: db.prepare(text), writes: !/^\s*(SELECT|WITH)\b/i.test(text) }
    prepared.set(text, made)
    return made
  }

  const sql: Sql = {
    all<R extends SqlRow>(text: string, ...params: SQLInputValue[]): R[] {
      checkCall(text, params)
      const { statement, writes } = prepare(text)
      if (writes && depth === 0) store.onWrite?.('before', text)
      const rows = statement.all(...params) as R[]
      checkRows(rows)
      if (writes) {
        dirty = true
        if (depth === 0) store.onWrite?.('after', text)
      }
      return rows
    },

    transaction<T>(work: () => T): T {
      if (depth === 0) store.onWrite?.('before', 'transaction')
      enter()
      depth += 1
      let result: T
      try {
        result = work()
        refusePromise(result)
      } catch (error) {
        depth -= 1
        undo()
        leave()
        throw error
      }
      depth -= 1
      leave()
      if (depth === 0) store.onWrite?.('after', 'transaction')
      return result
    },

    script(text: string): void {
      checkScript(text)
      db.exec(text)
      dirty = true
    },
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
      dirty = false
      depth = 0
    },
    begin() {
      db.exec('BEGIN')
      save()
      dirty = false
    },
    end() {
      db.exec('ROLLBACK')
      dirty = false
      depth = 0
    },
    onWrite: null,
  }
  return store
}
