/** The seller's container product in every pricing and with an agent, for the tests of what a buyer is given. */
import config from '../../../seller.config.ts'
import type { ContainerPricing, ContainerProduct, SellerConfig } from '../../../shared/seller.ts'

export const VERSION = '1.4.2'
export const PRICINGS = ['hourly', 'custom-metering', 'contract', 'free', 'byol'] as const

const [own] = config.products.filter((product) => product.kind === 'container')

/** The config with these container products in place of its own; only what the artefacts are made of is changed. */
function selling(...changes: readonly Partial<ContainerProduct>[]): SellerConfig {
  if (own === undefined) throw new Error('seller.config.ts has no container product')
  return { ...config, products: changes.map((change) => ({ ...own, ...change })) }
}

export const priced = (pricing: ContainerPricing): SellerConfig => selling({ pricing })
export const withAgent = selling({ metering: 'agent' })
export const ofTwo = selling({}, { key: 'hours', code: '0'.repeat(25), pricing: 'hourly' })

/** By name, every shape of a config that makes other artefacts. */
export const SHAPES: readonly (readonly [name: string, config: SellerConfig])[] = [
  ...PRICINGS.map((pricing) => [pricing, priced(pricing)] as const),
  ['agent', withAgent],
  ['two products', ofTwo],
]
