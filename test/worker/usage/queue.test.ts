/** The usage queue (money §1): every form of the HTTP door by SQS; a message goes when each of its events has an answer for good. */
import { env } from 'cloudflare:workers'
import { reset, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runScheduled } from '../../../worker/scheduled.ts'
import { pollUsage } from '../../../worker/usage/poll.ts'
import { awsError, edgeAt, clockAt, migrate } from '../support.ts'
import {
  activate,
  addSubscription,
  ago,
  countedOf,
  MINUTE,
  NOW,
  now,
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

const plain = (id: string, subscription: string, over: object = {}) => ({
  id,
  subscription,
  meter: 'api_calls',
  quantity: 1,
  time: ago(5 * MINUTE),
  ...over,
})

const failLedger = (subscription: `sub_${string}`, from: string, to: string): Promise<void> =>
  runInDurableObject(env.LEDGER.getByName(subscription), (_, state) => {
    state.storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`)
  })

test('plain events, batches, CloudEvents, numbered batches and other shapes are all counted, and their messages go', async () => {
  const subscription = await activate(await addSubscription({ customer: 'ifAPi5AcF3' }))
  const queue = openUsageQueue(takingOver(now - 86_400_000))
  const cloud = {
    specversion: '1.0',
    type: 'usage',
    source: '/app',
    id: 'c1',
    subject: subscription,
    time: ago(MINUTE),
    data: { meter: 'api_calls', quantity: 1 },
  }
  const stamp = now - 5 * MINUTE
  const record = { create_timestamp: stamp, metering_pending: 'true' }
  queue.put(
    plain('a1', subscription),
    [plain('a2', subscription), plain('a3', subscription)],
    { events: [plain('a4', subscription), { ...cloud, id: 'c2' }] },
    cloud,
    [cloud, { ...cloud, id: 'c3' }],
    {
      epoch: 'e'.repeat(20),
      sequence: 1,
      subscription,
      events: [{ meter: 'api_calls', quantity: 10, time: ago(MINUTE) }],
    },
    {
      ...record,
      customerAWSAccountId: '012345678901',
      productCode: 'code-subscription',
      dimension: 'api_calls_1k',
      quantity: 5,
    },
    {
      create_timestamp: { N: String(stamp) },
      customerIdentifier: { S: 'ifAPi5AcF3' },
      dimension_usage: { L: [{ M: { dimension: { S: 'api_calls_1k' }, value: { N: '3' } } }] },
      metering_pending: { S: 'true' },
    },
  )
  expect(await queue.poll()).toEqual({ taken: 8, left: 0 })
  expect(queue.left()).toEqual([])
  expect(await countedOf(subscription)).toBe(String(4 + 3 + 10 + 5_000 + 3_000))
  expect(await refusedRows()).toEqual([])
})

test('a message that comes twice, or whose deletion failed, counts once (G.2 fault 21)', async () => {
  const subscription = await activate(await addSubscription())
  const queue = openUsageQueue()
  queue.put(plain('a1', subscription), plain('a1', subscription))
  queue.fail = (target) =>
    target === 'DeleteMessageBatch' ? awsError('AWS.SimpleQueueService.InternalError', 500) : undefined
  await queue.poll()
  expect(queue.left()).toHaveLength(2)
  queue.fail = () => undefined
  await queue.poll()
  expect(queue.left()).toEqual([])
  expect(await countedOf(subscription)).toBe('1')
})

test('what is refused is kept with its event and its value, then the message goes', async () => {
  const subscription = await activate(await addSubscription())
  const queue = openUsageQueue()
  const wrong = plain('w1', subscription, { meter: 'api_cals', quantity: 12_500 })
  const lost = plain('w2', `sub_${'z'.repeat(22)}`, { quantity: 2_000 })
  const bad = plain('w3', subscription, { quantity: -1 })
  queue.put([plain('a1', subscription), wrong], lost, bad)
  expect(await queue.poll()).toEqual({ taken: 3, left: 0 })
  expect(queue.left()).toEqual([])
  expect(await countedOf(subscription)).toBe('1')
  const rows = await refusedRows()
  expect(
    rows.map((row) => [row.event_id, row.reason, row.meter, row.amount, row.subscription, row.door]),
  ).toEqual([
    ['w1', 'unknown-meter', 'api_cals', '12500', subscription, 'queue'],
    ['w2', 'unknown-subscription', 'api_calls', '2000', null, 'queue'],
    ['w3', 'amount-out-of-range', 'api_calls', null, null, 'queue'],
  ])
  expect(rows.map((row) => JSON.parse(row.event ?? ''))).toEqual([wrong, lost, bad])
})

test.each([
  ['G.3 row 2: not JSON', 'hello', 'not-json'],
  ['G.3 row 3: an array of none', '[]', 'no-events'],
  ['G.3 row 4: 10 001 events', `[${'{},'.repeat(10_000)}{}]`, 'too-many-events'],
  ['G.3 row 9: 10 000 deep', '['.repeat(10_000) + ']'.repeat(10_000), 'too-deep'],
  ['G.3 row 10: a key twice', '{"id":"a","id":"b"}', 'duplicate-key'],
  ['a number', '7', 'not-events'],
  ['a numbered batch without a number', '{"epoch":"eeeeeeeeeeeeeeeeeeee","events":[{}]}', 'bad-sequence'],
  ['a notification of another service', '{"Type":"Notification","Message":"x"}', 'unknown-field'],
])(
  'a message that is no usage is kept for a person to see and does not stand before others: %s',
  async (_name, body, reason) => {
    const subscription = await activate(await addSubscription())
    const queue = openUsageQueue()
    queue.put(body, plain('a1', subscription))
    await queue.poll()
    expect(queue.left()).toEqual([])
    expect(await countedOf(subscription)).toBe('1')
    expect((await refusedRows()).map((row) => row.reason)).toEqual([reason])
  },
)

test('an event whose Ledger did not answer leaves its message in the queue, and others of it count once in the end', async () => {
  const reachable = await activate(await addSubscription())
  const away = await activate(await addSubscription())
  const queue = openUsageQueue()
  queue.put([plain('a1', reachable), plain('a2', away)], plain('a3', reachable), {
    epoch: 'e'.repeat(20),
    sequence: 1,
    subscription: away,
    events: [{ meter: 'api_calls', quantity: 10, time: ago(MINUTE) }],
  })
  await failLedger(away, 'usage', 'out_of_reach')
  expect(await queue.poll()).toEqual({ taken: 1, left: 2 })
  expect(queue.left()).toHaveLength(2)
  await failLedger(away, 'out_of_reach', 'usage')
  expect(await queue.poll()).toEqual({ taken: 2, left: 0 })
  expect([await countedOf(reachable), await countedOf(away)]).toEqual(['2', '11'])
})

test('while D1 cannot keep what is refused no message goes', async () => {
  const subscription = await activate(await addSubscription())
  const queue = openUsageQueue()
  queue.put(plain('w1', subscription, { meter: 'api_cals' }), plain('a1', subscription))
  await env.DB.prepare('ALTER TABLE refused_usage RENAME TO out_of_reach').run()
  expect(await queue.poll()).toEqual({ taken: 0, left: 2 })
  expect(queue.left()).toHaveLength(2)
  await env.DB.prepare('ALTER TABLE out_of_reach RENAME TO refused_usage').run()
  expect(await queue.poll()).toEqual({ taken: 2, left: 0 })
  expect(await countedOf(subscription)).toBe('1')
  expect(await refusedRows()).toMatchObject([{ event_id: 'w1', times: 1 }])
})

test('messages are asked for ten at a time until there are none, and are ours alone while they are taken', async () => {
  const subscription = await activate(await addSubscription())
  const queue = openUsageQueue()
  queue.put(...Array.from({ length: 25 }, (_, at) => plain(`a${at}`, subscription)))
  expect(await queue.poll()).toEqual({ taken: 25, left: 0 })
  const received = queue.calls.filter(({ target }) => target === 'ReceiveMessage')
  expect(received).toHaveLength(4)
  expect(received[0]?.body).toMatchObject({ MaxNumberOfMessages: 10, VisibilityTimeout: 120 })
  expect(await countedOf(subscription)).toBe('25')
})

test('a run ends after forty seconds, whatever is left: the next minute goes on', async () => {
  const subscription = await activate(await addSubscription())
  const queue = openUsageQueue()
  queue.put(...Array.from({ length: 30 }, (_, at) => plain(`a${at}`, subscription)))
  queue.fail = (target) => {
    if (target === 'DeleteMessageBatch') queue.clock.wall += 20_000
    return undefined
  }
  expect(await queue.poll()).toEqual({ taken: 20, left: 0 })
  expect(queue.left()).toHaveLength(10)
})

test('a queue that does not answer stops nothing else of the minute', async () => {
  const queue = openUsageQueue()
  queue.fail = () => awsError('AccessDenied', 403)
  expect(await queue.poll()).toEqual({ taken: 0, left: 0 })
  expect(await runScheduled(queue.edge)).toEqual([])
})

test('without a usage queue nothing is asked of SQS', async () => {
  const queue = openUsageQueue()
  expect(await pollUsage(edgeAt(clockAt(NOW)))).toEqual({ taken: 0, left: 0 })
  expect(queue.calls).toEqual([])
})

test('a refused numbered batch is kept whole, for it is sent again whole', async () => {
  const subscription = await activate(await addSubscription())
  const queue = openUsageQueue()
  const batch = {
    epoch: 'e'.repeat(20),
    sequence: 1,
    subscription,
    events: [
      { meter: 'api_calls', quantity: 10, time: ago(MINUTE) },
      { meter: 'api_cals', quantity: 10, time: ago(MINUTE) },
    ],
  }
  queue.put(batch)
  await queue.poll()
  expect(queue.left()).toEqual([])
  const rows = await refusedRows()
  expect(rows).toMatchObject([{ event_id: `${'e'.repeat(20)}:1`, reason: 'batch-refused', subscription }])
  expect(JSON.parse(rows[0]?.event ?? '')).toEqual(batch)
})
