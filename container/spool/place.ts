/** Where the spool is (money §11): the first of the folders handed in that can be written, and which volume it is on. */
import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Journal } from '../sql.ts'
import { codeOf, discard, makeFolder, replaceFile, syncFolder } from './durable.ts'
import { faultOf } from './faults.ts'
import { journalFor } from './file-system.ts'

/** A folder for spools, made and tried. */
export interface Place {
  readonly root: string
  /** Says which volume this is: a folder that names another one was copied here. */
  readonly volume: string
  readonly journal: Journal
}

/** `why`: each folder that was tried, and what the system said. One line. */
export interface NoPlace {
  readonly kind: 'no-place'
  readonly why: string
}

const VOLUME_FILE = 'volume.id'

/**
 * The first folder in which a file can be made and synchronized. A folder that a person set stands alone in the list: usage
 * that silently went elsewhere would be lost with the task.
 */
export function choosePlace(candidates: readonly string[]): Result<Place, NoPlace> {
  const refused: string[] = []
  for (const root of candidates) {
    try {
      makeFolder(root)
      tryWriting(root)
      return ok({ root, volume: volumeOf(root), journal: journalFor(statfsSync(root).type) })
    } catch (error) {
      refused.push(`${root}: ${codeOf(error) || String(error)}`)
    }
  }
  return err({
    kind: 'no-place',
    why: `No folder for the spool can be written (${refused.join('; ')}). Platform team: mount a writable volume and name it in TOLLGATE_SPOOL.`,
  })
}

/** The id in the folder, made by the first who looks; null: it is not there any more, or cannot be read. */
export function readVolume(root: string): string | null {
  try {
    return readFileSync(join(root, VOLUME_FILE), 'utf8').trim() || null
  } catch {
    return null
  }
}

/** A full disk is no reason to go elsewhere where there are spools already: theirs may hold usage that was not sent. */
function tryWriting(root: string): void {
  const probe = join(root, `.probe-${randomUUID()}`)
  try {
    writeFileSync(probe, 'tollgate', { flush: true })
  } catch (error) {
    if (faultOf(error) !== 'full' || readVolume(root) === null) throw error
  } finally {
    discard(probe)
  }
}

/** Tasks that start at once agree: a link is made by one, and all read what stands. */
function volumeOf(root: string): string {
  const path = join(root, VOLUME_FILE)
  if (readVolume(root) === null) {
    const draft = `${path}-${randomUUID()}`
    try {
      writeFileSync(draft, randomUUID(), { flush: true })
      linkOnce(draft, path)
      syncFolder(root)
    } finally {
      discard(draft)
    }
  }
  const volume = readVolume(root)
  if (volume === null) throw new Error(`${path} cannot be read`)
  return volume
}

function linkOnce(draft: string, path: string): void {
  try {
    linkSync(draft, path)
  } catch (error) {
    // A file system without links: the last of those who start at once writes it, and the others fail to find their own.
    if (codeOf(error) !== 'EEXIST' && !existsSync(path)) replaceFile(path, randomUUID())
  }
}
