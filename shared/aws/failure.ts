/** The ways a call to AWS fails, read from status and body. Pure: no I/O; what to do about one is `decide.ts`'s. */
import { type Result, err, ok } from '../result.ts'

export type CallFailure =
  /** Nothing was sent: there are no credentials to sign it with. `message` holds none. */
  | { readonly kind: 'not_sent'; readonly message: string }
  /** No answer came: whether AWS acted is unknown. */
  | { readonly kind: 'unreachable'; readonly cause: 'timeout' | 'network'; readonly message: string }
  /** AWS answered with an exception; `name` is without namespace, `status` 400 or 500 as documented, 403 for credentials. */
  | { readonly kind: 'refused'; readonly name: string; readonly message: string; readonly status: number }
  /** An answer that is neither 200 nor an exception: a proxy, a load balancer. Whether AWS acted is unknown. */
  | { readonly kind: 'unexpected_status'; readonly status: number }
  /** A 200 nobody can read: HTML, empty, cut off, too large. Whether AWS acted is unknown. */
  | { readonly kind: 'unexpected_body'; readonly message: string }

/** One line for a log or an error: what AWS, or nobody, said. */
export function describeFailure(failure: CallFailure): string {
  switch (failure.kind) {
    case 'not_sent':
    case 'unexpected_body':
      return failure.message
    case 'unreachable':
      return `${failure.cause}: ${failure.message}`
    case 'refused':
      return `${failure.status} ${failure.name}${failure.message === '' ? '' : `: ${failure.message}`}`
    case 'unexpected_status':
      return `status ${failure.status}`
  }
}

/**
 * An AWS JSON answer as a value, or its failure. The value is any JSON object and not trusted further. `errorType` is
 * the header `x-amzn-errortype`, used where the body names no exception.
 */
export function readAnswer(
  status: number,
  text: string,
  errorType: string | null = null,
): Result<object, CallFailure> {
  const body = parseObject(text)
  if (status === 200) {
    return body === undefined
      ? err({
          kind: 'unexpected_body',
          message: `200 with ${text.length} characters that are no JSON object`,
        })
      : ok(body)
  }
  const name = exceptionName(field(body, '__type') ?? field(body, 'code') ?? errorType ?? undefined)
  if (name === undefined) return err({ kind: 'unexpected_status', status })
  const message = field(body, 'message') ?? field(body, 'Message') ?? ''
  return err({ kind: 'refused', name, message, status })
}

/** What an answer of AWS's query protocol that is no 200 says: its code alone, for its words repeat what it was sent. */
export function readXmlFailure(status: number, xml: string): CallFailure {
  const name = exceptionName(/<Code>([^<]{1,200})<\/Code>/.exec(xml)?.[1])
  return name === undefined
    ? { kind: 'unexpected_status', status }
    : { kind: 'refused', name, message: '', status }
}

/** The bare name of an exception: AWS writes `namespace#Name`, and in the header `Name:http://…`. */
export function exceptionName(text: string | undefined): string | undefined {
  const bare = text?.slice(text.lastIndexOf('#') + 1).split(':')[0]
  return bare !== undefined && /^[A-Za-z][A-Za-z0-9._]{0,99}$/.test(bare) ? bare : undefined
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The text under `name`, if there is one: what AWS sends is not trusted to have any shape. */
function field(body: object | undefined, name: string): string | undefined {
  const value: unknown = body === undefined ? undefined : Reflect.get(body, name)
  return typeof value === 'string' ? plainText(value) : undefined
}

/**
 * What a log and a database take: no NUL, no lone surrogate, at most 1 000 characters, and no session token, for AWS
 * repeats a request's headers when it refuses its signature. Source: aws-sdk-cpp issue 17, "The Canonical String for this
 * request should have been", with the token in it (2026-11-21).
 */
const plainText = (text: string): string =>
  text
    .replaceAll(/(x-amz-security-token:\s*)[^\s']+/gi, '$1…')
    .slice(0, 1_000)
    .toWellFormed()
    .replaceAll('\0', ' ')
