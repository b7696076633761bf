/** Our rules hold for every stack that can be configured, and each of them is seen to find what breaks it. */
import { expect, test } from 'vitest'
import type { Statement } from '../../infra/policy.ts'
import config from '../../seller.config.ts'
import type { ContainerPricing, Product, SellerConfig } from '../../shared/seller.ts'
import { PRICINGS } from '../container/buyer/products.ts'
import { documentIn, resourceOf, type Planned } from '../support/plan.ts'
import type { Value } from '../support/resource-monitor.ts'
import { planStack } from '../support/stack.ts'
import type { Given } from '../support/stack-config.ts'
import { RULES } from './rules.ts'

const EDGE = { publicUrl: 'https://tollgate.skillsmith.app' }

/** Every part there is: all that is optional, and a product of the old integration. */
const EVERYTHING = {
  ...EDGE,
  metering: 'live',
  mailFrom: 'aws@skillsmith.app',
  pushKeyVersion: 2,
  usageWriters: ['210987654321'],
  pullAccounts: ['210987654321'],
  productTeam: 'product@skillsmith.app',
  engineering: 'engineering@skillsmith.app',
  onCall: 'https://events.example.com/on-call',
  supportLead: 'support@skillsmith.app',
  serviceProduct: 'container',
  serviceImage: '1.0.0',
  publisherRepository: 'skillsmith/skillsmith',
  marketplacePrefix: 'skillsmith-inc',
}
const SERVICE = { serviceProduct: 'container', serviceImage: '1.0.0' }
const QUEUES = 'https://sqs.us-east-1.amazonaws.com/123456789012'

const selling = (change: (product: Product) => readonly Product[]): SellerConfig => ({
  ...config,
  products: config.products.flatMap(change),
})
const only = (...keys: readonly string[]) =>
  selling((product) => (keys.includes(product.key) ? [product] : []))
const legacy = selling((product) => [
  product.key === 'contract' ? { ...product, integration: 'legacy' } : product,
])
const priced = (pricing: ContainerPricing) =>
  selling((product) => (product.kind === 'container' ? [{ ...product, pricing }] : []))

const STACKS: Readonly<Record<string, readonly [given: Given, seller?: SellerConfig]>> = {
  'with everything there is': [EVERYTHING, legacy],
  'as the repository sells it': [EDGE],
  "with a user's lasting key": [{ ...EDGE, edgeCredentials: 'user', metering: 'live' }],
  'of what is taken over': [
    {
      ...EDGE,
      adoptRepositories: ['container=images/skillsmith'],
      adoptEventsQueue: `${QUEUES}/events`,
      adoptUsageQueue: `${QUEUES}/usage`,
    },
  ],
  'of a contract alone': [EDGE, only('contract')],
  'of a subscription alone': [{ ...EDGE, metering: 'live' }, only('subscription')],
  'of a container alone': [{}, only('container')],
  'of a task in a network that is given, with a secret': [
    {
      ...SERVICE,
      serviceVpc: 'vpc-0a1b2c3d4e5f60718',
      serviceSubnets: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
      serviceSecrets: ['DB=arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf'],
    },
    only('container'),
  ],
  ...Object.fromEntries(
    PRICINGS.map((pricing) => [`of a task of pricing ${pricing}`, [SERVICE, priced(pricing)]]),
  ),
}

const planned = new Map<string, Promise<readonly Planned[]>>()
/** Planned once, read by all. */
function planNamed(name: string): Promise<readonly Planned[]> {
  const [given, seller] = STACKS[name] ?? [{}]
  const plan = planned.get(name) ?? planStack(given, seller)
  planned.set(name, plan)
  return plan
}

test.each(Object.keys(STACKS))('a stack %s breaks no rule', async (name) => {
  const plan = await planNamed(name)
  const broken = RULES.map((rule) => [rule.says, rule.broken(plan)] as const)
  expect(broken.filter(([, names]) => names.length > 0)).toEqual([])
})

/** One input of a resource, changed. */
const having =
  (input: string, value: Value) =>
  (one: Planned): Planned => ({
    ...one,
    inputs: { ...one.inputs, [input]: value },
  })

/** One statement more in the document of a resource. */
const stating =
  (input: string, statement: Partial<Statement>) =>
  (one: Planned): Planned => {
    const { Statement, ...rest } = documentIn(one, input)
    const planted = { Sid: 'Planted', Effect: 'Allow', Action: 'sqs:SendMessage', ...statement }
    return having(input, JSON.stringify({ ...rest, Statement: [...Statement, planted] }))(one)
  }

const ANYWHERE = { protocol: 'tcp', fromPort: 80, toPort: 80 }

/** What somebody might write one day: the rule it breaks (its first words), the resource, and the change. */
const PLANTED: readonly (readonly [rule: string, resource: string, change: (one: Planned) => Planned])[] = [
  ['queues and topics', 'notifications-queue', having('kmsMasterKeyId', null)],
  ['queues and topics', 'topics-tech-admin', having('kmsMasterKeyId', null)],
  ['queues and topics', 'registry-skillsmith-repository', having('encryptionConfigurations', null)],
  ['a key of the stack', 'key', having('enableKeyRotation', false)],
  ['what is secret', 'notifications-push-connection', (one) => ({ ...one, secretInputs: [] })],
  ['what is secret', 'edge-identity-access-key', (one) => ({ ...one, secretOutputs: [] })],
  ['what is secret', 'live-subscription', having('name', '/skillsmith/password')],
  ['who bills', 'live-subscription', having('overwrite', true)],
  ['nobody outside', 'notifications-queue-policy', stating('policy', { Principal: { AWS: '*' } })],
  ['nobody outside', 'registry-skillsmith-pull', stating('policy', { Principal: { AWS: ['a', '*'] } })],
  ['nobody outside', 'service-group', having('ingress', [{ ...ANYWHERE, cidrBlocks: ['0.0.0.0/0'] }])],
  ['nobody outside', 'service-group', having('ingress', [{ ...ANYWHERE, ipv6CidrBlocks: ['::/0'] }])],
  [
    'nobody outside',
    'service-group',
    (one) => ({
      ...one,
      type: 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
      inputs: { cidrIpv4: '0.0.0.0/0' },
    }),
  ],
  ['nobody outside', 'service-network-subnet-1', having('mapPublicIpOnLaunch', true)],
  [
    'nobody outside',
    'registry-skillsmith-repository',
    (one) => ({ ...one, type: 'aws:ecrpublic/repository:Repository' }),
  ],
  [
    'a queue and a topic take',
    'notifications-dead-letters-policy',
    stating('policy', { Principal: { Service: 'sns.amazonaws.com' } }),
  ],
  [
    'only ECS',
    'notifications-push-role',
    stating('assumeRolePolicy', { Principal: { Service: 'events.amazonaws.com' } }),
  ],
  ['only ECS', 'publisher-role', stating('assumeRolePolicy', { Principal: { Federated: 'anybody' } })],
  ['what holds billing data', 'usage-queue-dead-letters', (one) => ({ ...one, protect: false })],
  ['what holds billing data', 'notifications-queue', (one) => ({ ...one, retainOnDelete: false })],
  ['what holds billing data', 'key', (one) => ({ ...one, retainOnDelete: false })],
  ['what holds billing data', 'registry-skillsmith-repository', (one) => ({ ...one, protect: false })],
  ['what holds billing data', 'live-subscription', (one) => ({ ...one, protect: false })],
  ['a queue keeps', 'notifications-push-dead-letters', having('messageRetentionSeconds', 345_600)],
  ['a repository never', 'registry-skillsmith-repository', having('imageTagMutability', 'MUTABLE')],
  ['a repository never', 'registry-skillsmith-repository', having('imageScanningConfiguration', null)],
  ['a repository never', 'registry-skillsmith-repository', having('forceDelete', true)],
  [
    'no lifecycle rule',
    'registry-skillsmith-lifecycle',
    having('policy', JSON.stringify({ rules: [{ selection: { tagStatus: 'any' } }] })),
  ],
  ['logs are kept', 'service-logs', having('retentionInDays', null)],
  ['logs are kept', 'service-logs', having('retentionInDays', 0)],
  ['no IAM document', 'edge-identity-queues', stating('policy', { Action: 'sqs:*' })],
  ['no IAM document', 'key', stating('policy', { Action: ['kms:Decrypt', 'kms:Get*'] })],
  [
    'no IAM document',
    'usage-queue-writer',
    stating('policy', { NotAction: 'iam:PassRole' } as Partial<Statement>),
  ],
  ['a right on every resource', 'edge-identity-topic', stating('policy', { Resource: '*' })],
  ['rights are ours', 'usage-queue-writer-role-policy', having('policyArn', 'arn:aws:iam::aws:policy/X')],
  ['what EventBridge and SNS', 'notifications-queue-target', having('deadLetterConfig', null)],
  [
    'what EventBridge and SNS',
    'notifications-push-target',
    having('retryPolicy', { maximumRetryAttempts: 3 }),
  ],
  ['what EventBridge and SNS', 'notifications-legacy-contract-subscription', having('redrivePolicy', null)],
  ['a queue that somebody', 'usage-queue-queue', (one) => ({ ...one, name: 'other' })],
  ['events, queues, mail', 'notifications-rule', having('region', 'eu-central-1')],
  ['events, queues, mail', 'mail-set', having('region', null)],
  ['an alarm says', 'monitoring-heartbeat-missing', having('treatMissingData', null)],
  ['an alarm says', 'monitoring-metering-errors', having('alarmActions', [])],
]

test.each(PLANTED)('the rule "%s …" finds what is wrong with %s', async (words, name, change) => {
  const stack = name === 'edge-identity-access-key' ? "with a user's lasting key" : 'with everything there is'
  const plan = await planNamed(stack)
  const rule = RULES.find(({ says }) => says.startsWith(words))
  const wrong = change(resourceOf(plan, name))

  expect(rule?.broken(plan.map((one) => (one.name === name ? wrong : one)))).toHaveLength(1)
})

test('every rule is seen to find something', () => {
  const tried = RULES.filter(({ says }) => PLANTED.some(([words]) => says.startsWith(words)))
  expect(tried).toEqual(RULES)
})
