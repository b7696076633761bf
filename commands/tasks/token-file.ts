/** The file a pod finds its service account's token in. As the kubelet does it, the token is replaced while the pod runs. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Well before it expires, which is after a day. */
const REPLACED_EVERY_MS = 3_600_000

export interface TokenFile {
  readonly path: string
  remove(): void
}

/** `ask` answers a fresh token; the first has to come, a later one that does not leaves the last. */
export async function openTokenFile(
  folder: string,
  id: string,
  ask: () => Promise<string>,
): Promise<TokenFile> {
  const path = join(folder, 'tokens', id)
  mkdirSync(join(folder, 'tokens'), { recursive: true })
  const write = async (): Promise<void> => {
    writeFileSync(`${path}.new`, await ask(), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  await write()
  const timer = setInterval(() => void write().catch(() => undefined), REPLACED_EVERY_MS)
  return {
    path,
    remove() {
      clearInterval(timer)
      rmSync(path, { force: true })
    },
  }
}
