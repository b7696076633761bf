/** The container product that infra's tests provision: the example's own, or one with another pricing. */
import type { ServiceSettings } from '../../infra/settings.ts'
import type { ContainerProduct } from '../../shared/seller.ts'
import config from '../../seller.config.ts'

export function containerProduct(changed: Partial<ContainerProduct> = {}): ContainerProduct {
  const product = config.products.find((product) => product.kind === 'container')
  if (product === undefined) throw new Error('seller.config.ts sells no container.')
  return { ...product, ...changed }
}

/** The smallest service: one task, a network of its own. */
export const serviceSettings = (changed: Partial<ServiceSettings> = {}): ServiceSettings => ({
  product: 'container',
  image: '1.0.0',
  architecture: 'ARM64',
  cpu: '256',
  memory: '512',
  minTasks: 1,
  maxTasks: 3,
  network: null,
  secrets: {},
  ...changed,
})
