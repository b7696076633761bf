/** Files and folders that are on disk when a function returns. Synchronous; throws what the file system says. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** What some network file systems answer to fsync of a folder: they have no such thing, and need none. */
const NOT_OFFERED = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EISDIR'])

/** After it, the names in the folder survive a loss of power. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } catch (error) {
    if (!NOT_OFFERED.has(codeOf(error))) throw error
  } finally {
    closeSync(folder)
  }
}

/** After it, the file's content is on disk. Never for a database that is open: closing would drop its lock. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Puts a whole text in the place of what is there: a crash leaves the old or the new one. */
export function replaceFile(path: string, text: string): void {
  const draft = `${path}.new`
  writeFileSync(draft, text, { flush: true })
  renameSync(draft, path)
  syncFolder(dirname(path))
}

/** Moves a folder from one place on the volume to another; throws ENOENT when somebody else has moved it. */
export function moveFolder(from: string, to: string): void {
  renameSync(from, to)
  syncFolder(dirname(to))
  syncFolder(dirname(from))
}

/** Makes a folder and those above it that are not there. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    // With `recursive`, Node never returns where the file system makes no folder at all, as /proc.
    mkdirSync(path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  syncFolder(dirname(path))
}

/** The number of the file or folder on its volume, as text (EFS has 64 bits); null: there is none at this path. */
export function inodeOf(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? null : String(found.ino)
}

/** Removes what nobody needs any more; a disk that does not let it go keeps it. */
export function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // It is looked for again at the next start.
  }
}

/** The system's name for what went wrong, `EIO` and such; empty where there is none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
