/** Every agreement with its license, what is still to come and what can be done; and the page that asks before cancelling. Pure. */
import { html } from 'hono/html'
import { nameOf, pendingOf } from '../front.ts'
import type { Delivered, Pending } from '../marketplace/happening.ts'
import type { Agreement, State } from '../marketplace/model.ts'
import type { Html } from './format.ts'
import { buyerName, count, day, dueText, instant, titleOf } from './format.ts'
import { scrolling } from './layout.ts'
import { licenseText } from './set-up.ts'

export function agreementsPage(state: Readonly<State>): Html {
  const agreements = Object.values(state.agreements).toReversed()
  return html`<h1>Agreements</h1>
    <p class="lead">
      Each purchase is an agreement. Its events reach the seller’s queue at their business time; “Deliver now”
      moves the clock there. <a href="/lives">Play a whole life</a> to see one from its beginning to its end.
    </p>
    ${
      agreements.length === 0
        ? html`<p class="empty">Nothing is bought yet. <a href="/">Choose a product</a> and subscribe.</p>`
        : html`<div class="stack">${agreements.map((agreement) => section(state, agreement))}</div>`
    }`
}

function section(state: Readonly<State>, agreement: Agreement): Html {
  const title = titleOf(state, agreement.product)
  const isActive = agreement.status === 'ACTIVE'
  return html`<section class="card" id="${agreement.id}" aria-labelledby="t-${agreement.id}">
    <h2 id="t-${agreement.id}">${title}</h2>
    <dl class="facts">
      <dt>AWS account</dt>
      <dd>${buyerName(state, agreement.account)} <span class="mono">${agreement.account}</span></dd>
      <dt>Agreement</dt>
      <dd>
        <span class="mono">${agreement.id}</span>
        <span class="tag${isActive ? '' : ' over'}">${agreement.status.toLowerCase()}</span>
      </dd>
      <dt>License</dt>
      <dd>${licenseText(state, agreement)}<br /><span class="mono soft">${agreement.licenseArn}</span></dd>
      <dt>Accepted</dt>
      <dd>
        ${instant(agreement.acceptedAt)}${agreement.startsAt > agreement.acceptedAt ? html`, starts ${day(agreement.startsAt)}` : ''}${agreement.endsAt === null ? '' : html`, until ${day(agreement.endsAt)}`}${agreement.trial ? html` <span class="tag none">free trial</span>` : ''}${agreement.payment === undefined ? '' : html` <span class="tag wait">payment ${agreement.payment}</span>`}${agreement.cancellation?.status === 'PENDING_APPROVAL' ? html` <span class="tag wait">the seller asks to cancel</span>` : ''}
      </dd>
      ${
        agreement.bought.length === 0
          ? ''
          : html`<dt>Bought ahead</dt>
              <dd>
                ${agreement.bought.map(({ dimension, quantity }) => html`${count(quantity)} × ${dimension} `)}for
                a ${agreement.term ?? 'trial'}
              </dd>`
      }
    </dl>
    ${pendingTable(state, agreement, title)}
    ${history(state.delivered.filter((event) => event.agreementId === agreement.id))}
    <div class="row">
      ${
        isActive
          ? html`<form method="post" action="/agreements/${agreement.id}/visit">
                <button class="quiet">Set up again</button>
              </form>
              <a class="button quiet" href="/agreements/${agreement.id}/cancel">Cancel…</a>`
          : ''
      }
      <a class="button quiet" href="/agreements/${agreement.id}/life">What happens next…</a>
      <a href="/bill?account=${agreement.account}&amp;product=${agreement.product}">Its bill</a>
    </div>
  </section>`
}

function pendingTable(state: Readonly<State>, agreement: Agreement, title: string): Html {
  const pending = pendingOf(state, agreement)
  if (pending.length === 0) return html`<p class="soft">Nothing is on its way.</p>`
  return scrolling(
    `What is on its way: ${title}`,
    html`<table>
      <caption>
        On its way
      </caption>
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col">Due</th>
          <th scope="col">Action</th>
        </tr>
      </thead>
      <tbody>
        ${pending.map((each) => pendingRow(state, each))}
      </tbody>
    </table>`,
  )
}

/** The end of a term is a time to go to; the rest is an event to deliver. */
const goThere = (pending: Pending): string =>
  pending.kind === 'happen' && pending.happening.kind === 'term_over' ? 'Move there' : 'Deliver now'

const pendingRow = (state: Readonly<State>, pending: Pending): Html =>
  html`<tr>
    <th scope="row">${nameOf(pending)}</th>
    <td>${dueText(pending, state.business)}<br /><small>${instant(pending.due)}</small></td>
    <td>
      <form method="post" action="/time">
        <input type="hidden" name="back" value="/agreements" /><input
          type="hidden"
          name="at"
          value="${pending.due}"
        />
        <button class="quiet" name="move" value="to" aria-label="${goThere(pending)}: ${nameOf(pending)}">
          ${goThere(pending)}
        </button>
      </form>
    </td>
  </tr>`

function history(delivered: readonly Delivered[]): Html {
  if (delivered.length === 0) return html``
  return html`<details>
    <summary>Sent to the seller (${delivered.length})</summary>
    <ul class="small">
      ${delivered.map((event) => html`<li>${event.detailType}, ${instant(event.deliveredAt)}</li>`)}
    </ul>
  </details>`
}

/** Cancelling cannot be taken back, so it is asked for. */
export function cancelPage(state: Readonly<State>, agreement: Agreement): Html {
  const isFixed = agreement.bought.length > 0 && !agreement.trial
  return html`<h1>Cancel this agreement?</h1>
    <p class="lead">
      ${titleOf(state, agreement.product)}, AWS account <span class="mono">${agreement.account}</span>,
      agreement <span class="mono">${agreement.id}</span>.
    </p>
    <p>
      ${isFixed ? 'AWS lets no buyer end a contract before its term, so here the seller cancels it. ' : ''}The
      seller is told by “Purchase Agreement Ended” and then “License Deprovisioned”: access ends, and the last
      usage is taken for one more hour. It cannot be taken back; subscribing again makes a new agreement.
    </p>
    <form method="post" action="/agreements/${agreement.id}/cancel" class="row">
      <input type="hidden" name="by" value="${isFixed ? 'seller' : 'buyer'}" />
      <button class="bad">${isFixed ? 'Cancel as the seller' : 'Cancel the agreement'}</button>
      <a class="button quiet" href="/agreements#${agreement.id}">Keep it</a>
    </form>`
}
