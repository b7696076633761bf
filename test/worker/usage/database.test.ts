/** D1 away: every door says again with Retry-After and stores nothing; it is never an error of the sender's or of ours. */
import { env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { migrate } from '../support.ts'
import { activate, addSubscription, ago, countedOf, MINUTE, openDoor } from './support.ts'

beforeEach(async () => {
  await migrate()
  vi.spyOn(console, 'error').mockReturnValue()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

const rename = async (from: string, to: string): Promise<void> =>
  void (await env.DB.prepare(`ALTER TABLE ${from} RENAME TO ${to}`).run())

test.each([
  ['POST', '/v1/usage'],
  ['GET', '/v1/records'],
  ['GET', '/v1/subscriptions'],
  ['PUT', '/v1/subscriptions/sub_0123456789ABCDEFGHIJKL/plan'],
])('a key that cannot be looked up is 503 again, never 401 or 500: %s %s', async (method, path) => {
  const door = await openDoor()
  await rename('api_keys', 'out_of_reach')
  const response = await door.fetch(path, { method, headers: { authorization: `Bearer ${door.key}` } })
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await response.json()).toMatchObject({
    code: 'again',
    detail: expect.stringContaining('nothing was done'),
  })
})

test('subscriptions that cannot be looked up are 503 again, and the same request counts once afterwards (G.2 fault 22)', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const event = { meter: 'api_calls', quantity: 1, time: ago(5 * MINUTE) }
  const bodies = [
    { ...event, subscription, id: 'e1' },
    [{ ...event, subscription, id: 'e2' }],
    { epoch: 'e'.repeat(20), sequence: 0, subscription, events: [event] },
  ]
  await rename('subscriptions', 'out_of_reach')
  for (const body of bodies) {
    const response = await door.post(body)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await response.json()).toMatchObject({ code: 'again' })
  }
  await rename('out_of_reach', 'subscriptions')
  for (const body of [...bodies, ...bodies]) expect((await door.post(body)).status).toBe(200)
  expect(await countedOf(subscription)).toBe('3')
})
