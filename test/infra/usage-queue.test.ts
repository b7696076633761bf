/** Where applications inside AWS report usage, as the plan has it, and who may write there. AWS itself is not asked. */
import { expect, test } from 'vitest'
import { encryptionKey } from '../../infra/key.ts'
import { UsageQueue, type UsageQueueArgs } from '../../infra/usage-queue.ts'
import { ACCOUNT, documentIn, listOf, planOf, resourceOf, textIn, valueOf } from '../support/plan.ts'

const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:usage-queue-1a2b3c4`
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/key-key-id`

const build = (args: Partial<UsageQueueArgs> = {}) =>
  new UsageQueue('usage', {
    key: encryptionKey('prod', { account: ACCOUNT, legacy: false, mail: false }),
    writers: [],
    adoptQueueUrl: null,
    ...args,
  })

test('a queue as hard as that of events, with a policy for writers and no role that nobody takes on', async () => {
  let role: unknown
  const plan = await planOf(() => {
    role = build().writerRoleArn
  })

  expect(role).toBeNull()
  expect(listOf(plan).filter((one) => !one.includes('kms'))).toEqual([
    'aws:iam/policy:Policy usage-writer',
    'aws:sqs/queue:Queue usage-dead-letters',
    'aws:sqs/queue:Queue usage-queue',
    'aws:sqs/redriveAllowPolicy:RedriveAllowPolicy usage-dead-letters-of',
    'aws:sqs/redrivePolicy:RedrivePolicy usage-redrive',
    'tollgate:infra:UsageQueue usage',
  ])
  for (const name of ['usage-queue', 'usage-dead-letters'])
    expect(resourceOf(plan, name)).toMatchObject({
      inputs: {
        kmsMasterKeyId: KEY,
        messageRetentionSeconds: 1_209_600,
        maxMessageSize: 1_048_576,
        region: 'us-east-1',
      },
      protect: true,
      retainOnDelete: true,
    })
  // As long as worker/usage/poll.ts hides what it reads.
  expect(resourceOf(plan, 'usage-queue').inputs['visibilityTimeoutSeconds']).toBe(120)
})

test('a writer may send to the one queue under the one key, and not read it', async () => {
  expect(documentIn(resourceOf(await planOf(() => build()), 'usage-writer'))).toEqual({
    Version: '2012-10-17',
    Statement: [
      { Sid: 'Report', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE },
      {
        Sid: 'WriteEncrypted',
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: KEY,
        Condition: { StringEquals: { 'kms:ViaService': 'sqs.us-east-1.amazonaws.com' } },
      },
    ],
  })
})

test('those who are named take on a role that may write, an account as a whole too; nobody else does', async () => {
  const application = 'arn:aws:iam::210987654321:role/skillsmith'
  let role = ''
  const plan = await planOf(async () => {
    const { writerRoleArn } = build({ writers: [application, '321098765432'] })
    if (writerRoleArn) role = await valueOf(writerRoleArn)
  })

  expect(role).toBe(`arn:aws:iam::${ACCOUNT}:role/usage-writer-role-1a2b3c4`)
  expect(documentIn(resourceOf(plan, 'usage-writer-role'), 'assumeRolePolicy').Statement).toEqual([
    {
      Sid: 'Application',
      Effect: 'Allow',
      Principal: { AWS: [application, 'arn:aws:iam::321098765432:root'] },
      Action: 'sts:AssumeRole',
    },
  ])
  expect(resourceOf(plan, 'usage-writer-role-policy').inputs).toEqual({
    role: 'usage-writer-role-1a2b3c4',
    policyArn: `arn:aws:iam::${ACCOUNT}:policy/usage-writer-1a2b3c4`,
  })
})

test('an adopted queue keeps its name, and writers write to it', async () => {
  const url = `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/usage-of-old`
  const plan = await planOf(() => build({ adoptQueueUrl: url }))

  expect(resourceOf(plan, 'usage-queue')).toMatchObject({
    importId: `${url}@us-east-1`,
    inputs: { name: 'usage-of-old' },
  })
  expect(textIn(resourceOf(plan, 'usage-redrive'), 'queueUrl')).toBe(url)
  expect(documentIn(resourceOf(plan, 'usage-writer')).Statement[0]?.Resource).toBe(
    `arn:aws:sqs:us-east-1:${ACCOUNT}:usage-of-old`,
  )
})
