/** Code, settings and secrets to Cloudflare as one version, and which version that became. */
import { err, ok, type Result } from '../../shared/result.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { withSecretsFile } from './secrets-file.ts'
import { readRunning, type Running } from './standing.ts'
import type { Work } from './work.ts'

export interface Uploaded {
  readonly version: string
  /** What wrangler could not do after the version took requests; null: nothing. */
  readonly trouble: string | null
}

/** The error: no new version took requests, or nobody knows whether one did. */
export async function upload(
  { cloudflare, wrangler, folder }: Work,
  worker: string,
  running: Running | null,
  secrets: Readonly<Record<string, string>>,
): Promise<Result<Uploaded, Failure>> {
  const said = await withSecretsFile(secrets, (file) => wrangler.deploy(folder, file))
  if (said.ok) return ok({ version: said.value, trouble: null })
  const now = await readRunning(cloudflare, worker)
  if (!now.ok)
    return err(
      failure(
        EXIT.stopped,
        `The upload failed (${said.error}), and Cloudflare does not say which version runs now: see \`npm run doctor\`, then give the same command again.`,
      ),
    )
  const version = now.value?.version
  if (version !== undefined && version !== running?.version) return ok({ version, trouble: said.error })
  return err(
    failure(
      EXIT.stopped,
      `The upload failed, and what ran before runs on: ${said.error}. Correct what it names and give the same command again.`,
    ),
  )
}
