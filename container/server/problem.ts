/** A problem as the container answers it over HTTP (RFC 9457): the codes and statuses of the edge, as far as they apply. */
import { FORM_CODES, type RequestCode } from '../../shared/usage/refusal.ts'

/** Stable names for machines. A test holds them to the edge's statuses. */
export type ProblemCode =
  | RequestCode
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'internal'
  | 'again'

/** An answer before it is written. `body` is sent as JSON. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** After how many seconds what was answered `again` is worth another try. */
export const AGAIN_AFTER_SECONDS = 5

/** The answer to a request that failed as a whole. `detail`: what happened, whose move it is, what to do. */
export function problem(
  code: ProblemCode,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
): Answer {
  return respond(code, statusOf(code), detail, more)
}

/** The answer to an event or a sequence that was sent alone and refused. */
export const refusal = (
  { code, message }: { readonly code: string; readonly message: string },
  more: Readonly<Record<string, unknown>>,
): Answer => respond(code, refusalStatus(code), message, more)

/** A JSON answer that no cache keeps. */
export const json = (body: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
})

function respond(
  code: string,
  status: number,
  detail: string,
  more: Readonly<Record<string, unknown>>,
): Answer {
  const words = code.replaceAll('-', ' ')
  const title = words.charAt(0).toUpperCase() + words.slice(1)
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(code === 'again' ? { 'retry-after': String(AGAIN_AFTER_SECONDS) } : {}),
      ...(code === 'unauthorized' ? { 'www-authenticate': 'Bearer realm="tollgate"' } : {}),
    },
    body: JSON.stringify({ type: `urn:tollgate:problem:${code}`, title, status, code, detail, ...more }),
  }
}

/** The HTTP status of a problem. */
export function statusOf(code: ProblemCode): number {
  switch (code) {
    case 'empty-body':
    case 'not-utf-8':
    case 'not-json':
    case 'too-deep':
    case 'duplicate-key':
    case 'bad-gzip':
    case 'not-events':
    case 'unknown-envelope-field':
    case 'bad-sequence':
    case 'no-events':
      return 400
    case 'unauthorized':
      return 401
    case 'forbidden':
      return 403
    case 'not-found':
      return 404
    case 'method-not-allowed':
      return 405
    case 'too-large':
    case 'too-many-events':
      return 413
    case 'wrong-content-type':
    case 'wrong-content-encoding':
      return 415
    case 'internal':
      return 500
    case 'again':
      return 503
  }
}

/** A well-formed event the books cannot take is 422; what has a status of its own in HTTP has that one. */
function refusalStatus(code: string): number {
  if (FORM_CODES.has(code)) return 400
  switch (code) {
    case 'unknown-subscription':
      return 404
    case 'conflict':
      return 409
    case 'ended':
      return 410
    default:
      return 422
  }
}
