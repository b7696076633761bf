/** PUT /v1/subscriptions/{id}/plan (money §4 *Plan*): the application sets it, valid from the next hour, one batch with its order. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { hashKey, KEY_BYTES, mintKey } from '../../../shared/usage/key.ts'
import { createApp } from '../../../worker/app.ts'
import { AUDIT } from '../../../worker/audit/object.ts'
import { refreshSubscription } from '../../../worker/lifecycle/refresh.ts'
import { customer, licenseArn, PRODUCT_CODE } from '../landing/browser.ts'
import { created, deprovisioned, ended, updated } from './marketplace.ts'
import { ms, only, orders, rows, T, useStage } from './stage.ts'

const stage = useStage()

async function key(products: readonly string[] | null = null): Promise<string> {
  const minted = await mintKey(crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
  await env.DB.prepare('INSERT INTO api_keys (id, sha256, name, products, created_ms) VALUES (?, ?, ?, ?, 0)')
    .bind(minted.sha256.slice(0, 12), minted.sha256, 'test', products && JSON.stringify(products))
    .run()
  return minted.text
}

async function put(id: string, body: BodyInit, over: { key?: string; type?: string } = {}) {
  const headers = {
    authorization: `Bearer ${over.key ?? (await key())}`,
    'content-type': over.type ?? 'application/json',
  }
  const address = `https://buy.example/v1/subscriptions/${id}/plan`
  const response = await createApp(stage.edge).request(address, { method: 'PUT', body, headers })
  return { status: response.status, body: await response.json<Record<string, unknown>>() }
}

const plan = (name: string): string => JSON.stringify({ plan: name })

async function active(): Promise<string> {
  await stage.arrive()
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  return (await only()).id
}

test('a plan set within an hour is valid from the next one, and its order says so', async () => {
  const id = await active()
  const before = (await only()).version
  expect(await put(id, plan('enterprise'))).toEqual({
    status: 200,
    body: { id, plan: 'enterprise', validFrom: '2026-11-21T15:00:00.000Z' },
  })
  const sent = await orders()
  expect(sent.at(-1)).toMatchObject({
    version: before + 1,
    plans: [{ fromHour: ms('15:00:00'), plan: 'enterprise' }],
  })
  expect(await only()).toMatchObject({ version: before + 1 })
  expect(await rows('SELECT plan FROM subscriptions')).toEqual([{ plan: 'enterprise' }])
})

test('the order is delivered before the answer, so that the Ledger freezes the next hour under it', async () => {
  const id = await active()
  await put(id, plan('enterprise'))
  expect(await rows('SELECT version FROM orders WHERE delivered_ms IS NULL')).toEqual([])
  expect((await env.LEDGER.getByName(id).status()).orderVersion).toBe((await only()).version)
})

test('at the first millisecond of an hour the plan is valid from the next, not from this one', async () => {
  const id = await active()
  stage.clock.business = ms('15:00:00')
  expect((await put(id, plan('enterprise'))).body['validFrom']).toBe('2026-11-21T16:00:00.000Z')
})

test('the same plan again changes nothing and is answered the same', async () => {
  const id = await active()
  const first = await put(id, plan('enterprise'))
  const after = await orders()
  stage.clock.business = ms('14:59:59')
  expect(await put(id, plan('enterprise'))).toEqual(first)
  stage.clock.business = ms('15:10:00')
  expect(await put(id, plan('enterprise'))).toEqual(first)
  expect(await orders()).toEqual(after)
})

test('the plan that is in force anyway takes back one that was set for the next hour', async () => {
  const id = await active()
  await put(id, plan('enterprise'))
  expect((await put(id, plan('team'))).body).toEqual({ id, plan: 'team', validFrom: null })
  expect((await orders()).at(-1)?.plans).toEqual([])
})

test('changes in several hours follow each other; what AWS says later leaves them alone', async () => {
  const id = await active()
  await put(id, plan('enterprise'))
  stage.clock.business = ms('16:30:00')
  await put(id, plan('team'))
  stage.clock.business = ms('17:30:00')
  await stage.poll(ended(T('17:20:00'), { status: 'RENEWED' }), updated(T('17:21:00')))
  expect((await orders()).at(-1)?.plans).toEqual([
    { fromHour: ms('15:00:00'), plan: 'enterprise' },
    { fromHour: ms('17:00:00'), plan: 'team' },
  ])
})

test('writers at the same time each find their plan or compute again: none is half written', async () => {
  const id = await active()
  await Promise.all([
    put(id, plan('enterprise')),
    put(id, plan('enterprise')),
    stage.poll(updated(T('14:25:00'))),
  ])
  const sent = await orders()
  expect(sent.at(-1)?.plans).toEqual([{ fromHour: ms('15:00:00'), plan: 'enterprise' }])
  expect(new Set(sent.map(({ version }) => version)).size).toBe(sent.length)
  expect((await only()).version).toBeGreaterThanOrEqual(sent.at(-1)?.version ?? 0)
})

test('a contract names its own plan: setting it is refused with a sentence', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await stage.arrive()
  const contract = { license: licenseArn('a'), code: PRODUCT_CODE }
  await stage.poll(updated(T('14:24:23'), contract))
  const { status, body } = await put((await only()).id, plan('enterprise'))
  expect([status, body['code']]).toEqual([409, 'plan-by-contract'])
  expect(body['detail']).toContain('The buyer changes the agreement in AWS Marketplace.')
})

test('an unknown plan is refused with the list of those there are', async () => {
  const { status, body } = await put(await active(), plan('Enterprise'))
  expect([status, body['code']]).toEqual([422, 'unknown-plan'])
  expect(body['detail']).toContain('team, enterprise')
})

test('a subscription that has ended keeps its plan', async () => {
  const id = await active()
  await stage.poll(ended(T('14:28:00')), deprovisioned(T('14:29:00')))
  expect(await put(id, plan('enterprise'))).toMatchObject({ status: 410, body: { code: 'ended' } })
})

test.each([
  ['no plan', '{}', 'application/json', 400, 'bad-plan'],
  ['a plan that is no text', '{"plan":1}', 'application/json', 400, 'bad-plan'],
  ['another field', '{"plan":"team","from":"now"}', 'application/json', 400, 'bad-plan'],
  ['a text', '"team"', 'application/json', 400, 'bad-plan'],
  ['G.3 row 1: an empty body', '', 'application/json', 400, 'empty-body'],
  ['G.3 row 2: no JSON', 'team', 'application/json', 400, 'not-json'],
  [
    'G.3 row 10: the plan twice',
    '{"plan":"team","plan":"enterprise"}',
    'application/json',
    400,
    'duplicate-key',
  ],
  ['G.3 row 11: __proto__', '{"__proto__":"team"}', 'application/json', 400, 'bad-plan'],
  ['G.3 row 5: a body too large', `{"plan":"${'a'.repeat(2_000)}"}`, 'application/json', 413, 'too-large'],
  ['G.3 row 7: a form', 'plan=team', 'application/x-www-form-urlencoded', 415, 'wrong-content-type'],
])(
  'a body that names no plan is refused and changes nothing: %s',
  async (_name, body, type, status, code) => {
    const id = await active()
    const before = await orders()
    expect(await put(id, body, { type })).toMatchObject({ status, body: { code } })
    expect(await orders()).toEqual(before)
  },
)

test("G.3 row 35: another product's subscription is not found, as one that is not there", async () => {
  const id = await active()
  const narrow = await key(['contract'])
  const theirs = await put(id, plan('team'), { key: narrow })
  const nobodys = await put(id.replaceAll(/[A-Z]/g, '0'), plan('team'), { key: narrow })
  expect(theirs).toEqual(nobodys)
  expect(theirs.status).toBe(404)
})

test('the plan chosen before a purchase is granted is in the first order', async () => {
  await stage.arrive()
  const { id } = await only()
  await put(id, plan('enterprise'))
  expect(await orders()).toEqual([])
  await stage.poll(updated(T('14:29:00')))
  expect((await orders()).at(-1)?.plans).toEqual([{ fromHour: ms('15:00:00'), plan: 'enterprise' }])
  expect(await refreshSubscription(stage.edge, (await only()).id)).toBe(false)
})

test('another plan is in the audit log with the key that set it, the same plan again is not (design §5.5)', async () => {
  const id = await active()
  const one = await key()
  await put(id, plan('enterprise'), { key: one })
  await put(id, plan('enterprise'), { key: one })
  const { rows: noted } = await env.AUDIT.getByName(AUDIT).entries({ limit: 9 })
  const sha256 = await hashKey(one)
  expect(noted.map(({ kind, who, subject }) => [kind, who, subject])).toEqual([
    ['set plan', sha256.slice(0, 12), id],
  ])
})

test('an application reads and is told the plan in force: without a word the product’s default, which to set is no change', async () => {
  stage.edge = {
    ...stage.edge,
    settings: { ...stage.edge.settings, webhookUrl: 'https://app.example/hooks' },
  }
  const id = await active()
  await put(id, plan('team'))
  await put(id, plan('enterprise'))
  const answer = await createApp(stage.edge).request(`https://buy.example/v1/subscriptions/${id}`, {
    headers: { authorization: `Bearer ${await key()}` },
  })
  expect(await answer.json()).toMatchObject({ plan: 'enterprise' })
  expect(
    await rows(
      "SELECT kind, body ->> '$.subscription.plan' AS view, body ->> '$.decision.plan' AS decided FROM outbox ORDER BY rowid",
    ),
  ).toEqual([
    { kind: 'subscription.granted', view: 'team', decided: 'team' },
    { kind: 'subscription.changed', view: 'enterprise', decided: 'enterprise' },
  ])
})
