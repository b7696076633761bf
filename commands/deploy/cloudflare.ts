/** One call of Cloudflare's API: its envelope, its refusals, what may be sent again. Knows no address but the base. */
import { listMember, member, objectOf, parseObject } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { EXIT, failure, type Failure } from './exit.ts'

/** The steps' view of Cloudflare: one account, one token. */
export interface Cloudflare {
  readonly account: string
  readonly call: (request: ApiRequest) => Promise<Result<unknown, ApiFailure>>
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT'
  /** After the base, with its query. */
  readonly path: string
  readonly body?: object
}

export type ApiFailure =
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'refused'; readonly status: number; readonly code: number; readonly message: string }
  | { readonly kind: 'unexpected_body'; readonly status: number }

/** What makes a client: settings of the environment, and a pause in wall time. */
export interface ApiSettings {
  /** Without a slash at its end; wrangler takes the same. */
  readonly base: string
  readonly token: string
  readonly account: string
  readonly pause: (ms: number) => Promise<void>
}

const ANSWER_WITHIN_MS = 30_000
const ATTEMPTS = 4
const PAUSE_MS = 500

/** Reading is tried up to four times; what changes something only when Cloudflare says that it did not take it (429). */
export function openCloudflare({ base, token, account, pause }: ApiSettings): Cloudflare {
  const once = async ({ method = 'GET', path, body }: ApiRequest): Promise<Result<unknown, ApiFailure>> => {
    try {
      const response = await fetch(`${base}${path}`, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return resultOf(response.status, parseObject(await response.text()))
    } catch (cause) {
      return err({ kind: 'unreachable', reason: reasonOf(cause) })
    }
  }
  return {
    account,
    async call(request) {
      for (let attempt = 1; ; attempt++) {
        const answer = await once(request)
        if (answer.ok || attempt === ATTEMPTS || !mayRepeat(request, answer.error)) return answer
        await pause(PAUSE_MS * 2 ** attempt)
      }
    },
  }
}

function resultOf(status: number, envelope: object | undefined): Result<unknown, ApiFailure> {
  if (envelope === undefined) return err({ kind: 'unexpected_body', status })
  if (status < 300 && member(envelope, 'success') === true) return ok(member(envelope, 'result'))
  const first = objectOf(listMember(envelope, 'errors')?.[0])
  const [code, message] = [member(first, 'code'), member(first, 'message')]
  return err({
    kind: 'refused',
    status,
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message.slice(0, 300) : 'no reason given',
  })
}

function mayRepeat({ method = 'GET' }: ApiRequest, failed: ApiFailure): boolean {
  if (failed.kind === 'unreachable') return method === 'GET'
  return failed.status === 429 || (failed.status >= 500 && method === 'GET')
}

/** Cloudflare knows no such thing. */
export const isAbsent = (failed: ApiFailure): boolean => failed.kind === 'refused' && failed.status === 404

type Refused = Extract<ApiFailure, { kind: 'refused' }>

/** The token is mistyped, expired or revoked. */
export const isTokenRefused = (failed: ApiFailure): failed is Refused =>
  failed.kind === 'refused' && (failed.status === 401 || failed.code === 6003 || failed.code === 1000)

/** The token is good, and not for this. */
export const isRightMissing = (failed: ApiFailure): failed is Refused =>
  failed.kind === 'refused' && (failed.status === 403 || failed.code === 10000 || failed.code === 9109)

/** D1 has the database, and no such table: not even the first migration is applied. */
export const isTableMissing = (failed: ApiFailure): boolean =>
  failed.kind === 'refused' && /no such table/i.test(failed.message)

/** The one of a list that Cloudflare answered whose member has exactly this value: its filters may be wider. */
export const oneOf = (list: unknown, name: string, value: string): object | undefined =>
  Array.isArray(list) ? list.map(objectOf).find((one) => member(one, name) === value) : undefined

/** Rows that a D1 database answers to one statement. */
export async function queryRows(
  { account, call }: Cloudflare,
  database: string,
  sql: string,
): Promise<Result<readonly (object | undefined)[], ApiFailure>> {
  const path = `/accounts/${account}/d1/database/${database}/query`
  const answer = await call({ method: 'POST', path, body: { sql } })
  if (!answer.ok) return answer
  const first = Array.isArray(answer.value) ? objectOf(answer.value[0]) : undefined
  return ok((listMember(first, 'results') ?? []).map(objectOf))
}

/** Why a step failed: `doing` follows "Cloudflare", `right` is the token's right it needs. */
export function describeApiFailure(doing: string, right: string, failed: ApiFailure): Failure {
  if (failed.kind === 'unreachable')
    return failure(
      EXIT.stopped,
      `Cloudflare's API does not answer (${failed.reason}) when asked to ${doing}. See that this machine reaches it, and give the same command again.`,
    )
  if (failed.kind === 'unexpected_body')
    return failure(
      EXIT.stopped,
      `Cloudflare's API answered ${failed.status} without JSON when asked to ${doing}: something stands between it and this machine. Give the same command again.`,
    )
  const { status, code, message } = failed
  const said = `${message}${code === 0 ? '' : `, code ${code}`}`
  if (isTokenRefused(failed))
    return failure(
      EXIT.token,
      `Cloudflare does not take CLOUDFLARE_API_TOKEN (${said}): it is mistyped, expired or revoked. Make one with the rights that \`npm run deploy -- --help\` lists, and set it.`,
    )
  if (isRightMissing(failed))
    return failure(
      EXIT.token,
      `CLOUDFLARE_API_TOKEN may not ${doing} (${said}): add the right ${right} for this account to the token, or see that the account is the one it was made for and that its plan has this.`,
    )
  const move =
    status === 429 || status >= 500 ? 'Give the same command again in a minute' : 'Correct what it names'
  return failure(EXIT.stopped, `Cloudflare refused to ${doing} (${status}, ${said}). ${move}.`)
}

/** A reason for people: the system's own name where there is one. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { cause: inner } = cause
  if (inner instanceof Error && 'code' in inner) return String(inner.code)
  return cause.name === 'TimeoutError' ? 'nothing in time' : cause.message
}
