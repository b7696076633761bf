/** The init that is PID 1 in the image: tini's release as container/init.json pins it, or files the seller has. Runs nothing. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../../shared/result.ts'

const ASK_WITHIN_MS = 60_000

export interface InitFile {
  /** As in a platform: `amd64`. */
  readonly architecture: string
  readonly bytes: Uint8Array
  /** 64 hex digits. */
  readonly sha256: string
}

export interface Init {
  readonly name: string
  /** null: the seller's own files, whatever their version. */
  readonly version: string | null
  readonly files: readonly InitFile[]
}

/** What container/init.json holds. */
export interface InitPin {
  readonly name: string
  readonly version: string
  /** The folder of the release, with a slash at its end. */
  readonly source: string
  /** By architecture. */
  readonly sha256: Readonly<Record<string, string>>
}

/** The file of one architecture, as the release names it. */
const nameOf = (architecture: string): string => `tini-static-${architecture}`

/**
 * The init of each platform. `folder`: where the seller has the files; they are taken as they are. Without it they are
 * downloaded, and refused unless they are the pinned ones to the byte. The error says what happened and what to do.
 */
export async function findInit(
  pin: InitPin,
  platforms: readonly string[],
  folder: string | undefined,
  ask: typeof fetch = fetch,
): Promise<Result<Init, string>> {
  const files: InitFile[] = []
  for (const platform of platforms) {
    const architecture = platform.split('/')[1] ?? ''
    const found =
      folder === undefined ? await download(pin, architecture, ask) : fromFolder(folder, architecture)
    if (!found.ok) return found
    const sha256 = createHash('sha256').update(found.value).digest('hex')
    if (folder === undefined && sha256 !== pin.sha256[architecture])
      return err(
        `${pin.source}${nameOf(architecture)} has the SHA-256 ${sha256} and container/init.json another: nothing was built; find out why before you trust it`,
      )
    files.push({ architecture, bytes: found.value, sha256 })
  }
  return ok({ name: pin.name, version: folder === undefined ? pin.version : null, files })
}

function fromFolder(folder: string, architecture: string): Result<Uint8Array, string> {
  const path = join(folder, nameOf(architecture))
  try {
    return ok(readFileSync(path))
  } catch {
    return err(`${path} cannot be read: put it there, or leave --init out to take the pinned release`)
  }
}

async function download(
  pin: InitPin,
  architecture: string,
  ask: typeof fetch,
): Promise<Result<Uint8Array, string>> {
  const address = `${pin.source}${nameOf(architecture)}`
  const remedy = 'try again, or give a folder that has it by --init'
  try {
    const answer = await ask(address, { signal: AbortSignal.timeout(ASK_WITHIN_MS) })
    if (!answer.ok) return err(`${address} answers ${answer.status}: ${remedy}`)
    return ok(new Uint8Array(await answer.arrayBuffer()))
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    return err(`${address} cannot be downloaded (${said}): ${remedy}`)
  }
}
