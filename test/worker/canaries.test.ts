/** Canary secrets in every setting, every credential and every key: none is in a response, a log line, a page or an error. */
import { createExecutionContext, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hashOperatorKey, operatorKeyOf } from '../../shared/operator/key.ts'
import { hashKey } from '../../shared/usage/key.ts'
import { openWorker } from '../../worker/entry.ts'
import { customer } from './landing/browser.ts'
import { clockAt, edgeAt, migrate } from './support.ts'

const ORIGIN = 'https://buy.example'
const OPERATOR = operatorKeyOf(`CANARYoperator${'o'.repeat(29)}`)
const DEPLOY = operatorKeyOf(`CANARYdeploy${'d'.repeat(31)}`)
const API = `tg_CANARYapi${'a'.repeat(34)}`
const TOKEN = 'CANARYregistrationtoken+/='

/** Every setting there is, each holding a canary where its form allows one. */
const settings = async () => ({
  METERING: 'live',
  SESSION_SECRET: btoa('CANARYsessionsecretCANARYsessions'),
  AWS_ACCESS_KEY_ID: 'CANARYACCESSKEYID',
  AWS_SECRET_ACCESS_KEY: 'CANARYsecretaccesskey/+',
  AWS_SESSION_TOKEN: 'CANARYsessiontoken',
  EVENTS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/CANARYevents',
  USAGE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/CANARYusage',
  OPERATOR_KEY_HASH: await hashOperatorKey(OPERATOR),
  DEPLOY_KEY_HASH: await hashOperatorKey(DEPLOY),
  EVENTS_PUSH_KEYS: 'CANARYpushkeyonexxxxxxxxxxxx,CANARYpushkeytwoxxxxxxxxxxxx',
  PUBLIC_URL: ORIGIN,
  WEBHOOK_URL: 'https://app.example/CANARYwebhook?key=CANARYwebhookkey',
  TECH_ADMIN_TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:CANARYtopic',
  MAIL_FROM: 'CANARYsender@example.com',
  MAIL_CONFIGURATION_SET: 'CANARYset',
  METRICS_NAMESPACE: 'CANARYmetrics',
})

const said: string[] = []
beforeEach(async () => {
  await migrate()
  said.length = 0
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, level).mockImplementation(
      (...lines: unknown[]) => void said.push(lines.map(String).join(' ')),
    )
})
afterEach(async () => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  await reset()
})

const open = () => {
  const { clocks } = edgeAt(clockAt('2026-11-21T12:00:00Z'))
  return openWorker({ clocks, queueWaitSeconds: 0 })
}
type Worker = ReturnType<typeof open>

/** Sends a request and keeps all that comes back: status line, headers, body. */
async function send(worker: Worker, bindings: Env, path: string, init: RequestInit = {}): Promise<number> {
  const response = await worker.fetch(
    new Request(ORIGIN + path, init) as Parameters<Worker['fetch']>[0],
    bindings,
    createExecutionContext(),
  )
  said.push(
    `${path.split('?')[0]} ${response.statusText} ${JSON.stringify([...response.headers])} ${await response.text()}`,
  )
  return response.status
}

/** What is said holds none of them, also not in base64 or percent-encoded. */
function expectSilence(secrets: readonly string[]): void {
  const all = said.join('\n')
  const forms = secrets.flatMap((secret) => [secret, btoa(secret), encodeURIComponent(secret)])
  expect(forms.filter((form) => form !== '' && all.includes(form))).toEqual([])
  expect(all.split(/\s/).filter((word) => word.includes('CANARY'))).toEqual([])
}

const form = (fields: Record<string, string>): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
  body: new URLSearchParams(fields).toString(),
})
const json = (key: string, body: unknown, method = 'POST'): RequestInit => ({
  method,
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
})

const GETS = [
  '/',
  `/?x-amzn-marketplace-token=${encodeURIComponent(TOKEN)}`,
  '/registration',
  '/subscription',
  '/sign-in',
  `/sign-in?link=CANARYlink${'x'.repeat(33)}`,
  '/sign-in/sent',
  '/subscriptions',
  '/subscriptions/sub_0000000000000000000001',
  '/workspace',
  '/health',
  '/nowhere',
  '/docs',
  '/openapi.json',
  '/.well-known/openid-configuration',
  '/.well-known/jwks.json',
  '/v1/nowhere',
  '/v1/subscriptions',
  '/v1/subscriptions/sub_0000000000000000000001',
  '/v1/subscriptions/sub_0000000000000000000001/entitlements',
  '/v1/usage',
  '/v1/operator/subscriptions',
  '/v1/operator/backlog',
  '/v1/operator/check',
  '/v1/operator/log',
  '/v1/operator/log/audit',
  '/v1/operator/keys',
  '/v1/operator/deliveries',
  '/v1/operator/refused',
  '/v1/operator/parked',
  '/v1/operator/audit',
  '/v1/operator/events',
]

/** AWS at the wire: answers what a test says, and may repeat all that it was sent. */
type Wire = (request: Request) => Promise<Response>
const ANSWERS: readonly (readonly [string, Wire])[] = [
  ['answers', async () => Response.json({ ...customer(), Messages: [], Entitlements: [] })],
  [
    'refuses and repeats what it was sent',
    async (request) =>
      Response.json(
        {
          __type: 'com.amazonaws#InvalidSignatureException',
          message: `The Canonical String for this request should have been 'POST\n/\nx-amz-security-token:${request.headers.get('x-amz-security-token')}'`,
        },
        { status: 403 },
      ),
  ],
  ['answers HTML with 502', async () => new Response('<html>Bad gateway</html>', { status: 502 })],
  ['does not answer', async () => Promise.reject(new Error('connection refused'))],
]

test.each(ANSWERS)('while AWS %s, no canary is in any response, header or log line', async (_, answer) => {
  vi.stubGlobal('fetch', async (input: RequestInfo, init?: RequestInit) => answer(new Request(input, init)))
  await env.DB.prepare('INSERT INTO api_keys (id, sha256, name, created_ms) VALUES (?, ?, ?, 1)')
    .bind('key_one', await hashKey(API), 'one')
    .run()
  const planted = await settings()
  const bindings = { ...env, ...planted }
  const worker = open()
  const statuses = new Set<number>()
  for (const path of GETS) {
    const bearer = path.startsWith('/v1/operator') ? OPERATOR : API
    for (const init of [
      {},
      { headers: { accept: 'text/html' } },
      json(bearer, null, 'GET'),
      json(`${bearer.slice(0, -1)}B`, null, 'GET'),
      json('CANARYnokeyatall', null, 'GET'),
    ])
      statuses.add(await send(worker, bindings, path, init))
  }
  const posts: readonly (readonly [string, RequestInit])[] = [
    ['/', form({ 'x-amzn-marketplace-token': TOKEN })],
    ['/', form({ 'x-amzn-marketplace-token': TOKEN.repeat(400) })],
    ['/registration', form({ email: 'a@example.com', _csrf: 'CANARYcsrf' })],
    ['/sign-in', form({ email: 'CANARYbuyer@example.com' })],
    ['/sign-in/link', form({ link: `CANARYlink${'x'.repeat(33)}` })],
    ['/workspace', form({ workspace: 'CANARYworkspace', _csrf: 'CANARYcsrf' })],
    ['/sign-out', form({ _csrf: 'CANARYcsrf' })],
    ['/v1/operator/buyers/012345678901/export', json(OPERATOR, { id: 'act-12348', who: 'ada', why: 'test' })],
    ['/v1/registrations', json(API, { token: TOKEN, fields: {} })],
    ['/v1/usage', json(API, '{"events":[{"id":"CANARYid","meter":')],
    ['/v1/events/aws', json('CANARYpushkeyonexxxxxxxxxxxx', '{}')],
    ['/v1/events/aws', { ...json('x', '{}'), headers: { 'x-api-key': 'CANARYpushkeyonexxxxxxxxxxxx' } }],
    ['/v1/operator/check', json(DEPLOY, null, 'GET')],
    ['/v1/operator/run', json(OPERATOR, {})],
    ['/v1/operator/run/ledgers', json(OPERATOR, {})],
    ['/v1/operator/keys/identity/rotate', json(OPERATOR, { id: 'act-12345', who: 'ada', why: 'test' })],
    [
      '/v1/operator/keys/create?kind=webhook&name=app',
      json(OPERATOR, { id: 'act-12346', who: 'ada', why: 'test' }),
    ],
    ['/v1/operator/sending/hold', json(OPERATOR, { id: 'act-12347', who: 'ada', why: 'test' })],
  ]
  for (const [path, init] of posts) statuses.add(await send(worker, bindings, path, init))
  await worker.scheduled(
    { cron: '* * * * *', scheduledTime: 0, noRetry: () => undefined },
    bindings,
    createExecutionContext(),
  )

  expect(said.length).toBeGreaterThan(GETS.length * 5)
  expect(
    [...statuses].filter((status) => [200, 401, 404].includes(status)).toSorted((a, b) => a - b),
  ).toEqual([200, 401, 404])
  const secrets = Object.values(planted).filter((value) => value !== ORIGIN && value !== planted.METERING)
  expectSilence([...secrets, OPERATOR, DEPLOY, API, TOKEN])
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_cf\\_%' ESCAPE '\\'",
  ).all<{ name: string }>()
  for (const { name } of results) {
    const rows = await env.DB.prepare(`SELECT * FROM "${name}"`).all()
    expect([name, JSON.stringify(rows.results).includes('CANARY')]).toEqual([name, false])
  }
})

test('a setting that is malformed is named in the log, and its value is nowhere', async () => {
  const planted = await settings()
  for (const name of Object.keys(planted)) {
    said.length = 0
    const bindings = { ...env, ...planted, [name]: 'CANARY bad\nvalue' }
    const status = await send(open(), bindings, '/health')
    // What others own may be read later than at the entry: then there is no 503, and still no canary.
    expect([200, 503]).toContain(status)
    if (status === 503) expect(said.join()).toContain(name)
    expectSilence(Object.values(planted).filter((value) => value !== ORIGIN))
  }
})
