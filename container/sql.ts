/** The SQL port on node:sqlite: the Ledger's home in a container, in tests and in the seeds. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { checkCall, checkRows, checkScript, refusePromise, type Sql, type SqlRow } from '../shared/sql.ts'

export interface NodeSqlOptions {
  /** `wal` (default), or `delete` for a volume on a network file system (money §11). */
  readonly journal?: Journal
  /**
   * The file is there already, and this process alone has it until `close`: opening throws SQLITE_BUSY while another does.
   * Nothing else in the process may open and close the file meanwhile: POSIX drops the lock with any of its descriptors.
   */
  readonly exclusive?: boolean
}

export type Journal = 'wal' | 'delete'

/** A database that has to be closed by who opened it. */
export interface NodeSql extends Sql {
  close(): void
  /** Writes a whole copy into a file that is not there yet. It is not on disk before the caller synchronizes it. */
  copyInto(path: string): void
  /** True when SQLite finds every page of the file sound. Reads all of it. */
  isSound(): boolean
}

/** Opens the file, or `:memory:`. Every commit is on disk when `transaction` returns. */
export function openNodeSql(path: string, options: NodeSqlOptions = {}): NodeSql {
  const db = new DatabaseSync(options.exclusive ? existing(path) : path, { timeout: 0 })
  try {
    // Before anything reads: in this mode the write-ahead log needs no memory shared between processes.
    if (options.exclusive) db.exec('PRAGMA locking_mode = EXCLUSIVE')
    db.exec(`PRAGMA journal_mode = ${options.journal ?? 'wal'}`)
    db.exec('PRAGMA synchronous = FULL')
    // macOS alone has it: its fsync leaves data in the drive.
    db.exec('PRAGMA fullfsync = ON')
    db.exec('PRAGMA foreign_keys = ON')
    if (options.exclusive) {
      db.exec('BEGIN EXCLUSIVE; COMMIT')
      checkpoint(db)
    }
  } catch (error) {
    db.close()
    throw error
  }

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
        undo(db)
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
    copyInto: (path) => db.prepare('VACUUM INTO ?').run(path),
    isSound: () => db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok',
  }
}

/** A file that SQLite may not make: a folder that was renamed meanwhile gets no new one. */
function existing(path: string): URL {
  const url = pathToFileURL(path)
  url.search = '?mode=rw'
  return url
}

/** What a process that died left in the log is written and synchronized anew: its last fsync may have failed. */
function checkpoint(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (error) {
    // On a full disk it stays in the log, where it is as good.
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL)) throw error
  }
}

const SQLITE_FULL = 13

/** What failed is worth more than that undoing it failed too: a disk that is gone answers neither. */
function undo(db: DatabaseSync): void {
  try {
    if (db.isTransaction) db.exec('ROLLBACK')
  } catch {
    // The connection is of no more use, and says so at its next call.
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
