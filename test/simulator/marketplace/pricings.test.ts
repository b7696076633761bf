/** Whatever pricing `seller.config.ts` gives a container, the simulator sells it and answers the API of that pricing. */
import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import config from '../../../seller.config.ts'
import type { ContainerPricing, ContainerProduct, Dimension } from '../../../shared/seller.ts'
import { defineSeller } from '../../../shared/seller/define.ts'
import { simulatorView } from '../../../shared/seller/views.ts'
import type { Subscribe } from '../../../simulator/marketplace/commands.ts'
import type { Json } from '../../../simulator/marketplace/model.ts'
import type { ApiOperation } from '../../../simulator/marketplace/operations.ts'
import { BUYER, Market, NOON } from '../market.ts'

const own = config.products.find((product) => product.kind === 'container')

const publicKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString()

const sold = (key: string, more: Partial<Dimension>): Dimension => ({
  key,
  title: key,
  unit: 'Users',
  price: '10',
  metered: false,
  offered: true,
  contract: { monthly: '10', annual: '100', quantities: [1] },
  ...more,
})

/** The config as a seller would write it, checked, with this container in the place of its own. */
function marketOf(pricing: ContainerPricing, change: Partial<ContainerProduct>): Market {
  if (own === undefined) throw new Error('seller.config.ts has no container product')
  const { metering: _, ...any } = own
  const product: ContainerProduct = { ...any, pricing, ...change }
  const written = defineSeller({
    ...config,
    products: config.products.map((one) => (one.kind === 'container' ? product : one)),
  })
  const market = new Market()
  const view = { ...simulatorView(written), buyers: [] }
  expect(market.do({ kind: 'set_view', view })).toEqual({ ok: true, value: null })
  return market
}

/** Subscribed, in force, and a task of it that makes one call. */
function callOf(
  market: Market,
  purchase: Partial<Subscribe>,
  operation: ApiOperation,
  input: { [name: string]: Json },
) {
  const agreement = market.buyActive({ product: 'container', ...purchase })
  const run = market.do({ kind: 'run_task', account: BUYER, launch: 'ecs', product: 'container' })
  const task = run.ok ? run.value.id : ''
  const caller = { account: BUYER, region: 'us-east-1', task }
  return {
    agreement,
    answer: market.do({ kind: 'api', operation, caller, input }),
  }
}

const CODE = own?.code ?? ''
const KEY_FINGERPRINT = 'aws:294406891311:AWS/Marketplace:issuer-fingerprint'

test('custom metering: MeterUsage is taken for the dimension of the config', () => {
  const market = marketOf('custom-metering', {})
  const { answer } = callOf(market, {}, 'MeterUsage', {
    ProductCode: CODE,
    Timestamp: Math.floor((NOON + 72_000) / 1000),
    UsageDimension: 'api_call',
    UsageQuantity: 1,
  })
  expect(answer).toMatchObject({ ok: true })
})

test('hourly: RegisterUsage is answered for the version of the config, and for none to come', () => {
  const { contract: _, ...dimension } = sold('hours', { unit: 'TaskHrs' })
  const register = { publicKeyVersion: 3, publicKey }
  const market = marketOf('hourly', { dimensions: [dimension], register })
  const register3 = { ProductCode: CODE, PublicKeyVersion: 3 }
  expect(callOf(market, {}, 'RegisterUsage', register3).answer).toMatchObject({ ok: true })
  expect(callOf(market, {}, 'RegisterUsage', { ...register3, PublicKeyVersion: 4 }).answer).toMatchObject({
    code: 'InvalidPublicKeyVersionException',
  })
})

test.each([
  ['a tier', {}, { Unit: 'None' }],
  [
    'floating seats',
    {
      contract: { monthly: '10', annual: '100', quantities: [10] },
      checkout: { kind: 'floating', quantity: 1 },
    },
    { Unit: 'Count', Value: '1' },
  ],
  [
    'a drawdown',
    {
      contract: { monthly: '10', annual: '100', quantities: [10] },
      checkout: { kind: 'drawdown', quantity: 1 },
    },
    { Unit: 'Count', Value: '10' },
  ],
] satisfies [string, Partial<Dimension>, object][])(
  'contract with %s: CheckoutLicense allows it in the license’s own unit',
  (_, change, asked) => {
    const dimension = sold('team', change)
    const market = marketOf('contract', { dimensions: [dimension] })
    const bought = [{ dimension: 'team', quantity: dimension.contract?.quantities[0] ?? 1 }]
    const { answer } = callOf(market, { bought, term: 'month' }, 'CheckoutLicense', {
      ProductSKU: own?.id ?? '',
      CheckoutType: 'PROVISIONAL',
      KeyFingerprint: KEY_FINGERPRINT,
      Entitlements: [{ Name: 'team', ...asked }],
      ClientToken: 'one',
    })
    expect(answer).toMatchObject({ ok: true, body: { EntitlementsAllowed: [{ Name: 'team', ...asked }] } })
  },
)

test.each(['free', 'byol'] as const)(
  '%s: subscribed to without a dimension, and registered for reports',
  (pricing) => {
    const market = marketOf(pricing, { dimensions: [] })
    const { answer, agreement } = callOf(market, {}, 'RegisterUsage', {
      ProductCode: CODE,
      PublicKeyVersion: 1,
    })
    expect([agreement.bought, answer.ok]).toEqual([[], true])
  },
)
