/** The API's description holds of the answers: each route is asked, and each answer is judged by ajv (test/openapi/judge.ts). */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DAY_MS } from '../../../shared/hour.ts'
import { hashOperatorKey, operatorKeyOf } from '../../../shared/operator/key.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { createApp } from '../../../worker/app.ts'
import { openApi, PATHS } from '../../../worker/openapi/document.ts'
import { runScheduled } from '../../../worker/scheduled.ts'
import { makeSecret } from '../deliveries/stage.ts'
import { awsError } from '../support.ts'
import { Browser, customer, licenseArn, PRODUCT_CODE } from '../landing/browser.ts'
import { deprovisioned, ended, updated } from '../lifecycle/marketplace.ts'
import { buy, FREE_TRIAL, owns, use, useStage } from '../entitlements/stage.ts'

const stage = useStage()
const operator = operatorKeyOf('A'.repeat(43))
const judged = new Set<string>()
let id: SubscriptionId

beforeEach(async () => {
  const settings = {
    ...stage.edge.settings,
    publicUrl: 'https://buy.example',
    webhookUrl: 'https://app.example/hooks',
    operatorKeyHash: await hashOperatorKey(operator),
  }
  stage.edge = { ...stage.edge, settings }
  stage.app = createApp(stage.edge)
  id = await buy(stage)
})
afterEach(() => judged.clear())

/** Fills `{name}` of a described path. */
const fill = (path: string, given: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => given[name] ?? id)

interface Ask {
  readonly method?: string
  readonly given?: Readonly<Record<string, string>>
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Sent as it is. */
  readonly raw?: string
}

/** Asks a described route; its status, and what of the answer is not as described. */
async function ask(
  path: string,
  { method = 'GET', given = {}, query = '', headers = {}, body, raw }: Ask = {},
) {
  const key = path.startsWith('/v1/operator') ? operator : stage.key
  const response = await stage.app.request(`https://buy.example${fill(path, given)}${query}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: raw ?? JSON.stringify(body ?? {}) }),
  })
  const answered = {
    method,
    path,
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: await response.text(),
  }
  const judge = Reflect.get(env, 'JUDGE') as Fetcher
  const wrong = await judge.fetch('http://judge', { method: 'POST', body: JSON.stringify(answered) })
  expect(await wrong.json(), `${method} ${path} ${response.status} ${answered.body.slice(0, 300)}`).toEqual(
    [],
  )
  judged.add(`${method.toLowerCase()} ${path}`)
  return { status: response.status, body: answered.body === '' ? null : JSON.parse(answered.body) }
}

const signed = (n: number) => ({ id: `act-00000${n}`, who: 'Kim', why: 'a test' })

/** An event of usage of now. */
const event = (over: object = {}) => ({
  id: 'e1',
  subscription: id,
  meter: 'api_calls',
  quantity: 1,
  time: new Date(stage.clock.business).toISOString(),
  ...over,
})

test('every GET answers as described, with a subscription that was used', async () => {
  await use(stage, id, 'api_calls', 5_000_000n)
  await ask('/v1/usage', { method: 'POST', body: event({ meter: 'unheard_of' }) })
  await ask('/v1/usage', {
    method: 'POST',
    body: event({ subscription: undefined, account: '9', product: 'x' }),
  })
  const { body } = await ask('/v1/operator/deliveries')
  const events = await ask('/v1/operator/events')
  const gets = Object.entries(PATHS).filter(([, methods]) => methods.get !== undefined)
  for (const [path] of gets) {
    const given = {
      account: '012345678901',
      delivery: String(body.rows[0]?.id),
      event: String(events.body.rows[0]?.id),
    }
    expect([path, (await ask(path, { given })).status]).toEqual([path, 200])
  }
  expect([...judged].filter((name) => name.startsWith('get'))).toHaveLength(gets.length)
})

test('a trial and a contract are described too', async () => {
  stage.market.terms = FREE_TRIAL
  stage.market.resolve = () =>
    Response.json(customer({ ProductCode: PRODUCT_CODE, LicenseArn: licenseArn('b') }))
  stage.market.entitlements = owns('team_users', 10)
  await buy(stage, { code: PRODUCT_CODE, license: licenseArn('b'), agreement: 'agmt-2' })
  const { body } = await ask('/v1/subscriptions')
  expect(body.subscriptions.map(({ why }: { why: string }) => why).sort()).toEqual(['active', 'trial'])
  for (const one of body.subscriptions) {
    await ask('/v1/subscriptions/{id}', { given: { id: one.id } })
    await ask('/v1/subscriptions/{id}/entitlements', { given: { id: one.id } })
  }
})

test('usage in each of its shapes, and each way it is refused, is answered as described', async () => {
  const usage = (asked: Omit<Ask, 'method'>) => ask('/v1/usage', { method: 'POST', ...asked })
  const { id: _id, subscription: _subscription, ...numbered } = event()
  const sequence = {
    epoch: 'abcdefghijklmnopqrst',
    sequence: 0,
    subscription: id,
    events: [numbered],
  }
  const statuses = [
    await usage({ body: event() }),
    await usage({ body: event() }),
    await usage({ body: { events: [event({ id: 'e2' }), event({ id: 'e3', meter: 'unheard_of' })] } }),
    await usage({ body: sequence }),
    await usage({
      body: { ...sequence, sequence: 1, events: [{ ...numbered, meter: 'unheard_of' }] },
    }),
    await usage({ body: event({ id: 'e4', meter: 'unheard_of' }) }),
    await usage({ body: event({ id: 'e5', time: 'x' }) }),
    await usage({ body: event({ id: 'e6', subscription: `sub_${'0'.repeat(22)}` }) }),
    await usage({ body: event({ quantity: 2 }) }),
    await usage({ raw: '' }),
    await usage({ raw: '{' }),
    await usage({ raw: 'x', headers: { 'content-encoding': 'br' } }),
    await usage({ raw: 'x', headers: { 'content-type': 'text/plain' } }),
    await usage({ raw: ' '.repeat(1_000_001) }),
    await usage({ body: event(), headers: { authorization: '' } }),
  ].map(({ status }) => status)
  expect(statuses).toEqual([200, 200, 200, 200, 422, 422, 400, 404, 409, 400, 400, 415, 415, 413, 401])
})

test('each problem of the routes of subscriptions is described', async () => {
  const put = (asked: Omit<Ask, 'method'>) => ask('/v1/subscriptions/{id}/plan', { method: 'PUT', ...asked })
  const nobody = { given: { id: `sub_${'0'.repeat(22)}` } }
  const without = { headers: { authorization: '' } }
  const statuses = [
    await put({ body: { plan: 'enterprise' } }),
    await put({ body: { plan: 'gold' } }),
    await put({ body: {} }),
    await put({ raw: '{' }),
    await put({ raw: ' '.repeat(2_000) }),
    await put({ body: { plan: 'team' }, headers: { 'content-type': 'text/plain' } }),
    await put({ body: { plan: 'team' }, ...nobody }),
    await ask('/v1/subscriptions/{id}', nobody),
    await ask('/v1/subscriptions/{id}/entitlements', nobody),
    await ask('/v1/subscriptions/{id}/records', nobody),
    await ask('/v1/subscriptions/{id}/entitlements', without),
    await ask('/v1/subscriptions', { query: '?limit=0' }),
    await ask('/v1/records', { query: '?limit=0' }),
    await ask('/v1/subscriptions/{id}/records', { query: '?limit=0' }),
    await ask('/v1/buyers/{account}/subscriptions', { given: { account: '1' } }),
    await ask('/v1/subscriptions/{id}', { headers: { 'if-none-match': '*' } }),
  ].map(({ status }) => status)
  expect(statuses).toEqual([200, 422, 400, 400, 413, 415, 404, 404, 404, 404, 401, 400, 400, 400, 400, 304])
})

test('a registration by API is answered as described: new, known, and each way it is refused', async () => {
  const register = (asked: Omit<Ask, 'method'>) => ask('/v1/registrations', { method: 'POST', ...asked })
  const closed = await register({ body: { token: 't' } })
  const seller = { ...stage.edge.seller, landing: 'own' as const }
  stage.app = createApp({ ...stage.edge, seller })
  const fields = { email: 'buyer@example.com', name: 'Sam Doe', company: 'Example Ltd' }
  const answered = [
    closed,
    await register({ body: { token: 'new' } }),
    await register({ body: { token: 'new', fields } }),
    await register({ body: { token: '' } }),
    await register({ body: { token: 'new', what: 1 } }),
    await register({ body: { token: 'new', fields: { email: 'x' } } }),
    await register({ raw: '' }),
    await register({ raw: '{' }),
    await register({ raw: '{"token":"a","token":"b"}' }),
    await register({ raw: '['.repeat(200) }),
    await register({ raw: ' '.repeat(70_000) }),
    await register({ raw: 'x', headers: { 'content-encoding': 'gzip' } }),
    await register({ raw: 'x', headers: { 'content-encoding': 'br' } }),
    await register({ body: {}, headers: { 'content-type': 'text/plain' } }),
    await register({ body: {}, headers: { authorization: '' } }),
  ]
  stage.market.resolve = () => awsError('ExpiredTokenException')
  answered.push(await register({ body: { token: 'old' } }))
  expect(answered.map(({ status }) => status)).toEqual([
    404, 201, 200, 400, 400, 422, 400, 400, 400, 400, 413, 400, 415, 415, 401, 422,
  ])
})

test('a pushed event is answered as described: stored, again, no event, another key, a closed door', async () => {
  const push = (asked: Omit<Ask, 'method'>, key = 'k'.repeat(32)) =>
    ask('/v1/events/aws', { method: 'POST', ...asked, headers: { 'x-api-key': key, ...asked.headers } })
  const closed = await push({ body: {} })
  const settings = { ...stage.edge.settings, eventsPushKeys: ['k'.repeat(32)] }
  stage.app = createApp({ ...stage.edge, settings })
  const sent = updated(new Date(stage.clock.business).toISOString())
  const statuses = [
    closed,
    await push({ raw: sent }),
    await push({ raw: sent }),
    await push({ raw: '' }),
    await push({ raw: '[' }),
    await push({ raw: ' '.repeat(1_000_001) }),
    await push({ raw: 'x', headers: { 'content-encoding': 'br' } }),
    await push({ raw: sent }, 'other'),
  ].map(({ status }) => status)
  expect(statuses).toEqual([404, 202, 202, 400, 400, 413, 415, 401])
})

test('every webhook of a trial’s life is as described, from the registration to the end', async () => {
  await makeSecret(stage.edge)
  const told: { type: string; body: string }[] = []
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    if (new URL(request.url).hostname !== 'app.example') return stage.market.fetch(request)
    const body = await request.text()
    told.push({ type: JSON.parse(body).type, body })
    return new Response(null, { status: 204 })
  })
  stage.market.terms = FREE_TRIAL
  stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('c') }))
  const began = new Date(stage.clock.business).toISOString()
  const of = { license: licenseArn('c'), agreement: 'agmt-3' }
  const buyer = new Browser(stage.app)
  await buyer.arrive('t3')
  await buyer.register()
  stage.market.put(updated(began, of))
  await runScheduled(stage.edge)
  stage.clock.business += 13.5 * DAY_MS
  await runScheduled(stage.edge)
  for (const event of [ended, deprovisioned]) {
    stage.market.put(event(new Date(stage.clock.business).toISOString(), of))
    await runScheduled(stage.edge)
  }
  const judge = Reflect.get(env, 'JUDGE') as Fetcher
  for (const { type, body } of told) {
    const wrong = await judge.fetch('http://judge', {
      method: 'POST',
      body: JSON.stringify({ webhook: type, body }),
    })
    expect(await wrong.json(), body).toEqual([])
  }
  expect([...new Set(told.map(({ type }) => type))].sort()).toEqual([
    'registration.completed',
    'subscription.ending',
    'subscription.granted',
    'subscription.revoked',
    'subscription.trial-ending',
  ])
})

test('while D1 is away every key is answered 503, as described', async () => {
  const away = { prepare: () => ({ bind: () => ({ first: () => Promise.reject(new Error('away')) }) }) }
  const db = Object.assign(Object.create(stage.edge.settings.db), away)
  stage.app = createApp({ ...stage.edge, settings: { ...stage.edge.settings, db } })
  const keyed = Object.entries(PATHS).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, route]) => (route.key === 'apiKey' ? [{ path, method }] : [])),
  )
  for (const { path, method } of keyed)
    expect(
      (await ask(path, { method: method.toUpperCase(), given: { account: '012345678901' } })).status,
    ).toBe(503)
  expect(keyed.length).toBeGreaterThan(7)
})

test('every act of an operator is answered as described: done, refused, unsigned, and without the key', async () => {
  vi.spyOn(console, 'warn').mockReturnValue()
  const posts = Object.entries(PATHS).filter(([path]) => path.startsWith('/v1/operator'))
  const { body } = await ask('/v1/operator/deliveries')
  const events = await ask('/v1/operator/events')
  const given = {
    delivery: String(body.rows[0]?.id),
    event: String(events.body.rows[0]?.id),
    account: '012345678901',
    predecessor: id,
    number: '1',
    channel: 'all',
    what: 'hold',
    key: 'all',
  }
  const seen = new Set<number>()
  for (const [n, [path, { post }]] of posts.entries()) {
    if (post === undefined) continue
    const method = 'POST'
    const query = path.endsWith('/keys/create') ? '?kind=api&name=app' : ''
    const act = path.endsWith('/acts') ? { kind: 'hold', dimension: null } : {}
    for (const asked of [
      { body: { ...signed(n), ...act } },
      { body: { ...signed(n), why: 'other', ...act } },
      { body: {} },
      { raw: '{' },
      { raw: '', headers: { authorization: '' } },
      { raw: '', headers: { 'content-type': 'text/plain' } },
      { raw: '', headers: { origin: 'https://evil.example' } },
    ])
      seen.add((await ask(path, { method, given, query, ...asked })).status)
  }
  expect([...seen].sort((a, b) => a - b)).toEqual([200, 400, 401, 403, 404, 409, 415, 422])
})

/** How each problem that many operator routes name is met. */
const MET: Readonly<Record<string, (method: string, n: number) => Ask>> = {
  unauthorized: () => ({ headers: { authorization: '' } }),
  forbidden: () => ({ headers: { origin: 'https://evil.example' } }),
  'wrong-content-type': () => ({ headers: { 'content-type': 'text/plain' } }),
  'not-json': () => ({ raw: '{' }),
  'too-large': () => ({ raw: ' '.repeat(1_000_001) }),
  'bad-gzip': () => ({ raw: 'x', headers: { 'content-encoding': 'gzip' } }),
  'wrong-content-encoding': () => ({ raw: 'x', headers: { 'content-encoding': 'br' } }),
  'bad-parameter': () => ({ query: '?limit=0&what=1', body: {} }),
  'not-found': (method, n) => (method === 'GET' ? {} : { body: signed(100 + n) }),
}
/** Where the same is met only after something was done: the tests above and those of each door meet it. */
const ELSEWHERE = ['not-allowed', 'changed', 'in-flight', 'again', 'not-configured']

test('each problem an operator’s route names is what it answers, and it names no other', async () => {
  const nobody = { id: `sub_${'0'.repeat(22)}`, account: '000000000000' }
  const document = JSON.parse(JSON.stringify(openApi(stage.edge.seller)['paths']))
  const wrong: string[] = []
  let n = 0
  for (const [path, methods] of Object.entries<Record<string, { responses: object }>>(document)) {
    if (!path.startsWith('/v1/operator')) continue
    for (const [name, { responses }] of Object.entries(methods)) {
      const method = name.toUpperCase()
      const codes = [...JSON.stringify(responses).matchAll(/"code":\{"enum":\["([^\]]+)"\]/g)].flatMap(
        ([, list = '']) => list.split('","'),
      )
      for (const code of codes.filter((one) => !ELSEWHERE.includes(one))) {
        const given = {
          ...nobody,
          delivery: 'dlv_0',
          event: 'none',
          number: '999',
          key: 'key_0',
          predecessor: id,
        }
        const isHere = code !== 'not-found'
        const query = path.endsWith('/keys/create') ? '?kind=api&name=app' : ''
        const asked = MET[code]?.(method, (n += 1))
        const { body } = await ask(path, {
          method,
          given: {
            ...given,
            ...(isHere ? { id, account: '012345678901', what: 'hold', channel: 'all' } : {}),
          },
          query,
          ...asked,
        })
        if (body?.code !== code) wrong.push(`${method} ${path}: ${code}, answered ${body?.code}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('without an operator key every operator’s route answers 503, as described', async () => {
  const { operatorKeyHash: _hash, ...settings } = stage.edge.settings
  stage.app = createApp({ ...stage.edge, settings })
  for (const [path, methods] of Object.entries(PATHS).filter(([path]) => path.startsWith('/v1/operator')))
    for (const method of Object.keys(methods))
      expect((await ask(path, { method: method.toUpperCase() })).status).toBe(503)
})
