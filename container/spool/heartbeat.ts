/** The sign of life in a task's folder, and the lease that hangs on it (money §11). The clock is handed in. */
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { err, ok, type Result } from '../../shared/result.ts'
import { replaceFile, syncFolder } from './durable.ts'
import { filesOf } from './owner.ts'

/** How often an owner writes it. */
export const BEAT_MS = 12_000
/** How old the last one may be for a call to AWS. */
export const LEASE_MS = 60_000
/** How long it has to stand still for a successor: three leases, so that the owner has stopped long before. */
export const DEAD_MS = 180_000
/**
 * The same where the owner ended in order: a container that is started again in its task finds its own file, and knows by it
 * which hours AWS has.
 */
export const CLOSED_MS = 15_000

export interface Heartbeat {
  /** Writes the next one; throws what the disk says. */
  beat(): void
  isDue(): boolean
  /** Refused: why no call may be made, as one line. */
  lease(): Result<null, string>
}

/** `monotonicMs` only goes forward, as `performance.now` does. */
export function openHeartbeat(folder: string, monotonicMs: () => number): Heartbeat {
  const process = randomUUID()
  let count = 0
  let last = Number.NEGATIVE_INFINITY

  return {
    beat() {
      // The lease runs from before the write: one that took a minute is a minute old.
      const began = monotonicMs()
      count += 1
      writeInPlace(filesOf(folder).alive, `${process} ${String(count).padStart(12, '0')}\n`)
      last = began
    },
    isDue: () => monotonicMs() - last >= BEAT_MS,
    lease() {
      const age = monotonicMs() - last
      if (age <= LEASE_MS) return ok(null)
      return err(
        `No sign of life could be written into ${folder} for ${Math.floor(Math.min(age, 1e9) / 1000)} s, so another task may take it over: nothing is sent to AWS until one is. Platform team: look at the volume.`,
      )
    },
  }
}

/** What a successor compares; empty where there is none. */
export function readAlive(folder: string): string {
  try {
    return readFileSync(filesOf(folder).alive, 'utf8')
  } catch {
    return ''
  }
}

export const isClosed = (folder: string): boolean => existsSync(filesOf(folder).closed)

/** Its owner ended in order: a successor need not wait for long. */
export const markClosed = (folder: string): void => replaceFile(filesOf(folder).closed, '')

/** Its owner is back. On disk when it returns: the mark would call a living task dead. */
export function unmarkClosed(folder: string): void {
  rmSync(filesOf(folder).closed, { force: true })
  syncFolder(folder)
}

/** A file that is there: a folder that was moved meanwhile gets no sign of life from who lost it. */
function writeInPlace(path: string, text: string): void {
  const file = openSync(path, 'r+')
  try {
    writeSync(file, text, 0)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
