/** Records of other systems through to real Ledgers (money §1): identity, units, the take-over hour, and who is meant. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../support.ts'
import {
  activate,
  addSubscription,
  countedOf,
  MINUTE,
  now,
  openDoor,
  refusedRows,
  takingOver,
  type Door,
} from './support.ts'

beforeEach(migrate)
afterEach(reset)

const FROM = now - 86_400_000
const account = '012345678901'
const record = (over: object = {}) => ({
  customerAWSAccountId: account,
  productCode: 'code-subscription',
  create_timestamp: now - 5 * MINUTE,
  dimension: 'api_calls_1k',
  quantity: 5,
  metering_pending: 'true',
  ...over,
})
const ofCustomer = (over: object = {}) => ({
  create_timestamp: { N: String(now - 5 * MINUTE) },
  customerIdentifier: { S: 'ifAPi5AcF3' },
  dimension_usage: { L: [{ M: { dimension: { S: 'api_calls_1k' }, value: { N: '5' } } }] },
  metering_pending: { S: 'true' },
  ...over,
})

const openTakingOver = (): Promise<Door> => openDoor(null, takingOver(FROM))

async function answer(door: Door, body: unknown) {
  const response = await door.post(body)
  const { result, code } = await response.json<{ result: string; code?: string }>()
  return [response.status, result, ...(code === undefined ? [] : [code])]
}

test('a record counts as many of the meter as its units mean, once, in whichever JSON it comes', async () => {
  const door = await openTakingOver()
  const subscription = await activate(await addSubscription())
  expect(await answer(door, record())).toEqual([200, 'counted'])
  expect(await answer(door, record())).toEqual([200, 'duplicate'])
  const { create_timestamp: stamp, quantity, ...texts } = record()
  const dynamo = Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { S: value }]))
  const again = { ...dynamo, create_timestamp: { N: String(stamp) }, quantity: { N: String(quantity) } }
  expect(await answer(door, again)).toEqual([200, 'duplicate'])
  expect(await countedOf(subscription)).toBe('5000')
})

test('another time, dimension or account is another record; another quantity is a conflict', async () => {
  const door = await openTakingOver()
  const subscription = await activate(await addSubscription())
  await answer(door, record())
  expect(await answer(door, record({ create_timestamp: now - 5 * MINUTE + 1 }))).toEqual([200, 'counted'])
  expect(await answer(door, record({ quantity: 6 }))).toEqual([409, 'refused', 'conflict'])
  expect(await countedOf(subscription)).toBe('10000')
})

test('two systems that share a key do not meet: the source is the name of the shape', async () => {
  const door = await openTakingOver()
  const subscription = await activate(await addSubscription({ customer: 'ifAPi5AcF3' }))
  await answer(door, record())
  await answer(door, ofCustomer())
  expect(await countedOf(subscription)).toBe('10000')
})

test.each([
  ['of the take-over hour', 0, [200, 'counted']],
  ['one millisecond before it', -1, [422, 'refused', 'before-take-over']],
])('usage %s', async (_name, offset, expected) => {
  const door = await openTakingOver()
  await activate(await addSubscription())
  expect(await answer(door, record({ create_timestamp: FROM + offset }))).toEqual(expected)
})

test('a product without a take-over hour takes no records, and says where the hour is set', async () => {
  const door = await openDoor()
  await activate(await addSubscription())
  const response = await door.post(record())
  expect(await response.json()).toMatchObject({
    code: 'before-take-over',
    detail: expect.stringContaining('takeOver of this product in seller.config.ts'),
  })
})

test('one record of several dimensions is answered dimension by dimension', async () => {
  const door = await openTakingOver()
  const subscription = await activate(await addSubscription({ customer: 'ifAPi5AcF3' }))
  const list = [
    { dimension: 'api_calls_1k', value: '1.5' },
    { dimension: 'storage', value: 1 },
  ]
  const body = { ...ofCustomer(), dimension_usage: list }
  const response = await door.post(body)
  expect(await response.json()).toMatchObject({
    results: [{ result: 'counted' }, { result: 'refused', code: 'unknown-dimension' }],
  })
  expect(await countedOf(subscription)).toBe('1500')
  expect(await refusedRows()).toMatchObject([{ meter: 'storage', reason: 'unknown-dimension', amount: '1' }])
})

test('metering_pending other than true is refused as already-metered and kept with its value', async () => {
  const door = await openTakingOver()
  await activate(await addSubscription())
  expect(await answer(door, record({ metering_pending: 'false' }))).toEqual([
    422,
    'refused',
    'already-metered',
  ])
  expect(await refusedRows()).toMatchObject([
    { reason: 'already-metered', meter: 'api_calls_1k', amount: '5' },
  ])
})

test('a customer with one subscription is that one, also by an identity from before its switch-over', async () => {
  const door = await openTakingOver()
  const subscription = await activate(await addSubscription())
  await env.DB.prepare(
    `INSERT INTO identities (kind, value, product_code, region, subscription, from_hour_ms)
     VALUES ('product-customer', 'ifAPi5AcF3', 'code-subscription', 'us-east-1', ?, 0)`,
  )
    .bind(subscription)
    .run()
  expect(await answer(door, ofCustomer())).toEqual([200, 'counted'])
  expect(await answer(door, ofCustomer({ customerIdentifier: { S: 'ifAPi5AcF4' } }))).toEqual([
    404,
    'refused',
    'unknown-subscription',
  ])
})

test('G.3 row 35: a customer of a product the key may not see is unknown', async () => {
  const door = await openDoor(['contract'], takingOver(FROM))
  await activate(await addSubscription({ customer: 'ifAPi5AcF3' }))
  expect(await answer(door, ofCustomer())).toEqual([404, 'refused', 'unknown-subscription'])
})

test.each([
  ['an account', () => record(), {}],
  ['a customer', () => ofCustomer(), { customer: 'ifAPi5AcF3' }],
  [
    'a customer and a product',
    () => ofCustomer({ productCode: { S: 'code-subscription' } }),
    { customer: 'ifAPi5AcF3' },
  ],
])(
  'money §1: %s with several subscriptions is refused with the list, but what one of them counted is a duplicate',
  async (_name, body, purchase) => {
    const door = await openTakingOver()
    const first = await activate(await addSubscription(purchase))
    expect(await answer(door, body())).toEqual([200, 'counted'])
    const second = await activate(await addSubscription(purchase))
    expect(await answer(door, body())).toEqual([200, 'duplicate'])
    const other = { ...body(), create_timestamp: { N: String(now - 4 * MINUTE) } }
    const response = await door.post(other)
    const { code, detail } = await response.json<{ code: string; detail: string }>()
    expect([response.status, code]).toEqual([422, 'ambiguous-subscription'])
    for (const id of [first, second]) expect(detail).toContain(id)
    expect([await countedOf(first), await countedOf(second)]).toEqual(['5000', '0'])
    expect(await refusedRows()).toMatchObject([{ reason: 'ambiguous-subscription', amount: '5' }])
  },
)

test('a product in the record chooses among the subscriptions of one customer', async () => {
  const door = await openTakingOver()
  const mine = await activate(await addSubscription({ customer: 'ifAPi5AcF3' }))
  await activate(await addSubscription({ customer: 'ifAPi5AcF3', product: 'contract' }), {
    product: 'contract',
  })
  expect(await answer(door, ofCustomer())).toEqual([422, 'refused', 'ambiguous-subscription'])
  expect(await answer(door, ofCustomer({ productCode: { S: 'code-subscription' } }))).toEqual([
    200,
    'counted',
  ])
  expect(await countedOf(mine)).toBe('5000')
})
