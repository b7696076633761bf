/** The routes that move business time in development: to whom they answer, and that time goes only forward. */
import { reset } from 'cloudflare:test'
import type { Hono } from 'hono'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from '../../worker/app.ts'
import { devRoutes } from '../../worker/dev.ts'
import { webhookSecretsInForce } from '../../worker/keys/webhook-secrets.ts'
import { clockAt, edgeAt, migrate, standIn, type TestClock } from './support.ts'

let clock: TestClock
let app: Hono

beforeEach(async () => {
  await migrate()
  clock = clockAt('2026-11-21T12:00:00Z')
  vi.stubGlobal('fetch', standIn(() => Response.json({})).fetch)
  const edge = edgeAt(clock)
  app = createApp(edge)
  app.route(
    '/__dev',
    devRoutes(edge, (now) => {
      clock.business = Math.max(clock.business, now)
    }),
  )
})

afterEach(async () => {
  vi.unstubAllGlobals()
  await reset()
})

const send = (path: string, body: unknown, over: RequestInit = {}, origin = 'http://localhost:4700') =>
  app.request(`${origin}/__dev${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...over,
  })

test('the clock is set to exactly what is asked and answers what is due next', async () => {
  const now = clock.business + 3_600_000
  expect(await (await send('/clock', { now })).json()).toEqual({ next: null })
  expect(clock.business).toBe(now)
  await send('/clock', { now: now - 1 })
  expect(clock.business).toBe(now)
})

test('a step with nothing to do did nothing, and everything before it is settled', async () => {
  expect(await (await send('/step', { now: clock.business })).json()).toEqual({ did: [], next: null })
  expect(await (await send('/settled', { before: clock.business })).json()).toEqual({
    settled: true,
    waiting: [],
  })
})

test('a page elsewhere cannot move time: not by a form, not by a link, not under another host', async () => {
  const now = clock.business + 1
  const answers = [
    await send('/clock', { now }, { headers: { 'content-type': 'text/plain' } }),
    await send('/clock', { now }, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    await app.request('http://localhost:4700/__dev/clock'),
    await send('/clock', { now }, {}, 'https://buy.example'),
  ]
  expect(answers.map((answer) => answer.status)).toEqual([403, 403, 403, 403])
  expect(clock.business).toBe(now - 1)
})

test('a name pointed at this machine cannot move time, whatever address the request says it had', async () => {
  const headers = { 'content-type': 'application/json', host: 'evil.example:4700' }
  const now = clock.business + 1
  for (const origin of ['http://localhost:4700', 'https://localhost:4700'])
    expect((await send('/clock', { now }, { headers }, origin)).status).toBe(403)
  expect(clock.business).toBe(now - 1)
})

test.each([{}, { now: '1' }, { now: 1.5 }, { now: null }, [], null])('%j is 400', async (body) => {
  expect((await send('/clock', body)).status).toBe(400)
})

test('without them there is nothing at their address', async () => {
  expect(
    (await createApp(edgeAt(clock)).request('http://localhost/__dev/clock', { method: 'POST' })).status,
  ).toBe(404)
})

test.each([{}, { secret: 4 }, { secret: 'whsec_short' }, { secret: `whsec_${'A'.repeat(43)}= ` }])(
  'a webhook secret of another form, %j, is not taken',
  async (body) => {
    expect((await send('/webhook-secret', body)).status).toBe(400)
  },
)

test('the demo hands over its webhook secret, the same at each start', async () => {
  const secret = `whsec_${btoa('s'.repeat(32))}`
  for (let start = 0; start < 2; start += 1)
    expect((await send('/webhook-secret', { secret })).status).toBe(204)
  expect(await webhookSecretsInForce(edgeAt(clock))).toEqual([secret])
})
