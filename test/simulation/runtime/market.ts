/** What AWS knows of a world's product: keys, codes and prices, never how usage becomes units. Pure. */
import type { SimulatorView } from '../../../simulator/marketplace/model.ts'
import type { World } from '../worlds/world.ts'

/** A legacy product for a world that moves to licenses, else one of licenses. */
export function marketOf(world: World): SimulatorView {
  const legacy = world.buyers.some((buyer) => buyer.identity !== 'license')
  const [sold] = world.sold
  return {
    sellerAccount: sold.seller.account,
    sellerName: sold.seller.name,
    buyers: world.buyers.map(({ account }) => ({ account, name: account })),
    products: sold.products.map((product) => ({
      key: product.key,
      id: product.id,
      code: product.code,
      title: product.title,
      kind: 'saas',
      pricing: product.pricing,
      integration: legacy ? 'legacy' : 'license',
      dimensions: product.dimensions.map(({ key, title, unit, price, metered, offered, contract }) => ({
        key,
        title,
        unit,
        price,
        metered,
        offered,
        ...(contract === undefined ? {} : { contract }),
      })),
      trialDays: 7,
    })),
  }
}
