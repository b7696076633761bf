/** The page of whole lives: each script with what it is about, and one button that plays it. Pure. */
import { html } from 'hono/html'
import type { State } from '../marketplace/model.ts'
import { fits } from '../play.ts'
import type { Scenario } from '../scenarios.ts'
import { SCENARIOS } from '../scenarios.ts'
import type { Html } from './format.ts'

export const livesPage = (state: Readonly<State>): Html =>
  html`<h1>Whole lives</h1>
    <p class="lead">
      Each of these plays a purchase from its beginning to its end: it buys, lets happen what happens, and
      moves the clock. The seller’s software is told all of it. Nobody registers on the way, so the seller
      waits for the buyer; set a purchase up afterwards to see both meet.
    </p>
    ${group(state, 'usage', 'Pay as you go')} ${group(state, 'contract', 'Contracts')}`

function group(state: Readonly<State>, of: Scenario['of'], title: string): Html {
  const scenarios = Object.entries(SCENARIOS).filter(([, scenario]) => scenario.of === of)
  return html`<h2>${title}</h2>
    <ul class="cards">
      ${scenarios.map(([name, scenario]) => card(state, name, scenario))}
    </ul>`
}

function card(state: Readonly<State>, name: string, scenario: Scenario): Html {
  const product = state.products.find((one) => fits(one, scenario))
  return html`<li class="card">
    <h3>${scenario.title}</h3>
    ${
      product === undefined
        ? html`<p class="soft small">None of the seller’s products fits.</p>`
        : html`<form method="post" action="/lives/${name}">
            <div class="field">
              <label for="account-${name}">AWS account</label>
              <select id="account-${name}" name="account">
                ${state.buyers.map(({ account, name: who }) => html`<option value="${account}">${who} ${account}</option>`)}
              </select>
            </div>
            <p class="field">
              <button class="quiet" aria-label="Play it: ${scenario.title}">Play it</button>
            </p>
          </form>`
    }
  </li>`
}
