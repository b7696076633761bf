/** A deployment that is well in every part, on this machine, for the doctor to look at; a test makes one part ill. */
import { onTestFinished } from 'vitest'
import { namesOf } from '../../commands/deploy/standing.ts'
import { settingsOf } from '../../commands/deploy/settings.ts'
import { soldOf } from '../../commands/deploy/sold.ts'
import { neededActions } from '../../commands/doctor/checks/rights.ts'
import { liveParameter } from '../../commands/doctor/facts/live.ts'
import { deliveryPolicy, edgeTrust } from '../../infra/policies.ts'
import seller from '../../seller.config.ts'
import type { EdgeOutputs, StackOutputs } from '../../shared/stack.ts'
import { VIEW } from '../simulator/market.ts'
import { openSimulator } from '../simulator/simulator.ts'
import { openAccount, type Account, type AccountState } from './aws-account.ts'
import { ACCOUNT as CLOUDFLARE_ACCOUNT, startCloudflare, type StandIn } from './cloudflare.ts'
import { wireHost, type WireHost } from './cloudflare/wire-host.ts'

export const STACK = 'prod'
const ACCOUNT = seller.seller.account
const QUEUE_ARN = `arn:aws:sqs:us-east-1:${ACCOUNT}:marketplace-events`
const RULE = 'events'
const PUSH_DEAD = `arn:aws:sqs:us-east-1:${ACCOUNT}:marketplace-events-push-dlq`
const TECH_ADMIN = `arn:aws:sns:us-east-1:${ACCOUNT}:tech-admin`
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/buy.example.com`
const LIVE = seller.products.filter(({ kind }) => kind === 'saas').map(({ id }) => liveParameter(id))

/** Secrets that are at hand while the doctor looks; none of them may be told. */
export const CANARIES = {
  pushKey: 'CANARYpushkey0123456789',
  secretAccessKey: 'CANARYsecretaccesskey0123456789abcdef',
  operatorKey: `tgo_CANARY${'k'.repeat(37)}`,
  token: 'CANARYcloudflaretoken',
}

export interface WellStack {
  readonly outputs: StackOutputs
  readonly account: Account
  readonly cloudflare: StandIn
  readonly host: WireHost
}

/** What a test changes of the stack that is well. */
export interface Ill {
  readonly metering?: StackOutputs['metering']
  readonly edge?: Partial<EdgeOutputs>
  readonly account?: Partial<AccountState>
}

/** Ends with the test. `migrations`: those that are applied. */
export async function openWellStack(migrations: readonly string[], ill: Ill = {}): Promise<WellStack> {
  const host = await wireHost()
  const cloudflare = await startCloudflare(host, { token: CANARIES.token })
  onTestFinished(() => cloudflare.close())
  const outputs = { ...outputsOf(host.publicUrl, ill.edge), metering: ill.metering ?? ('live' as const) }
  await deployTo(cloudflare, host, outputs, migrations)
  const simulator = await openSimulator()
  await simulator.store.run({ kind: 'set_view', view: VIEW, deadLetters: true })
  const account = await openAccount({ ...accountOf(outputs), ...ill.account }, simulator.url)
  onTestFinished(() => account.close())
  return { outputs, account, cloudflare, host }
}

function outputsOf(publicUrl: string, more: Partial<EdgeOutputs> = {}): StackOutputs {
  const queue = (name: string): string => `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/${name}`
  return {
    deployment: STACK,
    account: ACCOUNT,
    metering: 'live',
    repositories: {},
    publisherRoleArn: null,
    edge: {
      publicUrl,
      credentials: { kind: 'role', roleArn: `arn:aws:iam::${ACCOUNT}:role/edge`, providerArn: PROVIDER },
      eventsQueueUrl: queue('marketplace-events'),
      eventsPushKeys: [CANARIES.pushKey],
      legacyTopicArns: [],
      usageQueueUrl: queue('usage'),
      usageWriterPolicyArn: null,
      usageWriterRoleArn: null,
      techAdminTopicArn: TECH_ADMIN,
      mail: {
        from: 'Example <no-reply@example.com>',
        domain: 'example.com',
        configurationSet: 'mail',
        dnsRecords: [{ name: 'k._domainkey.example.com', value: 'k.dkim.amazonses.com' }],
      },
      webhookUrl: null,
      metricsNamespace: 'Tollgate',
      liveParameters: LIVE,
      cloudflareAccount: CLOUDFLARE_ACCOUNT,
      ...more,
    },
  }
}

/** As `npm run deploy` leaves Cloudflare behind. */
async function deployTo(
  { state }: StandIn,
  host: WireHost,
  outputs: StackOutputs,
  migrations: readonly string[],
): Promise<void> {
  const { edge } = outputs
  if (edge === null) return
  const names = namesOf(outputs.deployment)
  const hash = 'a'.repeat(64)
  const made = { deployKeyHash: hash, operatorKeyHash: hash, sessionSecret: 'secret' }
  const { vars, secrets } = settingsOf(outputs, edge, soldOf(seller), made, undefined)
  const version = {
    id: 'version-1',
    bindings: [
      ...Object.entries(vars).map(([name, text]) => ({ type: 'plain_text', name, text })),
      ...Object.keys(secrets).map((name) => ({ type: 'secret_text', name })),
      { type: 'd1', name: 'DB', id: '0000' },
      ...['LEDGER', 'SUBMITTER', 'AUDIT', 'IDENTITY', 'DELIVERIES'].map((name) => ({
        type: 'binding',
        name,
      })),
    ],
    script: '',
    compatibilityDate: '2026-10-20',
    compatibilityFlags: [],
    classes: [],
  }
  state.worker = { name: names.worker, migrationTag: 'v1' }
  state.versions.push(version)
  state.deployments.unshift(version.id)
  state.schedules = ['* * * * *']
  state.databases.set('0000', names.database)
  state.queues.set(names.queue, { id: '1', consumers: [{ script: names.worker }] })
  host.database.exec('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT)')
  for (const name of migrations)
    host.database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').run(name)
  await host.run(version)
}

function accountOf({ deployment, metering, edge }: StackOutputs): AccountState {
  const issuer = edge?.publicUrl ?? ''
  const encrypted = { KmsMasterKeyId: `arn:aws:kms:us-east-1:${ACCOUNT}:key/1` }
  const ruleArn = `arn:aws:events:us-east-1:${ACCOUNT}:rule/${RULE}`
  const policy = deliveryPolicy({ queueArn: QUEUE_ARN, ruleArn, topicArns: [] })
  const { mail = null } = edge ?? {}
  return {
    parameters: Object.fromEntries(LIVE.map((name) => [name, deployment])),
    provider: { arn: PROVIDER, url: new URL(issuer).host, audiences: ['sts.amazonaws.com'] },
    principal: {
      name: 'edge',
      trust: edgeTrust({ providerArn: PROVIDER, issuer, subject: `worker:${deployment}` }),
      inline: {
        all: {
          Statement: {
            Effect: 'Allow',
            Action: neededActions(seller, { metering, edge: { mail } }),
            Resource: '*',
          },
        },
      },
      attached: {},
    },
    ses: {
      account: { ProductionAccessEnabled: true, SendingEnabled: true, EnforcementStatus: 'HEALTHY' },
      identities: {
        'example.com': { VerifiedForSendingStatus: true, DkimAttributes: { Status: 'SUCCESS' } },
      },
      sets: { mail: { sending: true, matching: ['BOUNCE', 'COMPLAINT'] } },
    },
    rules: [
      {
        name: RULE,
        state: 'ENABLED',
        pattern: { source: ['aws.agreement-marketplace'] },
        targets: [
          { Arn: QUEUE_ARN, DeadLetterConfig: { Arn: `${QUEUE_ARN}-dlq` } },
          {
            Arn: `arn:aws:events:us-east-1:${ACCOUNT}:api-destination/push/1`,
            DeadLetterConfig: { Arn: PUSH_DEAD },
          },
        ],
      },
    ],
    destination: { endpoint: `${issuer}/v1/events/aws`, state: 'ACTIVE', connection: 'AUTHORIZED' },
    subscriptions: [
      {
        TopicArn: TECH_ADMIN,
        Protocol: 'email',
        Endpoint: 'aws@example.com',
        SubscriptionArn: `${TECH_ADMIN}:1`,
      },
    ],
    queues: {
      'marketplace-events': { ...encrypted, Policy: JSON.stringify(policy) },
      usage: encrypted,
    },
    oldest: null,
  }
}
