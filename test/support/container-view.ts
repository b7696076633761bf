/** Products of `test/simulator/market.ts` as an image knows them. */
import type { ContainerProductView, ContainerView } from '../../shared/seller/views.ts'

/** The product of `test/simulator/market.ts` with that key, as an image knows it. */
export const productView = (
  key: string,
  pricing: ContainerProductView['pricing'],
  more: Partial<ContainerProductView> = {},
): ContainerProductView => ({
  key,
  id: `prod-${key.padEnd(13, '0')}`,
  code: key.padEnd(25, 'x'),
  title: 'Skillsmith',
  pricing,
  metering: 'task',
  dimensions: [],
  chargedBy: { plans: [], defaultPlan: null },
  register: null,
  checkouts: [],
  ...more,
})

export const METERED = productView('metered', 'custom-metering', {
  dimensions: [
    { key: 'calls', price: '0.001', metered: true, charge: { kind: 'sum', meter: 'calls' }, allowances: {} },
  ],
})

export const viewOf = (product: ContainerProductView, plans: ContainerView['plans'] = []): ContainerView => ({
  products: [product],
  plans,
})
