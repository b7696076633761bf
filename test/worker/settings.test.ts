/** The Worker's settings and its entry: what is missing is named together, and nothing of it outside. */
import { reset } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from '../../worker/app.ts'
import { describeBadSettings, readSettings, type Settings } from '../../worker/env.ts'
import { clockAt, edgeAt, migrate } from './support.ts'

const logged: string[] = []

beforeEach(async () => {
  await migrate()
  logged.length = 0
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => void logged.push(String(line)))
})

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

const good = {
  METERING: 'live',
  DB: env.DB,
  LEDGER: env.LEDGER,
  SUBMITTER: env.SUBMITTER,
  AUDIT: env.AUDIT,
  IDENTITY: env.IDENTITY,
  SESSION_SECRET: btoa('s'.repeat(32)),
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  EVENTS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/events',
}
const NAMES = ['METERING', 'SESSION_SECRET', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'EVENTS_QUEUE_URL']

test('whole settings are taken, AWS_ENDPOINT and AWS_SESSION_TOKEN only when they are there', () => {
  const plain = readSettings(good)
  expect(plain.ok && plain.value.aws).toEqual({
    keys: { accessKeyId: good.AWS_ACCESS_KEY_ID, secretAccessKey: good.AWS_SECRET_ACCESS_KEY },
  })
  const all = { ...good, AWS_ENDPOINT: 'http://127.0.0.1:4600/', AWS_SESSION_TOKEN: 'token' }
  const read = readSettings(all)
  expect(read.ok && read.value.aws).toMatchObject({
    endpoint: 'http://127.0.0.1:4600',
    keys: { sessionToken: 'token' },
  })
})

test('a usage queue is polled only where there is one', () => {
  const url = 'https://sqs.us-east-1.amazonaws.com/111122223333/usage'
  const withQueue = Object.assign({}, good, { USAGE_QUEUE_URL: url })
  const [without, read] = [readSettings(good), readSettings(withQueue)]
  expect([without.ok && without.value.usageQueueUrl, read.ok && read.value.usageQueueUrl]).toEqual([
    undefined,
    url,
  ])
})

test('one push key or two are taken, and none closes that door alone', () => {
  const [first, second] = ['a'.repeat(16), 'b/+=~'.repeat(16)] as const
  const keysOf = (text: string) => {
    const read = readSettings(Object.assign({}, good, { EVENTS_PUSH_KEYS: text }))
    return read.ok ? read.value.eventsPushKeys : read.error
  }
  expect([first, `${first},${second}`, ''].map(keysOf)).toEqual([[first], [first, second], undefined])
})

test('metrics are written where a namespace is named, under the deployment’s own name', () => {
  const metricsOf = (given: object) => {
    const read = readSettings(Object.assign({}, good, given))
    return read.ok ? read.value.metrics : read.error
  }
  expect(metricsOf({ DEPLOYMENT: 'blue' })).toBeUndefined()
  expect(metricsOf({ DEPLOYMENT: 'blue', METRICS_NAMESPACE: 'Tollgate' })).toEqual({
    namespace: 'Tollgate',
    deployment: 'blue',
  })
})

test('everything missing is named at once', () => {
  expect(
    readSettings({
      DB: env.DB,
      LEDGER: env.LEDGER,
      SUBMITTER: env.SUBMITTER,
      AUDIT: env.AUDIT,
      IDENTITY: env.IDENTITY,
    }),
  ).toEqual({
    ok: false,
    error: { missing: NAMES, malformed: [] },
  })
})

test.each([
  ['METERING', 'Dry'],
  ['METERING', 'true'],
  ['DEPLOY_KEY_HASH', 'tgo_'],
  ['SESSION_SECRET', btoa('s'.repeat(31))],
  ['SESSION_SECRET', 'not base64!'],
  ['AWS_ACCESS_KEY_ID', 'AKIA with spaces in it'],
  ['AWS_ENDPOINT', 'http://aws.example'],
  ['AWS_ENDPOINT', 'simulator'],
  ['EVENTS_QUEUE_URL', 'https://sqs.us-east-1.amazonaws.com/events'],
  ['USAGE_QUEUE_URL', 'https://sqs.us-east-1.amazonaws.com/usage'],
  ['EVENTS_QUEUE_URL', 'http://sqs.us-east-1.amazonaws.com/111122223333/events'],
  ['EVENTS_PUSH_KEYS', 'short'],
  ['EVENTS_PUSH_KEYS', 'with-a-blank in-it-and-long-enough'],
  ['EVENTS_PUSH_KEYS', ['one', 'two', 'three'].map((name) => name.padEnd(16, '-')).join(',')],
  ['EVENTS_PUSH_KEYS', `${'a'.repeat(16)},`],
  ['LEGACY_TOPIC_ARNS', 'arn:aws:sns:us-east-1:123456789012:one,two'],
  ['METRICS_NAMESPACE', 'AWS/Tollgate'],
  ['METRICS_NAMESPACE', ':tollgate'],
])('%s as %j is malformed, named together with what is missing, and its value is nowhere', (name, value) => {
  const { AWS_SECRET_ACCESS_KEY: _missing, ...rest } = good
  const read = readSettings({ ...rest, [name]: value })
  expect(read).toEqual({ ok: false, error: { missing: ['AWS_SECRET_ACCESS_KEY'], malformed: [name] } })
  expect(read.ok ? '' : describeBadSettings(read.error)).not.toContain(value)
})

test('without its settings the Worker answers 503, names them in the log and none of them outside', async () => {
  const response = await exports.default.fetch('https://tollgate.example/health')
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('60')
  expect(await response.text()).not.toMatch(/SESSION_SECRET|AWS_/)
  for (const name of NAMES) expect(logged.join()).toContain(name)
})

test('the health endpoint asks D1, says whether usage is billed and which version answers, and nothing else', async () => {
  const edge = edgeAt(clockAt('2026-11-21T12:00:00Z'))
  const ask = async (over: Partial<Settings>) => {
    const app = createApp({ ...edge, settings: { ...edge.settings, ...over } })
    const response = await app.request('https://buy.example/health')
    return [response.status, await response.json()]
  }
  expect(await ask({})).toEqual([200, { status: 'ok', metering: 'live', version: null }])
  const deployed = { status: 'ok', metering: 'dry', version: 'v-1' }
  expect(await ask({ metering: 'dry', version: 'v-1' })).toEqual([200, deployed])
})

test('the version is what Cloudflare says, and none where nothing was deployed', () => {
  const versionOf = (binding: object) => {
    const read = readSettings({ ...good, ...binding })
    return read.ok ? read.value.version : read.error
  }
  const metadata = { id: '6c2d', tag: '', timestamp: '2026-11-21T12:00:00Z' }
  expect([versionOf({ CF_VERSION_METADATA: metadata }), versionOf({})]).toEqual(['6c2d', undefined])
})

test('a setting that is not the Worker’s own does no harm', () => {
  expect(readSettings(Object.assign({}, good, { SOLD: '{"contract":["team_users"]}' }))).toEqual(
    readSettings(good),
  )
})

test('whether usage is billed has no default: without METERING, or with another word, nothing runs', () => {
  const { METERING: _, ...rest } = good
  const read = (value: object) => {
    const settings = readSettings({ ...rest, ...value })
    return settings.ok ? settings.value.metering : settings.error
  }
  expect([read({}), read({ METERING: '' }), read({ METERING: 'live' }), read({ METERING: 'dry' })]).toEqual([
    { missing: ['METERING'], malformed: [] },
    { missing: ['METERING'], malformed: [] },
    'live',
    'dry',
  ])
})

test('what was not expected is one sentence outside and a line in the log: a problem for programs, a page for people', async () => {
  const edge = edgeAt(clockAt('2026-11-21T12:00:00Z'))
  const broken: D1Database = Object.create(env.DB, {
    prepare: {
      value: () => {
        throw new Error('secret detail')
      },
    },
  })
  const app = createApp({ ...edge, settings: { ...edge.settings, db: broken } })
  const problem = await app.request('https://buy.example/health')
  expect([problem.status, problem.headers.get('content-type')]).toEqual([500, 'application/problem+json'])
  const page = await app.request('https://buy.example/health', { headers: { accept: 'text/html' } })
  expect([page.status, page.headers.get('content-type')]).toEqual([500, 'text/html; charset=utf-8'])
  expect((await problem.text()) + (await page.text())).not.toContain('secret detail')
  expect(logged.join()).toContain('secret detail')
})

test('a seller with a page of their own has no landing page here', async () => {
  const edge = edgeAt(clockAt('2026-11-21T12:00:00Z'))
  const app = createApp({ ...edge, seller: { ...edge.seller, landing: 'own' } })
  expect((await app.request('https://buy.example/')).status).toBe(404)
  expect((await app.request('https://buy.example/health')).status).toBe(200)
})

const ROLE_ARN = 'arn:aws:iam::111122223333:role/tollgate'

test('with a role and a public address no key is needed, and one that is set is not read', () => {
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...rest } = good
  const role = { AWS_ROLE_ARN: ROLE_ARN, PUBLIC_URL: 'https://tollgate.example' }
  const expected = {
    role: { arn: ROLE_ARN, issuer: 'https://tollgate.example', subject: 'worker:production' },
  }
  for (const settings of [rest, good]) {
    const read = readSettings({ ...settings, ...role })
    expect(read.ok && read.value.aws).toEqual(expected)
  }
})

test('a role needs the public address: it is the issuer of the tokens', () => {
  const alone = { ...good, AWS_ROLE_ARN: ROLE_ARN }
  expect(readSettings(alone)).toEqual({ ok: false, error: { missing: ['PUBLIC_URL'], malformed: [] } })
})

test.each([
  ['PUBLIC_URL', 'https://tollgate.example/'],
  ['PUBLIC_URL', 'https://tollgate.example/path'],
  ['PUBLIC_URL', 'https://Tollgate.example'],
  ['PUBLIC_URL', 'http://tollgate.example'],
  ['PUBLIC_URL', 'tollgate.example'],
  ['AWS_ROLE_ARN', 'arn:aws:iam::1111:role/tollgate'],
  ['AWS_ROLE_ARN', 'arn:aws:iam::111122223333:user/tollgate'],
  ['DEPLOYMENT', 'two words'],
])('%s as %j is malformed: IAM compares to the letter', (name, value) => {
  const role = { AWS_ROLE_ARN: ROLE_ARN, PUBLIC_URL: 'https://tollgate.example' }
  const read = readSettings({ ...good, ...role, [name]: value })
  expect(read).toEqual({ ok: false, error: { missing: [], malformed: [name] } })
})
