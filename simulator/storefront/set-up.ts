/** The page after a purchase: it sends the buyer's browser to the seller, as AWS Marketplace does, or to a container's tasks. Pure. */
import { html } from 'hono/html'
import { arrivalFields, tokenOf } from '../front.ts'
import { licenseStanding } from '../marketplace/licenses.ts'
import type { Agreement, MarketplaceProduct, State } from '../marketplace/model.ts'
import { pendingOf } from '../front.ts'
import type { Html } from './format.ts'
import { buyerName, instant, span, titleOf } from './format.ts'

/** The form goes to another site: the storefront is 127.0.0.1, the landing page is the seller's. */
export function setUp(state: Readonly<State>, agreement: Agreement, landingUrl: string): Html {
  const product = state.products.find(({ key }) => key === agreement.product)
  return html`<h1>You are subscribed</h1>
    ${product?.kind === 'container' ? toRun(state, agreement, product) : toRegister(state, agreement, landingUrl)}
    <h2>The purchase</h2>
    <dl class="facts">
      <dt>AWS account</dt>
      <dd>${buyerName(state, agreement.account)} <span class="mono">${agreement.account}</span></dd>
      <dt>Agreement</dt>
      <dd class="mono">${agreement.id}</dd>
      <dt>License</dt>
      <dd>${licenseText(state, agreement)}</dd>
      <dt>Accepted</dt>
      <dd>${instant(agreement.acceptedAt)}</dd>
    </dl>
    <p><a href="/agreements#${agreement.id}">All about this agreement</a></p>`
}

/** AWS Marketplace sends nobody of a container product anywhere: the image asks AWS itself. */
function toRun(state: Readonly<State>, agreement: Agreement, { key, title }: MarketplaceProduct): Html {
  const isLicensed = licenseStanding(agreement, state.business) === 'active'
  return html`<p class="lead">
      ${title} is bought. Nobody registers for a container:
      ${
        isLicensed
          ? 'its tasks start from now on.'
          : 'its tasks start once the license below is active. One that asks AWS before ends with exit code 77; run it again then.'
      }
    </p>
    <p><a class="button" href="/products/${key}#run">Run a task</a></p>`
}

function toRegister(state: Readonly<State>, agreement: Agreement, landingUrl: string): Html {
  const token = tokenOf(state, agreement)
  return html`<p class="lead">
      ${titleOf(state, agreement.product)} is bought. One step is left: tell the seller who you are.
    </p>
    ${
      token === undefined
        ? html`<p>
              The registration token of this purchase has expired. Ask for a new one; the purchase itself
              stands.
            </p>
            <form method="post" action="/agreements/${agreement.id}/visit">
              <button>Get a new token</button>
            </form>`
        : html`<form method="post" action="${landingUrl}">
            ${arrivalFields(agreement, token.text).map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}" />`)}
            <button>Set up your account</button>
            <p class="hint">
              Sends your browser to <span class="mono">${landingUrl}</span> with a registration token, by a
              form POST from another site, as AWS Marketplace does. The token is good for
              ${span(token.expiresAt - state.business)} and may be used again.
            </p>
          </form>`
    }`
}

/** Where the license stands, and when it will change, in words. */
export function licenseText(state: Readonly<State>, agreement: Agreement): Html {
  const standing = licenseStanding(agreement, state.business)
  switch (standing) {
    case 'pending': {
      const next = pendingOf(state, agreement).find(
        (pending) => pending.kind === 'happen' && pending.happening.kind === 'license_updated',
      )
      return html`<span class="tag wait">on its way</span>
        ${next === undefined ? '' : html`License Updated comes in ${span(next.due - state.business)}`}`
    }
    case 'active':
      return html`<span class="tag">active</span>
        ${agreement.activatedAt === null ? '' : html`since ${instant(agreement.activatedAt)}`}`
    case 'ending':
      return html`<span class="tag wait">ending</span> last usage is taken for an hour after
        ${agreement.deprovisionedAt === null ? '' : instant(agreement.deprovisionedAt)}`
    case 'ended':
      return html`<span class="tag over">ended</span>`
  }
}
