/** Whose a task's folder is: its names, and `owner.json`, which also names the ledger's file of today. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { sha256Sync } from '../../shared/sha256-sync.ts'
import { inodeOf, replaceFile } from './durable.ts'

export interface Owner {
  /** Of this folder alone, made at random: what is adopted is remembered by it. */
  readonly id: string
  /** The ECS task's ARN, or `pod/<uid>`. */
  readonly identity: string
  /** The identity that is about to go on with this folder (`metering: 'agent'`); null: none. */
  readonly heir: string | null
  /** The ledger's file in the folder, and its number on the volume: a copy of it has another. */
  readonly ledger: string
  readonly inode: string
  readonly volume: string
  /** Epoch ms of wall time. For a person to read. */
  readonly madeAt: number
}

/** The files of a task's folder. */
export const filesOf = (folder: string) => ({
  owner: join(folder, 'owner.json'),
  alive: join(folder, 'alive'),
  /** There after its owner ended in order. */
  closed: join(folder, 'closed'),
  /** There after who claimed the folder has written what it took from it. */
  adopted: join(folder, 'adopted'),
  /** Folders of tasks that died, by `<task hash>.<folder id>`. */
  claimed: join(folder, 'claimed'),
})

/** The folders of one product: of tasks, and of those whose all was taken over. */
export function shelvesOf(root: string, productCode: string): { tasks: string; done: string } {
  if (!/^[\w-]{1,64}$/.test(productCode)) throw new Error(`${productCode} cannot name a folder`)
  const product = join(root, productCode)
  return { tasks: join(product, 'tasks'), done: join(product, 'done') }
}

/** The name of a task's folder. */
export const hashOf = (identity: string): string => sha256Sync(identity).slice(0, 32)

/** Null: the folder is gone, or says nothing that could be understood. Throws what the disk says. */
export function readOwner(folder: string): Owner | null {
  const path = filesOf(folder).owner
  if (!existsSync(path)) return null
  const text = readFileSync(path, 'utf8')
  try {
    const read: unknown = JSON.parse(text)
    return isOwner(read) ? read : null
  } catch {
    return null
  }
}

/** Names who has the folder and which file is its ledger, in one step: a crash leaves the old or the new answer. */
export const writeOwner = (folder: string, owner: Owner): void =>
  replaceFile(filesOf(folder).owner, `${JSON.stringify(owner, null, 2)}\n`)

/**
 * Why a folder is a copy of another (G.2 fault 33), in words; null: it is the one that its owner made. A copy of the whole
 * volume, block by block, keeps every sign: nothing here can tell it.
 */
export function signOfCopy(folder: string, owner: Owner, volume: string): string | null {
  if (owner.volume !== volume) return 'it was made on another volume'
  const name = basename(folder).split('.')[0]
  if (name !== hashOf(owner.identity) && (owner.heir === null || name !== hashOf(owner.heir)))
    return 'its name is not its owner’s'
  if (inodeOf(join(folder, owner.ledger)) !== owner.inode)
    return 'its ledger is not the file that its owner made'
  return null
}

const TEXTS = ['id', 'identity', 'ledger', 'inode', 'volume'] as const

function isOwner(read: unknown): read is Owner {
  if (typeof read !== 'object' || read === null) return false
  const found: Partial<Record<string, unknown>> = { ...read }
  return (
    TEXTS.every((name) => typeof found[name] === 'string') &&
    basename(String(found['ledger'])) === found['ledger']
  )
}
