/** The folders on a disk as anybody sees them: whose each is. It reads and copies, and changes nothing. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PRODUCT } from './aws.ts'

/** Every task's folder on a disk, by name. */
export function foldersOf(root: string): string[] {
  const tasks = join(root, PRODUCT.code, 'tasks')
  if (!existsSync(tasks)) return []
  return readdirSync(tasks)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .map((name) => join(tasks, name))
}

export interface OwnerRead {
  readonly id: string
  readonly identity: string
  readonly ledger: string
}

/** Null: it has no `owner.json`. */
export function readOwnerOf(folder: string): OwnerRead | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'))
  } catch {
    return null
  }
}

/** The id of a folder; null: it has none. */
export const idIn = (folder: string): string | null => readOwnerOf(folder)?.id ?? null

/** How the copies that a seed makes are named. */
export const COPIED = 'c0de'

/** The folder that is the task's own; null: it has none on this disk. */
export function fileOfTask(root: string, task: string): string | null {
  for (const folder of foldersOf(root)) {
    const owner = readOwnerOf(folder)
    if (owner?.identity === task && !folder.endsWith(COPIED) && !folder.includes('.copy-')) return owner.id
  }
  return null
}
