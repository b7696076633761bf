/** The stack in the seller's account: what is fetched, in which order, and who judges it. Reads only. */
import type { SellerConfig } from '../../shared/seller.ts'
import { ok } from '../../shared/result.ts'
import { isMetered } from '../../shared/seller/metered.ts'
import { sayOf, type Check, type Seen } from './check.ts'
import { judgeAccount } from './checks/account.ts'
import { judgeProvider, judgeTrust, judgeUser } from './checks/identity.ts'
import { judgeLive } from './checks/live.ts'
import { judgeMail } from './checks/mail.ts'
import { judgeDepth, judgeQueue } from './checks/queue.ts'
import { judgeRights, neededActions, placesOf } from './checks/rights.ts'
import { judgeRules } from './checks/rule.ts'
import { judgeTopics } from './checks/topics.ts'
import type { Deployment, Edge } from './deployment.ts'
import { fetchCaller } from './facts/account.ts'
import type { Aws } from './facts/aws.ts'
import { fetchProvider, fetchRole, fetchUser, type RightsFacts } from './facts/identity.ts'
import { fetchLive, liveParameter } from './facts/live.ts'
import { fetchMail, type ResolveName } from './facts/mail.ts'
import { fetchOldest, fetchQueue, urlOfQueue } from './facts/queues.ts'
import { fetchRules } from './facts/rules.ts'
import { fetchSubscriptions } from './facts/topics.ts'

const say = sayOf('aws')

/** What of it could be read; each may be absent. */
export interface AwsCase {
  readonly aws: Aws
  readonly seller: SellerConfig | undefined
  readonly deployment: Deployment | undefined
  readonly now: () => number
  readonly resolveName: ResolveName
}

const REST = 'queues, rule, identity, rights, mail, live parameter and topics'

export async function examineAws({ aws, seller, deployment, now, resolveName }: AwsCase): Promise<Check[]> {
  const caller = await fetchCaller(aws)
  const account = seller?.seller.account ?? deployment?.account
  const who =
    account === undefined
      ? say.unseen('account', {
          why: 'nothing says which account is the seller’s',
          remedy: 'see config above',
        })
      : judgeAccount(caller, account)
  const notLooked = (why: string): Check[] => [
    who,
    say.unseen('stack', { why: `${REST} were not looked at: ${why}`, remedy: 'put that right first' }),
  ]
  if (who.state === 'unseen') return notLooked('AWS could not be asked who is asking')
  if (who.state === 'wrong') return notLooked('the credentials are another account’s')
  if (deployment === undefined) return notLooked('there are no outputs')
  const { edge } = deployment
  if (edge === null) return [who]
  const parameters = parametersOf(seller, edge)
  const [queues, identity, mail, live] = await Promise.all([
    examineQueues(aws, deployment.deployment, edge, now),
    examineIdentity(aws, seller, deployment, edge),
    examineMail(aws, deployment.deployment, edge.mail, resolveName),
    parameters.length === 0 ? [] : fetchLive(aws, parameters).then((live) => judgeLive(live, deployment)),
  ])
  return [who, ...queues, ...identity, ...live, ...mail]
}

async function examineMail(
  aws: Aws,
  stack: string,
  mail: Edge['mail'],
  resolveName: ResolveName,
): Promise<Check[]> {
  return mail === null ? [] : judgeMail(await fetchMail(aws, mail, resolveName), mail, stack)
}

/** A dry stack has none of its own: those that its products would have. */
function parametersOf(seller: SellerConfig | undefined, edge: Edge): readonly string[] {
  if (edge.liveParameters.length > 0) return edge.liveParameters
  return (seller?.products ?? [])
    .filter((product) => product.kind === 'saas' && isMetered(product))
    .map(({ id }) => liveParameter(id))
}

async function examineQueues(aws: Aws, stack: string, edge: Edge, now: () => number): Promise<Check[]> {
  const checks: Check[] = []
  const dead = new Set<string>()
  for (const [name, url] of [
    ['events queue', edge.eventsQueueUrl],
    ['usage queue', edge.usageQueueUrl],
  ] as const) {
    if (url === null) continue
    const queue = await fetchQueue(aws, url)
    const oldest = await fetchOldest(aws, url.slice(url.lastIndexOf('/') + 1), now())
    checks.push(...judgeQueue({ stack, name, url, queue, oldest }))
    if (!queue.ok || queue.value === null) continue
    const { arn: queueArn, policy: queuePolicy, deadLetterArn } = queue.value
    if (deadLetterArn !== null) dead.add(deadLetterArn)
    if (name === 'usage queue') continue
    const rules = await fetchRules(aws, queueArn)
    checks.push(...judgeRules({ stack, publicUrl: edge.publicUrl, queueArn, queuePolicy, rules }))
    if (rules.ok)
      for (const { targets } of rules.value)
        for (const target of targets) if (target.deadLetterArn !== null) dead.add(target.deadLetterArn)
    const { legacyTopicArns, techAdminTopicArn } = edge
    const subscriptions = await fetchSubscriptions(aws)
    checks.push(
      ...judgeTopics({ stack, subscriptions, legacyTopicArns, techAdminTopicArn, queueArn, queuePolicy }),
    )
  }
  for (const arn of dead) checks.push(judgeDepth(arn, await fetchQueue(aws, urlOfQueue(arn)), stack))
  return checks
}

async function examineIdentity(
  aws: Aws,
  seller: SellerConfig | undefined,
  { deployment, metering }: Deployment,
  edge: Edge,
): Promise<Check[]> {
  const needed = seller === undefined ? undefined : neededActions(seller, { metering, edge })
  const rights = (seen: Seen<readonly RightsFacts[] | null>): Check[] =>
    needed === undefined ? [] : judgeRights(seen, needed, placesOf(edge), { deployment, metering })
  const { credentials, publicUrl: issuer } = edge
  if (credentials.kind === 'user') {
    const user = await fetchUser(aws, credentials.accessKeyId)
    return [
      judgeUser(user, credentials.accessKeyId, deployment),
      ...rights(user.ok ? ok(user.value?.rights ?? null) : user),
    ]
  }
  const { providerArn, roleArn } = credentials
  const [provider, role] = [await fetchProvider(aws, providerArn), await fetchRole(aws, roleArn)]
  return [
    judgeProvider(provider, issuer, deployment),
    judgeTrust(role.ok ? ok(role.value?.trust ?? null) : role, { roleArn, providerArn, issuer, deployment }),
    ...(role.ok ? rights(ok(role.value?.rights ?? null)) : []),
  ]
}
