/** What the objects of the money path take from their environment: a process has one, and reads it once. */
import type { Clock } from '../../shared/clock.ts'
import type { Channel } from '../../shared/deliveries.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { openAws } from '../identity/access.ts'
import { channelsSetUp } from '../deliveries/channels.ts'
import type { Metering } from '../../shared/stack.ts'
import { type AwsAccess, type AwsSettings, describeBadSettings, readSettings } from '../env.ts'

interface Secrets {
  readonly metering: Metering
  readonly settings: AwsSettings
  readonly keySecret: string
  readonly channels: readonly Channel[]
}

interface Read {
  readonly env: Env
  readonly secrets: Result<Secrets, string>
  aws?: AwsAccess
}

let last: Read | undefined

/** What a Submitter calls AWS with, one a process; `dry`: nothing; or the sentence that names what is missing. */
export function accessOf(env: Env, wall: Clock): Result<AwsAccess | 'dry', string> {
  const known = read(env)
  if (!known.secrets.ok) return known.secrets
  if (known.secrets.value.metering === 'dry') return ok('dry')
  known.aws ??= openAws(known.secrets.value.settings, env.IDENTITY, wall)
  return ok(known.aws)
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

const secretsOf = (env: Env): Result<Secrets, string> => read(env).secrets

function read(env: Env): Read {
  if (last?.env !== env) last = { env, secrets: readSecrets(env) }
  return last
}

function readSecrets(env: Env): Result<Secrets, string> {
  const settings = readSettings(env)
  if (!settings.ok) return err(describeBadSettings(settings.error))
  return ok({
    metering: settings.value.metering,
    settings: settings.value.aws,
    channels: channelsSetUp(settings.value),
    keySecret: `keys of usage: ${settings.value.sessionSecret.join()}`,
  })
}
