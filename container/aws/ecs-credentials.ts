/** The task role's credentials from the container credentials endpoint. Asked once; nothing of them is in an error. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import { parseObject, textMember } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { fetchText } from './fetch-text.ts'
import type { Session } from './lender.ts'

/** A link-local address answers at once or not at all. */
const TIMEOUT_MS = 2_000

export async function fetchEcsSession(
  url: string,
  authorization: string | null,
): Promise<Result<Session, CallFailure>> {
  const headers = { accept: 'application/json', ...(authorization === null ? {} : { authorization }) }
  const said = await fetchText(url, { headers, timeoutMs: TIMEOUT_MS })
  if (!said.ok) return said
  if (said.value.status !== 200) return err({ kind: 'unexpected_status', status: said.value.status })
  return readEcsSession(said.value.text)
}

/** Source: Amazon ECS developer guide, Task IAM role: AccessKeyId, SecretAccessKey, Token, Expiration (2026-11-21). */
export function readEcsSession(text: string): Result<Session, CallFailure> {
  const body = parseObject(text)
  const accessKeyId = textMember(body, 'AccessKeyId')
  const secretAccessKey = textMember(body, 'SecretAccessKey')
  const sessionToken = textMember(body, 'Token')
  const expiresMs = Date.parse(textMember(body, 'Expiration') ?? '')
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(expiresMs)) {
    return err({ kind: 'unexpected_body', message: 'the credentials endpoint answered no credentials' })
  }
  return ok({ credentials: { accessKeyId, secretAccessKey, sessionToken }, expiresMs })
}
