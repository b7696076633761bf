/** The first page: what this is, and every product of the seller. Pure. */
import { html } from 'hono/html'
import type { MarketplaceDimension, MarketplaceProduct, State } from '../marketplace/model.ts'
import type { Html } from './format.ts'
import { PRICING, isOnOffer, priceText } from './format.ts'

export const home = (state: Readonly<State>): Html =>
  html`<h1>Products of ${state.sellerName}</h1>
    <p class="lead">
      This is AWS Marketplace, simulated on your machine: you buy as a customer would, and the seller’s own
      software receives what AWS would send it. Subscribe to a product, report some usage, then close the hour
      to see what AWS would bill.
    </p>
    <ul class="cards">
      ${state.products.map(card)}
    </ul>`

const card = (product: MarketplaceProduct): Html =>
  html`<li class="card">
    <h2>${product.title}</h2>
    <p>${product.summary ?? ''}</p>
    <p class="soft small">${kindText(product)}. ${PRICING[product.pricing]}.</p>
    ${prices(product.dimensions)}
    <p>
      <a class="button" href="/products/${product.key}"
        >${isOnOffer(product) ? 'View and subscribe' : 'View'}</a
      >
    </p>
  </li>`

export const kindText = (product: MarketplaceProduct): string =>
  product.kind === 'saas' ? 'Software as a service' : 'Container, run in the buyer’s own account'

/** Every dimension with its price, or the mark that AWS does not know it yet. */
export const prices = (dimensions: readonly MarketplaceDimension[]): Html =>
  html`<ul class="prices">
    ${dimensions.map(
      (dimension) =>
        html`<li>
          <span>${dimension.title}</span>${
            dimension.offered
              ? html`<span>${priceText(dimension)}</span>`
              : html`<span class="tag none">not yet on offer</span>`
          }
        </li>`,
    )}
  </ul>`
