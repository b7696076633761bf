/** Whatever JSON comes in, the machine answers in AWS's words and, where it refuses, changes nothing. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OPERATIONS } from '../../../simulator/marketplace/operations.ts'
import type { Json } from '../../../simulator/marketplace/model.ts'
import { BUYER, Market, SELLER } from '../market.ts'

const ODD = [null, '', 'x', -1, 1.5, 1e300, true, [], {}, '__proto__', 'constructor', '\ud800'] as const

/** Members the operations know, with any value; some of them good ones. */
const request = (good: { [name: string]: Json }) =>
  fc.dictionary(
    fc.constantFrom(...Object.keys(good), '__proto__', 'Other'),
    fc.oneof(fc.constantFrom<Json[]>(...ODD.map((odd): Json => odd as Json), ...Object.values(good)), json),
  )

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => value as Json)

test('no JSON makes an operation throw, and a refusal leaves the state as it was', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const record: { [name: string]: Json } = {
    Timestamp: market.business / 1000,
    CustomerAWSAccountId: agreement.account,
    LicenseArn: agreement.licenseArn,
    Dimension: 'calls',
    Quantity: 1,
    UsageAllocations: [{ AllocatedUsageQuantity: 1, Tags: [{ Key: 'a', Value: 'b' }] }],
  }
  const good: { [name: string]: Json } = {
    UsageRecords: [record],
    ProductCode: agreement.productCode,
    RegistrationToken: agreement.token,
    Filter: { LICENSE_ARN: [agreement.licenseArn] },
    MaxResults: 5,
    NextToken: 'page-1',
    QueueUrl: `http://x/${SELLER}/marketplace-events`,
    QueueName: 'marketplace-events',
    MessageBody: 'x',
    ReceiptHandle: `${'a'.repeat(36)}:1:${'b'.repeat(24)}`,
    Entries: [{ Id: 'a', MessageBody: 'x', ReceiptHandle: 'y' }],
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 0,
    AttributeNames: ['All'],
  }
  const records = fc.array(request(record), { maxLength: 3 }).map((list): Json => ({ UsageRecords: list }))
  const inputs = fc.oneof(json, request(good), records)
  fc.assert(
    fc.property(fc.constantFrom(...OPERATIONS), inputs, (operation, input) => {
      const before = JSON.stringify({ ...market.state, quotas: {} })
      const answer = market.call(operation, input)
      if (!answer.ok) {
        expect([400, 403, 404]).toContain(answer.status)
        expect(answer.message).not.toBe('')
        expect(JSON.stringify({ ...market.state, quotas: {} })).toBe(before)
      }
    }),
    { numRuns: 1_500, seed: 1 },
  )
})

test('no JSON that a task sends makes an operation throw, and a refusal leaves the state as it was', () => {
  const market = new Market()
  market.buyActive({ product: 'metered' })
  market.buyActive({ product: 'hourly' })
  market.buyActive({ product: 'licensed', bought: [{ dimension: 'seats', quantity: 10 }], term: 'month' })
  const run = market.do({ kind: 'run_task', account: BUYER, launch: 'ecs' })
  const caller = { account: BUYER, region: 'us-east-1', task: run.ok ? run.value.id : '' }
  const good: { [name: string]: Json } = {
    ProductCode: 'metered'.padEnd(25, 'x'),
    Timestamp: market.business / 1000,
    UsageDimension: 'calls',
    UsageQuantity: 1,
    UsageAllocations: [{ AllocatedUsageQuantity: 1 }],
    ClientToken: 'token',
    DryRun: false,
    PublicKeyVersion: 1,
    Nonce: 'n',
    ProductSKU: 'prod-licensed00000',
    CheckoutType: 'PROVISIONAL',
    KeyFingerprint: 'aws:294406891311:AWS/Marketplace:issuer-fingerprint',
    Entitlements: [{ Name: 'seats', Value: '1', Unit: 'Count' }],
    LicenseConsumptionToken: 'x',
    LicenseArn: 'x',
    Filters: [{ Name: 'ProductSKU', Values: ['x'] }],
  }
  const full = request(good).map((odd): Json => ({ ...good, ...odd }))
  fc.assert(
    fc.property(fc.constantFrom(...OPERATIONS), fc.oneof(json, request(good), full), (operation, input) => {
      market.wall += 2_000
      const before = JSON.stringify({ ...market.state, quotas: {} })
      const answer = market.do({ kind: 'api', operation, caller, input })
      if (answer.ok || answer.code === 'DryRunOperation') return
      expect([400, 403, 404]).toContain(answer.status)
      expect(answer.message).not.toBe('')
      expect(JSON.stringify({ ...market.state, quotas: {} })).toBe(before)
    }),
    { numRuns: 1_500, seed: 1 },
  )
})
