/** The doctor against a whole deployment on this machine: AWS, Cloudflare and the Worker as they are on the wire. */
import { expect, test } from 'vitest'
import type { Check } from '../../../commands/doctor/check.ts'
import { examine, type Surroundings } from '../../../commands/doctor/examine.ts'
import { withoutSecrets } from '../../../commands/doctor/deployment.ts'
import { openAws } from '../../../commands/doctor/facts/aws.ts'
import { fetchSubscriptions } from '../../../commands/doctor/facts/topics.ts'
import { jsonOf, linesOf } from '../../../commands/doctor/report.ts'
import seller from '../../../seller.config.ts'
import { err, ok } from '../../../shared/result.ts'
import { SELLER_CREDENTIALS } from '../../simulator/simulator.ts'
import { CANARIES, openWellStack, STACK, type Ill, type WellStack } from '../../support/doctor.ts'

const MIGRATIONS = ['0000_first.sql', '0001_second.sql']

const around = ({ outputs, account, cloudflare }: WellStack): Surroundings => ({
  stack: STACK,
  seller: ok(seller),
  outputs: ok(JSON.stringify(outputs)),
  aws: openAws({ endpoint: account.url, credentials: SELLER_CREDENTIALS }),
  cloudflare: { base: cloudflare.base, token: cloudflare.token, account: undefined },
  operatorKey: CANARIES.operatorKey,
  migrations: MIGRATIONS,
  resolveName: async () => ['k.dkim.amazonses.com.'],
  now: Date.now,
  pause: async () => undefined,
})

const open = (ill: Ill = {}): Promise<WellStack> => openWellStack(MIGRATIONS, ill)

const notOk = (checks: readonly Check[]): string[] =>
  checks.filter(({ state }) => state !== 'ok').map(({ state, name, found }) => `${state} ${name}: ${found}`)

test('a deployment that is well is well in every line, and nothing of it was changed', async () => {
  const stack = await open()
  const checks = await examine(around(stack))
  expect(notOk(checks)).toEqual([])
  expect(new Set(checks.map(({ area }) => area))).toEqual(new Set(['config', 'aws', 'cloudflare', 'outside']))
  expect(checks.length).toBeGreaterThan(35)
  expect(stack.account.calls.filter((call) => !/^(Get|List|Describe)|^GET /.test(call))).toEqual([])
  expect(stack.account.calls.length).toBeGreaterThan(20)
  expect(stack.cloudflare.writes()).toEqual([])
})

test('a dry stack beside a live one is well too, and a stack without a Worker is asked for none', async () => {
  const parameters = { '/tollgate/prod-k3mv7q2xw9d4r/live': 'production' }
  const stack = await open({ metering: 'dry', edge: { liveParameters: [] }, account: { parameters } })
  const checks = await examine(around(stack))
  expect(notOk(checks)).toEqual([])
  expect(checks.filter(({ name }) => name === 'live parameter').map(({ found }) => found)).toEqual([
    '/tollgate/prod-k3mv7q2xw9d4r/live is production’s',
    'no stack meters (/tollgate/prod-f8wn5z1hj6t3b/live)',
  ])
  const containers = await examine({
    ...around(stack),
    outputs: ok(JSON.stringify({ ...stack.outputs, edge: null })),
  })
  expect(containers.map(({ area, name, state }) => `${area} ${name} ${state}`)).toEqual([
    'config seller.config.ts ok',
    'config stack outputs ok',
    'config metering ok',
    'aws account ok',
  ])
})

test('no secret of the stack or of the environment is told, to a person or to a machine', async () => {
  const credentials = {
    kind: 'user',
    accessKeyId: 'AKIDOFTHEWORKER12345',
    secretAccessKey: CANARIES.secretAccessKey,
  } as const
  const stack = await open({ edge: { credentials } })
  const said = await examine(around(stack))
  const broken = await examine({
    ...around(stack),
    outputs: ok(JSON.stringify(stack.outputs).replace('"prod"', '7')),
  })
  const text = [said, broken]
    .map((checks) => [...linesOf(checks), jsonOf(STACK, checks)].join('\n'))
    .join('\n')
  expect(text).toContain('AKIDOFTHEWORKER12345 is missing')
  expect(text).toContain('deployment')
  expect(text).not.toContain('CANARY')
  expect(text).not.toContain(SELLER_CREDENTIALS.secretAccessKey)
  expect(JSON.stringify(withoutSecrets(stack.outputs, undefined))).not.toContain('CANARY')
})

test('every subscription of the account is seen, however many pages they take', async () => {
  const topics = ['first', 'second', 'third'].map((name) => `arn:aws:sns:us-east-1:123456789012:${name}`)
  const subscriptions = topics.map((TopicArn) => ({
    TopicArn,
    Protocol: 'email',
    Endpoint: 'aws@example.com',
    SubscriptionArn: `${TopicArn}:1`,
  }))
  const { aws } = around(await open({ account: { subscriptions } }))
  const seen = await fetchSubscriptions(aws)
  expect(seen.ok && seen.value.map(({ topicArn }) => topicArn)).toEqual(topics)
})

test('what is ill in the account is found where it is', async () => {
  const stack = await open({
    account: {
      rules: [],
      provider: null,
      principal: null,
      parameters: {},
      ses: { account: {}, identities: {}, sets: {} },
      subscriptions: [],
      queues: {},
      oldest: 4000,
    },
  })
  const checks = await examine(around(stack))
  const wrong = checks
    .filter(({ area, state }) => area === 'aws' && state === 'wrong')
    .map(({ name }) => name)
  expect([...new Set(wrong)]).toEqual([
    'events queue: encryption',
    'events queue: age',
    'event rule',
    'tech admin topic',
    'usage queue: encryption',
    'usage queue: age',
    'identity provider',
    'role',
    'live parameter',
    'mail: sandbox',
    'mail: sending',
    'mail: identity',
    'mail: configuration set',
  ])
})

test('rights that the credentials at hand lack are named one by one, and the rest is looked at', async () => {
  const denied = [
    'GetRole',
    'DescribeRule',
    'GetParameter',
    'ListSubscriptions',
    'GetMetricData',
    'GET /v2/email/account',
  ]
  const stack = await open({ account: { denied } })
  const checks = await examine(around(stack))
  expect(notOk(checks)).toEqual([
    'unseen events queue: age: these AWS credentials may not cloudwatch:GetMetricData',
    'unseen event rule: these AWS credentials may not events:DescribeRule',
    'unseen topics: these AWS credentials may not sns:ListSubscriptions',
    'unseen usage queue: age: these AWS credentials may not cloudwatch:GetMetricData',
    'unseen role: these AWS credentials may not iam:GetRole',
    'unseen live parameter: these AWS credentials may not ssm:GetParameter',
    'unseen mail: these AWS credentials may not ses:GetAccount',
  ])
})

test('half of it configured: what could not be looked at is said, and the rest is looked at', async () => {
  const stack = await open()
  const all = around(stack)
  const none = openAws({ endpoint: 'http://127.0.0.1:9', credentials: SELLER_CREDENTIALS })
  const nothing = await examine({
    ...all,
    outputs: err('pulumi does not run (ENOENT): install it'),
    cloudflare: { ...all.cloudflare, token: undefined },
    operatorKey: undefined,
  })
  expect(nothing.map(({ area, name, state }) => `${area} ${name} ${state}`)).toEqual([
    'config seller.config.ts ok',
    'config stack outputs unseen',
    'aws account ok',
    'aws stack unseen',
    'cloudflare Worker unseen',
    'outside reachable unseen',
  ])
  const noAws = await examine({ ...all, aws: none, operatorKey: undefined })
  expect(notOk(noAws)).toEqual([
    'unseen account: AWS did not answer sts:GetCallerIdentity (ECONNREFUSED)',
    expect.stringMatching(/^unseen stack: queues, rule, identity/),
    expect.stringMatching(/^unseen the Worker itself: there is no TOLLGATE_OPERATOR_KEY/),
  ])
  expect(notOk(await examine({ ...all, operatorKey: 'tgu_of_an_application' }))).toEqual([
    'unseen the Worker itself: TOLLGATE_OPERATOR_KEY is no operator key',
  ])
})

test('a stack that was never made has nothing wrong with its outputs', async () => {
  const stack = await open()
  const [, outputs] = await examine({ ...around(stack), outputs: ok('{}\n') })
  expect([outputs?.state, outputs?.found]).toEqual(['unseen', 'the stack prod has no outputs yet'])
  const [, broken] = await examine({ ...around(stack), outputs: ok('{"deployment":"prod"}') })
  expect(broken?.state).toBe('wrong')
})

test('a seller.config.ts that cannot be used hides nothing else', async () => {
  const stack = await open()
  const checks = await examine({
    ...around(stack),
    seller: err('seller.config.ts has one mistake:\n  region: …'),
  })
  expect(notOk(checks)).toEqual([
    expect.stringMatching(/^wrong seller\.config\.ts: seller\.config\.ts has one mistake/),
  ])
})

test('credentials of another account are told before anything is concluded from them', async () => {
  const stack = await open()
  const other = {
    accessKeyId: 'AKIDBUYER000011112222',
    secretAccessKey: 'simulated-secret-of-buyer-000011112222',
  }
  const checks = await examine({
    ...around(stack),
    aws: openAws({ endpoint: stack.account.url, credentials: other }),
  })
  expect(notOk(checks)).toEqual([
    expect.stringMatching(/^wrong account: these credentials are of account 000011112222/),
    expect.stringMatching(/^unseen stack: .* the credentials are another account’s/),
  ])
})

test('a token that Cloudflare does not take is one line', async () => {
  const stack = await open()
  const all = around(stack)
  const checks = await examine({ ...all, cloudflare: { ...all.cloudflare, token: 'expired' } })
  expect(notOk(checks)).toEqual([
    'wrong token: Cloudflare does not take CLOUDFLARE_API_TOKEN (Invalid API Token)',
  ])
})

test('each part of Cloudflare that the token may not read is said alone', async () => {
  const stack = await open()
  stack.cloudflare.fail({
    method: 'GET',
    path: /\/queues/,
    how: { status: 403, code: 10_000, message: 'Authentication error' },
  })
  expect(notOk(await examine(around(stack)))).toEqual([
    'unseen deliveries queue: CLOUDFLARE_API_TOKEN may not read the queue (Authentication error)',
  ])
})

test('a database without its first migration has all of them pending', async () => {
  const stack = await open()
  stack.host.database.exec('DROP TABLE d1_migrations')
  expect(notOk(await examine(around(stack)))).toEqual([
    'wrong database: migrations that are not applied: 0000_first.sql, 0001_second.sql',
  ])
})

test('a Cloudflare that holds nothing of the stack is told so, and the Worker is not there from outside', async () => {
  const stack = await open()
  const { state } = stack.cloudflare
  state.worker = undefined
  state.databases.clear()
  state.queues.clear()
  stack.host.answers = () => ({ status: 404, body: 'There is nothing here yet' })
  const checks = await examine(around(stack))
  const wrong = checks.filter(({ state }) => state === 'wrong').map(({ name }) => name)
  expect(wrong).toEqual([
    'Worker',
    'cron',
    'deliveries queue',
    'database',
    'discovery document',
    'signing keys',
    'health',
    'landing page',
    'landing page: POST with no token',
    'landing page: POST with a garbled token',
  ])
})

test('what the Worker finds wrong with itself is told in its words', async () => {
  const stack = await open()
  const detail = '400 InvalidIdentityToken: No OpenIDConnect provider found'
  stack.host.answers = (path) =>
    path === '/v1/operator/check'
      ? { status: 200, body: { checks: [{ name: 'aws', ok: false, detail }] } }
      : undefined
  expect(notOk(await examine(around(stack)))).toEqual([`wrong the Worker itself: aws: ${detail}`])
})
