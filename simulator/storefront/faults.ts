/** Faults on demand: what is switched on, the forms that switch on more, and what happened. Pure. */
import { html } from 'hono/html'
import type { Call } from '../journal.ts'
import type { CommandOf } from '../marketplace/commands.ts'
import { OPERATIONS } from '../marketplace/faults.ts'
import type { Fault, FaultKind, State } from '../marketplace/model.ts'
import type { Html } from './format.ts'
import { instant, span } from './format.ts'
import { scrolling } from './layout.ts'

/** What can go wrong with a call, by the value its form sends. */
const CALL_FAULTS: { readonly [value: string]: { readonly text: string; readonly fault: FaultKind } } = {
  throttle: { text: 'Refused: ThrottlingException', fault: { kind: 'throttle' } },
  before: { text: 'Error 500, nothing done', fault: { kind: 'internal_error_before_commit' } },
  after: { text: 'Error 500, although it was done', fault: { kind: 'internal_error_after_commit' } },
  lost: { text: 'Done, but the answer is lost', fault: { kind: 'lost_reply' } },
  'unprocessed-all': {
    text: 'All records handed back unprocessed (BatchMeterUsage)',
    fault: { kind: 'unprocessed', records: 'all' },
  },
  'unprocessed-some': {
    text: 'Some records handed back unprocessed (BatchMeterUsage)',
    fault: { kind: 'unprocessed', records: 'some' },
  },
  'message-again': {
    text: 'A message is handed out again (ReceiveMessage)',
    fault: { kind: 'message_duplicate' },
  },
}

/** What can go wrong with an event; how much later it comes is a field of the form. */
const EVENT_FAULTS: { readonly [value: string]: string } = {
  event_delay: 'It comes later',
  event_duplicate: 'It comes twice',
  event_reorder: 'It comes after the next one',
}

const EVENTS = [
  'License Updated',
  'License Deprovisioned',
  'Purchase Agreement Created',
  'Purchase Agreement Amended',
  'Purchase Agreement Ended',
]

export const faultsPage = (state: Readonly<State>, calls: readonly Call[]): Html =>
  html`<h1>Faults</h1>
    <p class="lead">
      AWS is not always well. Switch a fault on, use the seller’s software as before, and see that nothing is
      lost and nothing billed twice.
    </p>
    <h2>Switched on</h2>
    ${switchedOn(state.faults)}
    <h2>Switch on</h2>
    <form method="post" action="/faults">
      <fieldset>
        <legend>A call goes wrong</legend>
        <input type="hidden" name="family" value="call" />
        <div class="fields long">
          ${select('call-on', 'on', 'Operation', [
            ['BatchMeterUsage', 'BatchMeterUsage'],
            ['*', 'Every operation'],
            ...OPERATIONS.filter((name) => name !== 'BatchMeterUsage').map((name) => [name, name] as const),
          ])}
          ${select(
            'call-kind',
            'kind',
            'What happens',
            Object.entries(CALL_FAULTS).map(([value, { text }]) => [value, text]),
          )}
          ${howOften('call')}
        </div>
        <p class="field"><button>Switch on for calls</button></p>
      </fieldset>
    </form>
    <form method="post" action="/faults">
      <fieldset>
        <legend>An event goes wrong</legend>
        <input type="hidden" name="family" value="event" />
        <div class="fields long">
          ${select('event-on', 'on', 'Event', [['*', 'Every event'], ...EVENTS.map((name) => [name, name] as const)])}
          ${select('event-kind', 'kind', 'What happens', Object.entries(EVENT_FAULTS))}
          ${number('event-delay', 'minutes', 'Minutes later', 'Only for “It comes later”', 5)}
          ${howOften('event')}
        </div>
        <p class="field"><button>Switch on for events</button></p>
      </fieldset>
    </form>
    <h2>What happened</h2>
    ${callsTable(calls)} ${eventsTable(state)}`

const select = (
  id: string,
  name: string,
  label: string,
  options: readonly (readonly [string, string])[],
): Html =>
  html`<div class="field">
    <label for="${id}">${label}</label>
    <select id="${id}" name="${name}">
      ${options.map(([value, text]) => html`<option value="${value}">${text}</option>`)}
    </select>
  </div>`

const number = (id: string, name: string, label: string, hint: string, value: number): Html =>
  html`<div class="field">
    <label for="${id}">${label}</label>
    <p class="hint" id="${id}-hint">${hint}</p>
    <input
      id="${id}"
      name="${name}"
      type="number"
      min="1"
      step="1"
      value="${value}"
      aria-describedby="${id}-hint"
    />
  </div>`

const howOften = (family: string): Html =>
  html`${number(`${family}-count`, 'count', 'Times', 'Empty: until switched off', 1)}
    <div class="field">
      <label for="${family}-chance">Chance in %</label>
      <p class="hint" id="${family}-chance-hint">Of hitting each one</p>
      <input
        id="${family}-chance"
        name="chance"
        type="number"
        min="1"
        max="100"
        step="1"
        value="100"
        aria-describedby="${family}-chance-hint"
      />
    </div>`

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

function faultText(fault: FaultKind): string {
  if (fault.kind === 'event_delay') return `It comes ${span(fault.delayMs)} later`
  if (fault.kind === 'unprocessed' && typeof fault.records === 'number')
    return `${fault.records} records handed back unprocessed`
  const known = Object.values(CALL_FAULTS).find(
    (each) =>
      each.fault.kind === fault.kind &&
      (fault.kind !== 'unprocessed' ||
        (each.fault.kind === 'unprocessed' && each.fault.records === fault.records)),
  )
  return known?.text ?? EVENT_FAULTS[fault.kind] ?? fault.kind
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

/** The command of a sent form; undefined: it is not one of this page's. The machine checks the numbers. */
export function readFaultForm(sent: URLSearchParams): CommandOf<'set_fault'> | undefined {
  const fault = sent.get('family') === 'event' ? eventFault(sent) : CALL_FAULTS[sent.get('kind') ?? '']?.fault
  const times = sent.get('count') ?? ''
  if (fault === undefined) return undefined
  return {
    kind: 'set_fault',
    fault,
    on: sent.get('on') ?? '*',
    probability: Number(sent.get('chance') ?? 100) / 100,
    ...(times === '' ? {} : { count: Number(times) }),
  }
}

function eventFault(sent: URLSearchParams): FaultKind | undefined {
  switch (sent.get('kind') ?? '') {
    case 'event_delay':
      return { kind: 'event_delay', delayMs: Number(sent.get('minutes') ?? 0) * 60_000 }
    case 'event_duplicate':
      return { kind: 'event_duplicate' }
    case 'event_reorder':
      return { kind: 'event_reorder' }
    default:
      return undefined
  }
}
