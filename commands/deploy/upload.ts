/** Code, settings and secrets to Cloudflare as one version, and which version that became. */
import { err, ok, type Result } from '../../shared/result.ts'
import { describeApiFailure } from './cloudflare.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { withSecretsFile } from './secrets-file.ts'
import { readRunning, RIGHTS, type Running } from './standing.ts'
import type { Work } from './work.ts'

export interface Uploaded {
  readonly version: string
  /** What wrangler could not do after the version took requests; null: nothing. */
  readonly trouble: string | null
}

/** The operator key that the upload carries is in force for all that is known (`keyMayHold`), or is not. */
export interface NotUploaded {
  readonly failed: Failure
  readonly keyMayHold: boolean
}

/** `deployKeyHash` is in no other version: by it this one is known. */
export async function upload(
  { cloudflare, wrangler, folder, onUpload }: Work,
  worker: string,
  running: Running | null,
  {
    secrets,
    deployKeyHash,
    operatorKey,
  }: { secrets: Readonly<Record<string, string>>; deployKeyHash: string; operatorKey: string | undefined },
): Promise<Result<Uploaded, NotUploaded>> {
  const not = (sentence: string, keyMayHold = false): Result<never, NotUploaded> =>
    err({ failed: failure(EXIT.stopped, sentence), keyMayHold })
  const still = await readRunning(cloudflare, worker)
  if (!still.ok)
    return err({
      failed: describeApiFailure('read the Worker', RIGHTS.scripts, still.error),
      keyMayHold: false,
    })
  if (still.value?.version !== running?.version)
    return not(
      `Meanwhile somebody else deployed version ${still.value?.version ?? 'none'}, and it was left in its place: deploy from one place at a time, and give the same command again.`,
    )
  const said = await withSecretsFile(secrets, (file) => {
    onUpload(operatorKey)
    return wrangler.deploy(folder, file)
  })
  if (said.ok) return ok({ version: said.value, trouble: null })
  const now = await readRunning(cloudflare, worker)
  if (!now.ok)
    return not(
      `The upload failed (${said.error}), and Cloudflare does not say which version runs now: see \`npm run doctor\`, then give the same command again.`,
      true,
    )
  if (now.value !== null && now.value.vars['DEPLOY_KEY_HASH'] === deployKeyHash)
    return ok({ version: now.value.version, trouble: said.error })
  const runs =
    now.value?.version === running?.version ? 'what ran before runs on' : 'what runs is somebody else’s'
  return not(
    `The upload failed, and ${runs}: ${said.error}. Correct what it names and give the same command again.`,
  )
}
