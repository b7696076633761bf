/** The page of everything that may still happen to a purchase, by whose hand it happens. Pure. */
import { html } from 'hono/html'
import type { Agreement, MarketplaceDimension, State } from '../marketplace/model.ts'
import type { Html } from './format.ts'
import { buyerName, count, titleOf } from './format.ts'
import type { Choice } from './life-form.ts'
import { CHOICES } from './life-form.ts'

const WHO = [
  ['buyer', 'By the buyer'],
  ['seller', 'By the seller'],
  ['aws', 'By AWS'],
] as const

export function lifePage(state: Readonly<State>, agreement: Agreement): Html {
  const fitting = CHOICES.filter((choice) => choice.fits(agreement))
  return html`<h1>What happens next?</h1>
    <p class="lead">
      ${titleOf(state, agreement.product)}, ${buyerName(state, agreement.account)}
      <span class="mono">${agreement.account}</span>, agreement <span class="mono">${agreement.id}</span>,
      ${agreement.status.toLowerCase()}. Each of these sends the seller the events that AWS would.
    </p>
    ${WHO.map(([who, title]) =>
      group(
        state,
        agreement,
        title,
        fitting.filter((choice) => choice.who === who),
      ),
    )}
    <p><a href="/agreements#${agreement.id}">Back to the agreement</a></p>`
}

const group = (
  state: Readonly<State>,
  agreement: Agreement,
  title: string,
  choices: readonly Choice[],
): Html =>
  choices.length === 0
    ? html``
    : html`<h2>${title}</h2>
        <ul class="cards">
          ${choices.map((choice) => card(state, agreement, choice))}
        </ul>`

const card = (state: Readonly<State>, agreement: Agreement, { name, title, hint, asks }: Choice): Html =>
  html`<li class="card">
    <h3>${title}</h3>
    <p class="soft small">${hint}</p>
    <form method="post" action="/agreements/${agreement.id}/life">
      <input type="hidden" name="choice" value="${name}" />
      ${asks === 'quantities' ? quantities(state, agreement, name) : asks === 'detail_type' ? detailType() : ''}
      <p class="field"><button class="quiet">${title}</button></p>
    </form>
  </li>`

const quantities = (state: Readonly<State>, agreement: Agreement, name: string): Html =>
  html`${(state.products.find((product) => product.key === agreement.product)?.dimensions ?? [])
    .filter((dimension) => dimension.offered)
    .map((dimension) => quantity(agreement, dimension, name))}`

function quantity({ bought }: Agreement, { key, title, contract }: MarketplaceDimension, name: string): Html {
  if (contract === undefined) return html``
  const now = bought.find(({ dimension }) => dimension === key)?.quantity ?? 0
  return html`<div class="field">
    <label for="${name}-${key}">${title}</label>
    <select id="${name}-${key}" name="quantity.${key}">
      ${[0, ...contract.quantities].map(
        (each) =>
          html`<option value="${each}" ${each === now ? html` selected` : ''}>
            ${each === 0 ? 'None' : count(each)}
          </option>`,
      )}
    </select>
  </div>`
}

const detailType = (): Html =>
  html`<div class="field">
    <label for="detail-type">Its detail-type</label>
    <input
      id="detail-type"
      name="detailType"
      maxlength="128"
      autocomplete="off"
      value="Spend Threshold Reached - Proposer"
    />
  </div>`
