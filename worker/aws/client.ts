/** One signed call to an AWS API in its JSON protocol, and the ways it can fail. No retries: the callers' tables decide. */
import { AwsClient } from 'aws4fetch'
import { readAnswer, type CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AwsAccess } from '../env.ts'
import { messageOf } from '../log.ts'

/** The Region of AWS Marketplace's entitlements and events, and of our metering calls unless a setting says otherwise. */
export const MARKETPLACE_REGION = 'us-east-1'

/** An answer is read up to here; more is `unexpected_body`. */
const BODY_MAX = 1024 * 1024

/** A call as the wire has it. `service` and `region` are the credential scope, never guessed from the host. */
export interface AwsCall {
  readonly service: 'aws-marketplace' | 'sqs'
  readonly region: string
  /** AWS's own host; `AwsAccess.endpoint` takes its place and is what is signed then. */
  readonly host: string
  readonly target: string
  readonly json: '1.0' | '1.1'
  readonly body: object
  /** From the first byte sent to the last byte read. */
  readonly timeoutMs: number
  readonly bodyMax?: number
}

/**
 * Makes the call once. The value is a JSON object, its members not checked yet. An answer larger than `bodyMax` is
 * `unexpected_body`; one that does not end in time is `unreachable`, however slowly its bytes arrive.
 */
export async function callAws(aws: AwsAccess, call: AwsCall): Promise<Result<JsonObject, CallFailure>> {
  const said = await sendSigned(aws, {
    ...call,
    path: '/',
    headers: {
      'content-type': `application/x-amz-json-${call.json}`,
      'x-amz-target': call.target,
      ...(call.service === 'sqs' ? { 'x-amzn-query-mode': 'true' } : {}),
    },
    body: JSON.stringify(call.body),
  })
  if (!said.ok) return said
  const { status, text, errorType } = said.value
  const answer = readAnswer(status, text, errorType)
  return answer.ok ? ok({ ...answer.value }) : answer
}

/** A POST in whatever protocol its service speaks. `service` and `region` are the credential scope. */
export interface SignedPost {
  readonly service: 'aws-marketplace' | 'sqs' | 'ses' | 'sns' | 'sts' | 'monitoring'
  readonly region: string
  readonly host: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
  readonly bodyMax?: number
}

/** What came back, not read yet. `errorType` is the header `x-amzn-errortype`. */
export interface Said {
  readonly status: number
  readonly text: string
  readonly errorType: string | null
}

/** Signs and sends once; any status is an answer. */
export async function sendSigned(aws: AwsAccess, post: SignedPost): Promise<Result<Said, CallFailure>> {
  const credentials = await aws.credentials()
  if (!credentials.ok) return credentials
  const { service, region } = post
  const client = new AwsClient({ ...credentials.value, service, region, retries: 0 })
  const url = `${aws.endpoint ?? `https://${post.host}`}${post.path}`
  return sendOnce((init) => client.fetch(url, init), post)
}

/** A POST as it goes out. */
interface Post {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
  readonly bodyMax?: number
}

/** Sends once without a signature; any status is an answer. */
export const sendPlain = (url: string, post: Post): Promise<Result<Said, CallFailure>> =>
  sendOnce((init) => fetch(url, init), post)

async function sendOnce(
  send: (init: RequestInit) => Promise<Response>,
  post: Post,
): Promise<Result<Said, CallFailure>> {
  const signal = AbortSignal.timeout(post.timeoutMs)
  const late = lateness(signal)
  try {
    const sent = send({
      method: 'POST',
      headers: post.headers,
      body: post.body,
      redirect: 'manual',
      signal,
    })
    const response = await Promise.race([sent, late])
    const text = await readText(response, post.bodyMax ?? BODY_MAX, late)
    if (text === undefined) return err({ kind: 'unexpected_body', message: 'the answer is too large' })
    return ok({ status: response.status, text, errorType: response.headers.get('x-amzn-errortype') })
  } catch (thrown) {
    const cause = signal.aborted ? 'timeout' : 'network'
    return err({ kind: 'unreachable', cause, message: messageOf(thrown) })
  }
}

/** A promise that fails when `signal` ends; nothing else ever settles it. */
function lateness(signal: AbortSignal): Promise<never> {
  const late = new Promise<never>((_resolve, reject) => {
    const end = () => reject(new Error('no complete answer in time', { cause: signal.reason }))
    signal.addEventListener('abort', end, { once: true })
  })
  late.catch(() => undefined)
  return late
}

/** The answer's text, or undefined beyond `max` bytes. Throws when `late` does. */
async function readText(response: Response, max: number, late: Promise<never>): Promise<string | undefined> {
  if (!response.body) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late])
      if (done) return text + decoder.decode()
      bytes += value.byteLength
      if (bytes > max) return undefined
      text += decoder.decode(value, { stream: true })
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

/** A JSON object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** True for a JSON object: not null, not a list. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
