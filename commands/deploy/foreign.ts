/** What is another's: a deployment of it would bill the wrong one, or take a Worker's place. Pure. */
import { EXIT, failure, type Failure } from './exit.ts'
import type { Running } from './standing.ts'
import type { Work } from './work.ts'

/** Outputs of another stack, or of another account than the seller's; null: they are this one's. */
export function foreignOutputs({
  given,
  outputs,
  seller,
}: Pick<Work, 'given' | 'outputs' | 'seller'>): Failure | null {
  if (outputs.deployment !== given.stack)
    return failure(
      EXIT.refused,
      `The outputs are of the stack ${outputs.deployment}, not of ${given.stack}: give the outputs of the stack that --stack names.`,
    )
  if (outputs.account !== seller.seller.account)
    return failure(
      EXIT.refused,
      `The stack is in the AWS account ${outputs.account} and seller.config.ts sells from ${seller.seller.account}: correct the one that is wrong, then \`npm run up\`.`,
    )
  return null
}

/** A Worker of the stack's name that no deployment of it made. */
export function foreignWorker(running: Running | null, stack: string, worker: string): Failure | null {
  if (running === null || running.vars['DEPLOYMENT'] === stack) return null
  // What `wrangler secret put` makes of a Worker that is gone: the secret that is kept, and nothing else.
  const { vars, secrets } = running
  if (Object.keys(vars).length === 0 && secrets.size === 1 && secrets.has('SESSION_SECRET')) return null
  return failure(
    EXIT.refused,
    `This Cloudflare account has a Worker ${worker} that is not this stack's: its DEPLOYMENT is ${running.vars['DEPLOYMENT'] ?? 'not set'}. Rename or delete it if it is yours to, or give the stack another name or account.`,
  )
}
