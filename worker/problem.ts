/** A problem as an HTTP answer (RFC 9457). The only place where a code becomes a status. */

/** Stable names for machines: part of the API, never renamed. */
export type ProblemCode =
  | 'not-json'
  | 'malformed'
  | 'no-events'
  | 'too-many-events'
  | 'bad-time'
  | 'unauthorized'
  | 'forbidden'
  | 'https-only'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'too-large'
  | 'uri-too-long'
  | 'wrong-content-type'
  | 'refused'
  | 'internal'
  | 'not-configured'
  | 'again'

/** `detail` says what happened, whose move it is and what to do; it never repeats what was sent unless checked. */
export interface Problem {
  readonly code: ProblemCode
  readonly detail: string
  /** Whole seconds; with `again` and `not-configured`. */
  readonly retryAfterSeconds?: number
  /** Further members of the body, such as the position of the first bad event. */
  readonly more?: Readonly<Record<string, string | number | boolean | null>>
}

/** The answer to a request that failed as a whole. */
export function problemResponse(problem: Problem): Response {
  const status = statusOf(problem.code)
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
    case 'not-json':
    case 'malformed':
    case 'no-events':
    case 'bad-time':
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
    case 'conflict':
      return 409
    case 'too-large':
    case 'too-many-events':
      return 413
    case 'uri-too-long':
      return 414
    case 'wrong-content-type':
      return 415
    case 'refused':
      return 422
    case 'internal':
      return 500
    case 'not-configured':
    case 'again':
      return 503
  }
}

/** `not-json` as a title: "Not json". */
const titleOf = (code: ProblemCode): string => {
  const words = code.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
