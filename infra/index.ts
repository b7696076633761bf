/** The whole deployment on one screen: which parts the products need, and how they hang together (design §10). */
import { getStack, RunError, runtime, type Input } from '@pulumi/pulumi'
import seller from '../seller.config.ts'
import type { SellerConfig } from '../shared/seller.ts'
import { METRICS, type EdgeOutputs, type MailOutputs, type StackOutputs } from '../shared/stack.ts'
import { checkAccount } from './account.ts'
import { EdgeIdentity } from './edge-identity.ts'
import { Service } from './fargate-service.ts'
import { encryptionKey } from './key.ts'
import { liveParameters } from './live.ts'
import { Mail } from './mail.ts'
import { Monitoring } from './monitoring.ts'
import { Notifications } from './notifications.ts'
import { partsOf, type Parts } from './parts.ts'
import { Publisher } from './publisher.ts'
import { registriesOf } from './registry.ts'
import { readSettings, type StackSettings } from './settings.ts'
import { Topics } from './topics.ts'
import { UsageQueue } from './usage-queue.ts'

/** What `pulumi up` does. Throws a RunError, which Pulumi tells without a stack trace, for what a person has to mend. */
export async function program(): Promise<Later<StackOutputs>> {
  const settings = readSettings({ stack: getStack(), all: runtime.allConfig() }, partsOf(seller))
  if (!settings.ok) throw new RunError(`The stack's config cannot be used.\n  ${settings.error.join('\n  ')}`)
  await checkAccount(seller.seller.account)
  return deployStack(settings.value, seller)
}

/** A value some of whose parts AWS makes. */
export type Later<T> = T extends object ? { readonly [K in keyof T]: Input<Later<T[K]>> } : T

export function deployStack(settings: StackSettings, seller: SellerConfig): Later<StackOutputs> {
  const parts = partsOf(seller)
  const { account } = seller.seller
  const { stack, region, metering, publicUrl } = settings

  const { pullAccounts, adopt } = settings
  const registries = registriesOf(parts.containers, { stack, pullAccounts, adopt: adopt.repositories })
  const product = parts.containers.find(({ key }) => key === settings.service?.product)
  const repository = product && registries[product.key]
  if (settings.service && product && repository) {
    const { logDays, service } = settings
    new Service('service', { product, settings: service, repository, account, region, logDays })
  }
  const publisher =
    settings.publisher &&
    new Publisher('publisher', {
      account,
      products: seller.products,
      repositories: Object.fromEntries(
        parts.containers.map(({ key, image }) => [image.repository, registries[key]?.arn ?? '']),
      ),
      settings: settings.publisher,
    })

  return {
    deployment: stack,
    account,
    metering,
    edge: publicUrl === null ? null : deployEdge({ ...settings, publicUrl }, seller, parts),
    repositories: Object.fromEntries(Object.entries(registries).map(([key, { url }]) => [key, url])),
    publisherRoleArn: publisher?.roleArn ?? null,
  }
}

/** All that the Worker needs of AWS. */
function deployEdge(
  settings: StackSettings & { readonly publicUrl: string },
  { seller, alarms }: SellerConfig,
  { metered, entitlements, trials, legacyTopics: legacy }: Parts,
): Later<EdgeOutputs> {
  const { account } = seller
  const { stack, publicUrl, pushKeyVersion, adopt, mailFrom, webhookUrl, cloudflareAccount } = settings
  const isLive = settings.metering === 'live'

  const key = encryptionKey(stack, { account, legacy: legacy.length > 0, mail: mailFrom !== null })
  const adoptQueueUrl = adopt.eventsQueue
  const notifications = new Notifications('notifications', {
    key,
    account,
    publicUrl,
    pushKeyVersion,
    legacy,
    adoptQueueUrl,
  })
  const usage =
    metered.length === 0
      ? null
      : new UsageQueue('usage-queue', {
          key,
          writers: settings.usageWriters,
          adoptQueueUrl: adopt.usageQueue,
        })
  const topics = new Topics('topics', {
    audiences: settings.audiences,
    techAdminEmail: seller.contacts.techAdmin,
    keyArn: key.arn,
    account,
    mail: mailFrom !== null,
  })
  const { techAdmin } = topics.arns
  const mail =
    mailFrom === null
      ? null
      : new Mail('mail', { from: mailFrom, stack, topicArn: techAdmin, dependsOn: topics.policies })
  const live = isLive ? liveParameters(stack, metered) : []
  const identity = new EdgeIdentity('edge-identity', {
    issuer: publicUrl,
    stack,
    kind: settings.edgeCredentials,
    queueArns: usage ? [notifications.queueArn, usage.queueArn] : [notifications.queueArn],
    keyArn: key.arn,
    topicArn: techAdmin,
    mail: mail && { identityArn: mail.identityArn, setArn: mail.setArn, from: mail.address },
    metering: isLive && metered.length > 0,
    entitlements,
    dependsOn: live,
  })

  new Monitoring('monitoring', {
    stack,
    publicUrl,
    thresholds: alarms,
    metered: metered.length > 0,
    trials,
    topics: topics.arns,
    names: {
      rule: notifications.ruleName,
      eventsQueue: notifications.queueName,
      eventsDeadLetters: notifications.deadLetterNames.queue,
      pushDeadLetters: notifications.deadLetterNames.push,
      usageQueue: usage?.queueName ?? null,
      usageDeadLetters: usage?.deadLetterName ?? null,
    },
  })

  return {
    publicUrl,
    credentials: identity.credentials,
    eventsQueueUrl: notifications.queueUrl,
    eventsPushKeys: notifications.pushKeys,
    legacyTopicArns: legacy.flatMap(({ arns }) => arns),
    usageQueueUrl: usage?.queueUrl ?? null,
    usageWriterPolicyArn: usage?.writerPolicyArn ?? null,
    usageWriterRoleArn: usage?.writerRoleArn ?? null,
    techAdminTopicArn: techAdmin,
    mail: mail && mailOutputs(mailFrom ?? '', mail),
    webhookUrl,
    metricsNamespace: METRICS.namespace,
    liveParameters: live.map(({ name }) => name),
    cloudflareAccount,
  }
}

const mailOutputs = (from: string, { domain, setName, dnsRecords }: Mail): Later<MailOutputs> => ({
  from,
  domain,
  configurationSet: setName,
  dnsRecords,
})
