/** Faults on demand: what is switched on, the forms that switch on more, and what happened. Pure. */
import { html } from 'hono/html'
import type { Call } from '../journal.ts'
import type { Fault } from '../marketplace/fault.ts'
import type { State } from '../marketplace/model.ts'
import { faultForms, faultText } from './fault-form.ts'
import type { Html } from './format.ts'
import { instant } from './format.ts'
import { scrolling } from './layout.ts'

/** The page; `calls` with the newest first. */
export const faultsPage = (state: Readonly<State>, calls: readonly Call[]): Html =>
  html`<h1>Faults</h1>
    <p class="lead">
      AWS is not always well. Switch a fault on, use the seller’s software as before, and see that nothing is
      lost and nothing billed twice.
    </p>
    <h2>Switched on</h2>
    ${switchedOn(state.faults)}
    <h2>Switch on</h2>
    ${faultForms()}
    <h2>What happened</h2>
    ${callsTable(calls)} ${eventsTable(state)}`

function switchedOn(faults: readonly Fault[]): Html {
  if (faults.length === 0) return html`<p class="empty">Everything works. No fault is switched on.</p>`
  return html`${scrolling(
      'Faults switched on',
      html`<table>
        <thead>
          <tr>
            <th scope="col">Fault</th>
            <th scope="col">On</th>
            <th scope="col">Still</th>
            <th scope="col">Action</th>
          </tr>
        </thead>
        <tbody>
          ${faults.map(
            (fault) =>
              html`<tr>
                <th scope="row">${faultText(fault)}</th>
                <td>${fault.on === '*' ? 'everything' : fault.on}</td>
                <td>
                  ${fault.count === null ? 'until switched off' : fault.count === 1 ? 'once more' : `${fault.count} times more`}${fault.probability < 1 ? `, by a chance of ${Math.round(fault.probability * 100)} %` : ''}
                </td>
                <td>
                  <form method="post" action="/faults/off">
                    <input type="hidden" name="id" value="${fault.id}" /><button
                      class="quiet"
                      aria-label="Switch off: ${faultText(fault)} on ${fault.on}"
                    >
                      Switch off
                    </button>
                  </form>
                </td>
              </tr>`,
          )}
        </tbody>
      </table>`,
    )}
    <form method="post" action="/faults/off"><button class="quiet">Switch all off</button></form>`
}

function callsTable(calls: readonly Call[]): Html {
  if (calls.length === 0) return html`<p class="empty">No call was made since the simulator started.</p>`
  return scrolling(
    'Calls',
    html`<table class="lines">
      <caption>
        Calls, the newest first, since the simulator started. Polls that found the queue empty are left out.
      </caption>
      <thead>
        <tr>
          <th scope="col">Business time</th>
          <th scope="col">Operation</th>
          <th scope="col">Answer</th>
          <th scope="col">In words</th>
        </tr>
      </thead>
      <tbody>
        ${calls.slice(0, 100).map(
          (call) =>
            html`<tr>
              <td>${instant(call.at)}</td>
              <td class="mono">${call.operation}</td>
              <td>
                <span class="tag${call.outcome === 'ok' && !call.cut ? '' : ' over'}"
                  >${call.cut ? `lost (${call.outcome})` : call.outcome}</span
                >
              </td>
              <td class="wrap">${call.detail}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  )
}

function eventsTable({ delivered }: Readonly<State>): Html {
  if (delivered.length === 0) return html``
  return scrolling(
    'Events',
    html`<table class="lines">
      <caption>
        Events put into the seller’s queue, the newest first.
      </caption>
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col">Happened</th>
          <th scope="col">Into the queue</th>
          <th scope="col">Agreement</th>
          <th scope="col">Event id</th>
        </tr>
      </thead>
      <tbody>
        ${delivered
          .toReversed()
          .slice(0, 100)
          .map(
            (event) =>
              html`<tr>
                <th scope="row">${event.detailType}</th>
                <td>${instant(event.at)}</td>
                <td>${instant(event.deliveredAt)}</td>
                <td class="mono">${event.agreementId}</td>
                <td class="mono">${event.id}</td>
              </tr>`,
          )}
      </tbody>
    </table>`,
  )
}
