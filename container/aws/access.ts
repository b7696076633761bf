/** What every client of AWS in this container is made with, and how a call of the SDK fails. No retry, no environment read. */
import { Agent } from 'node:https'
import { exceptionName, type CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'

/** Short-lived, of a role. Never in a log. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

export interface AwsAccess {
  readonly region: string
  /** In the place of AWS's own hosts, in development; null: AWS's own, whatever the environment says. */
  readonly endpoint: string | null
  credentials(): Promise<Result<Credentials, CallFailure>>
  /** AWS said that the credentials have ended: the next call has others. */
  forget(): void
  /** Told the `Date` of each answer, epoch ms, as soon as it is there. */
  readonly onServerTime: (serverMs: number) => void
}

/** From the first byte to connect to the last byte read. AWS answers these calls within a second. */
export const CALL_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 3_000

/** There is nothing to sign with. */
class CredentialsError extends Error {
  override readonly name = 'CredentialsError'
}

/** The one configuration of the SDK's clients. `region`: another than the container's own. */
export function clientOptions(access: AwsAccess, region = access.region) {
  return {
    region,
    // The SDK would else take AWS_ENDPOINT_URL from the environment, and a buyer could answer in the place of AWS.
    ignoreConfiguredEndpointUrls: true,
    // Each of these it would else take from a variable or from ~/.aws/config: another host, and a failure where they are wrong.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    defaultsMode: 'legacy' as const,
    retryMode: 'standard',
    authSchemePreference: [],
    userAgentAppId: '',
    disableClockSkewCorrection: false,
    ...(access.endpoint === null ? {} : { endpoint: access.endpoint }),
    // The start's backoff and the ledger repeat calls; here each is made once.
    maxAttempts: 1,
    // Without an end the SDK would keep the first ones for ever; with one that is past it asks before each call.
    credentials: async (): Promise<Credentials & { readonly expiration: Date }> => {
      const credentials = await access.credentials()
      if (credentials.ok) return { ...credentials.value, expiration: new Date(0) }
      throw new CredentialsError(`no credentials: ${wordsOf(credentials.error)}`)
    },
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      // NODE_TLS_REJECT_UNAUTHORIZED=0 would else let anyone be AWS.
      httpsAgent: new Agent({ keepAlive: true, maxSockets: 5, rejectUnauthorized: true }),
    },
  }
}

/** For the SDK's `deserialize` step: tells the `Date` of an answer, an error's included, and hands the answer on. */
export function tellServerTime<T extends { readonly response: unknown }>(access: AwsAccess, answered: T): T {
  const date = headerOf(answered.response, 'date')
  const serverMs = date === undefined ? Number.NaN : Date.parse(date)
  if (!Number.isNaN(serverMs)) access.onServerTime(serverMs)
  return answered
}

function headerOf(response: unknown, name: string): string | undefined {
  const headers: unknown =
    typeof response === 'object' && response !== null ? Reflect.get(response, 'headers') : undefined
  const value: unknown =
    typeof headers === 'object' && headers !== null ? Reflect.get(headers, name) : undefined
  return typeof value === 'string' ? value : undefined
}

/** Makes one call, once; what the SDK throws is an expected failure. */
export async function callOnce<T>(
  access: AwsAccess,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<Result<T, CallFailure>> {
  const abortSignal = AbortSignal.timeout(CALL_TIMEOUT_MS)
  try {
    return ok(await send({ abortSignal }))
  } catch (thrown) {
    const failure = failureOf(thrown, abortSignal.aborted)
    if (failure.kind === 'refused' && failure.name.startsWith('ExpiredToken')) access.forget()
    return err(failure)
  }
}

/** What the SDK threw. A name that no exception of AWS can have is no answer of AWS's. */
export function failureOf(thrown: unknown, late: boolean): CallFailure {
  if (!(thrown instanceof Error))
    return { kind: 'unreachable', cause: 'network', message: 'a value that is no Error was thrown' }
  if (thrown instanceof CredentialsError) return { kind: 'not_sent', message: thrown.message }
  const message = sentence(thrown)
  if (late) return { kind: 'unreachable', cause: 'timeout', message }
  const status = statusOf(thrown)
  if (status === undefined || Reflect.get(thrown, 'code') === 'ECONNRESET')
    return { kind: 'unreachable', cause: 'network', message }
  const name = '$fault' in thrown && thrown.name !== 'Unknown' ? exceptionName(thrown.name) : undefined
  if (name !== undefined) return { kind: 'refused', name, message, status }
  return status === 200 ? { kind: 'unexpected_body', message } : { kind: 'unexpected_status', status }
}

function statusOf(error: Error): number | undefined {
  const metadata: unknown = Reflect.get(error, '$metadata')
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined
  return typeof status === 'number' ? status : undefined
}

/** The first line, without what AWS repeats of a request it refuses: a session token may be in it. */
const sentence = (error: Error): string =>
  (error.message.split('\n', 1)[0] ?? '').slice(0, 500).replaceAll(/(x-amz-security-token:\s*)\S+/gi, '$1…')

const wordsOf = (failure: CallFailure): string =>
  failure.kind === 'refused'
    ? `${failure.name}: ${failure.message}`
    : 'message' in failure
      ? failure.message
      : `status ${failure.status}`
