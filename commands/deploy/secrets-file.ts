/** The file that wrangler reads secrets from: only its owner may, and it is gone however the deployment ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Lends a file with the secrets while `use` runs. An ending of this process removes it too; a kill -9 alone leaves it, in
 * the system's temporary folder.
 */
export async function withSecretsFile<T>(
  secrets: Readonly<Record<string, string>>,
  use: (file: string) => Promise<T>,
): Promise<T> {
  // mkdtemp makes it for its owner only.
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-deploy-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    const file = join(folder, 'secrets.json')
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
    return await use(file)
  } finally {
    remove()
    process.off('exit', remove)
  }
}
