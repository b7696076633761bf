/** POST /v1/usage through to real Ledgers: each event has its own answer, in order, and counts once. */
import { env } from 'cloudflare:workers'
import { listDurableObjectIds, reset, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import { migrate } from '../support.ts'
import {
  activate,
  addKey,
  addSubscription,
  ago,
  DAY,
  MINUTE,
  now,
  openDoor,
  refusedRows,
  type Door,
} from './support.ts'

beforeEach(migrate)
afterEach(reset)

const time = ago(15 * MINUTE)
const plain = (subscription: string, over: object = {}) => ({
  id: 'e1',
  subscription,
  meter: 'api_calls',
  quantity: 3,
  time,
  ...over,
})

async function resultsOf(door: Door, events: readonly unknown[]): Promise<unknown[]> {
  const response = await door.post(events)
  expect(response.status).toBe(200)
  const { results } = await response.json<{ results: { id: string; result: string; code?: string }[] }>()
  return results.map(({ id, result, code }) => [id, result, ...(code === undefined ? [] : [code])])
}

const objects = async (): Promise<string[]> => (await listDurableObjectIds(env.LEDGER)).map(String)

test('an event is counted once, however often and in whatever form it is sent', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const first = await door.post(plain(subscription, { source: '/app' }))
  expect([first.status, await first.json()]).toEqual([200, { id: 'e1', result: 'counted' }])

  const second = await door.post(plain(subscription, { source: '/app' }))
  expect([second.status, await second.json()]).toEqual([200, { id: 'e1', result: 'duplicate' }])

  const cloud = {
    specversion: '1.0',
    type: 'usage',
    id: 'e1',
    source: '/app',
    subject: subscription,
    time,
    data: { meter: 'api_calls', quantity: '3.0' },
  }
  const single = await door.send(JSON.stringify(cloud), { 'content-type': 'application/cloudevents+json' })
  expect(await single.json()).toEqual({ id: 'e1', result: 'duplicate' })
  const batch = await door.send(JSON.stringify([cloud, { ...cloud, id: 'e2' }]), {
    'content-type': 'application/cloudevents-batch+json; charset=utf-8',
  })
  expect(await batch.json()).toEqual({
    results: [
      { id: 'e1', result: 'duplicate' },
      { id: 'e2', result: 'counted' },
    ],
  })
})

test('a batch is answered event by event, in order; a wrong one costs no other', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const other = await activate(await addSubscription())
  const batch = [
    plain(subscription, { id: 'a' }),
    plain(subscription, { id: 'b', quantity: -1 }),
    plain(other, { id: 'c' }),
    plain('sub_0123456789ABCDEFGHIJKL', { id: 'd' }),
    plain(subscription, { id: 'a' }),
    plain(subscription, { id: 'e', meter: 'Api_calls' }),
    plain(other, { id: 'a' }),
    'nonsense',
    plain(subscription, { id: 'f', quantity: 0 }),
  ]
  expect(await resultsOf(door, batch)).toEqual([
    ['a', 'counted'],
    ['b', 'refused', 'amount-out-of-range'],
    ['c', 'counted'],
    ['d', 'refused', 'unknown-subscription'],
    ['a', 'duplicate'],
    ['e', 'refused', 'unknown-meter'],
    ['a', 'counted'],
    [null, 'refused', 'not-an-object'],
    ['f', 'counted'],
  ])
})

test('G.3 row 23: the same id with another payload in one batch is refused as a conflict', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const batch = [
    plain(subscription),
    plain(subscription, { quantity: 4 }),
    plain(subscription, { time: ago(0) }),
  ]
  expect(await resultsOf(door, batch)).toEqual([
    ['e1', 'counted'],
    ['e1', 'refused', 'conflict'],
    ['e1', 'refused', 'conflict'],
  ])
})

test('G.3 row 24: the same id of another subscription, or of another source, is another event', async () => {
  const door = await openDoor()
  const [one, two] = [await activate(await addSubscription()), await activate(await addSubscription())]
  const batch = [plain(one), plain(two), plain(one, { source: 'app-2' })]
  expect(await resultsOf(door, batch)).toEqual([
    ['e1', 'counted'],
    ['e1', 'counted'],
    ['e1', 'counted'],
  ])
})

test.each([
  ['malformed', { quantity: 'much' }, 400, 'bad-amount'],
  ['G.3 row 21: no id', { id: undefined }, 400, 'id-missing'],
  [
    'G.3 row 34: unknown subscription',
    { subscription: 'sub_0123456789ABCDEFGHIJKL' },
    404,
    'unknown-subscription',
  ],
  ['G.3 row 23: conflict', { quantity: 4 }, 409, 'conflict'],
  ['G.3 row 32: unknown meter', { id: 'e2', meter: 'api_call' }, 422, 'unknown-meter'],
  ['G.3 row 33: a meter in another case', { id: 'e2', meter: 'API_CALLS' }, 422, 'unknown-meter'],
  ['G.3 row 33: a meter with a space behind', { id: 'e2', meter: 'api_calls ' }, 422, 'unknown-meter'],
  ['G.3 row 33: a meter with a look-alike', { id: 'e2', meter: 'аpi_calls' }, 422, 'unknown-meter'],
  ['G.3 row 29: six minutes ahead', { id: 'e2', time: ago(-6 * MINUTE) }, 422, 'ahead'],
  ['older than 34 days', { id: 'e2', time: ago(35 * DAY) }, 422, 'too-old'],
] as const)(
  'an event alone is answered with the status of its result: %s',
  async (_name, over, status, code) => {
    const door = await openDoor()
    const subscription = await activate(await addSubscription())
    await door.post(plain(subscription))
    const response = await door.post(plain(subscription, over))
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const problem = await response.json<{ code: string; detail: string; result: string }>()
    expect(problem.result).toBe('refused')
    expect(problem.detail.length).toBeGreaterThan(30)
    expect(problem.detail).toMatch(/^[\x20-\x7e…]+$/)
    expect(problem.code).toBe(code)
  },
)

test('an unknown meter is answered with the meters that are known', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const response = await door.post(plain(subscription, { meter: 'api_call' }))
  expect((await response.json<{ detail: string }>()).detail).toContain('api_calls')
})

test('G.3 rows 17, 18, 20: amounts beyond what a float holds add up to the millionth', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const batch = Array.from({ length: 40 }, (_, at) =>
    plain(subscription, { id: String(at), quantity: at % 2 === 0 ? 1e12 : '999999999999.999999' }),
  )
  expect(await resultsOf(door, batch)).toEqual(batch.map(({ id }) => [id, 'counted']))
  const usage = await env.LEDGER.getByName(subscription).usage(monthOf(Date.parse(time)))
  const counted = usage.dimensions.find(({ dimension }) => dimension === 'api_calls_1k')?.counted
  expect(counted).toBe('39999999999999.99998')
})

test('G.3 row 30: usage of 25 hours ago is counted, not bad input', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  expect(await resultsOf(door, [plain(subscription, { time: ago(25 * 60 * MINUTE) })])).toEqual([
    ['e1', 'counted'],
  ])
})

test('G.3 row 38: usage after an end is refused as ended, alone with 410', async () => {
  const door = await openDoor()
  const at = now - 60 * MINUTE
  const subscription = await activate(await addSubscription(), {
    end: { at, takeUntil: at + 10 * MINUTE, cause: 'deprovisioned' },
  })
  expect(await resultsOf(door, [plain(subscription)])).toEqual([['e1', 'refused', 'ended']])
  expect((await door.post(plain(subscription))).status).toBe(410)
})

test('usage of a subscription whose Ledger has no order yet is counted and waits (money §7)', async () => {
  const door = await openDoor()
  const subscription = await addSubscription()
  expect(await resultsOf(door, [plain(subscription)])).toEqual([['e1', 'counted']])
})

test('G.3 rows 34, 35: another product of the seller is answered exactly as one that is not there, and makes no object', async () => {
  const before = await objects()
  const door = await openDoor(['contract'])
  const theirs = await addSubscription({ product: 'subscription' })
  const [known, unknown] = await Promise.all(
    [theirs, theirs.replaceAll('A', 'B')].map(async (subscription) => {
      const response = await door.post(plain(subscription))
      return { status: response.status, body: (await response.text()).replaceAll('B', 'A') }
    }),
  )
  expect(known).toEqual(unknown)
  expect(known?.status).toBe(404)
  expect(await objects()).toEqual(before)
})

test('G.3 rows 34, 35: so is a license, and an account', async () => {
  const tail = 'l-0123456789abcdef0123456789abcdef'
  const licenseArn = `arn:aws:license-manager::294406891311:license:${tail}`
  const before = await objects()
  const door = await openDoor(['contract'])
  await addSubscription({ product: 'subscription', licenseTail: tail, account: '000000000001' })
  const base = plain('', { subscription: undefined })
  const answers = await Promise.all(
    [
      { ...base, licenseArn },
      { ...base, licenseArn: licenseArn.replace('0123', 'ffff') },
      { ...base, account: '000000000001', product: 'subscription' },
      { ...base, account: '999999999999', product: 'subscription' },
    ].map(async (event) => (await door.post(event)).text()),
  )
  expect(new Set(answers).size).toBe(1)
  expect(await objects()).toEqual(before)
})

test('a license names its subscription, also in another case and after a renewal took its place', async () => {
  const door = await openDoor()
  const tail = 'l-0123456789abcdef0123456789abcdef'
  const subscription = await activate(await addSubscription({ licenseTail: tail }))
  const earlier = 'l-fedcba9876543210fedcba9876543210'
  await env.DB.prepare(
    `INSERT INTO identities (kind, value, product_code, region, subscription, from_hour_ms) VALUES ('license', ?, 'code', 'us-east-1', ?, 0)`,
  )
    .bind(earlier, subscription)
    .run()
  const base = plain('', { subscription: undefined })
  const batch = [
    { ...base, id: 'a', licenseArn: `arn:aws:license-manager::294406891311:license:${tail}` },
    {
      ...base,
      id: 'a',
      licenseArn: `arn:aws:license-manager:us-east-1:294406891311:license/${tail.toUpperCase()}`,
    },
    { ...base, id: 'b', licenseArn: `arn:aws:license-manager::294406891311:license:${earlier}` },
    plain(subscription, { id: 'b' }),
  ]
  expect(await resultsOf(door, batch)).toEqual([
    ['a', 'counted'],
    ['a', 'duplicate'],
    ['b', 'counted'],
    ['b', 'duplicate'],
  ])
})

test('an account with one subscription to the product names it, by key or by code', async () => {
  const door = await openDoor()
  const subscription = await activate(
    await addSubscription({ product: 'subscription', account: '000000000001' }),
  )
  const base = plain('', { subscription: undefined, account: '000000000001' })
  expect(
    await resultsOf(door, [
      { ...base, product: 'subscription' },
      { ...base, product: 'code-subscription' },
      plain(subscription),
    ]),
  ).toEqual([
    ['e1', 'counted'],
    ['e1', 'duplicate'],
    ['e1', 'duplicate'],
  ])
})

test('an account with several is refused with the list, but a retry of what one of them counted is a duplicate (money §1)', async () => {
  const door = await openDoor()
  const first = await activate(await addSubscription({ product: 'subscription', account: '000000000001' }))
  const base = plain('', { subscription: undefined, account: '000000000001', product: 'subscription' })
  expect(await resultsOf(door, [base])).toEqual([['e1', 'counted']])

  const second = await activate(await addSubscription({ product: 'subscription', account: '000000000001' }))
  expect(await resultsOf(door, [base, { ...base, id: 'e2' }, { ...base, quantity: 9 }])).toEqual([
    ['e1', 'duplicate'],
    ['e2', 'refused', 'ambiguous-subscription'],
    ['e1', 'refused', 'ambiguous-subscription'],
  ])
  const alone = await door.post({ ...base, id: 'e2' })
  expect(alone.status).toBe(422)
  const { detail } = await alone.json<{ detail: string }>()
  expect(detail).toContain(first)
  expect(detail).toContain(second)
})

test('while one of several cannot be asked whether it counted an event, the answer is again, never a refusal (money §1)', async () => {
  const door = await openDoor()
  const asked = { product: 'subscription', account: '000000000001' }
  await activate(await addSubscription(asked))
  const broken = await activate(await addSubscription(asked))
  await runInDurableObject(env.LEDGER.getByName(broken), (_object, state) => {
    state.storage.sql.exec('ALTER TABLE events RENAME TO gone_events')
  })
  const unclear = plain('', { subscription: undefined, ...asked })
  expect(await resultsOf(door, [unclear])).toEqual([['e1', 'again']])
  expect(await refusedRows()).toEqual([])
})

test('one Ledger that fails costs its own events an again, no others', async () => {
  const door = await openDoor()
  const well = await activate(await addSubscription())
  const broken = await activate(await addSubscription())
  await runInDurableObject(env.LEDGER.getByName(broken), (_object, state) => {
    for (const { name } of state.storage.sql.exec<{ name: string }>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
    )) {
      state.storage.sql.exec(`ALTER TABLE "${name}" RENAME TO "gone_${name}"`)
    }
  })
  expect(await resultsOf(door, [plain(broken), plain(well), plain(broken, { id: 'e2' })])).toEqual([
    ['e1', 'again'],
    ['e1', 'counted'],
    ['e2', 'again'],
  ])
  const alone = await door.post(plain(broken))
  expect([alone.status, alone.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await alone.json()).toMatchObject({ code: 'again', id: 'e1', result: 'again' })
})

test('a request with many events to many subscriptions is counted whole', async () => {
  const door = await openDoor()
  const subscriptions = await Promise.all(Array.from({ length: 40 }, () => addSubscription()))
  const batch = Array.from({ length: 6_000 }, (_, at) =>
    plain(subscriptions[at % 40] ?? '', { id: String(at) }),
  )
  const results = await resultsOf(door, batch)
  expect(results).toEqual(batch.map(({ id }) => [id, 'counted']))
})

test('a key that may see one product reports for that product only', async () => {
  const door = await openDoor(['contract', 'subscription'])
  const subscription = await activate(await addSubscription({ product: 'subscription' }))
  expect(await resultsOf(door, [plain(subscription)])).toEqual([['e1', 'counted']])
  const narrow = await addKey(['contract'])
  const response = await door.send(JSON.stringify([plain(subscription)]), {
    authorization: `Bearer ${narrow}`,
  })
  expect(await response.json()).toMatchObject({ results: [{ code: 'unknown-subscription' }] })
})
