/** `landing: 'own'`: the seller's page hands the token and the fields over, with the guarantees of ours (G.3 rows 41, 47, 48). */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { hashKey } from '../../../shared/usage/key.ts'
import { createApp } from '../../../worker/app.ts'
import { AUDIT } from '../../../worker/audit/object.ts'
import { keepEvents } from '../../../worker/db/inbox.ts'
import type { Edge } from '../../../worker/env.ts'
import { readEvent } from '../../../worker/events/envelope.ts'
import { awsError, edgeAt } from '../support.ts'
import { SELLER, updated } from '../lifecycle/marketplace.ts'
import { customer, licenseArn, PRODUCT_CODE, SUBSCRIPTION_CODE } from './browser.ts'
import { countRows, useStage } from './stage.ts'

const stage = useStage()
const KEY = `tg_${'a'.repeat(43)}`
const NARROW = `tg_${'b'.repeat(43)}`
const FIELDS = { email: 'buyer@example.com', name: 'Sam Doe', company: 'Example Ltd' }

beforeEach(async () => {
  const insert = 'INSERT INTO api_keys (id, sha256, name, products, created_ms) VALUES (?, ?, ?, ?, 1)'
  await env.DB.batch([
    env.DB.prepare(insert).bind('key_all', await hashKey(KEY), 'page', null),
    env.DB.prepare(insert).bind('key_one', await hashKey(NARROW), 'page', '["contract"]'),
  ])
})

const edge = (landing: 'own' | 'hosted' = 'own'): Edge => {
  const base = edgeAt(stage.clock)
  const settings = { ...base.settings, webhookUrl: 'https://app.example/hooks' }
  return { ...base, settings, seller: { ...base.seller, landing } }
}

interface Answered {
  readonly registered?: boolean
  readonly subscription?: { readonly id: string; readonly account: string; readonly licenseArn: string }
  readonly code?: string
  readonly fields?: Readonly<Record<string, string>>
}

async function register(body: unknown, key = KEY, headers: Record<string, string> = {}, from = edge()) {
  const response = await createApp(from).fetch(
    new Request('https://buy.example/v1/registrations', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )
  const text = await response.text()
  const answered: Answered = JSON.parse(text)
  return { status: response.status, text, headers: response.headers, ...answered }
}

const counts = async () => [
  await countRows('subscriptions'),
  await countRows('registrations'),
  await countRows('contacts'),
]
const announced = async () =>
  (await env.DB.prepare("SELECT channel FROM outbox WHERE kind = 'registration.completed'").all()).results

test('the token is resolved at once; the fields may come with it or later, and make one of everything', async () => {
  const first = await register({ token: 't+/=' })
  expect([first.status, first.registered]).toEqual([201, false])
  expect(first.subscription).toMatchObject({
    account: '012345678901',
    licenseArn: licenseArn('a'),
    state: 'pending',
  })
  expect([await counts(), await announced()]).toEqual([[1, 1, 0], []])
  const second = await register({ token: 't+/=', fields: FIELDS, offerType: 'free-trial' })
  expect([second.status, second.registered, second.subscription?.id]).toEqual([
    200,
    true,
    first.subscription?.id,
  ])
  const third = await register({ token: 'next-week', fields: { ...FIELDS, email: 'other@example.com' } })
  expect([third.status, third.subscription?.id]).toEqual([201, first.subscription?.id])
  expect([await counts(), await announced()]).toEqual([[1, 2, 1], [{ channel: 'webhook' }]])
  expect(await env.DB.prepare('SELECT email, fields FROM contacts').first()).toEqual({
    email: 'other@example.com',
    fields: JSON.stringify({ name: 'Sam Doe', company: 'Example Ltd' }),
  })
})

test('a token that was resolved is as good after AWS has let it run out, and AWS is not asked again', async () => {
  await register({ token: 't' })
  stage.resolve = () => awsError('ExpiredTokenException')
  const asked = stage.wire.calls.length
  expect((await register({ token: 't', fields: FIELDS })).status).toBe(200)
  expect(stage.wire.calls).toHaveLength(asked)
})

test('the same request at the same time makes one registration, told once', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => register({ token: 't', fields: FIELDS })))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  expect([await counts(), await announced()]).toEqual([[1, 1, 1], [{ channel: 'webhook' }]])
})

test('the token is nowhere but as its hash: not in D1, an answer or the log', async () => {
  const token = 'A-token-nobody-may-see'
  const first = await register({ token, fields: FIELDS })
  stage.resolve = () => awsError('InvalidTokenException')
  const second = await register({ token: `${token}-either` })
  const { results } = await env.DB.prepare('SELECT * FROM registrations').all()
  expect(JSON.stringify([results, first.text, second.text, stage.logged])).not.toContain(token)
})

test('who registered, by which key, is in the audit log, and without the log nothing is kept', async () => {
  const from = edge()
  const settings = new Proxy(from.settings, {
    get: (of, name) => (name === 'audit' ? { getByName: () => ({}) } : Reflect.get(of, name)),
  })
  expect((await register({ token: 't', fields: FIELDS }, KEY, {}, { ...from, settings })).status).toBe(503)
  expect(await countRows('contacts')).toBe(0)
  const { subscription } = await register({ token: 't', fields: FIELDS })
  const log = await env.AUDIT.getByName(AUDIT).entries({ limit: 10 })
  expect(log.rows.map(({ kind, who, subject }) => [kind, who, subject])).toContainEqual([
    'register',
    'key_all',
    subscription?.id,
  ])
})

test('unknown, expired and foreign tokens, and one for a product the key may not see, get one answer to the byte', async () => {
  const answers = []
  for (const [answer, key] of [
    [() => awsError('InvalidTokenException'), KEY],
    [() => awsError('ExpiredTokenException'), KEY],
    [() => Response.json(customer({ ProductCode: 'z'.repeat(25) })), KEY],
    [() => Response.json(customer()), NARROW],
  ] as const) {
    stage.resolve = answer
    const { status, text, headers } = await register({ token: 't', fields: FIELDS }, key)
    answers.push({ status, text, headers: [...headers] })
  }
  expect(answers).toEqual(Array(4).fill(answers[0]))
  expect(answers[0]).toMatchObject({ status: 422 })
  expect(await counts()).toEqual([0, 0, 0])
  stage.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  expect((await register({ token: 't' }, NARROW)).status).toBe(201)
})

test.each([
  ['no JSON', 'token=t', {}, 400, 'not-json'],
  ['nothing', '', {}, 400, 'empty-body'],
  ['a list', [], {}, 400, 'bad-parameter'],
  ['a member nobody asked for', { token: 't', licenseArn: 'x' }, {}, 400, 'bad-parameter'],
  ['two tokens', '{"token":"a","token":"b"}', {}, 400, 'duplicate-key'],
  [
    'a form',
    { token: 't' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    415,
    'wrong-content-type',
  ],
  ['70 kB', { token: 't', fields: { ...FIELDS, name: 'x'.repeat(70_000) } }, {}, 413, 'too-large'],
  ['no token', { fields: FIELDS }, {}, 400, 'bad-token'],
  ['an empty token', { token: '' }, {}, 400, 'bad-token'],
  ['a token of 10 kB', { token: 'x'.repeat(10_240) }, {}, 400, 'bad-token'],
  ['a token with a newline', { token: 'a\r\nb' }, {}, 400, 'bad-token'],
  ['a token that is a number', { token: 7 }, {}, 400, 'bad-token'],
  ['fields that are none', { token: 't', fields: 'x' }, {}, 422, 'bad-fields'],
  ['no e-mail', { token: 't', fields: { name: 'Sam' } }, {}, 422, 'bad-fields'],
  ['an unknown field', { token: 't', fields: { ...FIELDS, card: '4111' } }, {}, 422, 'bad-fields'],
  ['a field that is no text', { token: 't', fields: { ...FIELDS, name: {} } }, {}, 422, 'bad-fields'],
  ['a lone surrogate', { token: 't', fields: { ...FIELDS, name: '\ud800' } }, {}, 422, 'bad-fields'],
  ['__proto__', '{"token":"t","fields":{"email":"a@example.com","__proto__":"x"}}', {}, 422, 'bad-fields'],
  [
    'an e-mail with CRLF',
    { token: 't', fields: { ...FIELDS, email: 'a@example.com\r\nBcc: b@x.example' } },
    {},
    422,
    'bad-fields',
  ],
  [
    'a script for an e-mail',
    { token: 't', fields: { ...FIELDS, email: '<script>@example.com' } },
    {},
    422,
    'bad-fields',
  ],
  [
    'an e-mail of 330 characters',
    { token: 't', fields: { ...FIELDS, email: `${'a'.repeat(320)}@x.example` } },
    {},
    422,
    'bad-fields',
  ],
] as const)(
  '%s is refused by its own code, AWS is not asked and nothing is stored',
  async (_, body, headers, status, code) => {
    const answer = await register(body, KEY, headers)
    expect([answer.status, answer.code]).toEqual([status, code])
    expect([stage.wire.calls, await counts()]).toEqual([[], [0, 0, 0]])
  },
)

test('each field that cannot be taken is named with what to do', async () => {
  const { fields } = await register({
    token: 't',
    fields: { email: 'x', name: 'Sam', company: 'y', plan: 'gold' },
  })
  expect(fields).toEqual({
    email: 'Enter an e-mail address such as name@example.com.',
    plan: 'There is no such field.',
  })
})

test('names from SQL, templates and other scripts are kept as they are', async () => {
  const name = `'; DROP TABLE contacts; -- {{7*7}} \${x} 山田`
  expect((await register({ token: 't', fields: { ...FIELDS, name } })).status).toBe(201)
  const row = await env.DB.prepare('SELECT fields FROM contacts').first<{ fields: string }>()
  expect(JSON.parse(row?.fields ?? '{}')).toMatchObject({ name })
})

test('a registration never writes over the lifecycle: what was granted stays so, whatever the form says', async () => {
  const now = stage.clock.business
  const ours = { account: SELLER, productCodes: [SUBSCRIPTION_CODE] }
  await keepEvents(env.DB, [readEvent(updated('2026-11-21T11:59:00Z'), 'm', ours, now)], now)
  expect((await register({ token: 't' })).subscription).toMatchObject({ state: 'active', access: true })
  const row = () =>
    env.DB.prepare(
      'SELECT state, detail, plan, agreement_id, license_arn, entitlements, due_ms FROM subscriptions',
    ).first()
  const before = await row()
  await register({ token: 't', fields: FIELDS, offerType: 'free-trial' })
  await register({ token: 't2', fields: FIELDS })
  expect(await row()).toEqual(before)
})

test('when AWS does not answer it is 503, when asked too often 429 with Retry-After; the token is as good as before', async () => {
  stage.resolve = () => awsError('ThrottlingException')
  const again = await register({ token: 't', fields: FIELDS })
  expect([again.status, again.code, again.headers.get('retry-after')]).toEqual([503, 'again', '5'])
  const all = await Promise.all(Array.from({ length: 60 }, (_, n) => register({ token: `t${n}` })))
  const limited = all.find(({ status }) => status === 429)
  expect(limited?.code).toBe('too-many-requests')
  expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0)
})

test('without a key it is 401; where our own page registers it is 404 and says so', async () => {
  expect((await register({ token: 't' }, 'tg_nobody')).status).toBe(401)
  const hosted = await register({ token: 't' }, KEY, {}, edge('hosted'))
  expect([hosted.status, hosted.text]).toEqual([404, expect.stringContaining('seller.config.ts')])
  expect(stage.wire.calls).toEqual([])
})

test.each(['GET', 'POST'])(
  'our own page is off: %s of it says where to go, and takes no token',
  async (method) => {
    const app = createApp(edge())
    for (const path of ['/', '/registration', '/subscription']) {
      const body = method === 'POST' ? { body: new URLSearchParams({ 'x-amzn-marketplace-token': 't' }) } : {}
      const response = await app.fetch(new Request(`https://buy.example${path}`, { method, ...body }))
      expect([response.status, response.headers.get('content-type')]).toEqual([
        404,
        'text/html; charset=utf-8',
      ])
      expect(await response.text()).toContain(edge().seller.seller.website)
    }
    expect(stage.wire.calls).toEqual([])
  },
)
