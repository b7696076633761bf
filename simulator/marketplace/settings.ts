/** What is set on the machine: the seller's view, the knobs, business time. Pure. */
import { err, ok } from '../../shared/result.ts'
import type { Answers, CommandOf } from './commands.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import { EVENTS_REGION } from './events.ts'
import type { Check } from './knobs.ts'
import { DEFAULT_KNOBS } from './knobs.ts'
import type { SimulatorView } from './model.ts'
import { deadLetterOf, EVENTS_QUEUE, PUSH_DEAD_LETTERS, RECEIVES_MAX, USAGE_QUEUE } from './queue.ts'
import { makeQueue } from './queues.ts'
import { techAdminTopic } from './topics.ts'

/** Takes over the view; the same view again changes nothing. */
export function setView(
  draft: Draft,
  { view, deadLetters = false }: CommandOf<'set_view'>,
): Answers['set_view'] {
  const { state } = draft
  const codes = new Set(view.products.map((product) => product.code))
  if (codes.size < view.products.length)
    return err({ kind: 'bad_input', message: 'Two products have the same code. Give each its own.' })
  const before: SimulatorView = {
    sellerAccount: state.sellerAccount,
    sellerName: state.sellerName,
    products: state.products,
    buyers: state.buyers,
  }
  for (const name of [EVENTS_QUEUE, USAGE_QUEUE]) openQueue(draft, name, deadLetters)
  if (state.queues[PUSH_DEAD_LETTERS] === undefined) {
    state.queues[PUSH_DEAD_LETTERS] = makeQueue(PUSH_DEAD_LETTERS, EVENTS_REGION, state.business)
    draft.changed = true
  }
  const topic = techAdminTopic(view.sellerAccount)
  if (own(state.topics, topic) === undefined) {
    state.topics[topic] = { createdAt: state.business }
    draft.changed = true
  }
  if (JSON.stringify(before) === JSON.stringify(inOrder(view))) return ok(null)
  const { sellerAccount, sellerName, products, buyers } = structuredClone(inOrder(view))
  Object.assign(state, { sellerAccount, sellerName, products, buyers })
  draft.changed = true
  return ok(null)
}

/** The queue and its dead-letter queue, whatever a state of an earlier version has of them. */
function openQueue(draft: Draft, name: string, deadLetters: boolean): void {
  const { queues, business } = draft.state
  for (const each of [name, deadLetterOf(name)])
    if (queues[each] === undefined) {
      queues[each] = makeQueue(each, EVENTS_REGION, business)
      draft.changed = true
    }
  const queue = queues[name]
  if (!deadLetters || queue === undefined || queue.redrive !== undefined) return
  queue.redrive = { deadLetter: deadLetterOf(name), maxReceiveCount: RECEIVES_MAX }
  draft.changed = true
}

const inOrder = ({ sellerAccount, sellerName, products, buyers }: SimulatorView): SimulatorView => ({
  sellerAccount,
  sellerName,
  products,
  buyers,
})

export function setKnobs(draft: Draft, { knobs }: CommandOf<'set_knobs'>): Answers['set_knobs'] {
  const { state } = draft
  for (const [name, value] of Object.entries(knobs)) {
    const wrong = badKnob(name, value)
    if (wrong !== undefined) return err({ kind: 'bad_input', message: wrong })
  }
  state.knobs = { ...state.knobs, ...structuredClone(knobs) }
  draft.changed = true
  return ok(state.knobs)
}

const CHECKS: readonly Check[] = ['timestamp', 'license', 'dimension', 'allocation']

const CHOICES: { readonly [name: string]: readonly string[] } = {
  identicalRetry: ['Success', 'DuplicateRecord'],
  customerIdentifier: ['absent', 'null', 'empty'],
  mixing: ['InvalidProductCodeException', 'InvalidLicenseException', 'billed_twice'],
  activationPeriod: ['InvalidLicenseException', 'taken'],
  sellerRole: ['Proposer', 'Manufacturer'],
  convertedTrial: ['REPLACED', 'CANCELLED', 'EXPIRED'],
  oldLicense: ['silent', 'deprovisioned'],
  quotas: ['enforced', 'off'],
  endingEvents: ['off', 'on'],
  emptyPage: ['none', 'first'],
  legacyIdentifier: ['plain', 'spaced'],
  renewedLicense: ['same', 'new'],
  dryRunRefusal: ['CustomerNotEntitledException', 'UnauthorizedException'],
  taskStart: ['second', 'hour'],
  noLicense: ['NoEntitlementsAllowedException', 'ResourceNotFoundException'],
  scarceCheckout: ['refused', 'left_out'],
  extendedToken: ['same', 'new'],
  leaseZone: ['Z', 'none'],
  registerClaims: ['camelCase', 'PascalCase'],
  registerKeyBits: ['1024', '2048', '3072', '4096'],
}

/** Knobs come from outside too, so their values are checked and not only their types. */
function badKnob(name: string, value: unknown): string | undefined {
  if (!Object.hasOwn(DEFAULT_KNOBS, name))
    return `There is no knob ${JSON.stringify(name)}. Use one of ${Object.keys(DEFAULT_KNOBS).join(', ')}.`
  if (name === 'checks')
    return Array.isArray(value) && value.length === CHECKS.length && CHECKS.every((c) => value.includes(c))
      ? undefined
      : `The knob checks needs each of ${CHECKS.join(', ')} once, in any order.`
  const choices = CHOICES[name]
  if (choices !== undefined)
    return choices.some((choice) => choice === value)
      ? undefined
      : `The knob ${name} takes one of ${choices.join(', ')}.`
  return Number.isSafeInteger(value) && Number(value) >= 0
    ? undefined
    : `The knob ${name} takes a whole number of milliseconds, 0 or more.`
}

export function setBusinessTime(
  draft: Draft,
  { now }: CommandOf<'set_business_time'>,
): Answers['set_business_time'] {
  const { state } = draft
  if (Number.isSafeInteger(now) && now > state.business) {
    state.business = now
    draft.changed = true
  }
  return { business: state.business }
}
