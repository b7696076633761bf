/** What the objects of the money path take from their environment, read once a process. */
import type { Clock } from '../../shared/clock.ts'
import type { Channel } from '../../shared/deliveries.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { openAws } from '../identity/access.ts'
import { channelsSetUp } from '../deliveries/channels.ts'
import { type AwsAccess, type AwsSettings, describeBadSettings, readSettings } from '../env.ts'

interface Secrets {
  readonly settings: AwsSettings
  readonly keySecret: string
  readonly channels: readonly Channel[]
}

let aws: AwsAccess | undefined
let read: Result<Secrets, string> | undefined

/** What a Submitter calls AWS with, one a process; or the sentence that names what is missing. */
export function accessOf(env: Env, wall: Clock): Result<AwsAccess, string> {
  const secrets = secretsOf(env)
  if (!secrets.ok) return secrets
  const { settings } = secrets.value
  aws ??= openAws(settings, env.IDENTITY, wall)
  return ok(aws)
}

/** Who the Worker is to AWS, for the object that exchanges its tokens. */
export function awsSettingsOf(env: Env): Result<AwsSettings, string> {
  const secrets = secretsOf(env)
  return secrets.ok ? ok(secrets.value.settings) : secrets
}

/** What a Ledger's keys are hashed under: made of the session secret, and never used for a session. Null: none is set. */
export function keySecretOf(env: Env): string | null {
  const secrets = secretsOf(env)
  return secrets.ok ? secrets.value.keySecret : null
}

/** Where people are told of what the objects raise; none while the settings are unusable. */
export function channelsOf(env: Env): readonly Channel[] {
  const secrets = secretsOf(env)
  return secrets.ok ? secrets.value.channels : []
}

function secretsOf(env: Env): Result<Secrets, string> {
  if (read === undefined) {
    const settings = readSettings(env)
    read = settings.ok
      ? ok({
          settings: settings.value.aws,
          channels: channelsSetUp(settings.value),
          keySecret: `keys of usage: ${settings.value.sessionSecret.join()}`,
        })
      : err(describeBadSettings(settings.error))
  }
  return read
}
