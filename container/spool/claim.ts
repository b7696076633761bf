/**
 * What tasks that died left on the volume (money §11, G.2 faults 33 and 37): found, claimed by a rename, given to the claimant's
 * ledger exactly once, and put away unchanged. Copies are shown and never touched. No clock of its own.
 */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Sql } from '../../shared/sql.ts'
import { SpoolError } from '../metering/meter.ts'
import { codeOf, inodeOf, makeFolder, moveFolder, replaceFile } from './durable.ts'
import { faultOf } from './faults.ts'
import { closeQuietly, isStill, type Opened, openLedgerFile } from './folder.ts'
import { DEAD_MS, isClosed, readAlive } from './heartbeat.ts'
import { filesOf, type Owner, readOwner, shelvesOf, signOfCopy } from './owner.ts'
import type { Place } from './place.ts'

/** How many siblings a task watches: the next ones by name, in a ring, so that 1 000 tasks do not read each other's all. */
export const WATCHED_MAX = 64

/** A ledger that nobody writes any more, open for the claimant alone. */
export interface DeadTask {
  /** The id of its folder: what `adopted` rows are told by. */
  readonly folder: string
  /** Who AWS metered for it. */
  readonly identity: string
  readonly sql: Sql
}

export interface ClaimOptions {
  readonly place: Place
  readonly productCode: string
  /** The claimant's own folder: `Spool.folder`. */
  readonly folder: string
  readonly monotonicMs: () => number
  /** Whether the claimant's folder is its own and alive: `Spool.mayCall`. */
  mayClaim(): boolean
  /**
   * Takes what may be taken into the claimant's ledger and remembers `folder`, in one transaction of that ledger; the same
   * folder again changes nothing. Throws `SpoolError` when its own disk does not take it: it is asked again.
   */
  adopt(dead: DeadTask): void
  /** Whether a ledger, which may be a dead one, remembers to have adopted the folder. */
  hasAdopted(sql: Sql, folder: string): boolean
}

/** A folder that is held as it is: what it says may have been reported by the task it was copied from. */
export interface Copied {
  readonly folder: string
  readonly task: string | null
  /** What it is told by, whose move it is, what to do. */
  readonly why: string
}

export interface Claims {
  /** Looks at the siblings once, claims those that are dead, and goes on with what a crash left. A sentence for each. */
  look(): readonly string[]
  /** As of the last look. */
  copies(): readonly Copied[]
}

export function openClaims(options: ClaimOptions): Claims {
  const { place, folder: own } = options
  const shelves = shelvesOf(place.root, options.productCode)
  const claimed = filesOf(own).claimed
  const watch = openWatch(options.monotonicMs)
  let copies: Copied[] = []

  function look(): readonly string[] {
    const said: string[] = []
    copies = []
    const attempt = (name: string, work: () => string | null): void => {
      try {
        const sentence = work()
        if (sentence !== null) said.push(sentence)
      } catch (error) {
        const fault = error instanceof SpoolError ? 'io' : faultOf(error)
        if (fault === null) throw error
        // Alive after all, or another claimant was faster.
        if (fault === 'locked' || codeOf(error) === 'ENOENT') return
        said.push(
          `What ${name} left on the volume cannot be taken over yet: ${String(error)}. It is tried again.`,
        )
      }
    }
    // What was claimed before a crash comes first: it is older.
    for (const name of namesIn(claimed)) attempt(name, () => settle(join(claimed, name)))
    for (const name of ringAfter(basename(own), namesIn(shelves.tasks)))
      attempt(name, () => claim(join(shelves.tasks, name)))
    return said
  }

  function claim(folder: string): string | null {
    const owner = readOwner(folder)
    if (owner === null || isCopy(folder, owner) || !watch.isDead(folder, owner.id)) return null
    const seen = readAlive(folder)
    const opened = openLedgerFile(folder, owner, place.journal)
    const target = join(claimed, `${basename(folder).split('.')[0]}.${owner.id}`)
    try {
      // With its lock in hand: the owner may have come back, or another claimant been faster, just before.
      const isSame =
        isStill(opened) && readOwner(folder)?.ledger === owner.ledger && readAlive(folder) === seen
      if (!isSame || !(isClosed(folder) || watch.isDead(folder, owner.id))) return null
      makeFolder(claimed)
      moveFolder(folder, target)
    } finally {
      closeQuietly(opened)
    }
    return settle(target)
  }

  /** One folder in our own `claimed`: adopted once, whatever step a crash came between, and put away. */
  function settle(folder: string): string | null {
    const owner = readOwner(folder)
    if (owner === null || isCopy(folder, owner)) return null
    const isAdopted = existsSync(filesOf(folder).adopted)
    if (!isAdopted) {
      const opened = openLedgerFile(folder, owner, place.journal)
      try {
        inherit(opened)
        options.adopt({ folder: owner.id, identity: owner.identity, sql: opened.sql })
        replaceFile(filesOf(folder).adopted, '')
      } finally {
        closeQuietly(opened)
      }
    }
    putAway(folder)
    return `Took over what the task ${owner.identity} left.`
  }

  /** What the dead task had claimed itself: put away where its ledger holds it, else ours to adopt next. */
  function inherit({ folder, sql }: Opened): void {
    for (const name of namesIn(filesOf(folder).claimed)) {
      const nested = join(filesOf(folder).claimed, name)
      const owner = readOwner(nested)
      if (owner === null) continue
      if (!options.hasAdopted(sql, owner.id)) {
        moveFolder(nested, join(claimed, name))
        continue
      }
      replaceFile(filesOf(nested).adopted, '')
      putAway(nested)
    }
  }

  /** A ledger is never deleted; whoever needs the room may delete what is `done`. */
  function putAway(folder: string): void {
    makeFolder(shelves.done)
    moveFolder(folder, join(shelves.done, basename(folder)))
  }

  function isCopy(folder: string, owner: Owner): boolean {
    const sign = signOfCopy(folder, owner, place.volume)
    if (sign === null) return false
    copies.push({
      folder,
      task: owner.identity,
      why: `${folder} is a copy of the folder of ${owner.identity}: ${sign}. What it holds is not reported, for the original's task or its successor reports it. Seller: compare it with AWS's usage records, then delete it.`,
    })
    return true
  }

  return {
    look() {
      if (!options.mayClaim()) return []
      const said = look()
      // A nested folder that came up while its holder was settled waits for no further look.
      return namesIn(claimed).length === 0 ? said : [...said, ...look()]
    },
    copies: () => copies,
  }
}

/** Remembers since when each folder's sign of life stands still, by the watcher's own clock: no two hosts' clocks are compared. */
export function openWatch(monotonicMs: () => number): { isDead(folder: string, id: string): boolean } {
  const seen = new Map<string, { readonly alive: string; readonly since: number }>()
  return {
    isDead(folder, id) {
      if (isClosed(folder)) return true
      const alive = readAlive(folder)
      const last = seen.get(id)
      if (last?.alive === alive) return monotonicMs() - last.since >= DEAD_MS
      seen.set(id, { alive, since: monotonicMs() })
      return false
    },
  }
}

/** Folders of tasks, without drafts; empty where there is no such folder. */
export const namesIn = (folder: string): string[] =>
  inodeOf(folder) === null ? [] : readdirSync(folder).filter((name) => !name.startsWith('.'))

/** The names that follow one's own, round the end to the beginning. */
function ringAfter(own: string, names: readonly string[]): string[] {
  const sorted = names.filter((name) => name !== own).toSorted()
  const after = sorted.findIndex((name) => name > own)
  const from = after === -1 ? 0 : after
  return [...sorted.slice(from), ...sorted.slice(0, from)].slice(0, WATCHED_MAX)
}
