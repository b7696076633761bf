/** License Manager with the real SDK under a task's own credentials: tiers, floating seats, drawdown, leases, versions. */
import {
  CheckInLicenseCommand,
  CheckoutLicenseCommand,
  ExtendLicenseConsumptionCommand,
  GetLicenseCommand,
  GetLicenseUsageCommand,
  LicenseManagerClient,
  ListReceivedLicensesCommand,
} from '@aws-sdk/client-license-manager'
import type { CheckoutLicenseCommandInput } from '@aws-sdk/client-license-manager'
import { expect, test } from 'vitest'
import type { Knobs } from '../../../simulator/marketplace/knobs.ts'
import type { Bought } from '../../../simulator/marketplace/model.ts'
import { BUYER, HOUR_MS, NOON } from '../market.ts'
import { signedFetch } from '../signed-fetch.ts'
import { BUYER_CREDENTIALS, openSimulator } from '../simulator.ts'
import { credentialsOf, nameOfFailure } from '../tasks.ts'

const SKU = 'prod-licensed00000'
const MINUTE_MS = 60_000
const ALL: readonly Bought[] = [
  { dimension: 'BasicTier', quantity: 1 },
  { dimension: 'seats', quantity: 10 },
  { dimension: 'exports', quantity: 100 },
]

type Asked = NonNullable<CheckoutLicenseCommandInput['Entitlements']>

const tier = (Name: string) => ({ Name, Unit: 'None' as const })
const count = (Name: string, Value: number) => ({ Name, Value: String(Value), Unit: 'Count' as const })

/** A buyer of `bought`, in force at noon, and a task of it. */
async function open(bought = ALL, knobs: Partial<Knobs> = {}) {
  const simulator = await openSimulator()
  const { store } = simulator
  await store.run({ kind: 'set_knobs', knobs: { licenseDelayMs: 0, ...knobs } })
  const purchase = await store.run({
    kind: 'subscribe',
    product: 'licensed',
    account: BUYER,
    bought,
    term: 'month',
  })
  const agreementId = purchase.ok ? purchase.value.agreementId : ''
  const task = await simulator.runTask('ecs', { product: 'licensed' })
  const client = new LicenseManagerClient({
    endpoint: simulator.url,
    region: 'us-east-1',
    credentials: await credentialsOf(simulator, task),
    maxAttempts: 1,
  })
  let tokens = 0
  const checkout = (Entitlements: Asked, more: Partial<CheckoutLicenseCommandInput> = {}) =>
    client.send(
      new CheckoutLicenseCommand({
        ProductSKU: SKU,
        CheckoutType: 'PROVISIONAL',
        KeyFingerprint: 'aws:294406891311:AWS/Marketplace:issuer-fingerprint',
        Entitlements,
        ClientToken: `token-${(tokens += 1)}`,
        ...more,
      }),
    )
  return {
    ...simulator,
    agreementId,
    client,
    checkout,
    extend: (LicenseConsumptionToken = '') =>
      client.send(new ExtendLicenseConsumptionCommand({ LicenseConsumptionToken })),
    checkIn: (LicenseConsumptionToken = '') =>
      client.send(new CheckInLicenseCommand({ LicenseConsumptionToken })),
    at: async (minutes: number) => {
      await store.run({ kind: 'set_business_time', now: NOON + minutes * MINUTE_MS })
      await store.run({ kind: 'release_due' })
    },
  }
}

const NONE = 'NoEntitlementsAllowedException'

test('tiers: all are asked for, those that are owned are answered, for 60 minutes (container-license-manager-integration)', async () => {
  const { checkout, store, agreementId } = await open()
  const { $metadata: _, SignedToken, ...answer } = await checkout([tier('BasicTier'), tier('PremiumTier')])
  expect(answer).toEqual({
    CheckoutType: 'PROVISIONAL',
    EntitlementsAllowed: [{ Name: 'BasicTier', Unit: 'None' }],
    IssuedAt: '2026-11-21T12:00:00Z',
    Expiration: '2026-11-21T13:00:00Z',
    LicenseArn: store.state.agreements[agreementId]?.licenseArn,
    LicenseConsumptionToken: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(SignedToken?.length).toBeGreaterThanOrEqual(4096)
  expect(SignedToken?.split('.')).toHaveLength(3)
})

test('no tier of those asked for is owned: NoEntitlementsAllowedException', async () => {
  const { checkout } = await open()
  expect(await nameOfFailure(checkout([tier('PremiumTier')]))).toBe(NONE)
})

test('floating: a pool is shared by all tasks of the account, and what is checked in is free at once', async () => {
  const { checkout, checkIn } = await open()
  const first = await checkout([count('seats', 6)])
  expect(first.EntitlementsAllowed).toEqual([count('seats', 6)])
  expect(await nameOfFailure(checkout([count('seats', 5)]))).toBe(NONE)
  expect(await nameOfFailure(checkout([count('seats', 4)]))).toBe('accepted')
  await checkIn(first.LicenseConsumptionToken)
  expect(await nameOfFailure(checkout([count('seats', 6)]))).toBe('accepted')
})

test('a lease that nobody extends is checked in by itself after 60 minutes of business time', async () => {
  const { checkout, extend, at } = await open()
  const { LicenseConsumptionToken: token } = await checkout([count('seats', 10)])
  await at(59)
  expect(await nameOfFailure(checkout([count('seats', 1)]))).toBe(NONE)
  await at(60)
  expect(await nameOfFailure(extend(token))).toBe('ResourceNotFoundException')
  expect(await nameOfFailure(checkout([count('seats', 10)]))).toBe('accepted')
})

test.each(['same', 'new'] as const)(
  'extending gives 60 minutes from then, under the %s token (ExtendLicenseConsumption)',
  async (extendedToken) => {
    const { checkout, extend, checkIn, at } = await open(ALL, { extendedToken })
    const { LicenseConsumptionToken: token } = await checkout([count('seats', 10)])
    await at(45)
    const extended = await extend(token)
    expect(extended.Expiration).toBe('2026-11-21T13:45:00Z')
    expect(extended.LicenseConsumptionToken === token).toBe(extendedToken === 'same')
    await at(100)
    expect(await nameOfFailure(checkout([count('seats', 1)]))).toBe(NONE)
    await checkIn(extended.LicenseConsumptionToken)
    expect(await nameOfFailure(checkout([count('seats', 1)]))).toBe('accepted')
  },
)

test('drawdown: PERPETUAL is for good, cannot be checked in or extended, and ends when all is used', async () => {
  const { checkout, checkIn, extend, at } = await open()
  const perpetual = { CheckoutType: 'PERPETUAL' } as const
  const first = await checkout([count('exports', 70)], perpetual)
  expect(first.Expiration).toBeUndefined()
  expect(await nameOfFailure(checkIn(first.LicenseConsumptionToken))).toBe('ConflictException')
  expect(await nameOfFailure(extend(first.LicenseConsumptionToken))).toBe('ValidationException')
  await at(24 * 60)
  expect(await nameOfFailure(checkout([count('exports', 31)], perpetual))).toBe(NONE)
  expect(await nameOfFailure(checkout([count('exports', 30)], perpetual))).toBe('accepted')
  expect(await nameOfFailure(checkout([count('exports', 1)], perpetual))).toBe(NONE)
})

test('the same ClientToken is the same lease; with other parameters it is refused', async () => {
  const { checkout, store } = await open()
  const ClientToken = 'mine'
  const first = await checkout([count('seats', 4)], { ClientToken })
  const again = await checkout([count('seats', 4)], { ClientToken })
  expect(again.LicenseConsumptionToken).toBe(first.LicenseConsumptionToken)
  expect(Object.keys(store.state.checkouts)).toHaveLength(1)
  expect(await nameOfFailure(checkout([count('seats', 5)], { ClientToken }))).toBe(
    'InvalidParameterValueException',
  )
})

test.each([
  [24 * 60 - 1, 'accepted', 70],
  [24 * 60, NONE, 70],
])(
  'a drawdown sent again after %i minutes under its token is %s: AWS names no memory',
  async (minutes, expected, used) => {
    const { checkout, at, store } = await open()
    const draw = () => checkout([count('exports', used)], { CheckoutType: 'PERPETUAL', ClientToken: 'mine' })
    await draw()
    await at(minutes)
    expect(await nameOfFailure(draw())).toBe(expected)
    expect(Object.keys(store.state.checkouts)).toHaveLength(1)
  },
)

test('an answer that is lost after the checkout leaves one lease, and a retry by the same token finds it', async () => {
  const { checkout, store } = await open()
  const ClientToken = 'mine'
  await store.run({ kind: 'set_fault', fault: { kind: 'lost_reply' }, on: 'CheckoutLicense' })
  expect(await nameOfFailure(checkout([count('seats', 10)], { ClientToken }))).not.toBe('accepted')
  expect(await nameOfFailure(checkout([count('seats', 10)], { ClientToken }))).toBe('accepted')
  expect(Object.keys(store.state.checkouts)).toHaveLength(1)
})

test.each([
  ['another issuer’s fingerprint', { KeyFingerprint: 'aws:000000000000:Somebody:issuer-fingerprint' }, NONE],
  ['the product code in the place of the product id', { ProductSKU: 'licensed'.padEnd(25, 'x') }, NONE],
  ['a checkout type nobody knows', { CheckoutType: 'FOREVER' as never }, 'ValidationException'],
  [
    'a unit nobody knows',
    { Entitlements: [{ Name: 'seats', Unit: 'Users' as never }] },
    'ValidationException',
  ],
  [
    'a quantity without a value',
    { Entitlements: [{ Name: 'seats', Unit: 'Count' as const }] },
    'InvalidParameterValueException',
  ],
  [
    'the letter l for a one',
    { Entitlements: [{ Name: 'seats', Value: 'l0', Unit: 'Count' as const }] },
    'InvalidParameterValueException',
  ],
  ['no entitlement at all', { Entitlements: [] }, 'InvalidParameterValueException'],
  ['a ClientToken with a space', { ClientToken: 'a b' }, 'ValidationException'],
])('%s is refused as AWS names it (CheckoutLicense)', async (_, more, expected) => {
  const { checkout, store } = await open()
  expect(await nameOfFailure(checkout([count('seats', 1)], more))).toBe(expected)
  expect(store.state.checkouts).toEqual({})
})

test('a license counts in its own unit: None for quantities and Count for tiers are refused (seen at AWS on 2026-08-28)', async () => {
  const { checkout } = await open()
  expect(await nameOfFailure(checkout([tier('seats')]))).toBe(NONE)
  expect(await nameOfFailure(checkout([count('BasicTier', 1)]))).toBe(NONE)
})

test.each([
  ['refused', NONE],
  ['left_out', 'accepted'],
] as const)(
  'one quantity of two is not free: with scarceCheckout %s it is %s',
  async (scarceCheckout, expected) => {
    const { checkout } = await open(ALL, { scarceCheckout })
    expect(await nameOfFailure(checkout([count('seats', 10), count('exports', 101)]))).toBe(expected)
  },
)

test('AWS::Marketplace::Usage is an entitlement of every license, and nothing of it is used up (facts §6.3)', async () => {
  const { checkout } = await open()
  for (let i = 0; i < 3; i += 1)
    expect((await checkout([tier('AWS::Marketplace::Usage')])).EntitlementsAllowed).toEqual([
      tier('AWS::Marketplace::Usage'),
    ])
})

test('whoever did not buy has no license; the knob says it in the model’s other words', async () => {
  const { checkout, store } = await open()
  const stranger = await open(ALL)
  await stranger.store.run({ kind: 'live', agreementId: stranger.agreementId, act: { act: 'deprovision' } })
  await stranger.store.run({ kind: 'release_due' })
  expect(await nameOfFailure(stranger.checkout([tier('BasicTier')]))).toBe(NONE)
  await store.run({ kind: 'set_knobs', knobs: { noLicense: 'ResourceNotFoundException' } })
  expect(await nameOfFailure(checkout([tier('BasicTier')], { ProductSKU: 'prod-nobody' }))).toBe(
    'ResourceNotFoundException',
  )
})

test('an upgrade is a new version of the same license, and is checked out without a change of code', async () => {
  const { checkout, store, agreementId, client } = await open()
  const licenseArn = store.state.agreements[agreementId]?.licenseArn
  const version = async () =>
    (await client.send(new GetLicenseCommand({ LicenseArn: licenseArn }))).License?.Version
  expect(await version()).toBe('1')
  expect(await nameOfFailure(checkout([count('seats', 25)]))).toBe(NONE)
  const bought = [
    { dimension: 'PremiumTier', quantity: 1 },
    { dimension: 'seats', quantity: 25 },
  ]
  await store.run({ kind: 'amend', agreementId, bought })
  await store.run({ kind: 'release_due' })
  expect(await version()).toBe('2')
  expect((await checkout([tier('BasicTier'), tier('PremiumTier')])).EntitlementsAllowed).toEqual([
    tier('PremiumTier'),
  ])
  expect(await nameOfFailure(checkout([count('seats', 25)]))).toBe('accepted')
})

test.each(['same', 'new'] as const)(
  'a renewal with the %s license goes on, and what was drawn begins anew',
  async (license) => {
    const { checkout, store, agreementId, extend } = await open()
    const lease = await checkout([tier('BasicTier')])
    await checkout([count('exports', 100)], { CheckoutType: 'PERPETUAL' })
    await store.run({ kind: 'live', agreementId, act: { act: 'renew', license } })
    await store.run({ kind: 'release_due' })
    expect((await checkout([tier('BasicTier')])).EntitlementsAllowed).toEqual([tier('BasicTier')])
    expect(await nameOfFailure(checkout([count('exports', 100)], { CheckoutType: 'PERPETUAL' }))).toBe(
      'accepted',
    )
    expect(await nameOfFailure(extend(lease.LicenseConsumptionToken))).toBe(
      license === 'same' ? 'accepted' : 'ResourceNotFoundException',
    )
  },
)

test('with the knob the instants have no zone, as in the guide’s example', async () => {
  const { checkout } = await open(ALL, { leaseZone: 'none' })
  expect((await checkout([tier('BasicTier')])).Expiration).toBe('2026-11-21T13:00:00')
})

test('what is used of a license, and the licenses of an account (GetLicenseUsage, ListReceivedLicenses)', async () => {
  const { checkout, client, store, agreementId } = await open()
  await checkout([count('seats', 4)])
  const LicenseArn = store.state.agreements[agreementId]?.licenseArn
  const { LicenseUsage } = await client.send(new GetLicenseUsageCommand({ LicenseArn }))
  expect(LicenseUsage?.EntitlementUsages).toContainEqual({
    Name: 'seats',
    ConsumedValue: '4',
    MaxCount: '10',
    Unit: 'Count',
  })
  const list = async (values: string[]) => {
    const Filters = [{ Name: 'ProductSKU', Values: values }]
    return (await client.send(new ListReceivedLicensesCommand({ Filters }))).Licenses
  }
  expect(await list([SKU])).toMatchObject([
    {
      LicenseArn,
      Status: 'AVAILABLE',
      Issuer: { KeyFingerprint: 'aws:294406891311:AWS/Marketplace:issuer-fingerprint' },
      ConsumptionConfiguration: { ProvisionalConfiguration: { MaxTimeToLiveInMinutes: 60 } },
      ReceivedMetadata: { ReceivedStatus: 'ACTIVE' },
    },
  ])
  expect(await list(['prod-other'])).toEqual([])
})

test.each([
  ['throttle', 'RateLimitExceededException', 400],
  ['internal_error_before_commit', 'ServerInternalException', 500],
] as const)('the fault %s is %s with HTTP %i, in the service’s own names', async (kind, name, status) => {
  const { checkout, store } = await open()
  await store.run({ kind: 'set_fault', fault: { kind }, on: 'CheckoutLicense' })
  await expect(checkout([tier('BasicTier')])).rejects.toMatchObject({
    name,
    $metadata: { httpStatusCode: status },
  })
})

test('a RedirectException on demand names where the license is at home', async () => {
  const { checkout, store } = await open()
  const fault = { kind: 'refused', code: 'RedirectException' } as const
  await store.run({ kind: 'set_fault', fault, on: 'CheckoutLicense' })
  await expect(checkout([tier('BasicTier')])).rejects.toMatchObject({
    name: 'RedirectException',
    Location: 'https://license-manager.us-east-1.amazonaws.com',
  })
})

test('a failure has the member Message, and the signature is made for license-manager (facts §0.1, §0.3)', async () => {
  const { url } = await open()
  const call = async (service: string) => {
    const options = { service, credentials: BUYER_CREDENTIALS }
    const answer = await signedFetch(url, 'AWSLicenseManager.GetLicense', '{"LicenseArn":"x"}', options)
    return (await answer.json()) as { [name: string]: string }
  }
  expect(await call('license-manager')).toEqual({
    __type: 'com.amazonaws.licensemanager#InvalidParameterValueException',
    Message: 'There is no license x in this account.',
  })
  expect((await call('aws-marketplace'))['__type']).toContain('#InvalidSignatureException')
})

test('a contract that ran out is no license any more: nothing is checked out or extended', async () => {
  const { checkout, extend, store, agreementId } = await open()
  const lease = await checkout([tier('BasicTier')])
  await store.run({ kind: 'live', agreementId, act: { act: 'expire' } })
  await store.run({ kind: 'set_business_time', now: NOON + HOUR_MS / 2 })
  await store.run({ kind: 'release_due' })
  expect(await nameOfFailure(checkout([tier('BasicTier')]))).toBe(NONE)
  expect(await nameOfFailure(extend(lease.LicenseConsumptionToken))).toBe('ResourceNotFoundException')
})
