/** Whole stacks for infra's tests: sellers of every kind of product, and the plan of what they deploy. */
import pulumi from '@pulumi/pulumi'
import seller from '../../seller.config.ts'
import { deployStack } from '../../infra/index.ts'
import { partsOf } from '../../infra/parts.ts'
import { readSettings, type StackSettings } from '../../infra/settings.ts'
import type {
  ContainerPricing,
  ContainerProduct,
  Product,
  SaasPricing,
  SaasProduct,
  SellerConfig,
} from '../../shared/seller.ts'
import { planOf, valueOf, type Planned } from './plan.ts'
import { stackConfig, type Given } from './stack-config.ts'

export const PUBLIC_URL = 'https://tollgate.example.com'

/** The example's product of that pricing; a contract is the one with consumption, less all that is metered. */
export function saas(pricing: SaasPricing, changed: Partial<SaasProduct> = {}): SaasProduct {
  const wanted = pricing === 'contract' ? 'contract-with-consumption' : pricing
  const product = seller.products.find((one) => one.kind === 'saas' && one.pricing === wanted)
  if (product?.kind !== 'saas') throw new Error(`seller.config.ts sells no ${wanted}`)
  const dimensions = product.dimensions.filter(({ metered }) => pricing !== 'contract' || !metered)
  return { ...product, pricing, dimensions, ...changed }
}

export function container(
  pricing: ContainerPricing,
  changed: Partial<ContainerProduct> = {},
): ContainerProduct {
  const product = seller.products.find((one) => one.kind === 'container')
  if (product?.kind !== 'container') throw new Error('seller.config.ts sells no container')
  return { ...product, pricing, ...changed }
}

/** The same product under another key, id and code, and with an image of its own. */
export function another(product: Product, key: string): Product {
  const named = { key, id: `prod-${key.padEnd(13, 'x')}`, code: key.padEnd(25, 'x') }
  return product.kind === 'saas'
    ? { ...product, ...named }
    : { ...product, ...named, image: { ...product.image, repository: key } }
}

export const sellerOf = (...products: readonly Product[]): SellerConfig => ({ ...seller, products })

/** @throws Error with every mistake of the config. */
export function settingsOf(given: Given, of: SellerConfig = seller, stack = 'prod'): StackSettings {
  const settings = readSettings({ stack, all: stackConfig({ publicUrl: PUBLIC_URL, ...given }) }, partsOf(of))
  if (!settings.ok) throw new Error(settings.error.join('\n'))
  return settings.value
}

/** What `up` would register in a stack with this config, of the example's seller unless another is given. */
export function planStack(
  given: Given = {},
  of: SellerConfig = seller,
  options: { readonly stack?: string; readonly preview?: boolean } = {},
): Promise<readonly Planned[]> {
  return planOf(() => deployStack(settingsOf(given, of, options.stack), of), options)
}

/** The same plan with what `up` says at its end, of made-up values of AWS's shape. */
export async function runStack(
  given: Given = {},
  of: SellerConfig = seller,
): Promise<{ readonly planned: readonly Planned[]; readonly outputs: unknown }> {
  let outputs: unknown
  const planned = await planOf(async () => {
    outputs = await valueOf(pulumi.output(deployStack(settingsOf(given, of), of)))
  })
  return { planned, outputs }
}
