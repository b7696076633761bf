/** The SQL port on node:sqlite: the Ledger's home in a container, in tests and in the seeds. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { checkCall, checkRows, checkScript, refusePromise, type Sql, type SqlRow } from '../shared/sql.ts'

export interface NodeSqlOptions {
  /** `wal` (default), or `delete` for a volume on a network file system (money §11). */
  readonly journal?: 'wal' | 'delete'
}

/** A database that has to be closed by who opened it. */
export interface NodeSql extends Sql {
  close(): void
}

/** Opens the file, or `:memory:`. Every commit is on disk when `transaction` returns. */
export function openNodeSql(path: string, options: NodeSqlOptions = {}): NodeSql {
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA journal_mode = ${options.journal ?? 'wal'}`)
  db.exec('PRAGMA synchronous = FULL')
  db.exec('PRAGMA foreign_keys = ON')

  const prepared = new Map<string, StatementSync>()
  let inside = false

  return {
    all<R extends SqlRow>(sql: string, ...params: (string | number | null | Uint8Array)[]): R[] {
      checkCall(sql, params)
      let statement = prepared.get(sql)
      if (statement === undefined) {
        statement = db.prepare(sql)
        prepared.set(sql, statement)
      }
      const rows = statement.all(...params) as R[]
      checkRows(rows)
      return rows
    },

    transaction<T>(fn: () => T): T {
      if (inside) return nested(db, fn)
      db.exec('BEGIN IMMEDIATE')
      inside = true
      try {
        const result = fn()
        refusePromise(result)
        db.exec('COMMIT')
        return result
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      } finally {
        inside = false
      }
    },

    script(sql: string): void {
      checkScript(sql)
      db.exec(sql)
    },

    close: () => db.close(),
  }
}

/** A transaction within one: undone alone when it throws, as `transactionSync` does it. */
function nested<T>(db: DatabaseSync, fn: () => T): T {
  db.exec('SAVEPOINT nested')
  try {
    const result = fn()
    refusePromise(result)
    db.exec('RELEASE nested')
    return result
  } catch (error) {
    db.exec('ROLLBACK TO nested')
    db.exec('RELEASE nested')
    throw error
  }
}
