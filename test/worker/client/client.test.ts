/** The usage client with nothing but fetch, as in a browser, against the real door: lost answers, other keys, refusals. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openClient, type Options, type Refused } from '../../../client/usage.ts'
import { migrate } from '../support.ts'
import { activate, addSubscription, countedOf, openDoor, type Door } from '../usage/support.ts'

beforeEach(migrate)
afterEach(reset)

const clientOf = (door: Door, over: Partial<Options> = {}) =>
  openClient({
    url: 'https://tollgate.example',
    key: door.key,
    onRefused: () => undefined,
    everyMs: 0,
    sleep: () => Promise.resolve(),
    fetch: (url, init) => door.fetch(new URL(url).pathname, init),
    ...over,
  })

test('what is reported is counted once, though every third answer is lost on its way back', async () => {
  const door = await openDoor()
  const first = await activate(await addSubscription())
  const second = await activate(await addSubscription())
  let calls = 0
  const client = await clientOf(door, {
    batchMax: 10,
    fetch: async (url, init) => {
      const response = await door.fetch(new URL(url).pathname, init)
      calls += 1
      if (calls % 3 === 0) throw new Error('the answer is lost')
      return response
    },
  })
  for (let at = 1; at <= 100; at += 1)
    client.report(at % 2 === 0 ? first : second, { meter: 'api_calls', quantity: at })
  expect(await client.close()).toBe(0)
  expect(calls).toBeGreaterThan(10)
  expect([await countedOf(first), await countedOf(second)]).toEqual(['2550', '2500'])
})

test('a wrong event is told with the reason the Ledger gave, and the rest of its batch is counted', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const refused: Refused[] = []
  const client = await clientOf(door, { onRefused: (list) => refused.push(...list) })
  client.report(subscription, { meter: 'api_calls', quantity: 1 })
  client.report(subscription, { meter: 'api_cals', quantity: 2 })
  client.report(subscription, { meter: 'api_calls', quantity: -3 })
  client.report(subscription, { meter: 'api_calls', quantity: '4.5' })
  expect(await client.flush()).toBe(0)
  expect(await countedOf(subscription)).toBe('5.5')
  expect(refused.map(({ code, event }) => [code, event && Reflect.get(event, 'quantity')])).toEqual([
    ['amount-out-of-range', -3],
    ['unknown-meter', 2],
  ])
})

test('a batch for a subscription that is not there is told as a whole; others go on', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const refused: Refused[] = []
  const client = await clientOf(door, { onRefused: (list) => refused.push(...list) })
  client.report(`sub_${'z'.repeat(22)}`, { meter: 'api_calls', quantity: 1 })
  client.report(subscription, { meter: 'api_calls', quantity: 1 })
  await client.flush()
  expect(refused).toMatchObject([{ code: 'unknown-subscription', at: 0 }])
  expect(await countedOf(subscription)).toBe('1')
})
