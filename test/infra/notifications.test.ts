/** How AWS's events come, as the plan has it: type, name, inputs, and who may write where. AWS itself is not asked. */
import { expect, test } from 'vitest'
import { readSettings } from '../../worker/env.ts'
import { encryptionKey } from '../../infra/key.ts'
import { Notifications, type NotificationsArgs } from '../../infra/notifications.ts'
import { ACCOUNT, documentIn, listOf, planOf, resourceOf, textIn, valueOf } from '../support/plan.ts'

const SUBSCRIPTION = 'arn:aws:sns:us-east-1:287250355862:aws-mp-subscription-notification-abc'
const ENTITLEMENT = 'arn:aws:sns:us-east-1:287250355862:aws-mp-entitlement-notification-abc'
const LEGACY = [{ product: 'team', arns: [SUBSCRIPTION, ENTITLEMENT] }]
const RULE = `arn:aws:events:us-east-1:${ACCOUNT}:rule/events-rule-1a2b3c4`
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/key-key-id`

const queueArn = (name: string) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`
const QUEUE = queueArn('events-queue-1a2b3c4')
const DEAD = queueArn('events-dead-letters-1a2b3c4')
const PUSH_DEAD = queueArn('events-push-dead-letters-1a2b3c4')
const urlOf = (arn: string) => `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/${arn.split(':').at(-1)}`

const build = (args: Partial<NotificationsArgs> = {}) =>
  new Notifications('events', {
    key: encryptionKey('prod', { account: ACCOUNT, legacy: false, mail: false }),
    account: ACCOUNT,
    publicUrl: 'https://market.skillsmith.app',
    pushKeyVersion: 1,
    legacy: [],
    adoptQueueUrl: null,
    ...args,
  })
const planEvents = (args: Partial<NotificationsArgs>) => planOf(() => build(args))
/** Of a product that has no legacy topics. */
const usual = planEvents({})
const withTopics = planEvents({ legacy: LEGACY })

test('a rule, a queue, a push door, and dead letters of each; nothing of a legacy product', async () => {
  expect(listOf(await usual).filter((one) => !one.includes('kms'))).toEqual([
    'aws:cloudwatch/eventApiDestination:EventApiDestination events-push-destination',
    'aws:cloudwatch/eventConnection:EventConnection events-push-connection',
    'aws:cloudwatch/eventRule:EventRule events-rule',
    'aws:cloudwatch/eventTarget:EventTarget events-push-target',
    'aws:cloudwatch/eventTarget:EventTarget events-queue-target',
    'aws:iam/role:Role events-push-role',
    'aws:iam/rolePolicy:RolePolicy events-push-invoke',
    'aws:sqs/queue:Queue events-dead-letters',
    'aws:sqs/queue:Queue events-push-dead-letters',
    'aws:sqs/queue:Queue events-queue',
    'aws:sqs/queuePolicy:QueuePolicy events-dead-letters-policy',
    'aws:sqs/queuePolicy:QueuePolicy events-push-dead-letters-policy',
    'aws:sqs/queuePolicy:QueuePolicy events-queue-policy',
    'aws:sqs/redriveAllowPolicy:RedriveAllowPolicy events-dead-letters-of',
    'aws:sqs/redriveAllowPolicy:RedriveAllowPolicy events-push-dead-letters-of',
    'aws:sqs/redrivePolicy:RedrivePolicy events-redrive',
    'random:index/randomPassword:RandomPassword events-push-key-1',
    'tollgate:infra:Notifications events',
  ])
})

test('all of it is in us-east-1, wherever the stack is', async () => {
  const placed = (await withTopics).filter(({ type }) => /^aws:(cloudwatch|sqs|sns)\//.test(type))

  expect(placed.length).toBeGreaterThan(14)
  expect(placed.filter(({ inputs }) => inputs['region'] !== 'us-east-1')).toEqual([])
})

test('the rule passes on every event of the source, whatever its kind', async () => {
  expect(resourceOf(await usual, 'events-rule').inputs).toEqual({
    description: 'What AWS Marketplace says of purchases, to Tollgate',
    eventPattern: '{"source":["aws.agreement-marketplace"]}',
    state: 'ENABLED',
    region: 'us-east-1',
  })
})

const SETTINGS = {
  kmsMasterKeyId: KEY,
  messageRetentionSeconds: 1_209_600,
  maxMessageSize: 1_048_576,
  region: 'us-east-1',
}

test.each([
  ['events-queue', { ...SETTINGS, visibilityTimeoutSeconds: 120 }],
  ['events-dead-letters', SETTINGS],
  ['events-push-dead-letters', SETTINGS],
])('%s keeps messages for two weeks under the stack’s key, and outlives the stack', async (name, inputs) => {
  const queue = resourceOf(await usual, name)

  expect(queue.inputs).toEqual(inputs)
  expect(queue).toMatchObject({
    parent: 'events',
    protect: true,
    retainOnDelete: true,
    importId: '',
    ignoreChanges: [],
  })
})

test('a message is put aside after a day of failing, and only by its own queue', async () => {
  const plan = await usual
  const redrive = resourceOf(plan, 'events-redrive')
  const allow = (name: string) => JSON.parse(textIn(resourceOf(plan, name), 'redriveAllowPolicy'))

  expect(textIn(redrive, 'queueUrl')).toBe(urlOf(QUEUE))
  expect(JSON.parse(textIn(redrive, 'redrivePolicy'))).toEqual({
    deadLetterTargetArn: DEAD,
    maxReceiveCount: 720,
  })
  expect(allow('events-dead-letters-of')).toEqual({ redrivePermission: 'byQueue', sourceQueueArns: [QUEUE] })
  expect(allow('events-push-dead-letters-of')).toEqual({ redrivePermission: 'denyAll' })
})

const RETRY = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 }

test('each target is tried for a day, then has its own dead letters, and is there after what lets it deliver', async () => {
  const plan = await usual
  const toQueue = resourceOf(plan, 'events-queue-target')
  const toDoor = resourceOf(plan, 'events-push-target')

  expect(toQueue.inputs).toEqual({
    rule: 'events-rule-1a2b3c4',
    arn: QUEUE,
    deadLetterConfig: { arn: DEAD },
    retryPolicy: RETRY,
    region: 'us-east-1',
  })
  expect(toQueue.dependsOn).toEqual(
    expect.arrayContaining(['events-queue-policy', 'events-dead-letters-policy']),
  )
  expect(toDoor.inputs).toEqual({
    rule: 'events-rule-1a2b3c4',
    arn: `arn:aws:events:us-east-1:${ACCOUNT}:api-destination/events-push-destination-1a2b3c4/1a2b3c4`,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/events-push-role-1a2b3c4`,
    deadLetterConfig: { arn: PUSH_DEAD },
    retryPolicy: RETRY,
    region: 'us-east-1',
  })
  expect(toDoor.dependsOn).toEqual(
    expect.arrayContaining(['events-push-invoke', 'events-push-dead-letters-policy']),
  )
})

const fromRule = (queue: string) => ({
  Sid: 'Rule',
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: queue,
  Condition: { ArnEquals: { 'aws:SourceArn': RULE } },
})
const fromTopics = (queue: string) => ({
  Sid: 'LegacyTopics',
  Effect: 'Allow',
  Principal: { Service: 'sns.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: queue,
  Condition: { ArnEquals: { 'aws:SourceArn': [ENTITLEMENT, SUBSCRIPTION] } },
})

test.each([
  ['events-queue-policy', QUEUE, usual, [fromRule(QUEUE)]],
  ['events-dead-letters-policy', DEAD, usual, [fromRule(DEAD)]],
  ['events-queue-policy', QUEUE, withTopics, [fromRule(QUEUE), fromTopics(QUEUE)]],
  ['events-dead-letters-policy', DEAD, withTopics, [fromRule(DEAD), fromTopics(DEAD)]],
  ['events-push-dead-letters-policy', PUSH_DEAD, withTopics, [fromRule(PUSH_DEAD)]],
])(
  '%s lets in the one rule and the topics of legacy products alone',
  async (name, queue, plan, statements) => {
    const policy = resourceOf(await plan, name)

    expect(textIn(policy, 'queueUrl')).toBe(urlOf(queue))
    expect(documentIn(policy)).toEqual({ Version: '2012-10-17', Statement: statements })
  },
)

test('EventBridge posts to the Worker’s own door, with the key in the header that the Worker reads', async () => {
  const plan = await usual
  const connection = resourceOf(plan, 'events-push-connection')

  expect(connection.inputs).toEqual({
    description: "Opens the Worker's push door",
    authorizationType: 'API_KEY',
    authParameters: { apiKey: { key: 'x-api-key', value: 'events-push-key-1-result' } },
    region: 'us-east-1',
  })
  expect(connection.secretInputs.join()).toContain('authParameters')
  expect(resourceOf(plan, 'events-push-destination').inputs).toEqual({
    description: "The Worker's push door",
    connectionArn: `arn:aws:events:us-east-1:${ACCOUNT}:connection/events-push-connection-1a2b3c4/1a2b3c4`,
    httpMethod: 'POST',
    invocationEndpoint: 'https://market.skillsmith.app/v1/events/aws',
    invocationRateLimitPerSecond: 10,
    region: 'us-east-1',
  })
})

test('the role of the push is EventBridge’s for the one rule, and may call the one door', async () => {
  const plan = await usual

  expect(documentIn(resourceOf(plan, 'events-push-role'), 'assumeRolePolicy').Statement).toEqual([
    {
      Sid: 'EventBridge',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
        ArnEquals: { 'aws:SourceArn': RULE },
      },
    },
  ])
  expect(documentIn(resourceOf(plan, 'events-push-invoke')).Statement).toEqual([
    {
      Sid: 'Push',
      Effect: 'Allow',
      Action: 'events:InvokeApiDestination',
      Resource: textIn(resourceOf(plan, 'events-push-target'), 'arn'),
    },
  ])
})

test.each([
  [1, ['events-push-key-1']],
  [2, ['events-push-key-2', 'events-push-key-1']],
  [7, ['events-push-key-7', 'events-push-key-6']],
])('at version %i the Worker takes %j, and EventBridge sends the first', async (pushKeyVersion, keys) => {
  let told: readonly string[] = []
  const plan = await planOf(async () => {
    told = await valueOf(build({ pushKeyVersion }).pushKeys)
  })

  expect(told).toEqual(keys.map((key) => `${key}-result`))
  expect(plan.filter(({ type }) => type.startsWith('random:')).map(({ name }) => name)).toEqual(keys)
  expect(JSON.stringify(resourceOf(plan, 'events-push-connection').inputs)).toContain(`"${keys[0]}-result"`)
})

test('a push key is one that the Worker takes, alone or with the one before it', async () => {
  const { inputs } = resourceOf(await usual, 'events-push-key-1')
  expect(inputs).toEqual({ length: 48, special: false })

  const key = 'aZ09'.repeat(12)
  for (const text of [key, `${key},${key}`]) {
    const read = readSettings({ EVENTS_PUSH_KEYS: text } as never)
    expect(read.ok ? [] : read.error.malformed).not.toContain('EVENTS_PUSH_KEYS')
  }
})

test('each topic of a legacy product is heard in SNS’s envelope, with dead letters, once the queue takes from it', async () => {
  const plan = await withTopics
  const topics = plan.filter(({ type }) => type === 'aws:sns/topicSubscription:TopicSubscription')

  expect(topics.map(({ name, inputs }) => [name, inputs['topic']])).toEqual([
    ['events-legacy-team-subscription', SUBSCRIPTION],
    ['events-legacy-team-entitlement', ENTITLEMENT],
  ])
  for (const topic of topics) {
    expect(topic.inputs).toMatchObject({ protocol: 'sqs', endpoint: QUEUE, rawMessageDelivery: false })
    expect(JSON.parse(textIn(topic, 'redrivePolicy'))).toEqual({ deadLetterTargetArn: DEAD })
    expect(topic.dependsOn).toEqual(
      expect.arrayContaining(['events-queue-policy', 'events-dead-letters-policy']),
    )
  }
})

test('an adopted queue keeps its name, its settings and its messages, and gets our policy and dead letters', async () => {
  const url = `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/marketplace-events`
  const plan = await planEvents({ adoptQueueUrl: url })
  const queue = resourceOf(plan, 'events-queue')

  expect(queue).toMatchObject({ importId: `${url}@us-east-1`, protect: true, retainOnDelete: true })
  expect(queue.inputs['name']).toBe('marketplace-events')
  expect(queue.replaceOnChanges).toEqual([])
  const settings = Object.keys(queue.inputs).filter((input) => !['name', 'region'].includes(input))
  expect(queue.ignoreChanges).toEqual(expect.arrayContaining(settings))
  expect(textIn(resourceOf(plan, 'events-redrive'), 'queueUrl')).toBe(url)
  expect(documentIn(resourceOf(plan, 'events-queue-policy')).Statement[0]?.Resource).toBe(
    queueArn('marketplace-events'),
  )
})
