/** BatchMeterUsage against the machine, without HTTP: the windows' edges, the refusals, first write wins. */
import { expect, test } from 'vitest'
import type { ApiAnswer } from '../../../simulator/marketplace/commands.ts'
import type { Json } from '../../../simulator/marketplace/model.ts'
import { HOUR_MS, Market, NOON, bodyOf, record, statuses, VIEW } from '../market.ts'

type Batch = {
  Results: { Status: string; MeteringRecordId?: string; UsageRecord: Json }[]
  UnprocessedRecords: Json[]
}

const batchOf = (answer: ApiAnswer): Batch => bodyOf(answer) as Batch

const secondsBefore = (market: Market, ms: number): number => (market.business - ms) / 1000

test.each([
  ['a millisecond short of 24 hours', ['Success'], 24 * HOUR_MS - 1],
  ['exactly 24 hours', 'TimestampOutOfBoundsException', 24 * HOUR_MS],
])('a record %s old is answered %j (facts §2.2, 24 h exclusive)', (_, expected, ageMs) => {
  const market = new Market()
  const agreement = market.buyActive()
  market.pass(25 * HOUR_MS)
  expect(
    statuses(market.meter(record(market, agreement, { Timestamp: secondsBefore(market, ageMs) }))),
  ).toEqual(expected)
})

test.each([
  ['2026-12-01T05:59:59.999Z', ['Success']],
  ['2026-12-01T06:00:00.000Z', 'TimestampOutOfBoundsException'],
])('at %s usage of November is answered %j (facts §2.2, month end)', (now, expected) => {
  const market = new Market(1, Date.parse('2026-11-30T20:00:00Z'))
  const agreement = market.buyActive()
  market.pass(Date.parse(now) - market.business)
  const november = { Timestamp: Date.parse('2026-11-30T23:00:00Z') / 1000 }
  expect(statuses(market.meter(record(market, agreement, november)))).toEqual(expected)
})

test('usage of the present month is taken after 06:00 UTC on the 1st (facts §2.2)', () => {
  const market = new Market(1, Date.parse('2026-11-30T20:00:00Z'))
  const agreement = market.buyActive()
  market.pass(Date.parse('2026-12-01T06:00:00Z') - market.business)
  const december = { Timestamp: Date.parse('2026-12-01T00:00:00Z') / 1000 }
  expect(statuses(market.meter(record(market, agreement, december)))).toEqual(['Success'])
})

test.each([
  [5 * 60, ['Success']],
  [5 * 60 + 1, 'TimestampOutOfBoundsException'],
])('a record %i s in the future is answered %j (facts §2.2, a tolerance of minutes)', (ahead, expected) => {
  const market = new Market()
  const agreement = market.buyActive()
  const Timestamp = market.business / 1000 + ahead
  expect(statuses(market.meter(record(market, agreement, { Timestamp })))).toEqual(expected)
})

test('one timestamp out of bounds refuses the whole batch and bills nothing (facts §2.2)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const before = JSON.stringify(market.state.bill)
  const good = record(market, agreement)
  const old = record(market, agreement, { Timestamp: secondsBefore(market, 24 * HOUR_MS) })
  expect(statuses(market.meter(good, old))).toBe('TimestampOutOfBoundsException')
  expect(JSON.stringify(market.state.bill)).toBe(before)
})

test.each(['Calls', 'later', 'unknown'])(
  'the dimension %j refuses the whole batch: names are case-sensitive and must be on offer (facts §2.3)',
  (Dimension) => {
    const market = new Market()
    const agreement = market.buyActive()
    const answer = market.meter(record(market, agreement), record(market, agreement, { Dimension }))
    expect([statuses(answer), Object.keys(market.state.bill)]).toEqual(['InvalidUsageDimensionException', []])
  },
)

test('a dimension that is only bought ahead is not metered (facts §2.7)', () => {
  const market = new Market()
  const bought = [{ dimension: 'users', quantity: 1 }]
  const agreement = market.buyActive({ product: 'contract', bought, term: 'month' })
  const answer = market.meter(record(market, agreement, { Dimension: 'users' }))
  expect(statuses(answer)).toBe('InvalidUsageDimensionException')
})

test('a license that does not exist, or is of another account, refuses the batch (facts §2.1)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const LicenseArn = `arn:aws:license-manager::294406891311:license:l-${'0'.repeat(32)}`
  expect(statuses(market.meter(record(market, agreement, { LicenseArn })))).toBe('InvalidLicenseException')
  const CustomerAWSAccountId = '999999999999'
  expect(statuses(market.meter(record(market, agreement, { CustomerAWSAccountId })))).toBe(
    'InvalidLicenseException',
  )
})

test('licenses of two products in one request are refused (facts §2.3, one product a request)', () => {
  const market = new Market()
  const one = market.buyActive()
  const bought = [{ dimension: 'users', quantity: 1 }]
  const other = market.buyActive({ product: 'contract', bought, term: 'month' })
  expect(statuses(market.meter(record(market, one), record(market, other)))).toBe('InvalidLicenseException')
})

test.each([
  ['a second before', 'InvalidLicenseException', -1],
  ['in the very second of', ['Success'], 0],
])(
  'usage stamped %s the activation is answered %j (facts §2.1, activation period)',
  (_, expected, offset) => {
    const market = new Market(1, NOON + 500)
    const agreement = market.buyActive()
    const Timestamp = Math.floor((agreement.activatedAt ?? 0) / 1000) + offset
    expect(statuses(market.meter(record(market, agreement, { Timestamp })))).toEqual(expected)
  },
)

test.each(['InvalidProductCodeException', 'InvalidLicenseException'] as const)(
  'ProductCode beside a LicenseArn is refused with %s when the knob says so (facts §2.4)',
  (mixing) => {
    const market = new Market()
    const agreement = market.buyActive()
    market.do({ kind: 'set_knobs', knobs: { mixing } })
    const answer = market.call('BatchMeterUsage', {
      ProductCode: VIEW.products[0]?.code ?? '',
      UsageRecords: [record(market, agreement)],
    })
    expect(statuses(answer)).toBe(mixing)
  },
)

test('with the knob for it, ProductCode beside a LicenseArn is billed twice (facts §2.4)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  market.do({ kind: 'set_knobs', knobs: { mixing: 'billed_twice' } })
  market.meter(record(market, agreement))
  const UsageRecords = [record(market, agreement)]
  market.call('BatchMeterUsage', { ProductCode: agreement.productCode, UsageRecords })
  expect(Object.values(market.state.bill).map((line) => line.quantity)).toEqual([5, 5])
})

test('a renewal that keeps its license interrupts nothing: usage stamped before it is taken (facts §8, renewal)', () => {
  const market = new Market()
  const users = [{ dimension: 'users', quantity: 10 }]
  const before = market.buyActive({ product: 'contract', bought: users, term: 'month', autoRenew: true })
  market.pass((before.endsAt ?? 0) + 72_000 - market.business)
  const renewed = Object.values(market.state.agreements).find((a) => a.previousAgreementId === before.id)
  expect([renewed?.licenseArn, renewed?.activatedAt]).toEqual([before.licenseArn, market.business])

  const stamped = (at: number) => record(market, before, { Timestamp: Math.floor(at / 1000) })
  expect(statuses(market.meter(stamped(market.business - HOUR_MS)))).toEqual(['Success'])
})

test('25 records are taken and 26 refuse the batch (facts §2.1, up to 25)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const records = Array.from({ length: 26 }, () => record(market, agreement))
  expect(statuses(market.meter(...records.slice(1)))).toHaveLength(25)
  expect(statuses(market.meter(...records))).toBe('ValidationException')
})

test('an empty list of records is a request like any other (facts §0.4, model minimum 0)', () => {
  expect(batchOf(new Market().meter())).toEqual({ Results: [], UnprocessedRecords: [] })
})

test('a request of 1 MB is refused, whatever its records (facts §2.5)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const caller = { account: '123456789012', region: 'us-east-1' }
  const input = { UsageRecords: [record(market, agreement)] }
  const api = { kind: 'api', operation: 'BatchMeterUsage', caller, input } as const
  expect(statuses(market.do({ ...api, bytes: 999_999 }))).toEqual(['Success'])
  expect(statuses(market.do({ ...api, bytes: 1_000_000 }))).toBe('ValidationException')
})

test.each([
  [{ Quantity: -1 }, 'ValidationException'],
  [{ Quantity: 2_147_483_648 }, 'ValidationException'],
  [{ Quantity: 2_147_483_647 }, ['Success']],
  [{ Quantity: 0 }, ['Success']],
  [{ Quantity: 1.5 }, 'SerializationException'],
  [{ Quantity: '1' }, 'SerializationException'],
  [{ Dimension: '' }, 'ValidationException'],
  [{ Dimension: null }, 'ValidationException'],
  [{ Timestamp: null }, 'ValidationException'],
  [{ Timestamp: '2026-11-21' }, 'SerializationException'],
  [{ CustomerAWSAccountId: 'x' }, 'ValidationException'],
  [{ CustomerIdentifier: 'X01' }, 'InvalidCustomerIdentifierException'],
  [{ LicenseArn: null }, 'InvalidProductCodeException'],
])('a record with %j is answered %j (facts §2.1, constraints)', (more, expected) => {
  const market = new Market()
  const agreement = market.buyActive()
  expect(statuses(market.meter(record(market, agreement, more)))).toEqual(expected)
})

test('a record without a quantity counts as 0 (facts §2.1, default 0)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  market.meter(record(market, agreement, { Quantity: null }))
  expect(Object.values(market.state.bill)[0]?.quantity).toBe(0)
})

test('the first write of an hour wins: a different quantity is a DuplicateRecord and changes nothing (facts §2.3)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  market.meter(record(market, agreement))
  expect(statuses(market.meter(record(market, agreement, { Quantity: 6 })))).toEqual(['DuplicateRecord'])
  expect(Object.values(market.state.bill).map((line) => line.quantity)).toEqual([5])
})

test('an identical record is answered Success with the same MeteringRecordId (facts §2.3)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const [first] = batchOf(market.meter(record(market, agreement))).Results
  const [again] = batchOf(market.meter(record(market, agreement))).Results
  expect(again).toEqual(first)
  expect(first?.MeteringRecordId).toMatch(/^[0-9a-f-]{36}$/)
})

test('with the knob for it, an identical record is a DuplicateRecord (facts §2.3, the skill)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  market.do({ kind: 'set_knobs', knobs: { identicalRetry: 'DuplicateRecord' } })
  expect(statuses(market.meter(record(market, agreement)))).toEqual(['Success'])
  expect(statuses(market.meter(record(market, agreement)))).toEqual(['DuplicateRecord'])
})

test('timestamps within one hour are one hour, across its edge they are two (facts §2.3)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  market.pass(2 * HOUR_MS - 72_000)
  const at = (iso: string) => record(market, agreement, { Timestamp: Date.parse(iso) / 1000 })
  const batch = market.meter(
    at('2026-11-21T12:30:00Z'),
    at('2026-11-21T12:59:59.999Z'),
    at('2026-11-21T13:00:00Z'),
  )
  expect(statuses(batch)).toEqual(['Success', 'Success', 'Success'])
  expect(Object.keys(market.state.bill)).toHaveLength(2)
})

test('within one batch the first of two different quantities wins (facts §2.3)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const batch = market.meter(record(market, agreement), record(market, agreement, { Quantity: 9 }))
  expect(statuses(batch)).toEqual(['Success', 'DuplicateRecord'])
})

test('the same usage sent to another Region is billed again (facts §2.3, per Region)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  market.meter(record(market, agreement))
  market.call('BatchMeterUsage', { UsageRecords: [record(market, agreement, { Quantity: 7 })] }, 'eu-west-1')
  expect(Object.values(market.state.bill).map((line) => [line.region, line.quantity])).toEqual([
    ['us-east-1', 5],
    ['eu-west-1', 7],
  ])
})

test('two agreements of one account are billed apart (facts §2.3, per license)', () => {
  const market = new Market()
  const [one, two] = [market.buyActive(), market.buyActive()]
  expect(statuses(market.meter(record(market, one), record(market, two)))).toEqual(['Success', 'Success'])
  expect(Object.keys(market.state.bill)).toHaveLength(2)
})

test('before License Updated a customer is not subscribed (facts §9.4)', () => {
  const market = new Market()
  const agreement = market.buy()
  expect(statuses(market.meter(record(market, agreement)))).toEqual(['CustomerNotSubscribed'])
  expect(market.state.bill).toEqual({})
})

test.each([
  ['a millisecond short of 60 minutes', ['Success'], HOUR_MS - 1],
  ['60 minutes', ['CustomerNotSubscribed'], HOUR_MS],
])('%s after License Deprovisioned a record is answered %j (facts §2.7, §5.4)', (_, expected, laterMs) => {
  const market = new Market()
  const agreement = market.buyActive()
  market.pass(HOUR_MS)
  const Timestamp = Math.floor(market.business / 1000)
  market.do({ kind: 'cancel', agreementId: agreement.id, by: 'buyer' })
  market.pass(31_000)
  market.pass(laterMs)
  expect(statuses(market.meter(record(market, agreement, { Timestamp })))).toEqual(expected)
})

test('a customer nobody knows is not subscribed, a good record beside it is billed (facts §2.3, legacy)', () => {
  const market = new Market()
  const agreement = market.buyActive({ product: 'legacy' })
  const legacy = (CustomerIdentifier: string | null): Json => ({
    Timestamp: market.business / 1000,
    CustomerIdentifier,
    Dimension: 'calls',
    Quantity: 2,
  })
  const answer = market.call('BatchMeterUsage', {
    ProductCode: agreement.productCode,
    UsageRecords: [legacy('nobody'), legacy(agreement.customerIdentifier)],
  })
  expect(statuses(answer)).toEqual(['CustomerNotSubscribed', 'Success'])
})

const allocation = (AllocatedUsageQuantity: number, ...tags: [string, string][]): Json => ({
  AllocatedUsageQuantity,
  ...(tags.length === 0 ? {} : { Tags: tags.map(([Key, Value]) => ({ Key, Value })) }),
})

test.each<[string, Json, Json[]]>([
  ['that sum to the quantity', ['Success'], [allocation(2, ['user', 'a']), allocation(3, ['user', 'b'])]],
  ['one of them without tags', ['Success'], [allocation(2, ['user', 'a']), allocation(3)]],
  ['that sum to less', 'InvalidUsageAllocationsException', [allocation(2, ['user', 'a'])]],
  [
    'two of them with the same tags',
    'InvalidUsageAllocationsException',
    [allocation(2, ['user', 'a'], ['b', 'c']), allocation(3, ['b', 'c'], ['user', 'a'])],
  ],
  ['two of them without tags', 'InvalidUsageAllocationsException', [allocation(2), allocation(3)]],
  [
    'with six tag keys between them',
    'InvalidTagException',
    [allocation(5, ...['a', 'b', 'c', 'd', 'e', 'f'].map((key): [string, string] => [key, 'v']))],
  ],
  ['with a character AWS does not take', 'InvalidTagException', [allocation(5, ['user', 'ä'])]],
  ['none at all in the list', 'ValidationException', []],
])('allocations %s are answered %j (facts §2.5)', (_, expected, UsageAllocations) => {
  const market = new Market()
  const agreement = market.buyActive()
  expect(statuses(market.meter(record(market, agreement, { UsageAllocations })))).toEqual(expected)
})

test('nine tags with four distinct keys are fine: AWS counts keys (facts §2.5)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const UsageAllocations = [
    allocation(2, ['a', '1'], ['b', '1'], ['c', '1']),
    allocation(2, ['a', '2'], ['b', '2'], ['d', '2']),
    allocation(1, ['a', '3'], ['b', '3'], ['c', '3']),
  ]
  expect(statuses(market.meter(record(market, agreement, { UsageAllocations })))).toEqual(['Success'])
})

test('the knob decides which of two mistakes is told (facts §9.4, order of checks)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  market.pass(25 * HOUR_MS)
  const Timestamp = secondsBefore(market, 24 * HOUR_MS)
  const bad = record(market, agreement, { Dimension: 'nope', Timestamp })
  expect(statuses(market.meter(bad))).toBe('TimestampOutOfBoundsException')
  market.do({ kind: 'set_knobs', knobs: { checks: ['dimension', 'license', 'timestamp', 'allocation'] } })
  expect(statuses(market.meter(bad))).toBe('InvalidUsageDimensionException')
})

test('the eleventh call within a second is throttled, in that Region only; a second later it passes (facts §2.5)', () => {
  const market = new Market()
  const call = (region: string) =>
    statuses(
      market.do({
        kind: 'api',
        operation: 'BatchMeterUsage',
        caller: { account: '123456789012', region },
        input: { UsageRecords: [] },
      }),
    )
  for (let i = 0; i < 10; i++) expect(call('us-east-1')).toEqual([])
  expect(call('us-east-1')).toBe('ThrottlingException')
  expect(call('eu-west-1')).toEqual([])
  market.wall += 999
  expect(call('us-east-1')).toBe('ThrottlingException')
  market.wall += 1
  expect(call('us-east-1')).toEqual([])
})

test('a Region where AWS does not meter is refused (facts §7)', () => {
  const market = new Market()
  const answer = market.call('BatchMeterUsage', { UsageRecords: [] }, 'us-gov-west-1')
  expect(statuses(answer)).toBe('DisabledApiException')
})

test('a buyer may not call what is the seller’s (facts §9.4, identity)', () => {
  const market = new Market()
  const answer = market.call('BatchMeterUsage', { UsageRecords: [] }, 'us-east-1', '000011112222')
  expect(statuses(answer)).toBe('AccessDeniedException')
})

test('a refused batch leaves the whole state as it was but for its quotas', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const before = JSON.stringify({ ...market.state, quotas: {} })
  market.meter(record(market, agreement), record(market, agreement, { Dimension: 'nope' }))
  market.meter(record(market, agreement, { Quantity: -1 }))
  market.meter(record(market, agreement, { Timestamp: 0 }))
  expect(JSON.stringify({ ...market.state, quotas: {} })).toBe(before)
})
