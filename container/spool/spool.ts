/**
 * The disk under one task's ledger (money §11, G.2 faults 31 to 33): opened by this process alone, given up when the disk fails
 * and opened again, never trusted after a failed fsync. What it answers is on disk; what it throws counts as not done.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Sql } from '../../shared/sql.ts'
import { SpoolError } from '../metering/meter.ts'
import { inodeOf, moveFolder } from './durable.ts'
import { type Fault, faultOf, sentenceOf } from './faults.ts'
import {
  closeQuietly,
  copyIntoNew,
  discardOthers,
  isStill,
  makeTaskFolder,
  type Opened,
  openLedgerFile,
} from './folder.ts'
import { type Heartbeat, markClosed, openHeartbeat, unmarkClosed } from './heartbeat.ts'
import { hashOf, readOwner, shelvesOf, signOfCopy, writeOwner } from './owner.ts'
import { type Place, readVolume } from './place.ts'

/** How long it waits before it opens a broken disk again, and how often it looks at its own state. */
export const RETRY_MS = 3_000

/** Handed in by the entries. Wall time only: no business time reaches the disk. */
export interface SpoolClock {
  /** Milliseconds that only go forward while the host runs: `performance.now`. */
  monotonicMs(): number
  /** Epoch ms, for a person to read in a file. Nothing is decided by it. */
  wallMs(): number
  /** Calls `run` each `ms` of wall time until the answer is called. */
  every(ms: number, run: () => void): () => void
}

export interface SpoolOptions<Core> {
  readonly place: Place
  readonly productCode: string
  /** The ECS task's ARN, or `pod/<uid>`. */
  readonly identity: string
  readonly clock: SpoolClock
  /**
   * Opens what writes to the ledger. Called again after each fault, for what a core knows of a transaction that failed is
   * wrong: hold no core between two calls of `write`.
   */
  build(sql: Sql, about: About): Core
}

export interface About {
  /** The folder's own id: what a successor remembers to have adopted. */
  readonly folder: string
  /** Made just now, with an empty file: whatever this identity did before is not known here (money §11). */
  readonly fresh: boolean
}

export interface SpoolStatus {
  readonly folder: string
  /** `degraded`: the last write failed, the file is open. `memory`: no file can be trusted, none is open. */
  readonly state: 'ok' | 'degraded' | 'memory'
  readonly why: string | null
}

export interface Spool<Core> {
  readonly folder: string
  status(): SpoolStatus
  /**
   * Lets `work` write. Throws `SpoolError` when the disk does not take it. What a failed `work` did is undone, or, where the
   * disk failed at the very end, done: it is tried again under the same ids or number.
   */
  write<T>(work: (core: Core, sql: Sql) => T): T
  /** The same for what only reads: that it succeeds says nothing of the disk. */
  read<T>(work: (core: Core, sql: Sql) => T): T
  /** Whether a call to AWS may be made now: alive on disk within a minute, and the folder still its own. Ask before each. */
  mayCall(): Result<null, string>
  /** What the timer does: a sign of life, and a broken disk tried again. Never throws. */
  tend(): void
  /** Says that its owner ended in order, so that a successor need not wait, and lets go of the file. */
  close(): void
}

/** Why a spool cannot be opened at the start. `locked`: another process has it; a task that just died lets go in a moment. */
export interface SpoolRefused {
  readonly kind: Fault
  readonly why: string
}

interface Held<Core> extends Opened {
  readonly core: Core
  readonly about: About
  readonly heart: Heartbeat
}

export function openSpool<Core>(options: SpoolOptions<Core>): Result<Spool<Core>, SpoolRefused> {
  const { place, identity, clock } = options
  const folder = join(shelvesOf(place.root, options.productCode).tasks, hashOf(identity))
  let held: Held<Core> | null = null
  let fault: Fault | null = null
  /** After a failed fsync: the file is copied before it is written again. */
  let isDistrusted = false
  let triedAt = Number.NEGATIVE_INFINITY
  let isOver = false

  const refuse = (found: Fault, cause?: unknown): SpoolError =>
    new SpoolError(sentenceOf(found, folder), { cause })

  function reopen(): void {
    triedAt = clock.monotonicMs()
    if (readVolume(place.root) !== place.volume)
      throw Object.assign(new Error(`${place.root} is another volume now`), {
        code: 'ENODEV',
        syscall: 'open',
      })
    putCopyAside()
    const fresh = !existsSync(folder)
    if (fresh) makeTaskFolder(folder, { identity, volume: place.volume, at: clock.wallMs() })
    let opened = openOwn()
    try {
      if (isDistrusted) opened = copyIntoNew(opened, place.journal)
      isDistrusted = false
      discardOthers(opened)
      unmarkClosed(folder)
      const heart = openHeartbeat(folder, () => clock.monotonicMs())
      heart.beat()
      if (!isStill(opened)) throw lost(folder)
      const about = { folder: opened.owner.id, fresh }
      held = { ...opened, about, heart, core: options.build(opened.sql, about) }
    } catch (error) {
      closeQuietly(opened)
      throw error
    }
  }

  /** What was copied to its own place is never read, only kept for a person: its records may be another's too. */
  function putCopyAside(): void {
    const owner = readOwner(folder)
    const inode = inodeOf(folder)
    if (inode === null || (owner !== null && signOfCopy(folder, owner, place.volume) === null)) return
    moveFolder(folder, `${folder}.copy-${inode}`)
  }

  function openOwn(): Opened {
    const owner = readOwner(folder)
    if (owner === null) throw lost(folder)
    const settled = owner.identity === identity ? owner : { ...owner, identity, heir: null }
    const opened = openLedgerFile(folder, settled, place.journal)
    if (settled !== owner) writeOwner(folder, settled)
    return opened
  }

  function tryAgain(): void {
    if (isOver || held !== null || clock.monotonicMs() - triedAt < RETRY_MS) return
    try {
      reopen()
    } catch (error) {
      note(faultIn(error))
    }
  }

  /** Gives up a file that cannot be used any more, and opens what can. A full disk leaves the file as it was. */
  function recover(found: Fault): void {
    note(found)
    const file = held
    held = null
    if (file !== null && found === 'full') {
      try {
        // What the core knows may be of the transaction that was undone.
        held = { ...file, core: options.build(file.sql, { ...file.about, fresh: false }) }
        return
      } catch (error) {
        note(faultIn(error))
      }
    }
    if (file !== null) closeQuietly(file)
    tryAgain()
  }

  function note(found: Fault): void {
    fault = found
    if (found === 'sync') isDistrusted = true
  }

  function use<T>(work: (core: Core, sql: Sql) => T): T {
    if (isOver) throw new Error('The spool is closed')
    tryAgain()
    if (held === null) throw refuse(fault ?? 'io')
    try {
      if (!isStill(held)) throw lost(folder)
      return work(held.core, held.sql)
    } catch (error) {
      const found = faultOf(error)
      if (found === null) throw error
      recover(found)
      throw refuse(found, error)
    }
  }

  function lease(): Result<null, string> {
    try {
      if (held === null) return err(sentenceOf(fault ?? 'io', folder))
      return isStill(held) ? held.heart.lease() : err(sentenceOf('lost', folder))
    } catch (error) {
      return err(sentenceOf(faultIn(error), folder))
    }
  }

  function tend(): void {
    try {
      tryAgain()
      if (held?.heart.isDue() !== true) return
      if (isStill(held)) held.heart.beat()
      else recover('lost')
    } catch {
      // The lease tells: without a sign of life no call is made. What is wrong with a core, the next write says.
    }
  }

  try {
    reopen()
  } catch (error) {
    const found = faultIn(error)
    return err({ kind: found, why: sentenceOf(found, folder, 'start') })
  }
  const stop = clock.every(RETRY_MS, tend)

  return ok({
    folder,
    mayCall: lease,
    tend,
    read: use,

    write(work) {
      const done = use(work)
      fault = null
      return done
    },

    status() {
      if (fault !== null)
        return { folder, state: held === null ? 'memory' : 'degraded', why: sentenceOf(fault, folder) }
      const alive = lease()
      return alive.ok ? { folder, state: 'ok', why: null } : { folder, state: 'degraded', why: alive.error }
    },

    close() {
      if (isOver) return
      isOver = true
      stop()
      try {
        if (held !== null && isStill(held)) markClosed(folder)
      } catch {
        // A successor waits three minutes instead.
      }
      if (held !== null) closeQuietly(held)
      held = null
    },
  })
}

/** The fault of an error that has to be one: another is a fault of our own, and is thrown on. */
function faultIn(error: unknown): Fault {
  const found = faultOf(error)
  if (found === null) throw error
  return found
}

/** As the file system would say it, had the folder gone a moment later. */
const lost = (folder: string): Error =>
  Object.assign(new Error(`${folder} is not this task's any more`), { errcode: 1032 })
