/** What the objects of the money path take from their environment, read once a process. */
import { err, ok, type Result } from '../../shared/result.ts'
import { openAws } from '../aws/access.ts'
import { type AwsAccess, describeBadSettings, readSettings } from '../env.ts'

interface Secrets {
  readonly aws: AwsAccess
  readonly keySecret: string
}

let read: Result<Secrets, string> | undefined

/** The credentials a Submitter signs with, or the sentence that names what is missing. */
export function accessOf(env: Env): Result<AwsAccess, string> {
  const secrets = secretsOf(env)
  return secrets.ok ? ok(secrets.value.aws) : secrets
}

/** What a Ledger's keys are hashed under: made of the session secret, and never used for a session. Null: none is set. */
export function keySecretOf(env: Env): string | null {
  const secrets = secretsOf(env)
  return secrets.ok ? secrets.value.keySecret : null
}

function secretsOf(env: Env): Result<Secrets, string> {
  if (read === undefined) {
    const settings = readSettings(env)
    read = settings.ok
      ? ok({
          aws: openAws(settings.value.aws),
          keySecret: `keys of usage: ${settings.value.sessionSecret.join()}`,
        })
      : err(describeBadSettings(settings.error))
  }
  return read
}
