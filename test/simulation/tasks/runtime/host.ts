/**
 * What a simulated process may do to its disk: node:fs and node:sqlite themselves, watched. A process dies before or after
 * any of its writes, its disk refuses one, and nothing it does when it is dead reaches the disk. Who is no process of a
 * seed is not watched.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { DatabaseSync, StatementSync } from 'node:sqlite'

/** Thrown in whatever a dead process still does: it ends there. */
export class Death extends Error {}

/** What becomes of a write: null: it is done. */
export type Refusal = 'full' | 'unsure' | null

export interface HostedProcess {
  readonly name: string
  alive(): boolean
  /** Asked around each write; throws `Death` where the process dies. `what`: `commit`, `rename` and such. */
  atWrite(when: 'before' | 'after', what: string): void
  /** Asked before each write, for what its disk says. */
  refuses(what: string): Refusal
}

const inside = new AsyncLocalStorage<HostedProcess>()
const opened = new WeakMap<HostedProcess, Set<DatabaseSync>>()

/** Runs `work` as the process: what it does to disk, also later, is the process's. */
export const runAs = <T>(process: HostedProcess, work: () => T): T => inside.run(process, work)

/** What the system does for a dead process: its files are closed, its transactions undone, its locks free. */
export function closeAll(process: HostedProcess): void {
  for (const db of opened.get(process) ?? [])
    try {
      db.close()
    } catch {
      // It is closed already.
    }
  opened.delete(process)
}

const errorOf = (refusal: 'full' | 'unsure', sqlite: boolean): Error => {
  if (sqlite)
    return refusal === 'full'
      ? Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })
      : Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 1034 })
  return refusal === 'full'
    ? Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', syscall: 'write' })
    : Object.assign(new Error('EIO: i/o error'), { code: 'EIO', syscall: 'fsync' })
}

function mustLive(process: HostedProcess): void {
  if (!process.alive()) throw new Death(`${process.name} is dead`)
}

/** One write of a process: it may die around it, and its disk may refuse it. */
function watched<T>(process: HostedProcess, what: string, sqlite: boolean, write: () => T): T {
  mustLive(process)
  process.atWrite('before', what)
  const refusal = process.refuses(what)
  if (refusal === 'full') throw errorOf(refusal, sqlite)
  const done = write()
  if (refusal === 'unsure') throw errorOf(refusal, sqlite)
  process.atWrite('after', what)
  return done
}

/** What of SQLite's own commands writes nothing, or undoes. */
const HARMLESS = /^(PRAGMA|BEGIN(?! EXCLUSIVE)|SAVEPOINT|RELEASE|ROLLBACK)/

type Done = (self: unknown, given: readonly unknown[]) => unknown

/** Puts a watched method in the place of a real one. */
function watch(
  home: object,
  name: string,
  around: (real: Done, self: unknown, given: readonly unknown[]) => unknown,
): void {
  const method: unknown = Reflect.get(home, name)
  if (typeof method !== 'function') throw new Error(`there is no ${name} to watch`)
  const real: Done = (self, given) => Reflect.apply(method, self, given)
  const value = function (this: unknown, ...given: unknown[]): unknown {
    return around(real, this, given)
  }
  Object.defineProperty(home, name, { value, writable: true, configurable: true, enumerable: true })
}

/** Statements that write, and their database: outside of a transaction each is a commit of its own. */
const writing = new WeakMap<StatementSync, DatabaseSync>()

function watchSqlite(): void {
  watch(DatabaseSync.prototype, 'exec', (real, db, given) => {
    const process = inside.getStore()
    const sql = String(given[0])
    if (process === undefined || !(db instanceof DatabaseSync)) return real(db, given)
    opened.set(process, (opened.get(process) ?? new Set()).add(db))
    if (sql.startsWith('ROLLBACK')) return real(db, given)
    mustLive(process)
    if (HARMLESS.test(sql)) return real(db, given)
    const what = sql === 'COMMIT' ? 'a commit' : sql.startsWith('BEGIN') ? 'the opening' : 'the tables'
    return watched(process, what, true, () => real(db, given))
  })
  watch(DatabaseSync.prototype, 'prepare', (real, db, given) => {
    const process = inside.getStore()
    if (process !== undefined) mustLive(process)
    const statement = real(db, given)
    const isWrite = !/^\s*(SELECT|WITH|PRAGMA)\b/i.test(String(given[0]))
    if (process !== undefined && isWrite && statement instanceof StatementSync && db instanceof DatabaseSync)
      writing.set(statement, db)
    return statement
  })
  watch(StatementSync.prototype, 'all', (real, statement, given) => {
    const db = statement instanceof StatementSync ? writing.get(statement) : undefined
    const process = db === undefined || db.isTransaction ? undefined : inside.getStore()
    return process === undefined
      ? real(statement, given)
      : watched(process, 'a commit', true, () => real(statement, given))
  })
}

const FILE_WRITES = {
  renameSync: 'a rename',
  linkSync: 'a link',
  mkdirSync: 'a new folder',
  rmSync: 'a removal',
  unlinkSync: 'a removal',
  writeFileSync: 'a file',
  writeSync: 'a sign of life',
} as const

function watchFiles(): void {
  for (const [name, what] of Object.entries(FILE_WRITES))
    watch(fs, name, (real, self, given) => {
      const process = inside.getStore()
      return process === undefined
        ? real(self, given)
        : watched(process, what, false, () => real(self, given))
    })
  syncBuiltinESMExports()
}

let isWatching = false

/** Once in a thread, before the first seed. */
export function watchHost(): void {
  if (isWatching) return
  isWatching = true
  watchSqlite()
  watchFiles()
}
