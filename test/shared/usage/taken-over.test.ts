/** Usage records of other systems (money §1 *Shapes taken over*): both shapes, both forms of JSON, identity and units. */
import { expect, test } from 'vitest'
import { edgeView, type EdgeProduct } from '../../../shared/seller/views.ts'
import { readRequest } from '../../../shared/usage/read.ts'
import { meterOf } from '../../../shared/usage/taken-over.ts'
import seller from '../../../seller.config.ts'

const FROM = Date.parse('2026-11-21T00:00:00Z')
const product = edgeView(seller).products.find(({ key }) => key === 'subscription')
if (product === undefined) throw new Error('the example sells by subscription')
const over: EdgeProduct = { ...product, takeOverFrom: FROM }

/** The metering guide's record, and the same as DynamoDB writes it. */
const ofAccount = (change: object = {}) => ({
  customerAWSAccountId: '012345678901',
  productCode: '4dz8m1rf6yq2w7kx9p3vc5hn0',
  create_timestamp: 1_795_256_100_123,
  dimension: 'api_calls_1k',
  quantity: 5,
  metering_pending: 'true',
  ...change,
})
const ofCustomer = (change: object = {}) => ({
  create_timestamp: { N: '1795256100' },
  customerIdentifier: { S: 'ifAPi5AcF3' },
  dimension_usage: {
    L: [
      { M: { dimension: { S: 'api_calls_1k' }, value: { N: '3' } } },
      { M: { dimension: { S: 'users' }, value: { N: '1' } } },
    ],
  },
  metering_pending: { S: 'true' },
  ...change,
})

function read(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const request = readRequest(new TextEncoder().encode(text), 'plain', 'key_1')
  if (!request.ok || request.value.kind !== 'events') throw new Error('not read')
  return request.value
}
const outcomes = (body: unknown) =>
  read(body).events.map(({ read: one }) => (one.ok ? one.value : one.error.code))
const idsOf = (body: unknown) => read(body).events.map(({ id }) => id)

test('the source is the name of the shape, the id its primary key: account, product, time as text, dimension', () => {
  expect(outcomes(ofAccount())).toEqual([
    {
      event: {
        kind: 'quantity',
        source: 'metering-record',
        id: '012345678901|4dz8m1rf6yq2w7kx9p3vc5hn0|1795256100123|api_calls_1k',
        meter: 'api_calls_1k',
        time: 1_795_256_100_123,
        quantity: 5_000_000n,
      },
      naming: { kind: 'account', account: '012345678901', product: '4dz8m1rf6yq2w7kx9p3vc5hn0' },
      takenOver: true,
    },
  ])
})

test("a record in DynamoDB's JSON is one event a dimension, named by its customer", () => {
  const event = { kind: 'quantity', source: 'dimension-usage', time: 1_795_256_100_000 }
  const naming = { kind: 'customer', customer: 'ifAPi5AcF3', product: null }
  expect(outcomes(ofCustomer())).toEqual([
    {
      event: {
        ...event,
        id: 'ifAPi5AcF3||1795256100|api_calls_1k',
        meter: 'api_calls_1k',
        quantity: 3_000_000n,
      },
      naming,
      takenOver: true,
    },
    {
      event: { ...event, id: 'ifAPi5AcF3||1795256100|users', meter: 'users', quantity: 1_000_000n },
      naming,
      takenOver: true,
    },
  ])
})

test("the same record is the same event in plain JSON and in DynamoDB's", () => {
  const { create_timestamp: stamp, quantity, ...texts } = ofAccount()
  const inTexts = Object.entries(texts).map(([name, value]) => [name, { S: value }])
  const dynamo = {
    ...Object.fromEntries(inTexts),
    create_timestamp: { N: String(stamp) },
    quantity: { N: String(quantity) },
  }
  expect(outcomes(dynamo)).toEqual(outcomes(ofAccount()))
  const plain = {
    create_timestamp: 1_795_256_100,
    customerIdentifier: 'ifAPi5AcF3',
    dimension_usage: [
      { dimension: 'api_calls_1k', value: 3 },
      { dimension: 'users', value: 1 },
    ],
    metering_pending: true,
  }
  expect(outcomes(plain)).toEqual(outcomes(ofCustomer()))
})

test.each([
  ['seconds', '1795256100', 1_795_256_100_000],
  ['seconds with a fraction', '1795256100.9876', 1_795_256_100_987],
  ['milliseconds', '1795256100123', 1_795_256_100_123],
  ['microseconds', '1795256100123456', 1_795_256_100_123],
  ['nanoseconds, beyond what a float holds', '1795256100123456789', 1_795_256_100_123],
])('%s are told apart by size, as text, and kept to the last digit in the id', (_name, stamp, time) => {
  const numbered = JSON.stringify(ofAccount()).replace('1795256100123', stamp)
  for (const body of [numbered, ofAccount({ create_timestamp: { N: stamp } })]) {
    expect(outcomes(body)).toMatchObject([{ event: { time } }])
    expect(idsOf(body)[0]).toContain(`|${stamp}|`)
  }
})

test.each([
  '113123',
  '17952561001',
  '179525610012345678901',
  '-1795256100',
  '0795256100',
  '1.795e9',
  'now',
  '',
])('a time whose unit is not certain is refused, never guessed: %s', (stamp) => {
  expect(outcomes(ofAccount({ create_timestamp: stamp }))).toEqual(['time-unit'])
})

test.each([
  ['"false"', { metering_pending: 'false' }],
  ['false', { metering_pending: false }],
  ['nothing', { metering_pending: undefined }],
  ['"True"', { metering_pending: 'True' }],
  ["DynamoDB's false", { metering_pending: { S: 'false' } }],
])('metering_pending other than true is refused as already-metered: %s', (_name, change) => {
  expect(outcomes(ofAccount(change))).toEqual(['already-metered'])
  expect(outcomes(ofCustomer(change))).toEqual(['already-metered'])
})

test.each([
  ['G.3 row 37: an account of 11 digits', { customerAWSAccountId: '12345678901' }, 'bad-account'],
  ['G.3 row 37: an account without its zeros', { customerAWSAccountId: 12_345_678_901 }, 'bad-account'],
  ['no product', { productCode: undefined }, 'bad-product'],
  ['G.3 row 40: an account and a customer', { customerIdentifier: 'ifAPi5AcF3' }, 'subscription-twice'],
  ['no buyer', { customerAWSAccountId: undefined }, 'subscription-missing'],
  ['no dimension', { dimension: undefined }, 'bad-meter'],
  ['no quantity', { quantity: undefined }, 'bad-amount'],
  ['G.3 row 12: −1', { quantity: -1 }, 'amount-out-of-range'],
  ['no list of dimensions', { dimension_usage: 'users' }, 'amount-missing'],
  ['an empty list of dimensions', { dimension_usage: { L: [] } }, 'amount-missing'],
])(
  'a record that cannot be read is refused with the same codes as our own events: %s',
  (_name, change, code) => {
    expect(outcomes(ofAccount(change))).toEqual([code])
  },
)

test('attributes that the old system keeps beside are left alone', () => {
  expect(outcomes(ofAccount({ metering_failed: false, note: { S: 'x' } }))).toEqual(outcomes(ofAccount()))
})

test('a dimension that a record names twice is added up, as its system did', () => {
  const list = [
    { dimension: 'users', value: 1 },
    { dimension: 'users', value: '2.5' },
  ]
  expect(outcomes({ ...ofCustomer(), dimension_usage: list })).toMatchObject([
    { event: { meter: 'users', quantity: 3_500_000n } },
  ])
})

test('each event of a record can be sent again by itself and is the same event', () => {
  const { events } = read(ofCustomer())
  for (const { id, raw } of events) expect(idsOf(raw)).toEqual([id])
  expect(events.map(({ raw }) => outcomes(raw)[0])).toEqual(outcomes(ofCustomer()))
})

const charged = (change: object = {}, of = over) => {
  const [one] = read(ofAccount(change)).events
  if (!one?.read.ok) throw new Error('not read')
  const event = meterOf(one.read.value.event, of)
  return event.ok ? event.value : event.error.code
}

test('units of a dimension are its block times as many of the meter, so that the same units are due', () => {
  expect(charged()).toMatchObject({ meter: 'api_calls', quantity: 5_000_000_000n })
  expect(charged({ quantity: '0.001' })).toMatchObject({ meter: 'api_calls', quantity: 1_000_000n })
})

test.each([
  ['G.3 row 32: no such dimension', { dimension: 'api_calls' }, 'unknown-dimension'],
  ['G.3 row 33: another case', { dimension: 'API_calls_1k' }, 'unknown-dimension'],
  ['G.3 row 33: a space behind it', { dimension: 'api_calls_1k ' }, 'unknown-dimension'],
])('a dimension that is not billed is refused with the list: %s', (_name, change, code) => {
  expect(charged(change)).toBe(code)
})

test('a dimension that is no plain sum, or shares its meter, is refused: its units are not those of the meter', () => {
  const offered = product.dimensions.map((one) => ({ ...one, offered: true }))
  const all = { ...over, dimensions: offered }
  expect(charged({ dimension: 'team_users' }, all)).toBe('dimension-not-summed')
  expect(charged({ dimension: 'storage_gb_month' }, all)).toBe('dimension-not-summed')
  const twin = offered
    .filter(({ key }) => key === 'api_calls_1k')
    .map((one) => ({ ...one, key: 'calls_twin' }))
  expect(charged({}, { ...over, dimensions: [...offered, ...twin] })).toBe('dimension-not-summed')
})

test('usage of the take-over hour is taken from its first millisecond, one before it is before-take-over', () => {
  expect(charged({ create_timestamp: String(FROM) })).toMatchObject({ time: FROM })
  expect(charged({ create_timestamp: String(FROM - 1) })).toBe('before-take-over')
  expect(charged({}, { ...over, takeOverFrom: null })).toBe('before-take-over')
})
