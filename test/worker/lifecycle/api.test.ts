/** GET /v1/subscriptions: what the seller's application may know. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Hono } from 'hono'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KEY_BYTES, mintKey } from '../../../shared/usage/key.ts'
import { createApp } from '../../../worker/app.ts'
import { clockAt, edgeAt, migrate } from '../support.ts'

const id = (n: number) => `sub_${String(n).padStart(22, '0')}`
let app: Hono
let key: string
let narrow: string

async function addKey(name: string, products: readonly string[] | null): Promise<string> {
  const minted = await mintKey(crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
  await env.DB.prepare('INSERT INTO api_keys (id, sha256, name, products, created_ms) VALUES (?, ?, ?, ?, 0)')
    .bind(name, minted.sha256, name, products === null ? null : JSON.stringify(products))
    .run()
  return minted.text
}

beforeEach(async () => {
  await migrate()
  app = createApp(edgeAt(clockAt('2026-11-21T12:00:00Z')))
  key = await addKey('all', null)
  narrow = await addKey('narrow', ['subscription'])
  const insert = env.DB.prepare(
    `INSERT INTO subscriptions (id, product, product_code, account, state, detail, created_ms, updated_ms)
     VALUES (?, ?, 'code', ?, ?, ?, 0, 0)`,
  )
  const active = JSON.stringify({
    activation: Date.parse('2026-11-21T10:00:00Z'),
    end: null,
    access: { granted: true, since: 1, why: 'active' },
  })
  await env.DB.batch([
    insert.bind(id(1), 'subscription', '012345678901', 'active', active),
    insert.bind(id(2), 'contract', '012345678901', 'pending', '{}'),
    insert.bind(
      id(3),
      'subscription',
      '999999999999',
      'ended',
      JSON.stringify({ activation: 1, end: { at: 0 } }),
    ),
  ])
})

afterEach(() => reset())

const get = (path: string, as = key) =>
  app.request(`https://buy.example/v1${path}`, { headers: { authorization: `Bearer ${as}` } })

async function ids(path: string, as = key): Promise<readonly string[]> {
  const body: { subscriptions: { id: string }[] } = await (await get(path, as)).json()
  return body.subscriptions.map((one) => one.id)
}

test('a subscription is shown with its access, its times and its account with the leading zero', async () => {
  const response = await get(`/subscriptions/${id(1)}`)
  expect(await response.json()).toEqual({
    id: id(1),
    product: 'subscription',
    productCode: 'code',
    account: '012345678901',
    licenseArn: null,
    agreementId: null,
    state: 'active',
    access: true,
    why: 'active',
    plan: 'team',
    workspace: null,
    nextPlan: null,
    trial: null,
    advisory: null,
    predecessor: null,
    successor: null,
    activatedAt: '2026-11-21T10:00:00.000Z',
    endedAt: null,
    createdAt: '1970-01-01T00:00:00.000Z',
  })
})

test('access is what was decided, whatever the state is called: our days of grace outlast the license', async () => {
  const access: unknown[] = []
  for (const [granted, why] of [
    [true, 'grace'],
    [false, 'trial-over'],
  ]) {
    await env.DB.prepare('UPDATE subscriptions SET state = ?, detail = ? WHERE id = ?')
      .bind('ended', JSON.stringify({ activation: 1, access: { granted, since: 1, why } }), id(1))
      .run()
    const body: { access: boolean; why: string } = await (await get(`/subscriptions/${id(1)}`)).json()
    access.push([body.access, body.why])
  }
  expect(access).toEqual([
    [true, 'grace'],
    [false, 'trial-over'],
  ])
})

test('a purchase that ended before it was ever granted never had access (design §5.4)', async () => {
  await env.DB.prepare("UPDATE subscriptions SET state = 'ending' WHERE id = ?").bind(id(2)).run()
  expect(await (await get(`/subscriptions/${id(2)}`)).json()).toMatchObject({
    state: 'ending',
    access: false,
  })
})

test('the list filters by account and state, and goes on page by page', async () => {
  expect(await ids('/subscriptions')).toEqual([id(1), id(2), id(3)])
  expect(await ids('/subscriptions?account=012345678901')).toEqual([id(1), id(2)])
  expect(await ids('/subscriptions?state=ended')).toEqual([id(3)])
  expect(await (await get('/subscriptions?limit=2')).json()).toMatchObject({ next: id(2) })
  expect(await ids(`/subscriptions?limit=2&after=${id(2)}`)).toEqual([id(3)])
})

test('a key of one product sees only that one; the others are not there for it (G.3 row 35)', async () => {
  expect(await ids('/subscriptions', narrow)).toEqual([id(1), id(3)])
  const foreign = await get(`/subscriptions/${id(2)}`, narrow)
  const unknown = await get(`/subscriptions/${id(9)}`, narrow)
  expect([foreign.status, await foreign.text()]).toEqual([unknown.status, await unknown.text()])
  expect(foreign.status).toBe(404)
})

test.each([
  '?state=gone',
  '?account=12',
  '?limit=0',
  '?limit=501',
  '?limit=0x10',
  '?limit=%205',
  '?limit=1e2',
  '?limit=x',
  "?after='",
  '?what=1',
])('the query %s is 400 with a sentence', async (query) => {
  const response = await get(`/subscriptions${query}`)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ code: 'bad-parameter', status: 400 })
})

test('without a key, or with one that is not known, there is nothing', async () => {
  expect((await app.request('https://buy.example/v1/subscriptions')).status).toBe(401)
  expect((await get('/subscriptions', `tg_${'A'.repeat(43)}`)).status).toBe(401)
})
