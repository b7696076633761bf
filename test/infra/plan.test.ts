/** The plan that all tests of infra read: it sees what is registered, with its options, and leaves nothing behind. */
import aws from '@pulumi/aws'
import pulumi from '@pulumi/pulumi'
import random from '@pulumi/random'
import { expect, test } from 'vitest'
import { ACCOUNT, listOf, planOf, resourceOf, UNKNOWN, valueOf } from '../support/plan.ts'

function build() {
  const parent = new pulumi.ComponentResource('tollgate:infra:Thing', 'thing')
  const key = new random.RandomPassword('thing-key', { length: 40 }, { parent })
  const role = new aws.iam.Role('thing-role', { assumeRolePolicy: '{}' }, { parent })
  return new aws.sqs.Queue(
    'thing-queue',
    { region: 'us-east-1', tags: { key: key.result }, kmsMasterKeyId: role.arn },
    { parent, protect: true, retainOnDelete: true, dependsOn: [key] },
  )
}

test('a plan names every resource with its parent, inputs, secrets, protection and what it waits for', async () => {
  const plan = await planOf(build)

  expect(listOf(plan)).toEqual([
    'aws:iam/role:Role thing-role',
    'aws:sqs/queue:Queue thing-queue',
    'random:index/randomPassword:RandomPassword thing-key',
    'tollgate:infra:Thing thing',
  ])
  expect(resourceOf(plan, 'thing-queue')).toMatchObject({
    urn: 'urn:pulumi:prod::tollgate::tollgate:infra:Thing$aws:sqs/queue:Queue::thing-queue',
    parent: 'thing',
    inputs: {
      region: 'us-east-1',
      tags: { key: 'thing-key-result' },
      kmsMasterKeyId: `arn:aws:iam::${ACCOUNT}:role/thing-role-1a2b3c4`,
    },
    secretInputs: ['tags.key'],
    protect: true,
    retainOnDelete: true,
    dependsOn: ['thing-key', 'thing-role'],
    inputDependsOn: { kmsMasterKeyId: ['thing-role'] },
  })
})

test('in a preview what AWS would say is unknown', async () => {
  const plan = await planOf(build, { preview: true, stack: 'test' })
  expect(resourceOf(plan, 'thing-queue').inputs).toMatchObject({ kmsMasterKeyId: UNKNOWN })
})

test('a name taken twice and a question that nobody answers are errors of the plan', async () => {
  const twice = () => [1, 2].map(() => new aws.sns.Topic('topic'))
  await expect(planOf(twice)).rejects.toThrow('Duplicate resource URN')
  await expect(planOf(() => aws.getIpRangesOutput({ services: ['EC2'] }).apply(String))).rejects.toThrow(
    'getIpRanges',
  )
})

test('plans asked for at once do not mix, and afterwards Pulumi knows of no stack', async () => {
  const plans = await Promise.all(
    ['one', 'two'].map((name) => planOf(async () => valueOf(new aws.sns.Topic(name).arn), { stack: name })),
  )
  expect(plans.map(listOf)).toEqual([['aws:sns/topic:Topic one'], ['aws:sns/topic:Topic two']])
  expect([pulumi.runtime.getStack(), pulumi.runtime.allConfig(), pulumi.runtime.hasMonitor()]).toEqual([
    '',
    {},
    false,
  ])
})
