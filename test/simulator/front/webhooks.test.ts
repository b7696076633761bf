/** The seller's application, played: signatures, behaviour, and what is kept, over a real store. */
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Json } from '../../../simulator/marketplace/model.ts'
import type { TestFront } from './front.ts'
import { openTestFront } from './front.ts'

const OLD = `whsec_${Buffer.from('the old secret of 24 byt').toString('base64')}`
const NEW = `whsec_${Buffer.from('the new secret of 24 byt').toString('base64')}`
const BODY = JSON.stringify({ type: 'subscription.granted', timestamp: '2026-11-21T12:00:00Z', data: {} })

let front: TestFront
beforeEach(async () => {
  front = await openTestFront()
})
afterEach(() => front.close())

interface Changes {
  readonly id?: string
  readonly at?: Date
  readonly secrets?: readonly string[]
  readonly body?: string
  readonly headers?: Record<string, string>
}

/** A webhook signed as Standard Webhooks says, with one signature for each secret. */
async function send({
  id = 'msg_1',
  at = new Date(),
  secrets = [NEW],
  body = BODY,
  headers = {},
}: Changes = {}) {
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, at, BODY))
  const answer = await front.ask('/seller/webhooks', {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
      ...headers,
    },
  })
  return answer?.status
}

const set = (body: Json) => front.json('POST', '/api/receiver', body)

const came = async () =>
  (await front.json('GET', '/api/sent/webhooks')).body['webhooks'] as { [name: string]: Json }[]

test('a webhook signed with any of the secrets in force is verified and kept as it came (Standard Webhooks)', async () => {
  await set({ secrets: [NEW] })
  expect([await send(), await send({ id: 'msg_2', secrets: [OLD, NEW] })]).toEqual([204, 204])
  expect(await came()).toMatchObject([
    { id: 'msg_2', verified: true },
    {
      id: 'msg_1',
      type: 'subscription.granted',
      body: BODY,
      verified: true,
      reason: '',
      answered: 204,
      at: '2026-11-21T12:00:00.000Z',
    },
  ])
})

test.each<[string, Changes]>([
  ['another secret', { secrets: [OLD] }],
  ['no signature', { secrets: [] }],
  ['a body changed after signing', { body: BODY.replace('granted', 'revoked') }],
  ['a timestamp of six minutes ago', { at: new Date(Date.now() - 360_000) }],
  ['a timestamp in six minutes', { at: new Date(Date.now() + 360_000) }],
  ['another id', { headers: { 'webhook-id': 'msg_9' } }],
  ['a signature of another version', { headers: { 'webhook-signature': 'v2,AAAA' } }],
])('a webhook with %s is answered 401, and the page says why', async (_, changes) => {
  await set({ secrets: [NEW] })
  expect(await send(changes)).toBe(401)
  expect(await came()).toMatchObject([
    { verified: false, answered: 401, reason: expect.stringMatching(/\w/) },
  ])
})

test('without a secret nothing is verified, and the page says so', async () => {
  expect(await send({ secrets: [OLD] })).toBe(204)
  expect(await came()).toMatchObject([{ verified: null }])
  expect(await front.page('/webhooks')).toContain('not verified')
})

test('a failing application answers what it is told to, and the attempts of one delivery are counted', async () => {
  await set({ secrets: [NEW], mode: 'failing', status: 503 })
  expect([await send(), await send()]).toEqual([503, 503])
  await set({ mode: 'well' })
  expect(await send()).toBe(204)
  const page = await front.page('/webhooks')
  expect(page).toContain('attempt 3 of 3')
  expect(page.match(/answered 503/g)).toHaveLength(2)
})

test('a slow application answers late, and another webhook does not wait for it', async () => {
  await set({ mode: 'slow', delay: 'PT0.4S' })
  const began = Date.now()
  const slow = send()
  await set({ mode: 'well' })
  expect(await send({ id: 'msg_2' })).toBe(204)
  expect(await came()).toHaveLength(1)
  expect(await slow).toBe(204)
  expect(Date.now() - began).toBeGreaterThan(350)
})

test.each([
  [{ mode: 'asleep' }, '"mode" must be one of'],
  [{ status: 200 }, 'from 300 to 599'],
  [{ delay: 'PT2M' }, 'at most a minute'],
  [{ secrets: 'whsec_x' }, '"secrets" must be a list'],
  [{ secrets: ['short'] }, 'A webhook secret is whsec_'],
])('the application cannot be set to %j', async (body, words) => {
  expect(await set(body)).toMatchObject({ status: 400, body: { detail: expect.stringContaining(words) } })
})

test('the secrets are in no answer and on no page', async () => {
  await set({ secrets: [NEW, OLD] })
  await send()
  const answers = [
    JSON.stringify((await set({ mode: 'well' })).body),
    JSON.stringify((await front.json('GET', '/api/receiver')).body),
    JSON.stringify((await front.json('GET', '/api/state')).body),
    await front.page('/webhooks'),
  ]
  for (const answer of answers)
    for (const secret of [NEW, OLD]) expect(answer).not.toContain(secret.slice(6, 20))
})

test('a person tells the application a secret on its page, and lets it forget all', async () => {
  await front.form('/webhooks/secrets', { do: 'add', secret: ` ${NEW} ` })
  expect([await send(), await send({ secrets: [OLD] })]).toEqual([204, 401])
  const wrong = await front.form('/webhooks/secrets', { do: 'add', secret: 'short' })
  expect(await front.page(wrong?.headers.get('location') ?? '')).toContain('A webhook secret is whsec_')
  await front.form('/webhooks/secrets', { do: 'forget' })
  expect((await front.json('GET', '/api/receiver')).body).toMatchObject({ secrets: 0 })
})

test('a page of another site sends no webhook here, and a GET is told what to do', async () => {
  expect(await send({ headers: { origin: 'https://elsewhere.example' } })).toBe(403)
  expect((await front.ask('/seller/webhooks', {}))?.status).toBe(405)
  expect(await came()).toEqual([])
})
