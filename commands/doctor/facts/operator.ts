/** What the Worker says of itself to its operator: a signed call, its database, its mode. Reads only. */
import { listMember, member, objectOf, parseObject, textMember } from '../../../shared/aws/json.ts'
import { isOperatorKey } from '../../../shared/operator/key.ts'
import { ok } from '../../../shared/result.ts'
import { unseen, type Seen } from '../check.ts'
import { probe } from './outside.ts'

export interface OwnCheck {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

/** The key goes to `publicUrl` alone, and there over https or on this machine. */
export async function fetchOwnChecks(
  publicUrl: string,
  key: string | undefined,
  now: () => number,
): Promise<Seen<readonly OwnCheck[]>> {
  if (key === undefined || key === '')
    return unseen(
      'there is no TOLLGATE_OPERATOR_KEY here, so the Worker was not asked to sign a call',
      'set it to the key that the first deploy showed',
    )
  if (!isOperatorKey(key))
    return unseen('TOLLGATE_OPERATOR_KEY is no operator key', 'it is tgo_ and 43 characters')
  const seen = await probe(
    `${publicUrl}/v1/operator/check`,
    { headers: { authorization: `Bearer ${key}` } },
    now,
  )
  if (!seen.ok) return unseen(`the Worker does not answer its operator (${seen.error.code})`, 'see above')
  if (seen.value.status === 401)
    return unseen(
      'the Worker does not take this TOLLGATE_OPERATOR_KEY',
      'use the one of this deployment, or make another with `npm run deploy -- --new-operator-key`',
    )
  const checks = listMember(parseObject(seen.value.body), 'checks')
  if (seen.value.status !== 200 || checks === undefined || checks.length === 0)
    return unseen(
      `the Worker answered its operator ${seen.value.status}`,
      'deploy this version, and run the doctor again',
    )
  return ok(
    checks.map(objectOf).map((one) => ({
      name: textMember(one, 'name') ?? 'unnamed',
      ok: member(one, 'ok') === true,
      detail: textMember(one, 'detail') ?? '',
    })),
  )
}
