/** The forms that switch a fault on: what can go wrong in words, the fields, and what a browser sent. Pure. */
import { html } from 'hono/html'
import type { CommandOf } from '../marketplace/commands.ts'
import type { FaultKind } from '../marketplace/fault.ts'
import { OPERATIONS } from '../marketplace/operations.ts'
import type { Html } from './format.ts'
import { span } from './format.ts'

/** What can go wrong with a call, by the value its form sends. */
const CALL_FAULTS: { readonly [value: string]: { readonly text: string; readonly fault: FaultKind } } = {
  throttle: { text: 'Refused: ThrottlingException', fault: { kind: 'throttle' } },
  'mail-rejected': {
    text: 'Refused: MessageRejected (SendEmail)',
    fault: { kind: 'refused', code: 'MessageRejected' },
  },
  'mail-paused': {
    text: 'Refused: SendingPausedException (SendEmail)',
    fault: { kind: 'refused', code: 'SendingPausedException' },
  },
  'topic-gone': {
    text: 'Refused: NotFound (Publish)',
    fault: { kind: 'refused', code: 'NotFound' },
  },
  'not-entitled': {
    text: 'Refused: CustomerNotEntitledException (MeterUsage, RegisterUsage)',
    fault: { kind: 'refused', code: 'CustomerNotEntitledException' },
  },
  'no-license': {
    text: 'Refused: NoEntitlementsAllowedException (CheckoutLicense)',
    fault: { kind: 'refused', code: 'NoEntitlementsAllowedException' },
  },
  'other-region': {
    text: 'Refused: RedirectException (License Manager)',
    fault: { kind: 'refused', code: 'RedirectException' },
  },
  unavailable: {
    text: 'Error 503 (EcsCredentials, EcsMetadata)',
    fault: { kind: 'refused', code: 'ServiceUnavailable', status: 503 },
  },
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
  event_lost: 'It never comes',
  queue_lost: 'It comes by the push alone',
  push_lost: 'It comes by the queue alone',
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

/** One form for calls, one for events. */
export const faultForms = (): Html =>
  html`<form method="post" action="/faults">
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
    </form>`

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

/** A fault in the words of the form that switched it on. */
export function faultText(fault: FaultKind): string {
  if (fault.kind === 'event_delay') return `It comes ${span(fault.delayMs)} later`
  if (fault.kind === 'unprocessed' && typeof fault.records === 'number')
    return `${fault.records} records handed back unprocessed`
  const known = Object.values(CALL_FAULTS).find((each) => isSame(each.fault, fault))
  if (known === undefined && fault.kind === 'refused') return `Refused: ${fault.code}`
  return known?.text ?? EVENT_FAULTS[fault.kind] ?? fault.kind
}

function isSame(one: FaultKind, other: FaultKind): boolean {
  if (one.kind === 'refused') return other.kind === 'refused' && one.code === other.code
  if (one.kind === 'unprocessed') return other.kind === 'unprocessed' && one.records === other.records
  return one.kind === other.kind
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
    case 'event_lost':
      return { kind: 'event_lost' }
    case 'queue_lost':
      return { kind: 'queue_lost' }
    case 'push_lost':
      return { kind: 'push_lost' }
    case 'event_duplicate':
      return { kind: 'event_duplicate' }
    case 'event_reorder':
      return { kind: 'event_reorder' }
    default:
      return undefined
  }
}
