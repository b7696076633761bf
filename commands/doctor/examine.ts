/** The whole examination: what is fetched, and who judges it. What is missing is said, and the rest goes on. Reads only. */
import { parseObject } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { SellerConfig } from '../../shared/seller.ts'
import { openCloudflare } from '../deploy/cloudflare.ts'
import { readOutputs } from '../deploy/outputs.ts'
import { soldOf } from '../deploy/sold.ts'
import { sayOf, type Check } from './check.ts'
import { judgeCloudflare, judgeClosed } from './checks/cloudflare.ts'
import { judgeAccounts, judgeOutputs, judgeSeller, type OutputsCase } from './checks/config.ts'
import { judgeOperator } from './checks/operator.ts'
import { judgeOutside } from './checks/outside.ts'
import { withoutSecrets, type Deployment, type Edge } from './deployment.ts'
import { examineAws } from './examine-aws.ts'
import type { Aws } from './facts/aws.ts'
import { fetchCloudflare } from './facts/cloudflare.ts'
import type { ResolveName } from './facts/mail.ts'
import { fetchOwnChecks } from './facts/operator.ts'
import { fetchOutside } from './facts/outside.ts'

/** All that the doctor is handed; below, nothing reads an environment, a clock or a file. */
export interface Surroundings {
  readonly stack: string
  /** The error is all that is wrong with it. */
  readonly seller: Result<SellerConfig, string>
  /** The outputs' JSON text, secrets among them; or why there is none and what to do. */
  readonly outputs: Result<string, string>
  readonly aws: Aws
  readonly cloudflare: {
    /** Without a slash at its end. */
    readonly base: string
    readonly token: string | undefined
    /** Where the stack does not name it. */
    readonly account: string | undefined
  }
  readonly operatorKey: string | undefined
  /** Names of the migrations of this version. */
  readonly migrations: readonly string[]
  readonly resolveName: ResolveName
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
}

export async function examine(at: Surroundings): Promise<readonly Check[]> {
  const seller = at.seller.ok ? at.seller.value : undefined
  const outputs = deploymentOf(at, seller)
  const deployment = outputs.ok && outputs.value.deployment === at.stack ? outputs.value : undefined
  const edge = deployment?.edge ?? undefined
  const config = [
    ...judgeSeller(at.seller, at.stack),
    ...judgeOutputs({ stack: at.stack, outputs }),
    ...(seller && deployment ? judgeAccounts(seller.seller.account, deployment) : []),
  ]
  if (deployment !== undefined && edge === undefined)
    return [...config, ...(await examineAws({ ...at, seller, deployment }))]
  const [aws, cloudflare, outside] = await Promise.all([
    examineAws({ ...at, seller, deployment }),
    examineCloudflare(at, edge),
    edge && deployment ? examineOutside(at, deployment, edge, seller) : [NOTHING_TO_ASK],
  ])
  return [...config, ...aws, ...cloudflare, ...outside]
}

function deploymentOf(
  { stack, outputs }: Surroundings,
  seller: SellerConfig | undefined,
): OutputsCase['outputs'] {
  if (!outputs.ok) return err({ kind: 'missing', sentence: outputs.error })
  const said = parseObject(outputs.value)
  if (said !== undefined && Object.keys(said).length === 0)
    return err({
      kind: 'missing',
      sentence: `the stack ${stack} has no outputs yet: \`npm run up -- --stack ${stack}\` makes them`,
    })
  const read = readOutputs(outputs.value)
  if (!read.ok) return err({ kind: 'wrong', sentences: read.error })
  return ok(withoutSecrets(read.value, seller && soldOf(seller)))
}

async function examineCloudflare(at: Surroundings, edge: Edge | undefined): Promise<Check[]> {
  const say = sayOf('cloudflare')
  const { base, token } = at.cloudflare
  if (token === undefined)
    return [
      say.unseen('Worker', {
        why: 'there is no CLOUDFLARE_API_TOKEN here: Worker, settings, route, queue and database were not looked at',
        remedy:
          'set the token that `npm run deploy` takes, or one that may read Workers Scripts, D1 and Queues',
      }),
    ]
  if (edge === undefined)
    return [
      say.unseen('Worker', {
        why: 'there are no outputs to compare the Worker with',
        remedy: 'see config above',
      }),
    ]
  const account = edge.cloudflareAccount ?? at.cloudflare.account
  if (account === undefined)
    return [
      say.unseen('Worker', {
        why: 'neither the stack nor CLOUDFLARE_ACCOUNT_ID names the account at Cloudflare',
        remedy: 'set CLOUDFLARE_ACCOUNT_ID, or tollgate:cloudflareAccount',
      }),
    ]
  const cloudflare = openCloudflare({ base, token, account, pause: at.pause })
  const facts = await fetchCloudflare(cloudflare, at.stack, edge.publicUrl)
  if (!facts.ok) return [judgeClosed(facts.error)]
  const { publicUrl, settings, secretNames: secrets } = edge
  return judgeCloudflare({
    stack: at.stack,
    publicUrl,
    settings,
    secrets,
    migrations: at.migrations,
    facts: facts.value,
  })
}

async function examineOutside(
  at: Surroundings,
  { metering }: Deployment,
  { publicUrl }: Edge,
  seller: SellerConfig | undefined,
): Promise<Check[]> {
  const facts = await fetchOutside(publicUrl, at.now)
  const landing = seller?.landing ?? 'hosted'
  const checks = judgeOutside({ stack: at.stack, publicUrl, metering, landing, facts })
  const silent = !facts.discovery.ok && !facts.health.ok
  return silent
    ? checks
    : [...checks, ...judgeOperator(await fetchOwnChecks(publicUrl, at.operatorKey, at.now))]
}

const NOTHING_TO_ASK = sayOf('outside').unseen('reachable', {
  why: 'there are no outputs that say where the Worker is',
  remedy: 'see config above',
})
