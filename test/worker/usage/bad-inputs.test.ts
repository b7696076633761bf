/** The bad inputs of G.3 that concern usage, each at every door: HTTP, numbered, the queue, other systems' records. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { migrate } from '../support.ts'
import {
  activate,
  addSubscription,
  ago,
  countedOf,
  MINUTE,
  now,
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

const FROM = now - 40 * 1440 * MINUTE
const iso = (ms: number): string => new Date(ms).toISOString()

/** Bodies that are no usage at all, whichever door they come to. */
const bodies: readonly (readonly [row: string, body: string, code: string])[] = [
  ['2 not JSON', 'hello', 'not-json'],
  ['3 an array of none', '[]', 'no-events'],
  ['4 10 001 events', `[${'{},'.repeat(10_000)}{}]`, 'too-many-events'],
  ['8 a byte order mark', '\ufeff[]', 'not-utf-8'],
  ['9 nesting 10 000 deep', '['.repeat(10_000) + ']'.repeat(10_000), 'too-deep'],
  ['10 quantity twice', '{"quantity":1,"quantity":2}', 'duplicate-key'],
  ['19 NaN', '{"quantity":NaN}', 'not-json'],
  ['19 Infinity', '{"quantity":Infinity}', 'not-json'],
]

test.each(bodies)(
  'G.3 row %s: a 4xx by HTTP; by SQS kept for a person, and gone from the queue',
  async (_row, body, code) => {
    const door = await openDoor()
    const response = await door.send(body)
    expect([
      response.status >= 400 && response.status < 500,
      (await response.json<{ code: string }>()).code,
    ]).toEqual([true, code])
    const queue = openUsageQueue()
    queue.put(body)
    expect(await queue.poll()).toEqual({ taken: 1, left: 0 })
    expect((await refusedRows()).map((row) => row.reason)).toEqual([code])
  },
)

type Fields = Readonly<Record<string, unknown>>

/** Of fields that the numbered form does not have. */
const WITH_IDS = new Set([
  'id-missing',
  'unknown-subscription',
  'bad-license',
  'bad-account',
  'subscription-twice',
])

/** What is wrong with one event. */
const events: readonly (readonly [row: string, over: Fields, code: string])[] = [
  ['11 a field constructor', { constructor: 1 }, 'unknown-field'],
  ['12 quantity −1', { quantity: -1 }, 'amount-out-of-range'],
  ['15 a text with a sign', { quantity: '+1' }, 'bad-amount'],
  ['16 a text with an exponent', { quantity: '1e3' }, 'bad-amount'],
  ['18 2⁵³+1 as a number', { quantity: 9_007_199_254_740_992 }, 'amount-out-of-range'],
  ['19 a text NaN', { quantity: 'NaN' }, 'bad-amount'],
  ['21 no id', { id: null }, 'id-missing'],
  ['22 an empty id', { id: '' }, 'bad-id'],
  ['22 an id of 1 MB', { id: 'a'.repeat(900_000) }, 'bad-id'],
  ['22 NUL in the id', { id: 'a\0b' }, 'bad-id'],
  ['22 a direction override in the id', { id: 'a\u202eb' }, 'bad-id'],
  ['8 half of a surrogate pair', { id: 'a\ud800' }, 'bad-id'],
  ['25 no time', { time: null }, 'time-missing'],
  ['26 microseconds', { time: now * 1000 }, 'time-unit'],
  ['28 30 February', { time: '2026-02-30T10:00:00Z' }, 'bad-time'],
  ['28 hour 24', { time: '2026-11-21T24:00:00Z' }, 'bad-time'],
  ['28 a leap second', { time: '2026-06-30T23:59:60Z' }, 'bad-time'],
  ['29 six minutes ahead', { time: iso(now + 6 * MINUTE) }, 'ahead'],
  ['31 the year 0', { time: '0000-01-01T00:00:00Z' }, 'bad-time'],
  ['31 the year 9999', { time: '9999-12-31T23:59:59Z' }, 'bad-time'],
  ['31 the year −1', { time: '-000001-01-01T00:00:00Z' }, 'bad-time'],
  ['32 an unknown meter', { meter: 'nonsense' }, 'unknown-meter'],
  ['33 another case', { meter: 'API_calls' }, 'unknown-meter'],
  ['33 a space behind', { meter: 'api_calls ' }, 'unknown-meter'],
  ['33 a homoglyph', { meter: 'api_c\u0430lls' }, 'unknown-meter'],
  ['34 an unknown subscription', { subscription: `sub_${'z'.repeat(22)}` }, 'unknown-subscription'],
  ['36 a malformed ARN', { subscription: null, licenseArn: 'arn:aws:x' }, 'bad-license'],
  ['37 11 digits', { subscription: null, account: '12345678901', product: 'subscription' }, 'bad-account'],
  ['37 13 digits', { subscription: null, account: '1234567890123', product: 'subscription' }, 'bad-account'],
  ['40 two ways of naming', { licenseArn: 'arn:aws:x' }, 'subscription-twice'],
]

test.each(events)(
  'G.3 row %s: refused by its code at each door, counted at none, kept',
  async (_row, over, code) => {
    const subscription = await activate(await addSubscription())
    const event = { meter: 'api_calls', quantity: 1, time: ago(5 * MINUTE) }
    const wrong = { id: 'e1', subscription, ...event, ...over }
    const door = await openDoor()
    const response = await door.post([wrong])
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ results: [{ result: 'refused', code }] })

    const queue = openUsageQueue()
    queue.put([wrong])
    expect(await queue.poll()).toEqual({ taken: 1, left: 0 })
    expect((await refusedRows()).map((row) => row.reason)).toContain(code)

    if (!WITH_IDS.has(code)) {
      const batch = { epoch: 'e'.repeat(20), sequence: 1, subscription, events: [{ ...event, ...over }] }
      const numbered = await door.post(batch)
      expect(numbered.status).toBe(422)
      const { refused } = await numbered.json<{ refused?: { code: string }[]; code: string }>()
      expect(refused?.[0]?.code ?? code).toBe(code)
    }
    expect(await countedOf(subscription)).toBe('0')
  },
)

/** What is no fault: G.3 calls it bad, money.md takes it. */
const taken: readonly (readonly [row: string, over: Fields, counted: string])[] = [
  ['13 0', { quantity: 0 }, '0'],
  ['14 1.5', { quantity: 1.5 }, '1.5'],
  ['15 "1"', { quantity: '1' }, '1'],
  ['16 1e3', { quantity: 1e3 }, '1000'],
  ['17 2³¹', { quantity: 2 ** 31 }, '2147483648'],
  ['19 −0', { quantity: -0 }, '0'],
  ['26 seconds', { time: Math.floor(now / 1000) - 300 }, '1'],
  ['26 milliseconds', { time: now - 300_000 }, '1'],
  ['27 a zone of +14:00', { time: iso(now - 300_000 + 14 * 60 * MINUTE).replace('Z', '+14:00') }, '1'],
  ['30 25 hours ago', { time: ago(25 * 60 * MINUTE) }, '1'],
]

test.each(taken)('G.3 row %s is counted, the same at each door', async (_row, over, counted) => {
  const subscription = await activate(await addSubscription())
  const event = { meter: 'api_calls', quantity: 1, time: ago(5 * MINUTE), ...over }
  const queue = openUsageQueue()
  queue.put({ id: 'e1', subscription, ...event })
  await queue.poll()
  expect(await countedOf(subscription)).toBe(counted)
  const door = await openDoor()
  await door.post({ epoch: 'e'.repeat(20), sequence: 1, subscription, events: [event] })
  expect(Number(await countedOf(subscription))).toBe(2 * Number(counted))
})

/** The same for records of other systems. */
const records: readonly (readonly [row: string, over: Fields, code: string])[] = [
  ['12 quantity −1', { quantity: -1 }, 'amount-out-of-range'],
  ['19 NaN as text', { quantity: { N: 'NaN' } }, 'bad-amount'],
  ['25 no time', { create_timestamp: null }, 'time-unit'],
  ['26 12 digits', { create_timestamp: '179525610012' }, 'time-unit'],
  ['29 six minutes ahead', { create_timestamp: String(now + 6 * MINUTE) }, 'ahead'],
  ['31 35 days ago', { create_timestamp: String(now - 35 * 1440 * MINUTE) }, 'too-old'],
  ['32 an unknown dimension', { dimension: 'nonsense' }, 'unknown-dimension'],
  ['33 a homoglyph', { dimension: 'api_c\u0430lls_1k' }, 'unknown-dimension'],
  ['34 an unknown account', { customerAWSAccountId: '999999999999' }, 'unknown-subscription'],
  ['37 13 digits', { customerAWSAccountId: '1234567890123' }, 'bad-account'],
  ['40 account and customer', { customerIdentifier: 'ifAPi5AcF3' }, 'subscription-twice'],
]

test.each(records)(
  'G.3 row %s: a record of another system is refused and kept, by HTTP and by SQS',
  async (_row, over, code) => {
    const subscription = await activate(await addSubscription())
    const record = {
      customerAWSAccountId: '012345678901',
      productCode: 'code-subscription',
      create_timestamp: now - 5 * MINUTE,
      dimension: 'api_calls_1k',
      quantity: 5,
      metering_pending: 'true',
      ...over,
    }
    const door = await openDoor(null, takingOver(FROM))
    expect(await (await door.post([record])).json()).toMatchObject({ results: [{ result: 'refused', code }] })
    const queue = openUsageQueue(takingOver(FROM))
    queue.put(record)
    expect(await queue.poll()).toEqual({ taken: 1, left: 0 })
    expect((await refusedRows()).map((row) => row.reason)).toContain(code)
    expect(await countedOf(subscription)).toBe('0')
  },
)
