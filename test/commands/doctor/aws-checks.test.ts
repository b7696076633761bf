/** Every wrong state of the stack in AWS is named, with whose move it is and what to do; what is well is not. */
import { expect, test } from 'vitest'
import { unseen, type Check } from '../../../commands/doctor/check.ts'
import { judgeAccount } from '../../../commands/doctor/checks/account.ts'
import { judgeProvider, judgeTrust, judgeUser } from '../../../commands/doctor/checks/identity.ts'
import { judgeLive } from '../../../commands/doctor/checks/live.ts'
import { judgeMail } from '../../../commands/doctor/checks/mail.ts'
import { judgeDepth, judgeQueue } from '../../../commands/doctor/checks/queue.ts'
import { judgeRules } from '../../../commands/doctor/checks/rule.ts'
import { judgeTopics, type TopicsCase } from '../../../commands/doctor/checks/topics.ts'
import type { MailFacts } from '../../../commands/doctor/facts/mail.ts'
import type { QueueFacts } from '../../../commands/doctor/facts/queues.ts'
import type { RuleFacts } from '../../../commands/doctor/facts/rules.ts'
import { edgeTrust, deliveryPolicy } from '../../../infra/policies.ts'
import { ok } from '../../../shared/result.ts'

const STACK = 'prod'
const ACCOUNT = '123456789012'
const ISSUER = 'https://buy.example.com'
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:events`
const RULE = `arn:aws:events:us-east-1:${ACCOUNT}:rule/events`
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/buy.example.com`

const stateOf = (checks: readonly Check[]): string[] => checks.map(({ name, state }) => `${name} ${state}`)

/** The wrong ones of them, as one text each. */
const wrongOf = (checks: readonly Check[]): string[] =>
  checks
    .filter(({ state }) => state === 'wrong')
    .map(({ name, found, remedy }) => `${name}: ${found} → ${remedy?.whose ?? ''}: ${remedy?.what ?? ''}`)

test.each([
  ['the seller’s', ok({ account: ACCOUNT, arn: 'arn:me' }), []],
  ['another’s', ok({ account: '999999999999', arn: 'arn:me' }), [/are of account 999999999999.*AWS_PROFILE/]],
])('credentials of %s account are told apart', (_, caller, wrong) => {
  const found = wrongOf([judgeAccount(caller, ACCOUNT)])
  expect(found).toEqual(wrong.map((text) => expect.stringMatching(text)))
})

const queue: QueueFacts = {
  arn: QUEUE,
  waiting: 0,
  kmsKey: `arn:aws:kms:us-east-1:${ACCOUNT}:key/0001`,
  sqsManaged: false,
  deadLetterArn: `${QUEUE}-dead`,
  policy: '',
}
const URL_OF = `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/events`
const queueCase = (more: Partial<QueueFacts> | null, oldest: number | null = 4, url = URL_OF) =>
  judgeQueue({
    stack: STACK,
    name: 'events queue',
    url,
    queue: ok(more && { ...queue, ...more }),
    oldest: ok(oldest),
  })

test('a queue that anybody may write to on a condition is not open', () => {
  const Condition = { ArnEquals: { 'aws:SourceArn': 'arn:rule' } }
  const Statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Condition }
  expect(wrongOf(queueCase({ policy: JSON.stringify({ Statement }) }))).toEqual([])
})

test('a queue that is well has one line for each thing it is asked', () => {
  expect(stateOf(queueCase({}))).toEqual([
    'events queue ok',
    'events queue: encryption ok',
    'events queue: dead letters ok',
    'events queue: age ok',
  ])
})

test.each([
  ['it is gone', queueCase(null), /not in the account → yours: .*npm run up -- --stack prod/],
  ['it is in another Region', queueCase({}, 4, URL_OF.replace('us-east-1', 'eu-west-1')), /is in eu-west-1/],
  ['it is not encrypted', queueCase({ kmsKey: null }), /encryption: not encrypted/],
  [
    'AWS’s own key',
    queueCase({ kmsKey: 'alias/aws/sqs' }),
    /aws\/sqs, which EventBridge and SNS cannot write/,
  ],
  ['SQS’s own key', queueCase({ kmsKey: null, sqsManaged: true }), /a key of SQS’s own/],
  ['nothing is set aside', queueCase({ deadLetterArn: null }), /there is no redrive policy/],
  [
    'anybody may send',
    queueCase({ policy: '{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage"}}' }),
    /anybody may sqs:SendMessage/,
  ],
  ['nobody empties it', queueCase({}, 5400), /waits for 90 minutes → yours: the Worker does not empty it/],
  [
    'a dead letter',
    [judgeDepth(QUEUE, ok({ ...queue, waiting: 1 }), STACK)],
    /1 message .*start-message-move/,
  ],
  ['its dead letters’ queue is gone', [judgeDepth(QUEUE, ok(null), STACK)], /does not exist/],
])('a queue is wrong when %s', (_, checks, text) => {
  expect(wrongOf(checks)).toEqual([expect.stringMatching(text)])
})

const rule: RuleFacts = {
  name: 'events',
  arn: RULE,
  state: 'ENABLED',
  pattern: '{"source":["aws.agreement-marketplace"]}',
  targets: [
    { arn: QUEUE, deadLetterArn: `${QUEUE}-dead` },
    {
      arn: `arn:aws:events:us-east-1:${ACCOUNT}:api-destination/push/1`,
      deadLetterArn: `${QUEUE}-push-dead`,
    },
  ],
  push: { endpoint: `${ISSUER}/v1/events/aws`, state: 'ACTIVE', connection: 'AUTHORIZED' },
}
const POLICY = JSON.stringify(deliveryPolicy({ queueArn: QUEUE, ruleArn: RULE, topicArns: [] }))
const ruleCase = (rules: readonly Partial<RuleFacts>[], queuePolicy = POLICY) =>
  judgeRules({
    stack: STACK,
    publicUrl: ISSUER,
    queueArn: QUEUE,
    queuePolicy,
    rules: ok(rules.map((more) => ({ ...rule, ...more }))),
  })
const push = (more: object) => ruleCase([{ push: { ...rule.push, ...more } as RuleFacts['push'] }])

test('the rule, targets, policy and push that infra makes are well', () => {
  expect(stateOf(ruleCase([{}]))).toEqual([
    'event rule ok',
    'event targets ok',
    'events queue: policy ok',
    'event push ok',
    'event connection ok',
  ])
})

test.each([
  ['there is none', ruleCase([]), /no rule of EventBridge in us-east-1.*before the first purchase/],
  [
    'it is disabled',
    ruleCase([{ state: 'DISABLED' }]),
    /aws events enable-rule --region us-east-1 --name events/,
  ],
  ['it listens elsewhere', ruleCase([{ pattern: '{"source":["aws.ec2"]}' }]), /does not match the source/],
  [
    'a target has no dead letters',
    ruleCase([{ targets: rule.targets.map((one) => ({ ...one, deadLetterArn: null })) }]),
    /without dead letters: arn:aws:sqs.*api-destination/,
  ],
  [
    'it does not push',
    ruleCase([{ targets: rule.targets.slice(0, 1), push: null }]),
    /not to the Worker’s push door/,
  ],
  ['the destination is gone', ruleCase([{ push: null }]), /api-destination\/push\/1 does not exist/],
  ['the queue does not take', ruleCase([{}], '{}'), /does not let the rule .* send/],
  [
    'the queue takes from another rule',
    ruleCase([{}], POLICY.replaceAll(RULE, `${RULE}-old`)),
    /does not let the rule .* send/,
  ],
  [
    'it pushes to another name',
    push({ endpoint: 'https://old.example.com/v1/events/aws' }),
    /old\.example\.com.*buy\.example\.com/,
  ],
  ['the destination is off', push({ state: 'INACTIVE' }), /the API destination is INACTIVE/],
  ['the connection has no key', push({ connection: 'DEAUTHORIZED' }), /DEAUTHORIZED.*pushKeyVersion by one/],
])('events do not come, and it is said, when %s', (_, checks, text) => {
  expect(wrongOf(checks)).toEqual([expect.stringMatching(text)])
})

const provider = (url: string, audiences = ['sts.amazonaws.com']) =>
  judgeProvider(ok({ url, audiences }), ISSUER, STACK)

test.each([
  ['a slash at the end', provider('buy.example.com/'), /a slash at the end/],
  ['another case', provider('Buy.example.com'), /upper and lower case/],
  ['another name', provider('example.com'), /IAM trusts https:\/\/example\.com, .*another name/],
  ['another audience', provider('buy.example.com', ['tollgate']), /its audiences are tollgate/],
  ['no provider', judgeProvider(ok(null), ISSUER, STACK), /IAM knows no such OIDC provider/],
])('an issuer is compared to the letter: %s', (_, check, text) => {
  expect(wrongOf([check])).toEqual([expect.stringMatching(text)])
})

const trustCase = { roleArn: 'arn:role', providerArn: PROVIDER, issuer: ISSUER, deployment: STACK }
const trust = (more: {
  readonly subject?: string
  readonly providerArn?: string
  readonly issuer?: string
}) => JSON.stringify(edgeTrust({ providerArn: PROVIDER, issuer: ISSUER, subject: 'worker:prod', ...more }))

test('the trust that infra writes is well', () => {
  expect(judgeTrust(ok(trust({})), trustCase).state).toBe('ok')
  expect(provider('buy.example.com').state).toBe('ok')
})

test.each([
  ['another deployment', trust({ subject: 'worker:staging' }), /asks for sub worker:staging; .*worker:prod/],
  ['another provider', trust({ providerArn: 'arn:other' }), /does not trust arn:aws:iam/],
  ['claims of another issuer', trust({ issuer: 'https://old.example.com' }), /asks for aud of any value/],
  [
    'any subject',
    trust({}).replace('buy.example.com:sub', 'buy.example.com:amr'),
    /asks for sub of any value/,
  ],
  [
    'a second subject',
    trust({}).replace('"worker:prod"', '["worker:prod","worker:staging"]'),
    /asks for sub worker:prod or worker:staging/,
  ],
  ['no role', null, /arn:role does not exist/],
  ['what is no document', '<html>', /does not trust/],
])('a role is wrong that trusts %s', (_, document, text) => {
  expect(wrongOf([judgeTrust(ok(document), trustCase)])).toEqual([expect.stringMatching(text)])
})

test.each([
  ['Active', 'ok'],
  ['Inactive', 'wrong'],
  ['missing', 'wrong'],
])('an access key that is %s is %s', (key, state) => {
  expect(judgeUser(ok({ name: 'edge', key, rights: [] }), 'AKIDEXAMPLE', STACK).state).toBe(state)
})

const LIVE = '/tollgate/prod-1/live'

test.each([
  ['live', STACK, 'ok', /is this stack’s/],
  ['live', 'staging', 'wrong', /is the stack staging’s while prod is live too.*tollgate:metering to dry/],
  ['live', null, 'wrong', /is missing while the stack is live/],
  ['dry', 'staging', 'ok', /is staging’s/],
  ['dry', null, 'ok', /no stack meters/],
  ['dry', STACK, 'wrong', /names this stack, which is dry/],
] as const)('a %s stack, and the parameter names %s: %s', (metering, owner, state, text) => {
  const [check] = judgeLive(ok([{ parameter: LIVE, owner }]), { deployment: STACK, metering })
  expect(check?.state).toBe(state)
  expect(`${check?.found} ${check?.remedy?.what}`).toMatch(text)
})

const mail: MailFacts = {
  sandbox: false,
  sending: true,
  enforcement: 'HEALTHY',
  identity: { verified: true, dkim: 'SUCCESS' },
  set: { sending: true, bounces: true },
  missingRecords: [],
}
const RECORD = { name: 'k._domainkey.example.com', value: 'k.dkim.amazonses.com' }
const OUTPUTS = {
  from: 'no-reply@example.com',
  domain: 'example.com',
  configurationSet: 'mail',
  dnsRecords: [RECORD],
}
const mailCase = (more: Partial<MailFacts>) => judgeMail(ok({ ...mail, ...more }), OUTPUTS, STACK)
const pending = { verified: false, dkim: 'PENDING' }

test('mail that is well has four lines', () => {
  expect(stateOf(mailCase({}))).toEqual([
    'mail: sandbox ok',
    'mail: sending ok',
    'mail: identity ok',
    'mail: configuration set ok',
  ])
})

test.each([
  ['the sandbox', { sandbox: true }, /sandbox.*buyers get none → yours: ask for production access/],
  ['paused', { sending: false }, /put-account-sending-attributes/],
  ['stopped by SES', { sending: false, enforcement: 'SHUTDOWN' }, /SES has stopped .*SHUTDOWN/],
  ['probation', { enforcement: 'PROBATION' }, /on probation/],
  ['no identity', { identity: null }, /SES does not know example\.com/],
  [
    'records missing',
    { identity: pending, missingRecords: [RECORD.name] },
    /1 of its 1 DNS records are missing → yours: add .*k\._domainkey\.example\.com CNAME k\.dkim\.amazonses\.com/,
  ],
  [
    'records not to be looked up',
    { identity: pending, missingRecords: null },
    /could not be looked up.*CNAME/,
  ],
  ['SES has not looked yet', { identity: pending }, /PENDING, and its DNS records are there → AWS’s: wait/],
  ['DKIM failed', { identity: { verified: true, dkim: 'FAILED' } }, /have SES look again/],
  ['no set', { set: null }, /SES does not know mail/],
  [
    'a set that is paused',
    { set: { sending: false, bounces: true } },
    /put-configuration-set-sending-options/,
  ],
  ['bounces unheard', { set: { sending: true, bounces: false } }, /tells nobody of bounces/],
])('mail does not go out, and it is said: %s', (_, more, text) => {
  expect(wrongOf(mailCase(more))).toEqual([expect.stringMatching(text)])
})

const LEGACY = 'arn:aws:sns:us-east-1:287250355862:aws-mp-subscription-notification-x'
const ADMIN = `arn:aws:sns:us-east-1:${ACCOUNT}:tech-admin`
const toQueue = { topicArn: LEGACY, protocol: 'sqs', endpoint: QUEUE, confirmed: true }
const toAdmin = { topicArn: ADMIN, protocol: 'email', endpoint: 'aws@example.com', confirmed: true }
const TOPICS_POLICY = JSON.stringify(deliveryPolicy({ queueArn: QUEUE, ruleArn: RULE, topicArns: [LEGACY] }))
const topics = (...subscriptions: (typeof toQueue)[]) => topicsBy({}, ...subscriptions)
const topicsBy = (more: Partial<TopicsCase>, ...subscriptions: (typeof toQueue)[]) =>
  judgeTopics({
    stack: STACK,
    subscriptions: ok(subscriptions),
    legacyTopicArns: [LEGACY],
    techAdminTopicArn: ADMIN,
    queueArn: QUEUE,
    queuePolicy: TOPICS_POLICY,
    ...more,
  })

test.each([
  ['all is well', topics(toQueue, toAdmin), []],
  [
    'the queue hears no topic',
    topics(toAdmin),
    [/is not subscribed to arn:aws:sns.*subscription-notification/],
  ],
  ['a subscription waits', topics({ ...toQueue, confirmed: false }, toAdmin), [/is not confirmed/]],
  [
    'the admin has not confirmed',
    topics(toQueue, { ...toAdmin, confirmed: false }),
    [/not confirmed: aws@ex.*link/],
  ],
  [
    'the queue takes from no topic',
    topicsBy({ queuePolicy: POLICY }, toQueue, toAdmin),
    [/policy does not let arn/],
  ],
  [
    'on-call has not confirmed',
    topics(toQueue, toAdmin, {
      ...toAdmin,
      topicArn: `arn:aws:sns:us-east-1:${ACCOUNT}:topics-on-call-1a2b3c4`,
      confirmed: false,
    }),
    [/alarm topic: not confirmed: aws@example\.com \(arn:aws:sns.*on-call.*link/],
  ],
  ['nobody hears the admin’s topic', topics(toQueue), [/nobody is subscribed/]],
])('topics: %s', (_, checks, wrong) => {
  expect(wrongOf(checks)).toEqual(wrong.map((text) => expect.stringMatching(text)))
})

test('a topic of another account is not called unheard', () => {
  const [check] = topicsBy({ legacyTopicArns: [], techAdminTopicArn: ADMIN.replace(ACCOUNT, '999999999999') })
  expect(check?.state).toBe('unseen')
})

test('what could not be asked is neither well nor wrong, and says why', () => {
  const gone = unseen('these AWS credentials may not iam:GetRole', 'use others')
  const checks = [
    judgeAccount(gone, ACCOUNT),
    ...judgeQueue({ stack: STACK, name: 'events queue', url: URL_OF, queue: gone, oldest: gone }),
    ...judgeRules({ stack: STACK, publicUrl: ISSUER, queueArn: QUEUE, queuePolicy: '', rules: gone }),
    judgeProvider(gone, ISSUER, STACK),
    judgeTrust(gone, trustCase),
    judgeUser(gone, 'AKIDEXAMPLE', STACK),
    ...judgeLive(gone, { deployment: STACK, metering: 'live' }),
    ...judgeMail(gone, OUTPUTS, STACK),
  ]
  expect(checks).toHaveLength(8)
  for (const { state, found, remedy } of checks)
    expect([state, found, remedy]).toEqual([
      'unseen',
      'these AWS credentials may not iam:GetRole',
      { whose: 'yours', what: 'use others' },
    ])
})
