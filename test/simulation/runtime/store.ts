/**
 * One object's storage in the simulation: a database in memory that is used again seed after seed. A whole seed is one
 * transaction; what is durable is a savepoint in it, a crash goes back to that, and a seed's end undoes everything. The
 * port's own checks are left out for speed: the suites of the ledger make them in both homes.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { refusePromise, type Sql, type SqlRow } from '../../../shared/sql.ts'

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

/** A statement, once for each value of its bound LIMIT: SQLite would plan it anew at each call. */
interface Prepared {
  readonly writes: boolean
  /** Where the limit stands among the parameters; null: there is none. */
  readonly limitAt: number | null
  readonly byLimit: Map<SQLInputValue, StatementSync>
}

function limitAtOf(text: string): number | null {
  const limit = /\blimit \?/i.exec(text)
  return limit === null ? null : text.slice(0, limit.index).split('?').length - 1
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
  const laid = new Set<string>()
  let inSeed = false
  let dirty = false
  let depth = 0

  const prepare = (text: string): Prepared => {
    const known = prepared.get(text)
    if (known !== undefined) return known
    const made = { writes: !/^\s*(SELECT|WITH)\b/i.test(text), limitAt: limitAtOf(text), byLimit: new Map() }
    prepared.set(text, made)
    return made
  }

  const rowsOf = (text: string, { limitAt, byLimit }: Prepared, params: SQLInputValue[]): unknown[] => {
    const limit = limitAt === null ? null : (params[limitAt] ?? null)
    let statement = byLimit.get(limit)
    if (statement === undefined) {
      statement = db.prepare(limit === null ? text : text.replace(/\blimit \?/i, `LIMIT ${Number(limit)}`))
      byLimit.set(limit, statement)
    }
    return limitAt === null ? statement.all(...params) : statement.all(...params.toSpliced(limitAt, 1))
  }

  const sql: Sql = {
    all<R extends SqlRow>(text: string, ...params: SQLInputValue[]): R[] {
      const known = prepare(text)
      const { writes } = known
      if (writes && depth === 0) store.onWrite?.('before', text)
      const rows = rowsOf(text, known, params) as R[]
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
      // What was laid before the first seed is there in every seed: laying it again would plan every statement anew.
      if (laid.has(text)) return
      db.exec(text)
      if (inSeed) dirty = true
      else laid.add(text)
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
      inSeed = true
      save()
      dirty = false
    },
    end() {
      db.exec('ROLLBACK')
      inSeed = false
      dirty = false
      depth = 0
    },
    onWrite: null,
  }
  return store
}
