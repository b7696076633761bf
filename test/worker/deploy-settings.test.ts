/** What a deployment sets is what the Worker reads: every output, in every form it may have. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { settingsOf } from '../../commands/deploy/settings.ts'
import type { EdgeOutputs, StackOutputs } from '../../shared/stack.ts'
import { readSettings } from '../../worker/env.ts'

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:topic'
const QUEUE = 'https://sqs.us-east-1.amazonaws.com/123456789012/queue'
const [FIRST, SECOND] = ['first-push-key-0123', 'second-push-key-0123']

const edge: EdgeOutputs = {
  publicUrl: 'https://buy.example.com',
  credentials: { kind: 'role', roleArn: 'arn:aws:iam::123456789012:role/edge', providerArn: '' },
  eventsQueueUrl: QUEUE,
  eventsPushKeys: [FIRST, SECOND],
  legacyTopicArns: [TOPIC, `${TOPIC}-2`],
  usageQueueUrl: QUEUE,
  usageWriterPolicyArn: null,
  usageWriterRoleArn: null,
  techAdminTopicArn: TOPIC,
  mail: {
    from: 'Acme <no-reply@example.com>',
    domain: 'example.com',
    configurationSet: 'mail',
    dnsRecords: [],
  },
  webhookUrl: 'https://app.example.com/hooks',
  metricsNamespace: 'Tollgate',
  liveParameters: [],
  cloudflareAccount: null,
}
const stack: StackOutputs = {
  deployment: 'prod',
  account: '123456789012',
  metering: 'live',
  edge,
  repositories: {},
  publisherRoleArn: null,
}
const made = {
  deployKeyHash: 'a'.repeat(64),
  operatorKeyHash: 'b'.repeat(64),
  sessionSecret: btoa('0123456789abcdef0123456789abcdef'),
}

const read = (of: EdgeOutputs) => {
  const { vars, secrets } = settingsOf(stack, of, {}, made, 'http://127.0.0.1:1')
  const { DB, LEDGER, SUBMITTER, AUDIT, IDENTITY } = env
  return readSettings({ DB, LEDGER, SUBMITTER, AUDIT, IDENTITY, ...vars, ...secrets })
}

test('every output reaches the setting that it is for', () => {
  expect(read(edge)).toMatchObject({
    ok: true,
    value: {
      metering: 'live',
      publicUrl: edge.publicUrl,
      aws: {
        role: { arn: 'arn:aws:iam::123456789012:role/edge', issuer: edge.publicUrl, subject: 'worker:prod' },
      },
      eventsQueueUrl: QUEUE,
      eventsPushKeys: [FIRST, SECOND],
      legacyTopics: [TOPIC, `${TOPIC}-2`],
      usageQueueUrl: QUEUE,
      techAdminTopicArn: TOPIC,
      mailFrom: 'Acme <no-reply@example.com>',
      mailConfigurationSet: 'mail',
      webhookUrl: 'https://app.example.com/hooks',
      operatorKeyHash: made.operatorKeyHash,
      deployKeyHash: made.deployKeyHash,
    },
  })
})

test('a user’s key is read, what the stack has not is absent, and no deployment calls another AWS', () => {
  const user = { kind: 'user', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 's'.repeat(40) } as const
  const least: EdgeOutputs = {
    ...edge,
    credentials: user,
    eventsPushKeys: [FIRST],
    legacyTopicArns: [],
    usageQueueUrl: null,
    mail: null,
    webhookUrl: null,
  }
  const settings = read(least)
  expect(settings).toMatchObject({
    value: { aws: { keys: { accessKeyId: user.accessKeyId, secretAccessKey: user.secretAccessKey } } },
  })
  const value: object = settings.ok ? settings.value : {}
  for (const name of ['legacyTopics', 'usageQueueUrl', 'mailFrom', 'webhookUrl'])
    expect(value).not.toHaveProperty(name)
  expect(JSON.stringify(settings)).not.toContain('127.0.0.1')
})

test('a rehearsal on this machine calls the AWS it is given', () => {
  expect(read({ ...edge, publicUrl: 'http://127.0.0.1:8787' })).toMatchObject({
    value: { aws: { endpoint: 'http://127.0.0.1:1' } },
  })
})
