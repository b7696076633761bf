/** One event in the plain form: what is taken, and the code of what is not (money §1, §2). */
import { expect, test } from 'vitest'
import { readPlainEvent } from '../../../shared/usage/plain.ts'

const subscription = 'sub_0123456789ABCDEFGHIJKL'
const tail = 'l-0123456789abcdef0123456789abcdef'
const licenseArn = `arn:aws:license-manager::294406891311:license:${tail}`
const event = { id: 'e1', subscription, meter: 'api_calls', quantity: 3, time: '2026-11-21T10:15:00Z' }
const without = (...fields: string[]) =>
  Object.fromEntries(Object.entries(event).filter(([field]) => !fields.includes(field)))

const read = (over: object, base: object = event) => readPlainEvent({ ...base, ...over }, 'key_1')
const codeOf = (over: object, base: object = event): string => {
  const one = read(over, base)
  return one.ok ? 'read' : one.error.code
}
const millionths = (quantity: unknown): unknown => {
  const one = read({ quantity })
  return one.ok && one.value.event.kind === 'quantity' ? one.value.event.quantity : one
}

test.each([
  ['13', 0, 0n],
  ['13', '0', 0n],
  ['14', 1.5, 1_500_000n],
  ['15', '1', 1_000_000n],
  ['15', '1.5', 1_500_000n],
  ['15', '007', 7_000_000n],
  ['16', 1e3, 1_000_000_000n],
  ['14', 0.1, 100_000n],
  ['14', 0.000001, 1n],
  ['17', 2 ** 31, 2_147_483_648_000_000n],
  ['17', '2147483648', 2_147_483_648_000_000n],
  ['20', 1e12, 1_000_000_000_000_000_000n],
  ['20', '1000000000000.000000', 1_000_000_000_000_000_000n],
  ['19', -0, 0n],
  ['18', 123456789.123456, 123_456_789_123_456n],
])('G.3 row %s: the quantity %j is counted exactly', (_row, quantity, amount) => {
  expect(millionths(quantity)).toBe(amount)
})

test.each([
  ['12', -1, 'amount-out-of-range'],
  ['12', '-1', 'amount-out-of-range'],
  ['12', -0.5, 'amount-out-of-range'],
  ['16', '1e3', 'bad-amount'],
  ['16', '1E3', 'bad-amount'],
  ['14', 0.1 + 0.2, 'too-precise'],
  ['14', 0.0000001, 'too-precise'],
  ['14', '0.0000001', 'too-precise'],
  ['18', 2 ** 53 + 1, 'amount-out-of-range'],
  ['18', '9007199254740993', 'amount-out-of-range'],
  ['18', '1000000000000.000001', 'amount-out-of-range'],
  ['20', 1e21, 'amount-out-of-range'],
  ['19', Number.NaN, 'bad-amount'],
  ['19', 'NaN', 'bad-amount'],
  ['19', Infinity, 'bad-amount'],
  ['19', '-0', 'amount-out-of-range'],
  ['15', '', 'bad-amount'],
  ['15', ' 1', 'bad-amount'],
  ['15', '+1', 'bad-amount'],
  ['15', '1,5', 'bad-amount'],
  ['15', '1_000', 'bad-amount'],
  ['15', '0x10', 'bad-amount'],
  ['15', '.5', 'bad-amount'],
  ['15', '5.', 'bad-amount'],
  ['15', '٣', 'bad-amount'],
  ['15', '9'.repeat(100_000), 'bad-amount'],
  ['15', true, 'bad-amount'],
  ['15', [3], 'bad-amount'],
  ['15', { amount: 3 }, 'bad-amount'],
  ['15', null, 'amount-missing'],
])('G.3 row %s: the quantity %j is refused as %s', (_row, quantity, code) => {
  expect(codeOf({ quantity })).toBe(code)
})

test.each([
  ['G.3 row 11: __proto__', JSON.parse('{"__proto__":{"quantity":9}}') as object, 'unknown-field'],
  ['G.3 row 11: constructor', { constructor: { prototype: {} } }, 'unknown-field'],
  ['G.3 row 11: toString', { toString: 1 }, 'unknown-field'],
  ['a slip of the pen', { quantitiy: 9 }, 'unknown-field'],
  ['a field in another case', { Quantity: 9 }, 'unknown-field'],
  ['G.3 row 39: tags', { tags: [] }, 'unknown-field'],
  ['G.3 row 39: allocations', { usageAllocations: [] }, 'unknown-field'],
  [
    'G.3 row 40: a customer beside the account',
    { customerIdentifier: 'c', account: '012345678901' },
    'unknown-field',
  ],
  ['a CloudEvent under the wrong content type', { specversion: '1.0' }, 'unknown-field'],
  ['G.3 row 22: an empty id', { id: '' }, 'bad-id'],
  ['G.3 row 22: an id of 257 bytes', { id: 'a'.repeat(257) }, 'bad-id'],
  ['G.3 row 22: an id of 86 characters and 258 bytes', { id: '€'.repeat(86) }, 'bad-id'],
  ['G.3 row 22: an id of 900 kB', { id: 'a'.repeat(900_000) }, 'bad-id'],
  ['G.3 row 22: NUL in an id', { id: 'a\0b' }, 'bad-id'],
  ['G.3 row 22: a line break in an id', { id: 'a\n' }, 'bad-id'],
  ['G.3 row 22: a C1 control in an id', { id: 'a\u0085b' }, 'bad-id'],
  ['G.3 row 22: a right-to-left override in an id', { id: 'a\u202eb' }, 'bad-id'],
  ['G.3 row 22: a direction isolate in an id', { id: 'a\u2066b' }, 'bad-id'],
  ['G.3 row 8: half of a surrogate pair in an id', { id: 'a\ud800b' }, 'bad-id'],
  ['a number as id', { id: 7 }, 'bad-id'],
  ['G.3 row 21: an id of null', { id: null }, 'id-missing'],
  ['an empty source', { source: '' }, 'bad-source'],
  ['a source with NUL', { source: '\0' }, 'bad-source'],
  ['a meter of null', { meter: null }, 'meter-missing'],
  ['an empty meter', { meter: '' }, 'bad-meter'],
  ['a number as meter', { meter: 1 }, 'bad-meter'],
  ['G.3 row 8: half of a surrogate pair in a meter', { meter: '\udc00' }, 'bad-meter'],
  ['a meter of 1 000 bytes', { meter: 'm'.repeat(1000) }, 'bad-meter'],
  ['quantity and value', { value: 1 }, 'amount-twice'],
  ['quantity and key', { key: 'u1' }, 'amount-twice'],
  ['a series without a value', { series: 'disk' }, 'bad-series'],
  ['the subscription and the license', { licenseArn }, 'subscription-twice'],
  ['the subscription and the account', { account: '012345678901', product: 'saas' }, 'subscription-twice'],
  ['the subscription and a product', { product: 'saas' }, 'subscription-twice'],
  ['G.3 row 34: a subscription of another form', { subscription: 'sub_1' }, 'unknown-subscription'],
  ['G.3 row 34: a number as subscription', { subscription: 1 }, 'unknown-subscription'],
  ['a path as subscription', { subscription: '../../health' }, 'unknown-subscription'],
])('an event is refused: %s', (_name, over, code) => {
  expect(codeOf(over)).toBe(code)
})

test.each([
  ['G.3 row 21: an id', ['id'], 'id-missing'],
  ['G.3 row 25: a time', ['time'], 'time-missing'],
  ['a meter', ['meter'], 'meter-missing'],
  ['an amount', ['quantity'], 'amount-missing'],
  ['a subscription', ['subscription'], 'subscription-missing'],
])('an event without %s is refused', (_name, fields, code) => {
  expect(codeOf({}, without(...fields))).toBe(code)
})

test.each([
  'e',
  'a'.repeat(256),
  '€'.repeat(85),
  'order 7/ü',
  '😀',
  '0',
  "'; drop table events; --",
  '<script>alert(1)</script>',
  '${7*7}',
])('G.3 row 22: an id is any text of 1 to 256 bytes: %j', (id) => {
  expect(read({ id })).toMatchObject({ ok: true, value: { event: { id } } })
})

test.each(['Api_calls', 'api_calls ', 'аpi_calls', 'API_CALLS', 'api-calls'])(
  'G.3 rows 32, 33: a meter is taken exactly as it is written, for the Ledger to know or not: %j',
  (meter) => {
    expect(read({ meter })).toMatchObject({ ok: true, value: { event: { meter } } })
  },
)

test.each([
  ['G.3 row 36: no ARN', 'l-0123456789abcdef0123456789abcdef'],
  ['G.3 row 36: another service', 'arn:aws:s3:::bucket'],
  ['G.3 row 36: a tail of 31 digits', licenseArn.slice(0, -1)],
  ['G.3 row 36: a tail of 33 digits', `${licenseArn}0`],
  ['G.3 row 36: a tail that is not hex', `${licenseArn.slice(0, -1)}g`],
  ['G.3 row 36: a space behind', `${licenseArn} `],
  ['G.3 row 36: a line break behind', `${licenseArn}\n`],
  ['G.3 row 36: a number', 7],
  ['G.3 row 36: empty', ''],
])('a license that is no license ARN is refused: %s', (_name, arn) => {
  expect(codeOf({ licenseArn: arn }, without('subscription'))).toBe('bad-license')
})

test.each([
  licenseArn,
  licenseArn.toUpperCase().replace('ARN:AWS', 'arn:aws'),
  `arn:aws:license-manager:us-east-1:294406891311:license/${tail}`,
])('a license is known by its tail, however its ARN is written: %s', (arn) => {
  const one = read({ licenseArn: arn }, without('subscription'))
  expect(one).toMatchObject({ ok: true, value: { naming: { kind: 'license', tail } } })
})

test.each([
  ['11 digits', '01234567890', 'saas', 'bad-account'],
  ['13 digits', '0123456789012', 'saas', 'bad-account'],
  ['a number', 123456789012, 'saas', 'bad-account'],
  ['hyphens', '0123-4567-8901', 'saas', 'bad-account'],
  ['other digits', '٠١٢٣٤٥٦٧٨٩٠١', 'saas', 'bad-account'],
  ['none, only a product', undefined, 'saas', 'bad-account'],
  ['no product', '012345678901', undefined, 'bad-product'],
  ['an odd product', '012345678901', 'a b', 'bad-product'],
])(
  'G.3 row 37: an account that is not 12 digits with a product is refused: %s',
  (_name, account, product, code) => {
    expect(codeOf({ account, product }, without('subscription'))).toBe(code)
  },
)

test('G.3 row 37: an account keeps its leading zeros', () => {
  const one = read({ account: '000000000001', product: 'saas' }, without('subscription'))
  expect(one).toMatchObject({
    ok: true,
    value: { naming: { kind: 'account', account: '000000000001', product: 'saas' } },
  })
})

test('who reports is the source the event names, else the API key', () => {
  expect(read({ source: 'app-1' })).toMatchObject({ ok: true, value: { event: { source: 'app-1' } } })
  expect(read({})).toMatchObject({ ok: true, value: { event: { source: 'key_1' } } })
})

test('the series of a value is its own, else the source (money §1)', () => {
  const base = without('quantity')
  expect(read({ value: '1.5', series: 'disk' }, base)).toMatchObject({
    ok: true,
    value: { event: { kind: 'value', value: 1_500_000n, series: 'disk' } },
  })
  expect(read({ value: 2, source: 'app-1' }, base)).toMatchObject({
    ok: true,
    value: { event: { kind: 'value', value: 2_000_000n, series: 'app-1' } },
  })
  expect(codeOf({ value: 2, series: 'a\u202e' }, base)).toBe('bad-series')
})

test('a key is 1 to 256 bytes of text (money §1)', () => {
  const base = without('quantity')
  expect(read({ key: 'u'.repeat(256) }, base)).toMatchObject({ ok: true, value: { event: { kind: 'key' } } })
  for (const key of ['', 'u'.repeat(257), 7, 'u\0']) expect(codeOf({ key }, base)).toBe('bad-key')
})

test('null means absent, for typed clients write it', () => {
  const over = {
    licenseArn: null,
    account: null,
    product: null,
    value: null,
    series: null,
    key: null,
    source: null,
  }
  expect(read(over)).toEqual(read({}))
})

test('what a sender wrote is shown back in ASCII, cut, and without quotes of its own', () => {
  const one = read({ [`"<b>\u202e${'x'.repeat(1000)}`]: 1 })
  expect(one.ok || one.error.message).toMatch(
    /^The event has a field "'<b>\\u202ex{35}…" that is not known\. /,
  )
})
