/** The stack's key as the plan has it, and who may write under it. That KMS accepts the policy is not proven here. */
import { expect, test } from 'vitest'
import { encryptionKey } from '../../infra/key.ts'
import { keyPolicy } from '../../infra/policies.ts'
import { ACCOUNT, documentIn, listOf, planOf, resourceOf } from '../support/plan.ts'

const USERS = { account: ACCOUNT, legacy: false, mail: false }

test('a stack has one key: it turns each year, is in us-east-1, and outlives the stack', async () => {
  const plan = await planOf(() => encryptionKey('prod', USERS))

  expect(listOf(plan)).toEqual(['aws:kms/alias:Alias key-alias', 'aws:kms/key:Key key'])
  const key = resourceOf(plan, 'key')
  expect(key).toMatchObject({ parent: null, protect: true, retainOnDelete: true })
  expect(key.inputs).toEqual({
    description: 'Tollgate, prod: events, usage and alarms',
    enableKeyRotation: true,
    deletionWindowInDays: 30,
    policy: expect.any(String),
    region: 'us-east-1',
  })
  expect(documentIn(key).Statement.map(({ Sid }) => Sid)).toEqual([
    'Administer',
    'UseByIamPolicy',
    'Fromevents',
    'Fromcloudwatch',
  ])
  expect(resourceOf(plan, 'key-alias')).toMatchObject({
    inputs: { name: 'alias/tollgate-prod', targetKeyId: 'key-key-id', region: 'us-east-1' },
    protect: false,
  })
})

const service = (name: string) => ({
  Sid: `From${name}`,
  Effect: 'Allow',
  Principal: { Service: `${name}.amazonaws.com` },
  Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
  Resource: '*',
})
const ROOT = { AWS: `arn:aws:iam::${ACCOUNT}:root` }

test('the account is let in by its own policies, and only services that write to this stack', () => {
  const { Statement } = keyPolicy({ account: ACCOUNT, legacy: true, mail: true })
  const [administer, use, ...services] = Statement

  expect(administer).toMatchObject({ Effect: 'Allow', Principal: ROOT, Resource: '*' })
  expect(use).toEqual({
    Sid: 'UseByIamPolicy',
    Effect: 'Allow',
    Principal: ROOT,
    Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
    Resource: '*',
  })
  expect(services).toEqual([
    service('events'),
    service('sns'),
    service('ses'),
    { ...service('cloudwatch'), Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } },
  ])
})

test('an administrator may do no cryptography, and nobody may give the key away by a grant', () => {
  const actions = keyPolicy(USERS).Statement.map(({ Action }) => [Action].flat())

  expect(actions[0]?.filter((action) => /crypt|DataKey|Sign|Mac/i.test(action))).toEqual([])
  expect(actions.flat().filter((action) => action.includes('Grant'))).toEqual([])
})

test.each([
  [{ legacy: false, mail: false }, ['events', 'cloudwatch']],
  [{ legacy: true, mail: false }, ['events', 'sns', 'cloudwatch']],
  [{ legacy: false, mail: true }, ['events', 'ses', 'cloudwatch']],
])('with %j the key knows %j and no other service', (users, services) => {
  const known = keyPolicy({ account: ACCOUNT, ...users }).Statement.flatMap(({ Principal }) =>
    Principal && 'Service' in Principal ? [Principal.Service.replace('.amazonaws.com', '')] : [],
  )
  expect(known).toEqual(services)
})
