/** AssumeRoleWithWebIdentity: a token for credentials. Unsigned, for who asks has no key yet. Neither is ever in an error. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { MARKETPLACE_REGION, sendPlain } from '../aws/client.ts'
import type { Credentials } from '../env.ts'

const TIMEOUT_MS = 8_000
const BODY_MAX = 64 * 1024
/** A role's default longest session. Source: API_AssumeRoleWithWebIdentity, DurationSeconds (2026-11-21). */
const SESSION_SECONDS = 3_600

/** Credentials and the wall time at which they end. */
export interface Session {
  readonly credentials: Required<Credentials>
  readonly expiresMs: number
}

/** Asks once. `endpoint`: in the place of AWS's own host. */
export async function assumeRole(
  roleArn: string,
  token: string,
  endpoint: string | undefined,
): Promise<Result<Session, CallFailure>> {
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'tollgate',
    DurationSeconds: String(SESSION_SECONDS),
    WebIdentityToken: token,
  })
  const said = await sendPlain(`${endpoint ?? `https://sts.${MARKETPLACE_REGION}.amazonaws.com`}/`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/xml' },
    body: body.toString(),
    timeoutMs: TIMEOUT_MS,
    bodyMax: BODY_MAX,
  })
  if (!said.ok) return said
  const { status, text } = said.value
  return status === 200 ? readSession(text) : err(readRefusal(status, text))
}

/** The members of the answer are matched whole: what is not of AWS's form is no credential. */
export function readSession(xml: string): Result<Session, CallFailure> {
  const accessKeyId = /<AccessKeyId>(\w{16,128})<\/AccessKeyId>/.exec(xml)?.[1]
  const secretAccessKey = /<SecretAccessKey>([\w/+=]{16,256})<\/SecretAccessKey>/.exec(xml)?.[1]
  const sessionToken = /<SessionToken>([\w/+=.-]{16,16384})<\/SessionToken>/.exec(xml)?.[1]
  const expiresMs = Date.parse(/<Expiration>([\dTZ:.-]{20,30})<\/Expiration>/.exec(xml)?.[1] ?? '')
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
    return err({
      kind: 'unexpected_body',
      message: 'AssumeRoleWithWebIdentity: no credentials in the answer',
    })
  if (Number.isNaN(expiresMs))
    return err({ kind: 'unexpected_body', message: 'AssumeRoleWithWebIdentity: no Expiration in the answer' })
  return ok({ credentials: { accessKeyId, secretAccessKey, sessionToken }, expiresMs })
}

/** AWS's code and words, without anything that looks like a token. */
function readRefusal(status: number, xml: string): CallFailure {
  const name = /<Code>([A-Za-z][A-Za-z0-9._]{0,99})<\/Code>/.exec(xml)?.[1]
  if (name === undefined) return { kind: 'unexpected_status', status }
  const message = (/<Message>([^<]{0,500})/.exec(xml)?.[1] ?? '').replaceAll(/eyJ[\w.-]+/g, '…')
  return { kind: 'refused', name, message: message.toWellFormed().replaceAll('\0', ' '), status }
}
