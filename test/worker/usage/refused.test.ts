/** Refused usage (money §1): kept once with its value, listed in pages, and sent once more exactly as it came. */
import { env } from 'cloudflare:workers'
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { sweepRefusedRows } from '../../../worker/db/refused.ts'
import { listRefused, replayRefused } from '../../../worker/usage/refused.ts'
import { valueOf } from '../../../worker/usage/value.ts'
import { seller } from '../../../worker/seller.ts'
import { migrate } from '../support.ts'
import {
  activate,
  addSubscription,
  ago,
  countedOf,
  MINUTE,
  now,
  NOW,
  openDoor,
  refusedRows,
  takingOver,
} from './support.ts'
import { openUsageQueue } from './usage-queue.ts'

beforeEach(async () => {
  await migrate()
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue()
})
afterEach(async () => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  await reset()
})

const DAY = 86_400_000
const nobody = `sub_${'z'.repeat(22)}`
const event = (id: string, over: object = {}) => ({
  id,
  subscription: nobody,
  meter: 'api_calls',
  quantity: 2_000,
  time: ago(5 * MINUTE),
  ...over,
})

test('what the HTTP door refuses by itself is kept; what a Ledger refused is kept by that Ledger alone', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  await door.post([
    event('r1'),
    event('r2', { quantity: 'many' }),
    event('r3', { subscription, meter: 'api_cals' }),
    event('r4', { subscription }),
    7,
  ])
  expect((await refusedRows()).map((row) => [row.event_id, row.reason, row.amount, row.event])).toEqual([
    ['r1', 'unknown-subscription', '2000', JSON.stringify(event('r1'))],
    ['r2', 'bad-amount', null, null],
    ['', 'not-an-object', null, null],
  ])
})

test('the same refusal again only counts up; another content under its id is another one', async () => {
  const door = await openDoor()
  const first = event('r1')
  for (const body of [first, first, first, event('r1', { quantity: 3 })]) await door.post(body)
  expect((await refusedRows()).map((row) => [row.event_id, row.amount, row.times])).toEqual([
    ['r1', '2000', 3],
    ['r1', '3', 1],
  ])
})

test('while D1 cannot keep a refusal the event is answered again, not refused', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  await env.DB.prepare('ALTER TABLE refused_usage RENAME TO out_of_reach').run()
  const both = await (
    await door.post([event('r1'), event('a1', { subscription })])
  ).json<{ results: object[] }>()
  expect(both.results).toMatchObject([
    { id: 'r1', result: 'again' },
    { id: 'a1', result: 'counted' },
  ])
  expect((await door.post(event('r1'))).status).toBe(503)
})

test('money §1: the list has every refusal with its value in dollars, page by page', async () => {
  const queue = openUsageQueue(takingOver(now - 86_400_000))
  const subscription = await activate(await addSubscription())
  queue.put(
    event('r1', { subscription, meter: 'nonsense' }),
    event('r2', { subscription, quantity: 12_500, time: ago(-10 * MINUTE) }),
    event('r3'),
  )
  await queue.poll()
  const first = await listRefused(env.DB, { after: 0, limit: 2, replayed: false })
  expect(first).toEqual({
    next: 2,
    refused: [
      {
        number: 1,
        door: 'queue',
        source: 'queue',
        id: 'r1',
        reason: 'unknown-meter',
        message: expect.stringContaining('no meter of that name'),
        subscription,
        product: 'subscription',
        meter: 'nonsense',
        amount: '2000',
        value: null,
        hour: expect.any(String),
        replayable: true,
        times: 1,
        first: NOW,
        last: NOW,
        replayed: null,
      },
      expect.objectContaining({ number: 2, id: 'r2', reason: 'ahead', amount: '12500', value: '1.25' }),
    ],
  })
  const second = await listRefused(env.DB, { after: first.next ?? 0, limit: 2, replayed: false })
  expect(second).toMatchObject({ next: null, refused: [{ number: 3, value: null }] })
})

test('a replay counts what could not be counted before, once, and leaves the list', async () => {
  const queue = openUsageQueue()
  const id = `sub_${'r'.repeat(22)}`
  queue.put(event('r1', { subscription: id }))
  await queue.poll()
  const refusedAgain = await replayRefused(queue.edge, 1)
  expect(refusedAgain).toMatchObject({ ok: false, error: { kind: 'still-refused' } })

  const subscription = await activate(await addSubscription())
  await env.DB.prepare('UPDATE subscriptions SET id = ? WHERE id = ?').bind(id, subscription).run()
  expect(await replayRefused(queue.edge, 1)).toMatchObject({ ok: true, value: { result: 'counted' } })
  expect(await replayRefused(queue.edge, 1)).toMatchObject({ ok: true, value: { result: 'duplicate' } })
  expect(await refusedRows()).toMatchObject([{ times: 2, replayed_ms: Date.parse(NOW) }])
  expect((await listRefused(env.DB, { after: 0, limit: 10, replayed: false })).refused).toEqual([])
  expect((await listRefused(env.DB, { after: 0, limit: 10, replayed: true })).refused).toHaveLength(1)
})

/** A reading for the product `subscription` that named a subscription nobody had yet; and that subscription, which is there now. */
async function refusedReading(products: readonly string[] | null) {
  const door = await openDoor(products)
  const id = `sub_${'r'.repeat(22)}` as const
  const sent = { id: 'r1', subscription: id, meter: 'storage_gb', value: 9_000, time: ago(5 * MINUTE) }
  expect((await door.post(sent)).status).toBe(404)
  const subscription = await activate(await addSubscription())
  await env.DB.prepare('UPDATE subscriptions SET id = ? WHERE id = ?').bind(id, subscription).run()
  return { door, sent, edge: openUsageQueue().edge, id }
}

test('a reading refused over HTTP is replayed as its sender sent it: whatever is sent again, it counts once (money §1)', async () => {
  const { door, sent, edge, id } = await refusedReading(['subscription'])
  expect(await replayRefused(edge, 1)).toMatchObject({ ok: true, value: { result: 'counted' } })
  expect(await (await door.post(sent)).json()).toMatchObject({ result: 'duplicate' })
  expect(await (await door.post({ ...sent, value: 8_000 })).json()).toMatchObject({ code: 'conflict' })
  expect(await (await door.post({ ...sent, id: 'r2' })).json()).toMatchObject({ result: 'counted' })
  const rows = await env.LEDGER.getByName(id).exportAll({ limit: 200, after: JSON.stringify(['readings']) })
  expect(rows.rows.filter((row) => row.includes('9000000000'))).toHaveLength(1)
})

test('a replay is held to the products of the API key the usage came under', async () => {
  const { edge, id } = await refusedReading(['contract'])
  expect(await replayRefused(edge, 1)).toMatchObject({ ok: false, error: { kind: 'still-refused' } })
  expect(await countedOf(id, 'storage_gb')).toBe('0')
})

test('what refused usage said is forgotten after 35 days, its refusal 40 days after its month (money §1, §4)', async () => {
  const door = await openDoor()
  await door.post(event('r1'))
  const at = Date.parse(NOW)
  const left = async (time: number) => {
    await sweepRefusedRows(env.DB, time)
    return (await refusedRows()).map((row) => row.event !== null)
  }
  const monthAfter = Date.UTC(new Date(at).getUTCFullYear(), new Date(at).getUTCMonth() + 1)
  expect([await left(at + 35 * DAY), await left(at + 35 * DAY + 1)]).toEqual([[true], [false]])
  expect([await left(monthAfter + 40 * DAY - 1), await left(monthAfter + 40 * DAY)]).toEqual([[false], []])
})

test('a replayed numbered batch is all or nothing under its own number', async () => {
  const subscription = await activate(await addSubscription())
  const queue = openUsageQueue()
  const batch = (meter: string) => ({
    epoch: 'e'.repeat(20),
    sequence: 4,
    subscription,
    events: [{ meter, quantity: 3, time: ago(MINUTE) }],
  })
  queue.put(batch('api_cals'))
  await queue.poll()
  expect(await replayRefused(queue.edge, 1)).toMatchObject({ ok: false, error: { kind: 'still-refused' } })
  // The number was free: its sender put the batch right meanwhile.
  queue.put(batch('api_calls'))
  await queue.poll()
  expect(await replayRefused(queue.edge, 1)).toMatchObject({ ok: false, error: { kind: 'still-refused' } })
  expect(await countedOf(subscription)).toBe('3')
})

test('one dimension of a refused record is replayed by itself', async () => {
  const subscription = await activate(await addSubscription({ customer: 'ifAPi5AcF3' }))
  const queue = openUsageQueue(takingOver(now))
  queue.put({
    create_timestamp: now - 5 * MINUTE,
    customerIdentifier: 'ifAPi5AcF3',
    dimension_usage: [
      { dimension: 'api_calls_1k', value: 3 },
      { dimension: 'nonsense', value: 1 },
    ],
    metering_pending: 'true',
  })
  await queue.poll()
  expect((await refusedRows()).map((row) => [row.meter, row.reason, row.value])).toEqual([
    ['api_calls_1k', 'before-take-over', '0.3'],
    ['nonsense', 'unknown-dimension', null],
  ])
  const later = { ...queue.edge, ...takingOver(now - 86_400_000) }
  expect(await replayRefused(later, 1)).toMatchObject({ ok: true, value: { result: 'counted' } })
  expect(await countedOf(subscription)).toBe('3000')
  expect(await replayRefused(later, 2)).toMatchObject({ ok: false, error: { kind: 'still-refused' } })
})

test('what cannot be replayed says why and whose move it is', async () => {
  const door = await openDoor()
  await door.post(event('r1', { quantity: 'many' }))
  const queue = openUsageQueue()
  queue.put('hello')
  await queue.poll()
  const said = await Promise.all([1, 2, 3].map((number) => replayRefused(queue.edge, number)))
  expect(said).toMatchObject([
    {
      error: {
        kind: 'not-allowed',
        sentence: expect.stringContaining('Let its sender correct and report it again'),
      },
    },
    { error: { kind: 'not-allowed', sentence: expect.stringContaining('cannot be read') } },
    { error: { kind: 'not-found' } },
  ])
})

test.each([
  ['api_calls', '12500', '1.25'],
  ['api_calls', '1', '0.0001'],
  ['api_calls', '0.000001', '0'],
  ['api_calls_1k', '5', '0.5'],
  ['users', '5', null],
  ['nonsense', '5', null],
])(
  'the value of usage is its amount at the price of its dimension, cut off below 10⁻⁸ dollars: %s %s',
  (meter, amount, value) => {
    expect(valueOf(seller, 'subscription', meter, amount)).toBe(value)
  },
)
