/**
 * Verifies Signature Version 4: the request is signed again with the secret we know, and the two are compared. Knows no
 * clock: both times are handed in. Source: SigV4 reference; facts §0.5 has the golden vectors.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { AccessKey } from '../credentials.ts'
import type { Caller, Times } from '../marketplace/model.ts'
import type { Authorization } from './authorization.ts'
import { readAuthorization } from './authorization.ts'
import type { WireFailure, WireRequest } from './wire.ts'

/** How old, or how far ahead, a signature may be. Source: SigV4 reference, "within 15 minutes". */
const SKEW_MS = 15 * 60_000

/** What a signature has to be made for. */
export interface Endpoint {
  /** The service name of the credential scope. */
  readonly service: string
  /** The Regions this endpoint stands for; real ones stand for one. */
  readonly regions: ReadonlySet<string>
}

/** The two clocks, and what the caller was told of business time when it was answered, epoch ms. */
interface SigningTimes extends Times {
  readonly told?: readonly number[]
}

/**
 * Who signed the request; or AWS's refusal. A signature is fresh when it is so by either clock (design §9), or by a time
 * that its caller was told.
 */
export async function verify(
  request: WireRequest,
  endpoint: Endpoint,
  keys: Pick<ReadonlyMap<string, AccessKey>, 'get'>,
  times: SigningTimes,
): Promise<Result<Caller, WireFailure>> {
  const read = readAuthorization(request)
  if (!read.ok) return read
  const authorization = read.value
  const key = keys.get(authorization.keyId)
  if (key === undefined || !bringsToken(request, key))
    return refused('UnrecognizedClientException', 'The security token included in the request is invalid.')
  const wrong =
    wrongScope(request, authorization, endpoint) ??
    wrongHeaders(request, authorization) ??
    skewed(authorization, times)
  if (wrong !== undefined) return refused('InvalidSignatureException', wrong)

  const expected = await sign(request, authorization, key)
  return sameText(expected, authorization.signature)
    ? known(key, authorization, times)
    : refused(
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
      )
}

/** What is sent with a lasting key in the place of a session's token is not looked at. */
const bringsToken = (request: WireRequest, { session }: AccessKey): boolean =>
  session === undefined || sameText(session.token, request.headers['x-amz-security-token'] ?? '')

/** Credentials of a role end by wall time, as AWS's do. */
function known(
  { account, session }: AccessKey,
  { region }: Authorization,
  { wall }: Times,
): Result<Caller, WireFailure> {
  if (session === undefined) return ok({ account, region })
  return session.expiresAt > wall
    ? ok({ account, region, arn: session.arn, ...(session.task === undefined ? {} : { task: session.task }) })
    : err({
        status: 403,
        code: 'ExpiredTokenException',
        message: 'The security token included in the request is expired',
      })
}

const refused = (code: string, message: string): Result<never, WireFailure> =>
  err({ status: 403, code, message })

function wrongScope(request: WireRequest, { region, service, day }: Authorization, endpoint: Endpoint) {
  if (service !== endpoint.service)
    return `Credential should be scoped to correct service: '${endpoint.service}'.`
  if (!endpoint.regions.has(region))
    return `Credential should be scoped to a valid region, not '${region}'. Here: ${[...endpoint.regions].join(', ')}.`
  return request.headers['x-amz-date']?.startsWith(day) === true
    ? undefined
    : `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}'.`
}

/** Source: SigV4 reference, "the host header and any x-amz-* headers" have to be signed (2026-11-21). */
function wrongHeaders(request: WireRequest, { signedHeaders }: Authorization): string | undefined {
  for (const name of ['host', 'x-amz-date'])
    if (!signedHeaders.has(name)) return `'${name}' must be a 'SignedHeader' in the AWS Authorization header.`
  for (const name of Object.keys(request.headers))
    if (name.startsWith('x-amz-') && !signedHeaders.has(name))
      return `'${name}' is in the request and must be a 'SignedHeader' in the AWS Authorization header.`
  for (const name of signedHeaders)
    if (!Object.hasOwn(request.headers, name)) return `The signed header '${name}' is not in the request.`
  const hash = request.headers['x-amz-content-sha256']
  return hash === undefined || hash === createHash('sha256').update(request.body).digest('hex')
    ? undefined
    : "The provided 'x-amz-content-sha256' header does not match what was computed."
}

function skewed(
  { signedAt }: Authorization,
  { business, wall, told = [] }: SigningTimes,
): string | undefined {
  if ([business, wall, ...told].some((clock) => Math.abs(signedAt - clock) <= SKEW_MS)) return undefined
  const said = new Date(signedAt).toISOString()
  const here = `business time ${new Date(business).toISOString()}, wall time ${new Date(wall).toISOString()}`
  return signedAt < Math.min(business, wall)
    ? `Signature expired: ${said} is now earlier than 15 min. before ${here}.`
    : `Signature not yet current: ${said} is still later than 15 min. after ${here}.`
}

/** The signature this request should have: over the headers its sender says are signed, and the body we got. */
async function sign(request: WireRequest, authorization: Authorization, key: AccessKey): Promise<string> {
  const { region, service, signedHeaders, signedAt } = authorization
  const signer = new SignatureV4({
    service,
    region,
    sha256: Sha256,
    applyChecksum: false,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
  })
  const headers: Record<string, string> = {}
  for (const name of signedHeaders) headers[name] = request.headers[name] ?? ''
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: request.headers['host'] ?? '',
      path: request.path,
      query: readQuery(request.query),
      headers,
      body: request.body,
    },
    { signingDate: new Date(signedAt), signableHeaders: new Set(signedHeaders) },
  )
  return /Signature=([0-9a-f]{64})$/.exec(signed.headers['authorization'] ?? '')?.[1] ?? ''
}

function readQuery(query: string): Record<string, string[]> {
  const params = new URLSearchParams(query)
  return Object.fromEntries([...params.keys()].map((name) => [name, params.getAll(name)]))
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
