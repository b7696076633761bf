/** AWS's answers as they come: matched by who, what and when; garbage settles nothing (G.3 row 56). */
import { expect, test } from 'vitest'
import { batchRequest, readBatchAnswer, wireRecord } from '../../../shared/aws/batch-meter-usage.ts'
import { entitlementsRequest, readEntitlementPage } from '../../../shared/aws/get-entitlements.ts'
import { readResolveAnswer } from '../../../shared/aws/resolve-customer.ts'
import { hourOf } from '../../../shared/hour.ts'
import { license, record, records, REGION } from '../submission/support.ts'

const sent = records(3)
const usage = sent.map(wireRecord)
const success = (at: number, over: object = {}): object => ({
  UsageRecord: usage[at],
  MeteringRecordId: `id-${at}`,
  Status: 'Success',
  ...over,
})
const kinds = (answer: unknown): unknown => {
  const read = readBatchAnswer(sent, answer)
  return read.ok ? sent.map((one) => read.value.get(one.key)?.kind) : read.error.kind
}

test('a license goes without ProductCode, a legacy identity with it; the stamp is epoch seconds (facts §2.1)', () => {
  expect(batchRequest([record(1)])).toEqual({
    UsageRecords: [
      {
        Timestamp: record(1).timestamp / 1_000,
        Dimension: 'api_calls_1k',
        Quantity: 1,
        CustomerAWSAccountId: '000000000001',
        LicenseArn: 'arn:aws:license-manager::294406891311:license:l-00000000000000000000000000000001',
      },
    ],
  })
  const legacy = { fromHour: hourOf(0), region: REGION, productCode: 'old' }
  const byAccount = record(1, { identity: { kind: 'product-account', account: '012345678901', ...legacy } })
  const byCustomer = record(1, {
    identity: { kind: 'product-customer', customerIdentifier: 'X01', ...legacy },
  })
  expect(batchRequest([byAccount])).toMatchObject({
    ProductCode: 'old',
    UsageRecords: [{ CustomerAWSAccountId: '012345678901' }],
  })
  expect(batchRequest([byCustomer])).toMatchObject({
    ProductCode: 'old',
    UsageRecords: [{ CustomerIdentifier: 'X01' }],
  })
})

const all = ['success', 'success', 'success']
const ANSWERS: readonly [string, unknown, unknown][] = [
  ['in order', { Results: [success(0), success(1), success(2)] }, all],
  ['in another order', { Results: [success(2), success(0), success(1)], UnprocessedRecords: [] }, all],
  ['shorter than sent', { Results: [success(1)] }, ['unanswered', 'success', 'unanswered']],
  [
    'with strangers',
    { Results: [success(0, { UsageRecord: wireRecord(record(9)) }), success(1), success(2)] },
    ['unanswered', 'success', 'success'],
  ],
  [
    'unprocessed',
    { Results: [success(0)], UnprocessedRecords: [usage[1], usage[2]] },
    ['success', 'unprocessed', 'unprocessed'],
  ],
  [
    'in both lists',
    { Results: [success(0), success(1), success(2)], UnprocessedRecords: [usage[0]] },
    ['unanswered', 'success', 'success'],
  ],
  [
    'twice',
    { Results: [success(0), success(0), success(1), success(2)] },
    ['unanswered', 'success', 'success'],
  ],
  [
    'another quantity',
    { Results: [success(0, { UsageRecord: { ...usage[0], Quantity: 2 } }), success(1), success(2)] },
    ['unanswered', 'success', 'success'],
  ],
  [
    'another hour',
    {
      Results: [
        success(0, { UsageRecord: { ...usage[0], Timestamp: (usage[0]?.Timestamp ?? 0) + 3_600 } }),
        success(1),
        success(2),
      ],
    },
    ['unanswered', 'success', 'success'],
  ],
  [
    'another minute of the hour',
    {
      Results: [
        success(0, { UsageRecord: { ...usage[0], Timestamp: (usage[0]?.Timestamp ?? 0) + 60.5 } }),
        success(1),
        success(2),
      ],
    },
    all,
  ],
  [
    'unknown Status',
    { Results: [success(0, { Status: 'Fine' }), success(1), success(2)] },
    ['unanswered', 'success', 'success'],
  ],
  [
    'MeteringRecordId null',
    { Results: [success(0, { MeteringRecordId: null }), success(1), success(2)] },
    ['unanswered', 'success', 'success'],
  ],
  [
    'another form of the license',
    {
      Results: [
        success(0, {
          UsageRecord: { ...usage[0], LicenseArn: 'license/L-00000000000000000000000000000001' },
        }),
        success(1),
        success(2),
      ],
    },
    all,
  ],
  [
    'statuses of all kinds',
    {
      Results: [
        success(0),
        success(1, { Status: 'DuplicateRecord' }),
        success(2, { Status: 'CustomerNotSubscribed' }),
      ],
    },
    ['success', 'duplicate', 'not-subscribed'],
  ],
  ['nothing', {}, ['unanswered', 'unanswered', 'unanswered']],
  ['null lists', { Results: null, UnprocessedRecords: null }, ['unanswered', 'unanswered', 'unanswered']],
  [
    'odd members',
    { Results: [null, 1, 'x', [], {}, { UsageRecord: [] }, { __proto__: null }] },
    ['unanswered', 'unanswered', 'unanswered'],
  ],
  ['a list of another kind', { Results: {} }, 'unexpected_body'],
  ['a text', 'Success', 'unexpected_body'],
]
test.each(ANSWERS)('a batch answered %s', (_name, answer, expected) => {
  expect(kinds(answer)).toEqual(expected)
})

test('a missing Quantity is 0 and nothing else (API_UsageRecord)', () => {
  const zero = record(1, { quantity: 0 })
  const { Quantity: _, ...without } = wireRecord(zero)
  const read = readBatchAnswer([zero], {
    Results: [{ UsageRecord: without, MeteringRecordId: 'r', Status: 'Success' }],
  })
  expect(read.ok && read.value.get(zero.key)).toEqual({ kind: 'success', receipt: 'r' })
})

test.each([
  [
    {
      ProductCode: 'p',
      CustomerAWSAccountId: '012345678901',
      CustomerIdentifier: '',
      LicenseArn: 'arn:x:license:l-00000000000000000000000000000001',
    },
    {
      productCode: 'p',
      account: '012345678901',
      customerIdentifier: null,
      licenseArn: 'arn:x:license:l-00000000000000000000000000000001',
    },
  ],
  [
    { ProductCode: 'p', CustomerAWSAccountId: '012345678901', CustomerIdentifier: 'c' },
    { productCode: 'p', account: '012345678901', customerIdentifier: 'c', licenseArn: null },
  ],
  [{ ProductCode: 'p', CustomerAWSAccountId: '1' }, undefined],
  [{ CustomerAWSAccountId: '012345678901' }, undefined],
  [{ ProductCode: 'p', CustomerAWSAccountId: '012345678901', LicenseArn: 'nonsense' }, undefined],
  [{}, undefined],
])('ResolveCustomer answering %o is read as %o (facts §1.1)', (answer, expected) => {
  const read = readResolveAnswer(answer)
  expect(read.ok ? read.value : undefined).toEqual(expected)
})

test('a page of entitlements keeps its token although it is empty; an unreadable one fails as a whole (facts §4)', () => {
  const { licenseArn } = license(1) as { licenseArn: string }
  const page = {
    Entitlements: [
      {
        Dimension: 'team_users',
        Value: { IntegerValue: 10 },
        ExpirationDate: 1_826_791_200,
        LicenseArn: licenseArn,
      },
      { Dimension: 'tier', Value: { BooleanValue: true } },
    ],
  }
  expect(readEntitlementPage(page)).toEqual({
    ok: true,
    value: {
      entitlements: [
        { dimension: 'team_users', amount: '10', value: 10, expiresAt: 1_826_791_200_000, licenseArn },
        { dimension: 'tier', amount: null, value: true, expiresAt: null, licenseArn: null },
      ],
      nextToken: null,
    },
  })
  expect(readEntitlementPage({ Entitlements: [], NextToken: 'more' })).toMatchObject({
    value: { nextToken: 'more' },
  })
  for (const bad of [
    {},
    null,
    { Entitlements: {} },
    { Entitlements: [{ Dimension: 'd' }] },
    { Entitlements: [7] },
  ])
    expect(readEntitlementPage(bad).ok).toBe(false)
  expect(entitlementsRequest('p', { licenseArn: 'l' }, 't')).toEqual({
    ProductCode: 'p',
    Filter: { LICENSE_ARN: ['l'] },
    MaxResults: 25,
    NextToken: 't',
  })
})
