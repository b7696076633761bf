/** AssumeRoleWithWebIdentity: the pod's token for its role's credentials (IRSA). Asked once; neither is ever in an error. */
import { readFile, stat } from 'node:fs/promises'
import type { CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { fetchText } from './fetch-text.ts'
import type { Session } from './lender.ts'

const TIMEOUT_MS = 8_000
/** What STS takes. Source: API_AssumeRoleWithWebIdentity, WebIdentityToken, "Maximum length of 20000" (2026-11-21). */
const TOKEN_MAX = 20_000

export interface WebIdentity {
  readonly roleArn: string
  /** Read before each exchange: the platform writes another token into it while the pod runs. */
  readonly tokenFile: string
  readonly region: string
  /** In the place of AWS's own host; null: AWS's own. */
  readonly endpoint: string | null
}

export async function fetchWebIdentitySession(of: WebIdentity): Promise<Result<Session, CallFailure>> {
  const token = await readToken(of.tokenFile)
  if (!token.ok) return err({ kind: 'not_sent', message: token.error })
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: of.roleArn,
    RoleSessionName: 'tollgate',
    WebIdentityToken: token.value,
  })
  const said = await fetchText(`${of.endpoint ?? `https://sts.${of.region}.amazonaws.com`}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/xml' },
    body: body.toString(),
    timeoutMs: TIMEOUT_MS,
  })
  if (!said.ok) return said
  const { status, text } = said.value
  return status === 200 ? readSession(text) : err(readRefusal(status, text))
}

/** The token as the file holds it now. The error is one line. */
export async function readToken(file: string): Promise<Result<string, string>> {
  try {
    const found = await stat(file)
    // A pipe or a device would have no end.
    if (!found.isFile() || found.size > TOKEN_MAX) return err(`${file} is no file of a token's size`)
    const token = (await readFile(file, 'utf8')).trim()
    return token === '' ? err(`the token file ${file} is empty`) : ok(token)
  } catch (thrown) {
    const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined
    return err(`the token file ${file} cannot be read (${typeof code === 'string' ? code : 'unknown'})`)
  }
}

/** The members of the answer are matched whole: what is not of AWS's form is no credential. */
function readSession(xml: string): Result<Session, CallFailure> {
  const accessKeyId = /<AccessKeyId>(\w{16,128})<\/AccessKeyId>/.exec(xml)?.[1]
  const secretAccessKey = /<SecretAccessKey>([\w/+=]{16,256})<\/SecretAccessKey>/.exec(xml)?.[1]
  const sessionToken = /<SessionToken>([\w/+=.-]{16,16384})<\/SessionToken>/.exec(xml)?.[1]
  const expiresMs = Date.parse(/<Expiration>([\dTZ:.-]{20,30})<\/Expiration>/.exec(xml)?.[1] ?? '')
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(expiresMs)) {
    return err({ kind: 'unexpected_body', message: 'AssumeRoleWithWebIdentity answered no credentials' })
  }
  return ok({ credentials: { accessKeyId, secretAccessKey, sessionToken }, expiresMs })
}

/** AWS's code and words, without anything that looks like a token. */
function readRefusal(status: number, xml: string): CallFailure {
  const name = /<Code>([A-Za-z][A-Za-z0-9._]{0,99})<\/Code>/.exec(xml)?.[1]
  if (name === undefined) return { kind: 'unexpected_status', status }
  const message = (/<Message>([^<]{0,500})/.exec(xml)?.[1] ?? '').replaceAll(/eyJ[\w.-]+/g, '…')
  return { kind: 'refused', name, message: message.toWellFormed().replaceAll('\0', ' '), status }
}
