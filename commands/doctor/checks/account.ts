/** Whether the credentials at hand are the seller's, and where the stack is. Pure. */
import { sayOf, type Check, type Seen } from '../check.ts'
import type { Caller } from '../facts/account.ts'

const say = sayOf('aws')

/** `account`: of seller.config.ts, or of the stack where that cannot be read. */
export function judgeAccount(caller: Seen<Caller>, account: string): Check {
  const name = 'account'
  if (!caller.ok) return say.unseen(name, caller.error)
  const { account: own, arn } = caller.value
  if (own === account) return say.ok(name, `${arn}, of the seller’s account ${account}`)
  return say.wrong(
    name,
    `these credentials are of account ${own} (${arn}); the seller’s is ${account}`,
    `use credentials of ${account} (AWS_PROFILE), or correct seller.account in seller.config.ts: AWS takes ResolveCustomer and BatchMeterUsage from the account that published alone`,
  )
}
