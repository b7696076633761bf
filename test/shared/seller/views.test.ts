/** Each projection carries what its room needs, and nothing else of `seller.config.ts`. */
import { configId } from '../../../shared/seller/config-id.ts'
import { expect, test } from 'vitest'
import config from '../../../seller.config.ts'
import type { LedgerTerms } from '../../../shared/ledger/terms.ts'
import type { SellerConfig } from '../../../shared/seller.ts'
import {
  containerView,
  edgeView,
  ledgerTerms,
  productByCode,
  simulatorView,
} from '../../../shared/seller/views.ts'
import type { SimulatorView } from '../../../simulator/marketplace/model.ts'
import { changed } from './changed.ts'

const [contract, subscription, container] = config.products
const apiCalls = {
  key: 'api_calls_1k',
  price: '0.10',
  metered: true,
  charge: { kind: 'sum', meter: 'api_calls', block: '1000', included: 'plan' },
  allowances: { team: { amount: '10000', per: 'month' }, enterprise: 'unlimited' },
}

/** Every text in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

const textsOfListing = [
  ...config.products.flatMap((product) => textsIn(product.listing)),
  ...textsIn({ ...config.legal, eula: '' }),
  config.seller.contacts.legal,
  config.seller.contacts.security,
  config.seller.contacts.techAdmin,
  config.seller.legalName,
].filter((text) => text !== '' && text !== config.seller.name && text !== config.seller.website)

test('the Worker knows no text of the listing, no contract and no container product', () => {
  const known = JSON.stringify(edgeView(config))
  expect(textsOfListing.filter((text) => known.includes(JSON.stringify(text)))).toEqual([])
  expect(edgeView(config).products.map((product) => product.key)).toEqual(['contract', 'subscription'])
  expect(Object.keys(edgeView(config)).toSorted()).toEqual([
    'branding',
    'features',
    'fields',
    'finalTakeMs',
    'keepEndedDays',
    'landing',
    'meters',
    'plans',
    'products',
    'region',
    'seller',
    'timing',
  ])
})

test('the container knows its trusted codes, titles, pricing, dimensions and charges, and nothing else', () => {
  expect(containerView(config)).toEqual({
    products: [
      {
        key: 'container',
        id: container?.id,
        code: container?.code,
        title: container?.title,
        pricing: 'custom-metering',
        metering: 'task',
        register: null,
        checkouts: [],
        dimensions: [
          {
            key: 'api_call',
            price: '0.0001',
            metered: true,
            charge: { kind: 'sum', meter: 'api_calls' },
            allowances: {},
          },
        ],
        chargedBy: { plans: ['team', 'enterprise'], defaultPlan: null },
      },
    ],
    plans: [],
  })
})

test('AWS knows prices and trials, never how usage becomes units', () => {
  const view: Omit<SimulatorView, 'buyers'> = simulatorView(config)
  expect(view.products.map((product) => [product.id, product.code, product.trialDays])).toEqual([
    [contract?.id, contract?.code, 14],
    [subscription?.id, subscription?.code, 14],
    [container?.id, container?.code, undefined],
  ])
  expect(view.products[0]?.dimensions[2]).toEqual({
    key: 'api_calls_1k',
    title: '1,000 API calls beyond the plan',
    unit: 'Units',
    price: '0.10',
    metered: true,
    offered: true,
  })
  expect(JSON.stringify(view)).not.toMatch(/charge|included|allowance|listing/)
})

const storage = {
  key: 'storage_gb_month',
  price: '0.50',
  metered: true,
  charge: { kind: 'time-weighted', meter: 'storage_gb', included: 'plan' },
  allowances: { team: { level: '10' }, enterprise: { level: '100' } },
}

const users = (plan: string, price: string) => ({
  key: `${plan}_users`,
  price,
  metered: true,
  plan,
  charge: { kind: 'unique', meter: 'users' },
  allowances: {},
})

test('a Ledger is told the charges on offer, with what each plan includes', () => {
  const { config: name, products, timing } = ledgerTerms(edgeView(config))
  const terms: LedgerTerms['products'] = products
  expect(name).toMatch(/^cfg_[0-9a-f]{16}$/)
  expect(terms).toEqual({
    contract: {
      code: contract?.code,
      dimensions: [apiCalls, storage],
      plans: ['team', 'enterprise'],
      defaultPlan: 'team',
      heartbeat: null,
    },
    subscription: {
      code: subscription?.code,
      dimensions: [users('team', '25.00'), users('enterprise', '69.00'), apiCalls, storage],
      plans: ['team', 'enterprise'],
      defaultPlan: 'team',
      heartbeat: null,
    },
  })
  expect(timing).toMatchObject({ latenessMs: 600_000, lateAcrossMonthsMs: 86_400_000 })
})

test('a change of a price is another name, a change of a colour is not (money §4)', () => {
  const named = (changes: Record<string, unknown>): string =>
    ledgerTerms(edgeView(changed(changes) as SellerConfig)).config
  const now = ledgerTerms(edgeView(config)).config
  expect(named({ 'branding.accent': '#000000', 'products[0].title': 'Another', 'plans[0].title': 'T' })).toBe(
    now,
  )
  expect(named({ 'products[0].dimensions[2].price': '0.11' })).not.toBe(now)
  expect(named({ 'products[0].dimensions[2].charge.block': '100' })).not.toBe(now)
  expect(named({ 'plans[0].allowances.api_calls_1k.amount': '9999' })).not.toBe(now)
})

test('a name is the same for the same content in any order of fields', () => {
  expect(configId({ a: 1, b: [true, null], c: undefined })).toBe(configId({ b: [true, null], a: 1 }))
  expect(configId({ a: 1 })).not.toBe(configId({ a: '1' }))
})

test('timing that is not given is what money.md says (money §4, §5, §6)', () => {
  const view = edgeView(changed({ timing: undefined }) as SellerConfig)
  expect([view.finalTakeMs, view.timing]).toEqual([
    600_000,
    {
      latenessMs: 600_000,
      freezeWithinMs: 20 * 3_600_000,
      monthGuardMs: 3 * 3_600_000,
      lateAcrossMonthsMs: 24 * 3_600_000,
      expired: 'move',
      spike: 20,
    },
  ])
})

test('timing that is given is taken in its own units (money §4, §5, §6)', () => {
  const timing = { latenessMinutes: 90, finalTakeMinutes: 30, lateAcrossMonthsHours: 0, spikeFactor: 2 }
  const view = edgeView(changed({ timing }) as SellerConfig)
  expect([
    view.finalTakeMs,
    view.timing.latenessMs,
    view.timing.lateAcrossMonthsMs,
    view.timing.spike,
  ]).toEqual([1_800_000, 5_400_000, 0, 2])
})

test('a product is found by its code only: an id or a container is foreign', () => {
  const view = edgeView(config)
  expect(productByCode(view, contract?.code ?? '')?.key).toBe('contract')
  expect(productByCode(view, contract?.id ?? '')).toBeUndefined()
  expect(productByCode(view, container?.code ?? '')).toBeUndefined()
})

test('Skillsmith sells what its price list says', () => {
  const view = edgeView(config)
  const planOf = (key: string) => view.plans.find((plan) => plan.key === key)
  expect(planOf('team')?.limits).toEqual({ users: 50 })
  expect(planOf('enterprise')).toMatchObject({
    limits: { users: 'unlimited' },
    allowances: { api_calls_1k: 'unlimited', storage_gb_month: { level: '100' } },
  })
  expect(contract?.dimensions.map((one) => [one.key, one.price, one.contract?.annual, one.metered])).toEqual([
    ['team_users', '25.00', '270.00', false],
    ['enterprise_users', '69.00', '745.20', false],
    ['api_calls_1k', '0.10', undefined, true],
    ['storage_gb_month', '0.50', undefined, true],
  ])
  expect(subscription?.dimensions.map((one) => [one.key, one.charge?.kind, one.metered])).toEqual([
    ['team_users', 'unique', true],
    ['enterprise_users', 'unique', true],
    ['api_calls_1k', 'sum', true],
    ['storage_gb_month', 'time-weighted', true],
  ])
})
