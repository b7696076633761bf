/** What a disk can do to the spool, told by SQLite's and the system's codes, and what is said of each. Pure. */
import { codeOf } from './durable.ts'

/**
 * `full`: no room, the transaction was undone, the file is as before. `refused`: read-only or no right. `io`: reading or
 * writing failed. `sync`: fsync failed, so that what the kernel holds of the file may never reach the disk. `locked`:
 * another process has the file. `corrupt`: the file is no whole database. `lost`: the folder is another task's by now.
 */
export type Fault = 'full' | 'refused' | 'io' | 'sync' | 'locked' | 'corrupt' | 'lost'

/** By primary result code. Source: sqlite.org/rescode.html (2026-11-21). */
const SQLITE: Readonly<Record<number, Fault>> = {
  5: 'locked', // SQLITE_BUSY
  6: 'locked', // SQLITE_LOCKED
  8: 'refused', // SQLITE_READONLY
  10: 'io', // SQLITE_IOERR
  11: 'corrupt', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  14: 'io', // SQLITE_CANTOPEN
  15: 'locked', // SQLITE_PROTOCOL
  26: 'corrupt', // SQLITE_NOTADB
}

/** Extended codes that mean more than their primary one. */
const EXTENDED: Readonly<Record<number, Fault>> = {
  1032: 'lost', // SQLITE_READONLY_DBMOVED
  1034: 'sync', // SQLITE_IOERR_FSYNC
  1290: 'sync', // SQLITE_IOERR_DIR_FSYNC
}

const SYSTEM: Readonly<Record<string, Fault>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'refused',
  EACCES: 'refused',
  EPERM: 'refused',
}

/** The fault behind an error; null: it is not the disk's, and nothing here answers for it. */
export function faultOf(error: unknown): Fault | null {
  if (!(error instanceof Error)) return null
  if ('errcode' in error && typeof error.errcode === 'number')
    return EXTENDED[error.errcode] ?? SQLITE[error.errcode & 0xff] ?? null
  if (!('syscall' in error)) return null
  return error.syscall === 'fsync' ? 'sync' : (SYSTEM[codeOf(error)] ?? 'io')
}

/** What happened to the folder, whose move it is, what to do. `start`: nothing was counted yet. */
export function sentenceOf(fault: Fault, folder: string, when: 'start' | 'running' = 'running'): string {
  const kept =
    when === 'running'
      ? 'Usage is kept in memory and written as soon as the disk takes it.'
      : 'Nothing was counted yet.'
  switch (fault) {
    case 'full':
      return `The disk under ${folder} is full. ${kept} Platform team: free space, or give the task a larger volume.`
    case 'refused':
      return `The disk under ${folder} is read-only for this process. ${kept} Platform team: mount it writable for the container's user.`
    case 'io':
      return `Reading or writing ${folder} failed. ${kept} Platform team: look at the volume and its mount.`
    case 'sync':
      return `The disk under ${folder} could not confirm a write, so its file is copied before it is used again. ${kept} Platform team: look at the volume.`
    case 'locked':
      return `Another process has the ledger in ${folder} open. ${kept} Platform team: run one process for each task and folder.`
    case 'corrupt':
      return `The ledger in ${folder} is damaged and is not read. ${kept} Platform team: look at the volume; move the folder aside, unchanged, and send it to the seller.`
    case 'lost':
      return `The folder ${folder} is not this task's any more: it was silent for too long, and another task took it over. ${kept} Platform team: look why the volume could not be reached.`
  }
}
