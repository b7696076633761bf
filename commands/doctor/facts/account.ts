/** Who the seller's credentials at hand are. Reads only. */
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { ok } from '../../../shared/result.ts'
import { unseen, type Seen } from '../check.ts'
import { ask, type Aws } from './aws.ts'

export interface Caller {
  readonly account: string
  readonly arn: string
}

export async function fetchCaller({ sts }: Aws): Promise<Seen<Caller>> {
  const answer = await ask('sts:GetCallerIdentity', () => sts.send(new GetCallerIdentityCommand({})))
  if (!answer.ok) return answer
  const { Account, Arn } = answer.value ?? {}
  return Account === undefined || Arn === undefined
    ? unseen('STS did not say whose credentials these are', 'run the doctor again')
    : ok({ account: Account, arn: Arn })
}
