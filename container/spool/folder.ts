/** A task's folder on the disk: made whole or not at all, its ledger opened by one process, moved to a new file when in doubt. */
import { randomUUID } from 'node:crypto'
import { accessSync, constants, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Journal, type NodeSql, openNodeSql } from '../sql.ts'
import { discard, inodeOf, makeFolder, moveFolder, syncFile, syncFolder } from './durable.ts'
import { filesOf, hashOf, type Owner, writeOwner } from './owner.ts'

const FIRST = 'ledger.sqlite'

/** A ledger that is open, with the signs by which its path is known to still lead to it. */
export interface Opened {
  readonly folder: string
  readonly owner: Owner
  readonly sql: NodeSql
  readonly inode: string
}

/** Makes the folder of a task that has none: under another name first, so that one with its own name is always whole. */
export function makeTaskFolder(
  folder: string,
  who: { readonly identity: string; readonly volume: string; readonly at: number },
): void {
  const tasks = dirname(folder)
  const draft = join(tasks, `.new-${hashOf(who.identity)}`)
  makeFolder(tasks)
  discard(draft)
  makeFolder(filesOf(draft).claimed)
  writeFileSync(join(draft, FIRST), '', { flush: true })
  writeFileSync(filesOf(draft).alive, '', { flush: true })
  writeOwner(draft, {
    id: randomUUID(),
    identity: who.identity,
    heir: null,
    ledger: FIRST,
    inode: inodeOf(join(draft, FIRST)) ?? '',
    volume: who.volume,
    madeAt: who.at,
  })
  moveFolder(draft, folder)
}

/**
 * Opens the ledger that `owner` names, for this process alone. Throws SQLITE_BUSY while another has it, and what the disk
 * says. What the folder's names are is on disk before anything is written to the file they lead to.
 */
export function openLedgerFile(folder: string, owner: Owner, journal: Journal): Opened {
  const inode = inodeOf(folder)
  if (inode === null) throw Object.assign(new Error(`${folder} is gone`), { code: 'ENOENT', syscall: 'stat' })
  // SQLite says only that it cannot open a file; the system says why.
  accessSync(join(folder, owner.ledger), constants.R_OK | constants.W_OK)
  syncFolder(folder)
  return { folder, owner, inode, sql: openNodeSql(join(folder, owner.ledger), { journal, exclusive: true }) }
}

/** True while the path of the folder leads to the folder and the ledger that were opened. */
export const isStill = ({ folder, owner, inode }: Opened): boolean =>
  inodeOf(folder) === inode && inodeOf(join(folder, owner.ledger)) === owner.inode

/**
 * Goes on in a new file with a whole copy of the old one, whose writes the disk does not confirm any more. `owner.json` is
 * the step that counts: a crash before it leaves the old file, one after it the new. Throws what the disk says, the old
 * file still open.
 */
export function copyIntoNew(old: Opened, journal: Journal): Opened {
  const { folder, owner } = old
  if (!old.sql.isSound()) throw Object.assign(new Error('The ledger is damaged'), { errcode: 11 })
  const ledger = nameAfter(owner.ledger)
  const path = join(folder, ledger)
  for (const ending of ['', '-wal', '-journal', '-shm', '.new']) discard(path + ending)
  old.sql.copyInto(`${path}.new`)
  // SQLite leaves a copy to the system's own time. Source: sqlite.org/lang_vacuum.html (2026-11-21).
  syncFile(`${path}.new`)
  renameSync(`${path}.new`, path)
  syncFolder(folder)
  const next: Owner = { ...owner, ledger, inode: inodeOf(path) ?? '' }
  const opened = openLedgerFile(folder, next, journal)
  try {
    writeOwner(folder, next)
  } catch (error) {
    opened.sql.close()
    throw error
  }
  closeQuietly(old)
  return opened
}

/** Removes files of ledgers that the owner does not name, and drafts. */
export function discardOthers({ folder, owner }: Opened): void {
  for (const name of readdirSync(folder)) {
    const isDraft = name.endsWith('.new')
    const isLedger = name.startsWith('ledger') && !name.startsWith(owner.ledger)
    if (isDraft || isLedger) discard(join(folder, name))
  }
}

/** A disk that fails fails at closing too: what was acknowledged is in the file and its journal. */
export function closeQuietly(opened: Pick<Opened, 'sql'>): void {
  try {
    opened.sql.close()
  } catch {
    // The next opening reads both.
  }
}

const nameAfter = (ledger: string): string => {
  const count = Number(/^ledger-(\d+)\.sqlite$/.exec(ledger)?.[1] ?? 1)
  return `ledger-${count + 1}.sqlite`
}
