/** A product's page, with the form to subscribe and, for a container, to run it. Pure. */
import { html } from 'hono/html'
import type { MarketplaceDimension, MarketplaceProduct, State } from '../marketplace/model.ts'
import type { Html } from './format.ts'
import { PRICING, count, dollars, isOnOffer } from './format.ts'
import { kindText, prices } from './home.ts'
import type { SubscribeForm } from './subscribe-form.ts'
import { LICENSE_TIMES, PAYMENTS, isContract } from './subscribe-form.ts'
import { tasksSection } from './tasks.ts'

export const productPage = (state: Readonly<State>, product: MarketplaceProduct, form: SubscribeForm): Html =>
  html`<h1>${product.title}</h1>
    <p class="lead">${product.summary ?? ''}</p>
    <p>${kindText(product)}. ${PRICING[product.pricing]}.</p>
    <section class="card">
      <h2>Prices</h2>
      ${prices(product.dimensions)}
      <dl class="facts small">
        <dt>Product ID</dt>
        <dd class="mono">${product.id}</dd>
        <dt>Product code</dt>
        <dd class="mono">${product.code}</dd>
      </dl>
    </section>
    ${subscribeSection(state, product, form)}
    ${product.kind === 'container' ? tasksSection(state, product) : ''}`

function subscribeSection(state: Readonly<State>, product: MarketplaceProduct, form: SubscribeForm): Html {
  if (!isOnOffer(product))
    return html`<h2>Not yet on offer</h2>
      <p>
        None of this product’s dimensions is on offer. Set <code>offered: true</code> on one of them in
        <code>seller.config.ts</code> and start again.
      </p>`
  return html`<h2>Subscribe</h2>
    <form method="post" action="/products/${product.key}">
      ${accountFields(state, form)} ${isContract(product) ? contractFields(product, form) : ''}
      ${
        product.trialDays === undefined || isContract(product)
          ? ''
          : html`<fieldset>
              <legend>Free trial</legend>
              <label class="choice"
                ><input type="checkbox" name="trial" value="yes" ${checked(form.trial)} />Start with
                ${product.trialDays} days free</label
              >
            </fieldset>`
      }
      <fieldset>
        <legend>When the license arrives</legend>
        <p class="hint">
          AWS sends “License Updated” on its own time. Software must cope with each of these.
        </p>
        ${Object.entries(LICENSE_TIMES).map(
          ([value, { text }]) =>
            html`<label class="choice"
              ><input
                type="radio"
                name="license"
                value="${value}"
                ${checked(form.license === value)}
              />${text}</label
            >`,
        )}
      </fieldset>
      <fieldset>
        <legend>Payment</legend>
        ${Object.entries(PAYMENTS).map(
          ([value, text]) =>
            html`<label class="choice"
              ><input
                type="radio"
                name="payment"
                value="${value}"
                ${checked(form.payment === value)}
              />${text}</label
            >`,
        )}
      </fieldset>
      <button>Subscribe</button>
    </form>`
}

const accountFields = (state: Readonly<State>, form: SubscribeForm): Html =>
  html`<fieldset>
    <legend>AWS account that buys</legend>
    ${state.buyers.map(
      ({ account, name }) =>
        html`<label class="choice"
          ><input
            type="radio"
            name="account"
            value="${account}"
            ${checked(form.account === account)}
            required
          /><span>${name} <span class="mono soft">${account}</span></span></label
        >`,
    )}
    <label class="choice"
      ><input
        type="radio"
        name="account"
        value="other"
        ${checked(form.account === 'other')}
        required
      />Another account</label
    >
    <div class="field">
      <label for="other">Its 12 digits</label>
      <p class="hint" id="other-hint">Only for “Another account”. Leading zeros count.</p>
      <input
        id="other"
        name="other"
        inputmode="numeric"
        pattern="[0-9]{12}"
        maxlength="12"
        autocomplete="off"
        aria-describedby="other-hint"
        value="${form.other}"
      />
    </div>
  </fieldset>`

const contractFields = (product: MarketplaceProduct, form: SubscribeForm): Html =>
  html`<fieldset>
      <legend>What is bought ahead</legend>
      <div class="fields">
        ${product.dimensions
          .filter((dimension) => dimension.offered)
          .map((dimension) => quantityField(dimension, form))}
      </div>
    </fieldset>
    <fieldset>
      <legend>Term</legend>
      <label class="choice"
        ><input type="radio" name="term" value="month" ${checked(form.term === 'month')} />One month</label
      >
      <label class="choice"
        ><input type="radio" name="term" value="year" ${checked(form.term === 'year')} />One year</label
      >
      <label class="choice"
        ><input type="checkbox" name="autoRenew" value="yes" ${checked(form.autoRenew)} />Renew at the end of
        the term</label
      >
      <label class="choice"
        ><input type="checkbox" name="later" value="yes" ${checked(form.later)} />Start in 30 days: signed
        now, licensed then</label
      >
      ${
        product.trialDays === undefined
          ? ''
          : html`<label class="choice"
              ><input type="checkbox" name="trial" value="yes" ${checked(form.trial)} />Start with
              ${product.trialDays} days free</label
            >`
      }
    </fieldset>`

function quantityField({ key, title, contract }: MarketplaceDimension, form: SubscribeForm): Html {
  if (contract === undefined) return html``
  return html`<div class="field">
    <label for="q-${key}">${title}</label>
    <p class="hint" id="h-${key}">
      ${dollars(contract.monthly)} a month or ${dollars(contract.annual)} a year each
    </p>
    <select id="q-${key}" name="quantity.${key}" aria-describedby="h-${key}">
      <option value="0">None</option>
      ${contract.quantities.map(
        (quantity) =>
          html`<option value="${quantity}" ${form.quantities[key] === quantity ? html` selected` : ''}>
            ${count(quantity)}
          </option>`,
      )}
    </select>
  </div>`
}

const checked = (on: boolean): Html => (on ? html` checked` : html``)
