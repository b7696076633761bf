/** A stack's outputs as `pulumi stack output` says them, checked: each that is wrong or missing is one sentence. No I/O. */
import { objectOf } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import {
  STACK_NAME,
  type EdgeCredentials,
  type EdgeOutputs,
  type MailOutputs,
  type StackOutputs,
} from '../../shared/stack.ts'
import { outputReader } from './output-reader.ts'

/** Reads the JSON text. The error has a sentence for each output that is wrong; a secret is named, never shown. */
export function readOutputs(text: string): Result<StackOutputs, readonly string[]> {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    return err([
      "the stack's outputs are not JSON: take them from `pulumi stack output --json --show-secrets`",
    ])
  }
  const all = objectOf(said)
  if (all === undefined || Object.keys(all).length === 0)
    return err(['the stack has no outputs: run `npm run up -- --stack NAME` first'])
  const wrong: string[] = []
  const read = outputReader(all, '', wrong)
  const outputs: StackOutputs = {
    deployment: read.text('deployment', STACK_NAME, 'prod'),
    account: read.text('account', /^\d{12}$/, '123456789012'),
    metering: read.oneOf('metering', ['live', 'dry']),
    edge: read.nullable('edge', (edge) => edgeOf(edge, wrong)),
    repositories: read.texts('repositories'),
    publisherRoleArn: read.textOrNull('publisherRoleArn', ROLE, ROLE_EXAMPLE),
  }
  return wrong.length === 0 ? ok(outputs) : err(wrong)
}

const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/
const ROLE_EXAMPLE = 'arn:aws:iam::123456789012:role/edge'
const QUEUE = /^https?:\/\/[^/?#]+\/\d{12}\/[\w-]{1,80}(\.fifo)?$/
const QUEUE_EXAMPLE = 'https://sqs.us-east-1.amazonaws.com/123456789012/events'
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/
const TOPIC_EXAMPLE = 'arn:aws:sns:us-east-1:123456789012:tech-admin'
const PUSH_KEY = /^[!-+\--~]{16,512}$/
const ANY = /[^]/

function edgeOf(value: object, wrong: string[]): EdgeOutputs {
  const read = outputReader(value, 'edge.', wrong)
  return {
    publicUrl: read.origin('publicUrl'),
    credentials: read.nested('credentials', (one) => credentialsOf(one, wrong), NO_CREDENTIALS),
    eventsQueueUrl: read.text('eventsQueueUrl', QUEUE, QUEUE_EXAMPLE),
    eventsPushKeys: read.list('eventsPushKeys', PUSH_KEY, { secret: true, min: 1, max: 2 }),
    legacyTopicArns: read.list('legacyTopicArns', TOPIC),
    usageQueueUrl: read.textOrNull('usageQueueUrl', QUEUE, QUEUE_EXAMPLE),
    usageWriterPolicyArn: read.textOrNull(
      'usageWriterPolicyArn',
      /^arn:aws[a-z-]*:iam::/,
      'arn:aws:iam::123456789012:policy/writer',
    ),
    usageWriterRoleArn: read.textOrNull('usageWriterRoleArn', ROLE, ROLE_EXAMPLE),
    techAdminTopicArn: read.text('techAdminTopicArn', TOPIC, TOPIC_EXAMPLE),
    mail: read.nullable('mail', (one) => mailOf(one, wrong)),
    webhookUrl: read.textOrNull('webhookUrl', /^https?:\/\/[^@#]+$/, 'https://app.example.com/webhooks'),
    metricsNamespace: read.text('metricsNamespace', /^[\w./#:-]{1,255}$/, 'Tollgate'),
    liveParameters: read.list('liveParameters', ANY),
    cloudflareAccount: read.textOrNull('cloudflareAccount', /^[0-9a-f]{32}$/, '32 hex digits'),
  }
}

const NO_CREDENTIALS: EdgeCredentials = { kind: 'role', roleArn: '', providerArn: '' }

function credentialsOf(value: object, wrong: string[]): EdgeCredentials {
  const read = outputReader(value, 'edge.credentials.', wrong)
  return read.oneOf('kind', ['role', 'user']) === 'role'
    ? {
        kind: 'role',
        roleArn: read.text('roleArn', ROLE, ROLE_EXAMPLE),
        providerArn: read.text(
          'providerArn',
          /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\//,
          'arn:aws:iam::123456789012:oidc-provider/buy.example.com',
        ),
      }
    : {
        kind: 'user',
        accessKeyId: read.text('accessKeyId', /^\w{16,128}$/, 'AKIA…', true),
        secretAccessKey: read.text('secretAccessKey', /^\S{16,}$/, '40 characters', true),
      }
}

function mailOf(value: object, wrong: string[]): MailOutputs {
  const read = outputReader(value, 'edge.mail.', wrong)
  return {
    from: read.text('from', /^[ -~]{3,400}$/, 'Acme <no-reply@example.com>'),
    domain: read.text('domain', /^[a-z0-9.-]+$/i, 'example.com'),
    configurationSet: read.text('configurationSet', /^[\w-]{1,64}$/, 'mail'),
    dnsRecords: read.records('dnsRecords'),
  }
}
