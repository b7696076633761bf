/** GetCallerIdentity: whom AWS takes this Worker for, by the query protocol. Every identity may ask it; no right is needed. */
import { readXmlFailure, type CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AwsAccess } from '../env.ts'
import { MARKETPLACE_REGION, sendSigned } from './client.ts'

const TIMEOUT_MS = 8_000

export interface Caller {
  readonly account: string
  readonly arn: string
}

/** Asks once. Source: API_GetCallerIdentity (2026-11-21). */
export async function askWhoWeAre(aws: AwsAccess): Promise<Result<Caller, CallFailure>> {
  const said = await sendSigned(aws, {
    service: 'sts',
    region: MARKETPLACE_REGION,
    host: `sts.${MARKETPLACE_REGION}.amazonaws.com`,
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/xml' },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
    timeoutMs: TIMEOUT_MS,
    bodyMax: 64 * 1024,
  })
  if (!said.ok) return said
  const { status, text } = said.value
  if (status !== 200) return err(readXmlFailure(status, text))
  const account = /<Account>(\d{12})<\/Account>/.exec(text)?.[1]
  const arn = /<Arn>(arn:[\w:/+=,.@-]{1,2048})<\/Arn>/.exec(text)?.[1]
  return account === undefined || arn === undefined
    ? err({ kind: 'unexpected_body', message: 'GetCallerIdentity: no account in the answer' })
    : ok({ account, arn })
}
