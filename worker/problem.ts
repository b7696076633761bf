/** A problem as an HTTP answer (RFC 9457). The only place where a code becomes a status. */

import { FORM_CODES, type RequestCode } from '../shared/usage/refusal.ts'

/** Stable names for machines: part of the API, never renamed. */
export type ProblemCode =
  | RequestCode
  | 'bad-parameter'
  | 'bad-plan'
  | 'bad-token'
  | 'bad-fields'
  | 'not-confirmed'
  | 'too-many-requests'
  | 'unknown-plan'
  | 'plan-by-contract'
  | 'ended'
  | 'unauthorized'
  | 'forbidden'
  | 'https-only'
  | 'not-found'
  | 'method-not-allowed'
  | 'uri-too-long'
  | 'internal'
  | 'not-configured'
  | 'changed'
  | 'in-flight'
  | 'not-allowed'
  | 'again'

/** `detail` says what happened, whose move it is and what to do; it never repeats what was sent unless checked. */
export interface Problem {
  readonly code: ProblemCode
  readonly detail: string
  /** Whole seconds; with `again`, `too-many-requests` and `not-configured`. */
  readonly retryAfterSeconds?: number
  /** Further members of the body, such as the position of the first bad event. */
  readonly more?: Readonly<Record<string, unknown>>
}

/** After how many seconds what was answered `again` is worth another try. */
export const AGAIN_AFTER_SECONDS = 5

/** The answer to a request that failed as a whole. */
export function problemResponse(problem: Problem): Response {
  return respond(problem, statusOf(problem.code))
}

/** The answer to an event or a sequence that was sent alone and refused. `code` is the door's or the Ledger's. */
export function refusalResponse(
  refusal: { readonly code: string; readonly message: string },
  more: Problem['more'] = {},
): Response {
  return respond({ code: refusal.code, detail: refusal.message, more }, refusalStatus(refusal.code))
}

/** The answer to another method than the one an address is used with. */
export function onlyBy(method: string): Response {
  const response = problemResponse({
    code: 'method-not-allowed',
    detail: `This address is used with ${method} only.`,
  })
  response.headers.set('allow', method)
  return response
}

function respond(problem: Omit<Problem, 'code'> & { readonly code: string }, status: number): Response {
  const body = {
    type: `urn:tollgate:problem:${problem.code}`,
    title: titleOf(problem.code),
    status,
    code: problem.code,
    detail: problem.detail,
    ...problem.more,
  }
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  if (problem.retryAfterSeconds !== undefined) headers.set('retry-after', String(problem.retryAfterSeconds))
  if (problem.code === 'unauthorized') headers.set('www-authenticate', 'Bearer realm="tollgate"')
  return new Response(JSON.stringify(body), { status, headers })
}

/** The HTTP status of a code. */
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
    case 'bad-parameter':
    case 'bad-plan':
    case 'bad-token':
      return 400
    case 'unauthorized':
      return 401
    case 'forbidden':
    case 'https-only':
      return 403
    case 'not-found':
      return 404
    case 'method-not-allowed':
      return 405
    case 'changed':
    case 'in-flight':
      return 409
    case 'plan-by-contract':
      return 409
    case 'ended':
      return 410
    case 'unknown-plan':
    case 'bad-fields':
    case 'not-confirmed':
      return 422
    case 'too-large':
    case 'too-many-events':
      return 413
    case 'uri-too-long':
      return 414
    case 'wrong-content-type':
    case 'wrong-content-encoding':
      return 415
    case 'not-allowed':
      return 422
    case 'too-many-requests':
      return 429
    case 'internal':
      return 500
    case 'not-configured':
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

/** `not-json` as a title: "Not json". */
const titleOf = (code: string): string => {
  const words = code.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
