/**
 * What tasks that died left on the volume (money §11, G.2 faults 33 and 37): found, claimed by a rename, given to the claimant's
 * ledger exactly once, and put away unchanged. What a copy holds is in doubt as a whole. No clock of its own.
 */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Sql } from '../../shared/sql.ts'
import { SpoolError } from '../metering/meter.ts'
import { codeOf, inodeOf, makeFolder, moveFolder, replaceFile } from './durable.ts'
import { faultOf } from './faults.ts'
import { closeQuietly, isStill, type Opened, openLedgerFile } from './folder.ts'
import { DEAD_MS, isClosed, readAlive } from './heartbeat.ts'
import { filesOf, hashOf, type Owner, readOwner, shelvesOf, signOfCopy } from './owner.ts'
import type { Place } from './place.ts'

/** How many siblings a task watches: the next ones by name, in a ring, so that 1 000 tasks do not read each other's all. */
export const WATCHED_MAX = 64

/** A ledger that nobody writes any more, open for the claimant alone. */
export interface DeadTask {
  /** The id of its folder, of the original where it is a copy. */
  readonly folder: string
  /** Who AWS metered for it. */
  readonly identity: string
  readonly sql: Sql
  /**
   * What a copy is told by; null: this is the folder that its owner made. All a copy holds is in doubt: the task that it was
   * copied from, or that one's successor, reports it (G.2 fault 33).
   */
  readonly copy: string | null
}

export interface ClaimOptions {
  readonly place: Place
  readonly productCode: string
  /** The claimant's own folder: `Spool.folder`. */
  readonly folder: string
  readonly monotonicMs: () => number
  /** For how long a folder has to stand still whose owner ended in order: 0, or `CLOSED_MS` where its own task may be started again. */
  readonly closedMs: number
  /** Whether the claimant's folder is its own and alive: `Spool.mayCall`. */
  mayClaim(): boolean
  /**
   * Takes what may be taken into the claimant's ledger and remembers whose it was, in one transaction of that ledger; the same
   * again changes nothing. Throws `SpoolError` when its own disk does not take it: it is asked again.
   */
  adopt(dead: DeadTask): void
  /** Whether a ledger, which may be a dead one, remembers to have adopted this one. */
  hasAdopted(sql: Sql, dead: DeadTask): boolean
}

export interface Claims {
  /** Looks at the siblings once, claims those that are dead, and goes on with what a crash left. A sentence for each. */
  look(): readonly string[]
}

export function openClaims(options: ClaimOptions): Claims {
  const { place, folder: own } = options
  const shelves = shelvesOf(place.root, options.productCode)
  const claimed = filesOf(own).claimed
  const watch = openWatch(options.monotonicMs, options.closedMs)

  function look(): readonly string[] {
    const said: string[] = []
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
    if (owner === null || !watch.isDead(folder, owner.id)) return null
    const seen = readAlive(folder)
    const copy = signOfCopy(folder, owner, place.volume)
    const opened = openLedgerFile(folder, owner, place.journal)
    const target = join(claimed, `${basename(folder).split('.')[0]}.${inodeOf(folder) ?? ''}`)
    try {
      // With its lock in hand: the owner may have come back, or another claimant been faster, just before.
      const isSame = readOwner(folder)?.ledger === owner.ledger && readAlive(folder) === seen
      if (!isSame || !(isStill(opened) || copy !== null) || !watch.isDead(folder, owner.id)) return null
      moveFolder(folder, target)
    } finally {
      closeQuietly(opened)
    }
    return settle(target)
  }

  /** One folder in our own `claimed`: adopted once, whatever step a crash came between, and put away. */
  function settle(folder: string): string | null {
    const owner = readOwner(folder)
    if (owner === null) return null
    const copy = signOfCopy(folder, owner, place.volume)
    if (!existsSync(filesOf(folder).adopted)) {
      const opened = openLedgerFile(folder, owner, place.journal)
      try {
        inherit(opened)
        options.adopt(deadOf(opened, copy))
        replaceFile(filesOf(folder).adopted, '')
      } finally {
        closeQuietly(opened)
      }
    }
    putAway(folder)
    return copy === null
      ? `Took over what the task ${owner.identity} left.`
      : `A folder is a copy of that of ${owner.identity}: ${copy}. What it holds is shown in doubt and not reported.`
  }

  /** What the dead task had claimed itself: put away where its ledger holds it, else ours to adopt next. */
  function inherit({ folder, sql }: Opened): void {
    for (const name of namesIn(filesOf(folder).claimed)) {
      const nested = join(filesOf(folder).claimed, name)
      const owner = readOwner(nested)
      if (owner === null) continue
      if (!existsSync(filesOf(nested).adopted) && !remembers(sql, nested, owner)) {
        moveFolder(nested, join(claimed, name))
        continue
      }
      replaceFile(filesOf(nested).adopted, '')
      putAway(nested)
    }
  }

  function remembers(sql: Sql, folder: string, owner: Owner): boolean {
    const opened = openLedgerFile(folder, owner, place.journal)
    try {
      return options.hasAdopted(sql, deadOf(opened, signOfCopy(folder, owner, place.volume)))
    } finally {
      closeQuietly(opened)
    }
  }

  const deadOf = ({ owner, sql }: Opened, copy: string | null): DeadTask => ({
    folder: owner.id,
    identity: owner.identity,
    sql,
    copy,
  })

  /** A ledger is never deleted; whoever needs the room may delete what is `done`. */
  function putAway(folder: string): void {
    makeFolder(shelves.done)
    moveFolder(folder, join(shelves.done, basename(folder)))
  }

  return {
    look() {
      if (!options.mayClaim()) return []
      const said = look()
      // A nested folder that came up while its holder was settled waits for no further look.
      return namesIn(claimed).length === 0 ? said : [...said, ...look()]
    },
  }
}

/**
 * Remembers since when each folder's sign of life stands still, by the watcher's own clock: no two hosts' clocks are compared.
 * `closedMs`: how long that is for one whose owner ended in order.
 */
export function openWatch(
  monotonicMs: () => number,
  closedMs: number,
): { isDead(folder: string, id: string): boolean } {
  const seen = new Map<string, { readonly alive: string; readonly since: number }>()
  return {
    isDead(folder, id) {
      const waitMs = isClosed(folder) ? closedMs : DEAD_MS
      const alive = readAlive(folder)
      const key = `${folder} ${id}`
      const last = seen.get(key)
      if (last?.alive === alive) return monotonicMs() - last.since >= waitMs
      seen.set(key, { alive, since: monotonicMs() })
      return waitMs === 0
    },
  }
}

/** Whether a folder of this task was claimed before: put away by now, or still with who claimed it. Throws what the disk says. */
export function wasTakenOver(place: Place, productCode: string, identity: string): boolean {
  const { tasks, done } = shelvesOf(place.root, productCode)
  const claims = namesIn(tasks).map((name) => filesOf(join(tasks, name)).claimed)
  return [done, ...claims].some((shelf) =>
    namesIn(shelf).some((name) => name.startsWith(`${hashOf(identity)}.`)),
  )
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
