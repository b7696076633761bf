/** What the first usage command names: a demo account, and a product and meter of whatever `seller.config.ts` sells. */

export interface Example {
  readonly account: string
  readonly product: string
  /** The product's name on AWS Marketplace. */
  readonly title: string
  readonly meter: string
  /** The name of the first product that runs as a container; null: none does. */
  readonly container: string | null
}

/** The first SaaS product with a meter that is billed, and the simulator's first buyer. */
export async function findExample(storefront: string): Promise<Example> {
  // Not at the top: a config that is wrong is the simulator's to explain.
  const { default: config } = await import('../../seller.config.ts')
  const [first] = config.products
    .filter((product) => product.kind === 'saas' && product.pricing !== 'contract')
    .toSorted((a, b) => Number(b.pricing === 'subscription') - Number(a.pricing === 'subscription'))
    .flatMap(({ key, title, dimensions }) =>
      dimensions.flatMap(({ charge, offered, metered }) =>
        offered && metered && charge?.kind === 'sum' ? [{ product: key, title, meter: charge.meter }] : [],
      ),
    )
  const state = await fetch(new URL('/api/state', storefront))
  const { accounts } = (await state.json()) as { accounts: readonly { account: string }[] }
  return {
    account: accounts[0]?.account ?? '123456789012',
    product: first?.product ?? 'product',
    title: first?.title ?? 'a product',
    meter: first?.meter ?? 'meter',
    container: config.products.find(({ kind }) => kind === 'container')?.title ?? null,
  }
}
