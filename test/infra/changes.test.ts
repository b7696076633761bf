/** What an `up` changes of a stack that stands: a product more, and each key of its config. Seen by comparing plans. */
import { describe, expect, test } from 'vitest'
import seller from '../../seller.config.ts'
import { changesBetween } from '../support/plan-changes.ts'
import { another, container, planStack, saas, sellerOf } from '../support/stack.ts'
import { declared, type Given } from '../support/stack-config.ts'

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:tollgate'
const QUEUE = 'https://sqs.us-east-1.amazonaws.com/123456789012/marketplace-events'

/** A stack that has everything. */
const FULL: Given = {
  metering: 'live',
  mailFrom: 'billing@example.com',
  webhookUrl: 'https://app.example.com/webhooks',
  usageWriters: ['210987654321'],
  productTeam: 'product@example.com',
  engineering: 'engineering@example.com',
  onCall: 'on-call@example.com',
  supportLead: 'support@example.com',
  pullAccounts: ['210987654321'],
  publisherRepository: 'example/application',
  serviceProduct: 'container',
  serviceImage: '1.0.0',
}

describe('a product more changes nothing of the others', () => {
  const contract = saas('contract-with-consumption')
  const subscription = saas('subscription')
  const image = container('custom-metering')
  const { serviceProduct: _product, serviceImage: _image, ...noService } = FULL

  const legacyContract = saas('contract', { integration: 'legacy' })
  test.each([
    ['subscription', [contract, image], another(subscription, 'second')],
    ['contract', [contract, image], another(saas('contract'), 'second')],
    ['contract with consumption', [contract, subscription], another(contract, 'second')],
    ['container', [contract, image], another(image, 'second')],
    ['first container', [contract], another(image, 'second')],
    ['first subscription', [contract], another(subscription, 'second')],
  ])('%s', async (_, products, more) => {
    const before = await planStack(noService, sellerOf(...products))
    const changes = changesBetween(before, await planStack(noService, sellerOf(...products, more)))
    expect(changes).toMatchObject({ removed: [], changed: [], replaced: [] })
    expect(changes.added.filter((name) => !name.includes('second'))).toEqual(
      // The seller's first image: CI gets the right to sign in to registries.
      products.includes(image) || more.kind === 'saas' ? [] : ['publisher-login'],
    )
    expect(changes.added).toContain('publisher-catalog-second')
  })

  test('a legacy product more changes only what says whom the queue hears', async () => {
    const before = await planStack(noService, sellerOf(legacyContract))
    const second = another(saas('subscription', { integration: 'legacy' }), 'second')
    const after = await planStack({ ...noService, metering: 'live' }, sellerOf(legacyContract, second))
    expect(changesBetween(before, after)).toMatchObject({
      removed: [],
      replaced: [],
      // A queue has one policy, and it names every topic.
      changed: expect.not.arrayContaining(['key', 'notifications-queue', 'notifications-rule']),
    })
  })

  test('beside a second image the task of the first stays as it is', async () => {
    const before = await planStack(FULL, sellerOf(contract, image))
    const after = await planStack(FULL, sellerOf(contract, image, another(image, 'second')))
    expect(changesBetween(before, after)).toMatchObject({ removed: [], replaced: [], changed: [] })
  })
})

describe('no key of the config makes a queue, key, repository, role, topic or claim anew unless it has to', () => {
  /** Another value for each key; then what is made anew, for that is what the key says. */
  const CHANGES: Readonly<Record<string, readonly [value: Given[string], replaced?: readonly string[]]>> = {
    // Going dry gives the claim up. It is protected: Pulumi refuses until a person takes that off.
    metering: ['dry', ['live-contract', 'live-subscription']],
    // Another issuer. The role stays, and trusts the new one.
    publicUrl: ['https://sales.example.com', ['edge-identity-provider']],
    edgeCredentials: ['user', ['edge-identity-provider', 'edge-identity-role']],
    cloudflareAccount: ['0a1b2c3d4e5f60718293a4b5c6d7e8f9'],
    webhookUrl: [''],
    mailFrom: ['sales@example.org'],
    pushKeyVersion: [2],
    usageWriters: [['arn:aws:iam::210987654321:role/application']],
    productTeam: ['team@example.com'],
    engineering: ['https://hooks.example.com/engineering'],
    onCall: ['https://events.example.com/on-call'],
    supportLead: ['lead@example.com'],
    techAdmin: ['aws@example.com'],
    logDays: [30],
    pullAccounts: [[]],
    adoptRepositories: [['container=images/skillsmith'], ['registry-skillsmith-repository']],
    adoptEventsQueue: [QUEUE, ['notifications-queue']],
    adoptUsageQueue: [QUEUE, ['usage-queue-queue']],
    serviceProduct: ['container'],
    serviceImage: ['1.0.1'],
    serviceArchitecture: ['ARM64'],
    serviceCpu: ['1024'],
    serviceMemory: ['2048'],
    serviceMinTasks: [2],
    serviceMaxTasks: [9],
    serviceVpc: ['vpc-0a1b2c3d'],
    serviceSubnets: [['subnet-0a1b2c3d', 'subnet-0a1b2c3e']],
    serviceSecrets: [['DATABASE_URL=arn:aws:ssm:eu-central-1:123456789012:parameter/database']],
    publisherRepository: ['example/other'],
    publisherEnvironment: ['production'],
    publisherProviderArn: [
      'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
      ['publisher-github'],
    ],
    marketplacePrefix: ['example'],
  }
  /** Keys that go together. */
  const WITH: Readonly<Record<string, Given>> = {
    serviceCpu: { serviceMemory: '2048' },
    serviceVpc: { serviceSubnets: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'] },
    serviceSubnets: { serviceVpc: 'vpc-0a1b2c3d' },
  }

  const full = planStack(FULL)
  test.each(Object.entries(CHANGES))('%s', async (key, [value, replaced = []]) => {
    const after = await planStack({ ...FULL, ...WITH[key], [key]: value })
    expect(changesBetween(await full, after).replaced).toEqual(replaced)
  })

  test('every key is tried', () => {
    expect(Object.keys(CHANGES).toSorted()).toEqual(Object.keys(declared).toSorted())
  })

  test('an audience that gets a topic of its own keeps the others’, and one that is left out loses only its own', async () => {
    const changes = changesBetween(await full, await planStack({ ...FULL, onCall: TOPIC }))
    expect(changes).toMatchObject({ added: [], replaced: ['topics-on-call'] })
  })

  test('the same config plans the same, to the letter', async () => {
    expect(changesBetween(await full, await planStack(FULL))).toEqual({
      added: [],
      removed: [],
      changed: [],
      replaced: [],
    })
  })

  test('no name is given twice, so nothing is told apart by its type alone', async () => {
    const names = (await full).map(({ name }) => name)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  test('of what may not be lost nothing goes when its product is not sold any more, but by a person’s hand', async () => {
    const kept = (await full).filter(({ protect }) => protect)
    const types = ['aws:sqs/queue:Queue', 'aws:kms/key:Key', 'aws:ecr/repository:Repository']
    expect(kept.map(({ type }) => type)).toEqual(expect.arrayContaining(types))
    const unprotected = (await full).filter(({ type, protect }) => types.includes(type) && !protect)
    expect(unprotected.map(({ name }) => name)).toEqual([])
    expect(seller.products.length).toBeGreaterThan(1)
  })
})
