/** The real AWS SDK against the simulator over HTTP: what a documented sentence promises, an SDK sees. */
import {
  GetEntitlementsCommand,
  MarketplaceEntitlementServiceClient,
} from '@aws-sdk/client-marketplace-entitlement-service'
import {
  BatchMeterUsageCommand,
  ExpiredTokenException,
  InvalidUsageDimensionException,
  MarketplaceMeteringClient,
  ResolveCustomerCommand,
  TimestampOutOfBoundsException,
} from '@aws-sdk/client-marketplace-metering'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import type { Agreement } from '../../../simulator/marketplace/model.ts'
import { BUYER, HOUR_MS, NOON, SELLER } from '../market.ts'
import { signedFetch } from '../signed-fetch.ts'
import type { Simulator } from '../simulator.ts'
import { BUYER_CREDENTIALS, SELLER_CREDENTIALS, openSimulator } from '../simulator.ts'

const settings = (simulator: Simulator) => ({
  endpoint: simulator.url,
  region: 'us-east-1',
  credentials: SELLER_CREDENTIALS,
  maxAttempts: 1,
})

const metering = (simulator: Simulator, more: object = {}) =>
  new MarketplaceMeteringClient({ ...settings(simulator), ...more })

const record = (agreement: Agreement, more: object = {}) => ({
  Timestamp: new Date(NOON),
  CustomerAWSAccountId: agreement.account,
  LicenseArn: agreement.licenseArn,
  Dimension: 'calls',
  Quantity: 5,
  ...more,
})

test('ResolveCustomer answers product code, account and license; CustomerIdentifier is not populated (API_ResolveCustomer)', async () => {
  const simulator = await openSimulator()
  const { token, productCode, licenseArn } = await simulator.buyActive()
  const { $metadata, ...answer } = await metering(simulator).send(
    new ResolveCustomerCommand({ RegistrationToken: token }),
  )
  expect(answer).toEqual({ ProductCode: productCode, CustomerAWSAccountId: BUYER, LicenseArn: licenseArn })
  expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/)
})

test('an expired token is an ExpiredTokenException with HTTP 400 (API_ResolveCustomer)', async () => {
  const simulator = await openSimulator()
  const { token } = await simulator.buyActive()
  await simulator.store.run({ kind: 'set_business_time', now: NOON + 4 * HOUR_MS })
  const failure: unknown = await metering(simulator)
    .send(new ResolveCustomerCommand({ RegistrationToken: token }))
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(ExpiredTokenException)
  expect(failure).toMatchObject({ $metadata: { httpStatusCode: 400 } })
})

test('BatchMeterUsage takes up to 25 records and answers each in order (API_BatchMeterUsage)', async () => {
  const simulator = await openSimulator()
  const agreement = await simulator.buyActive()
  const answer = await metering(simulator).send(
    new BatchMeterUsageCommand({
      UsageRecords: [record(agreement), record(agreement, { Dimension: 'storage', Quantity: 0 })],
    }),
  )
  expect(answer.Results?.map((r) => [r.UsageRecord?.Dimension, r.Status, r.UsageRecord?.Timestamp])).toEqual([
    ['calls', 'Success', new Date(NOON)],
    ['storage', 'Success', new Date(NOON)],
  ])
  expect(answer.UnprocessedRecords).toEqual([])
  expect(Object.values(simulator.store.state.bill).map((line) => [line.dimension, line.quantity])).toEqual([
    ['calls', 5],
    ['storage', 0],
  ])
})

test('"You can always retry any request": identical is Success, another quantity DuplicateRecord (metering-for-usage)', async () => {
  const simulator = await openSimulator()
  const agreement = await simulator.buyActive()
  const send = async (Quantity: number) => {
    const command = new BatchMeterUsageCommand({ UsageRecords: [record(agreement, { Quantity })] })
    const [result] = (await metering(simulator).send(command)).Results ?? []
    return [result?.Status, result?.MeteringRecordId]
  }
  const first = await send(5)
  expect([await send(5), await send(6)]).toEqual([first, ['DuplicateRecord', undefined]])
})

test.each([
  ['an undefined dimension', { Dimension: 'CALLS' }, InvalidUsageDimensionException],
  ['a timestamp 24 hours old', { Timestamp: new Date(NOON - 24 * HOUR_MS) }, TimestampOutOfBoundsException],
])('%s fails the whole request with its own class (API_BatchMeterUsage)', async (_, more, type) => {
  const simulator = await openSimulator()
  const agreement = await simulator.buyActive()
  const UsageRecords = [record(agreement), record(agreement, more)]
  await expect(metering(simulator).send(new BatchMeterUsageCommand({ UsageRecords }))).rejects.toBeInstanceOf(
    type,
  )
  expect(simulator.store.state.bill).toEqual({})
})

test('a 500 after the commit is retried by the SDK itself and ends with one record (facts §9.4)', async () => {
  const simulator = await openSimulator()
  const agreement = await simulator.buyActive()
  const fault = { kind: 'internal_error_after_commit' } as const
  await simulator.store.run({ kind: 'set_fault', fault, on: 'BatchMeterUsage' })
  const client = metering(simulator, { maxAttempts: 2 })
  const answer = await client.send(new BatchMeterUsageCommand({ UsageRecords: [record(agreement)] }))
  expect(answer.Results?.[0]?.Status).toBe('Success')
  expect(answer.$metadata.attempts).toBe(2)
  expect(Object.keys(simulator.store.state.bill)).toHaveLength(1)
})

test('a lost reply is a connection that ends without an answer, after the record was billed (facts §9.4)', async () => {
  const simulator = await openSimulator()
  const agreement = await simulator.buyActive()
  await simulator.store.run({ kind: 'set_fault', fault: { kind: 'lost_reply' }, on: 'BatchMeterUsage' })
  const command = new BatchMeterUsageCommand({ UsageRecords: [record(agreement)] })
  await expect(metering(simulator).send(command)).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(Object.keys(simulator.store.state.bill)).toHaveLength(1)
})

test('throttling is a ThrottlingException with HTTP 400, not 429 (facts §0.3)', async () => {
  const simulator = await openSimulator()
  await simulator.store.run({ kind: 'set_fault', fault: { kind: 'throttle' }, on: 'BatchMeterUsage' })
  await expect(
    metering(simulator).send(new BatchMeterUsageCommand({ UsageRecords: [] })),
  ).rejects.toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } })
})

test('unprocessed records come back beside the results, with HTTP 200 (API_BatchMeterUsage)', async () => {
  const simulator = await openSimulator()
  const agreement = await simulator.buyActive()
  const fault = { kind: 'unprocessed', records: 1 } as const
  await simulator.store.run({ kind: 'set_fault', fault, on: 'BatchMeterUsage' })
  const UsageRecords = [record(agreement), record(agreement, { Dimension: 'storage' })]
  const answer = await metering(simulator).send(new BatchMeterUsageCommand({ UsageRecords }))
  expect([answer.Results?.length, answer.UnprocessedRecords?.length]).toEqual([1, 1])
})

test('after the clock was moved a month the SDK corrects itself: it signs by the server’s Date (design §9)', async () => {
  // Far from the wall clock, whenever this runs: a signature by that one would be fresh.
  const business = Date.now() + 100 * 24 * HOUR_MS
  const simulator = await openSimulator(business)
  const client = metering(simulator, { maxAttempts: 3 })
  const attempts = async () =>
    (await client.send(new BatchMeterUsageCommand({ UsageRecords: [] }))).$metadata.attempts
  await attempts()
  await simulator.store.run({ kind: 'set_business_time', now: business + 40 * 24 * HOUR_MS })
  expect([await attempts(), await attempts()]).toEqual([2, 1])
})

test('wrong secret, service, Region and unknown key are refused as AWS refuses them (facts §0.3)', async () => {
  const simulator = await openSimulator()
  const failure = async (more: object) => {
    const sent = metering(simulator, more).send(new BatchMeterUsageCommand({ UsageRecords: [] }))
    return sent.then(
      () => 'accepted',
      (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
    )
  }
  const secretAccessKey = 'wrong'
  expect(await failure({ credentials: { ...SELLER_CREDENTIALS, secretAccessKey } })).toBe(
    'InvalidSignatureException',
  )
  const accessKeyId = 'AKIDNOBODY'
  expect(await failure({ credentials: { ...SELLER_CREDENTIALS, accessKeyId } })).toBe(
    'UnrecognizedClientException',
  )
  expect(await failure({ region: 'eu-west-1' })).toBe('InvalidSignatureException')
  expect(await failure({ credentials: BUYER_CREDENTIALS })).toBe('AccessDeniedException')
  expect(await failure({})).toBe('accepted')
})

test('what the simulator does not offer is an UnknownOperationException', async () => {
  const simulator = await openSimulator()
  const answer = await signedFetch(simulator.url, 'AWSMPMeteringService.MeterEverything', '{}')
  expect(await answer.json()).toMatchObject({
    __type: expect.stringContaining('#UnknownOperationException'),
  })
})

test('GetEntitlements speaks JSON 1.1 to the JS SDK and is empty for a product that is not a contract (facts §4)', async () => {
  const simulator = await openSimulator()
  const { productCode, licenseArn } = await simulator.buyActive()
  const client = new MarketplaceEntitlementServiceClient(settings(simulator))
  const command = new GetEntitlementsCommand({
    ProductCode: productCode,
    Filter: { LICENSE_ARN: [licenseArn] },
  })
  expect((await client.send(command)).Entitlements).toEqual([])
})

test('a contract’s entitlement has its quantity and its renewal date (facts §4)', async () => {
  const simulator = await openSimulator()
  const bought = [{ dimension: 'users', quantity: 10 }]
  await simulator.store.run({
    kind: 'subscribe',
    product: 'contract',
    account: BUYER,
    bought,
    term: 'year',
    licenseDelayMs: 0,
  })
  const client = new MarketplaceEntitlementServiceClient(settings(simulator))
  const { Entitlements } = await client.send(
    new GetEntitlementsCommand({ ProductCode: 'contractcontractcontractc' }),
  )
  expect(Entitlements).toMatchObject([
    {
      Dimension: 'users',
      CustomerAWSAccountId: BUYER,
      Value: { IntegerValue: 10 },
      ExpirationDate: new Date('2027-11-21T12:00:00Z'),
    },
  ])
})

test('GetCallerIdentity answers the account of the key (STS GetCallerIdentity)', async () => {
  const simulator = await openSimulator()
  const identity = (credentials: typeof SELLER_CREDENTIALS) =>
    new STSClient({ ...settings(simulator), credentials }).send(new GetCallerIdentityCommand({}))
  expect((await identity(SELLER_CREDENTIALS)).Account).toBe(SELLER)
  expect((await identity(BUYER_CREDENTIALS)).Account).toBe(BUYER)
  const wrong = identity({ ...SELLER_CREDENTIALS, secretAccessKey: 'wrong' })
  await expect(wrong).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' })
})
