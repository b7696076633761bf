/**
 * `metering: 'agent'` (money §11): a new agent goes on with the file of the one before it, on the same volume, once that is
 * dead by the rule for every successor. One step counts; a crash before or after it changes nothing else.
 */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { moveFolder } from './durable.ts'
import { faultOf } from './faults.ts'
import { namesIn, openWatch } from './claim.ts'
import { closeQuietly, isStill, openLedgerFile } from './folder.ts'
import { hashOf, readOwner, shelvesOf, signOfCopy, writeOwner } from './owner.ts'
import type { Place } from './place.ts'

/**
 * `ready`: open the spool under the own identity, whether its folder is its own, was inherited just now, or is to be made.
 * `waiting`: the agent before it may be alive; look again in a few seconds.
 */
export type Inheritance =
  | { readonly kind: 'ready'; readonly from: string | null }
  | { readonly kind: 'waiting'; readonly why: string }

export interface Heir {
  look(): Inheritance
}

export interface HeirOptions {
  readonly place: Place
  readonly productCode: string
  readonly identity: string
  /** Only goes forward. */
  readonly monotonicMs: () => number
}

/**
 * One for a start, however often it looks: the silence of the agent before counts from the first look on. `look` throws what
 * the disk says, but for a file that another process has open.
 */
export function openHeir(options: HeirOptions): Heir {
  const { place, identity } = options
  const { tasks } = shelvesOf(place.root, options.productCode)
  const own = join(tasks, hashOf(identity))
  const watch = openWatch(options.monotonicMs, 0)

  return {
    look() {
      if (existsSync(own)) return { kind: 'ready', from: null }
      const newest = agentsIn(tasks, place.volume)[0]
      if (newest === undefined) return { kind: 'ready', from: null }
      const { folder, owner } = newest
      const waiting: Inheritance = {
        kind: 'waiting',
        why: `The agent ${owner.identity} has the usage on this volume and may still be alive: waiting until it has been silent for three minutes. Platform team: run one agent for each cluster.`,
      }
      if (!watch.isDead(folder, owner.id)) return waiting
      try {
        const opened = openLedgerFile(folder, owner, place.journal)
        try {
          if (!isStill(opened) || !watch.isDead(folder, owner.id)) return waiting
          // Whoever the folder is named by stays named in it until it has another name.
          const holder =
            owner.heir !== null && basename(folder) === hashOf(owner.heir) ? owner.heir : owner.identity
          writeOwner(folder, { ...owner, identity: holder, heir: identity })
          moveFolder(folder, own)
        } finally {
          closeQuietly(opened)
        }
      } catch (error) {
        if (faultOf(error) === 'locked') return waiting
        throw error
      }
      return { kind: 'ready', from: owner.identity }
    },
  }
}

/** The folders of agents before this one, the newest first; copies are none. */
function agentsIn(tasks: string, volume: string) {
  return namesIn(tasks)
    .flatMap((name) => {
      const folder = join(tasks, name)
      const owner = readOwner(folder)
      return owner === null || signOfCopy(folder, owner, volume) !== null ? [] : [{ folder, owner }]
    })
    .toSorted((a, b) => b.owner.madeAt - a.owner.madeAt)
}
