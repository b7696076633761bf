/**
 * AssumeRoleWithWebIdentity as IAM's OIDC provider sees it: the caller has no key, only a token of an issuer that the role
 * trusts. The issuer's keys are fetched over loopback for each call. Source: STS API reference; IAM, OIDC providers.
 */
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { JSONWebKeySet, JWK, JWTPayload } from 'jose'
import type { Clock } from '../../shared/clock.ts'
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Json } from '../marketplace/model.ts'
import type { WireFailure } from './wire.ts'

/** The one issuer and the one role of this simulated account. */
export interface OidcTrust {
  /** The `iss` of its tokens, to the letter. */
  readonly issuer: string
  /** Where the issuer answers on this machine; its discovery document may name another host. */
  readonly at: string
  readonly roleArn: string
  /** The role's condition on `sub`; undefined: any. */
  readonly subject?: string | undefined
}

/** The audience IAM's provider is made with. */
const AUDIENCE = 'sts.amazonaws.com'

const FETCH_TIMEOUT_MS = 5_000
const DOCUMENT_MAX_CHARS = 100_000
/** How far ahead of our clock an issuer's may be. */
const SKEW_MS = 300_000

/** The role a token may take on, in the machine's words; nothing of the token itself is handed on. */
export async function proveIdentity(
  form: { readonly [name: string]: Json },
  trust: OidcTrust | undefined,
  wall: Clock,
): Promise<Result<{ [name: string]: Json }, WireFailure>> {
  const asked = readRoleRequest(form)
  if (!asked.ok) return asked
  const { roleArn: role, token, ...rest } = asked.value
  const claims = await verifyToken(token, trust, wall())
  if (!claims.ok) return claims
  const { sub } = claims.value
  if (trust === undefined || role !== trust.roleArn || (trust.subject ?? sub) !== sub)
    return {
      ok: false,
      error: {
        status: 403,
        code: 'AccessDenied',
        message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      },
    }
  return ok({ roleArn: role, ...rest, subject: sub, issuer: trust.issuer })
}

/** Which role is asked for, under which name, for how long, with which token. Nothing of it is proven. */
export function readRoleRequest(form: {
  readonly [name: string]: Json
}): Result<{ roleArn: string; session: string; seconds: number; token: string }, WireFailure> {
  const { RoleArn: role, RoleSessionName: session, WebIdentityToken: token } = form
  const seconds = Number(form['DurationSeconds'] ?? 3600)
  if (typeof role !== 'string' || !/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(role))
    return fail('ValidationError', `${JSON.stringify(role ?? '')} is invalid`)
  if (typeof session !== 'string' || !/^[\w+=,.@-]{2,64}$/.test(session))
    return fail(
      'ValidationError',
      "Value at 'roleSessionName' failed to satisfy constraint: [\\w+=,.@-]{2,64}",
    )
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200)
    return fail('ValidationError', "Value at 'durationSeconds' must be from 900 to 43200")
  if (typeof token !== 'string' || token.length < 4 || token.length > 20_000)
    return fail('ValidationError', "Value at 'webIdentityToken' must have 4 to 20000 characters")
  return ok({ roleArn: role, session, seconds, token })
}

const fail = (code: string, message: string): Result<never, WireFailure> =>
  err({ status: 400, code, message })

const invalid = (message: string): Result<never, WireFailure> => fail('InvalidIdentityToken', message)

/** The claims of a token that is signed by the trusted issuer, meant for STS, and in force at `now`. */
async function verifyToken(
  token: string,
  trust: OidcTrust | undefined,
  now: number,
): Promise<Result<JWTPayload & { readonly sub: string }, WireFailure>> {
  const read = readToken(token)
  if (!read.ok) return read
  const { claims, kid } = read.value
  if (trust === undefined || claims.iss !== trust.issuer)
    return invalid(`No OpenIDConnect provider found in your account for ${String(claims.iss)}`)
  const keys = await fetchKeys(trust)
  if (!keys.ok) return keys
  // IAM takes signing keys only, and none without an id.
  const usable = keys.value.keys.filter((key) => key.kid === kid && (key.use ?? 'sig') === 'sig')
  if (usable.length !== 1) return invalid(NO_KEY)
  try {
    await jwtVerify(token, createLocalJWKSet({ keys: usable }), {
      algorithms: ['RS256'],
      currentDate: new Date(now),
      clockTolerance: SKEW_MS / 1000,
    })
  } catch (cause) {
    if (!(cause instanceof errors.JWTExpired))
      return invalid('The ID Token provided is not a valid JWT. (Invalid signature or claims)')
  }
  return checkClaims(claims, now)
}

const NO_KEY =
  "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements"

function readToken(token: string): Result<{ claims: JWTPayload; kid: string }, WireFailure> {
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    const claims = decodeJwt(token)
    if (alg !== 'RS256')
      return invalid(
        `The ID Token provided is not a valid JWT. (Unsupported algorithm ${String(alg).slice(0, 20)})`,
      )
    return kid === undefined || kid === '' ? invalid(NO_KEY) : ok({ claims, kid })
  } catch {
    return invalid(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    )
  }
}

/** The signature is good: what remains is what the token says. `now` and the claims are wall time. */
function checkClaims(
  claims: JWTPayload,
  now: number,
): Result<JWTPayload & { readonly sub: string }, WireFailure> {
  const { aud, sub, exp, iat } = claims
  if (typeof exp !== 'number' || typeof iat !== 'number')
    return invalid('The ID Token provided has no exp or no iat.')
  if (exp * 1000 <= now)
    return fail(
      'ExpiredTokenException',
      `Token expired: current date/time ${Math.floor(now / 1000)} must be before the expiration date/time ${exp}`,
    )
  if (iat * 1000 > now + SKEW_MS) return invalid('The ID Token provided was issued in the future.')
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (!audiences.includes(AUDIENCE)) return invalid('Incorrect token audience')
  return typeof sub === 'string' && sub !== ''
    ? ok({ ...claims, sub })
    : invalid('The ID Token provided has no sub.')
}

/** Discovery first, as IAM does it: the document must name the issuer itself, and where its keys are. */
async function fetchKeys({ issuer, at }: OidcTrust): Promise<Result<JSONWebKeySet, WireFailure>> {
  const discovery = await fetchJson(new URL(`${at.replace(/\/$/, '')}/.well-known/openid-configuration`))
  if (!discovery.ok) return discovery
  const { issuer: named, jwks_uri: uri } = discovery.value
  const keysUrl = typeof uri === 'string' ? URL.parse(uri) : null
  if (named !== issuer || keysUrl === null) return invalid(NO_KEY)
  const jwks = await fetchJson(new URL(`${keysUrl.pathname}${keysUrl.search}`, at))
  if (!jwks.ok) return jwks
  const { keys } = jwks.value
  return Array.isArray(keys) ? ok({ keys: keys.filter(isKey) }) : invalid(NO_KEY)
}

const isKey = (value: unknown): value is JWK =>
  typeof value === 'object' && value !== null && 'kty' in value && typeof value.kty === 'string'

async function fetchJson(url: URL): Promise<Result<{ readonly [name: string]: unknown }, WireFailure>> {
  try {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })
    const text = await answer.text()
    if (answer.status >= 500) return unreachable(`${url.pathname} answered ${answer.status}`)
    if (!answer.ok || text.length > DOCUMENT_MAX_CHARS) return invalid(NO_KEY)
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? ok({ ...value }) : invalid(NO_KEY)
  } catch (cause) {
    return cause instanceof SyntaxError ? invalid(NO_KEY) : unreachable(`${url.pathname} did not answer`)
  }
}

const unreachable = (what: string): Result<never, WireFailure> =>
  fail('IDPCommunicationError', `The identity provider could not be reached (${what}). Retry the request.`)
