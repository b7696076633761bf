/**
 * What happens to a purchase after it was made, by anybody's hand: buyer, seller, AWS. Each act changes the agreement and
 * plans the events that tell of it. Pure. Source: facts §8, §5.3 (2026-11-21).
 */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import { amend, cancel, end, findActive, findAny, findContract, succeed } from './agreements.ts'
import { answerCancellation, requestCancellation } from './cancellation.ts'
import type { Answers, Arrival, CommandOf, Refusal } from './commands.ts'
import type { Draft } from './draft.ts'
import type { CancellationStatus } from './happening.ts'
import type { Agreement, Bought, Json, Term } from './model.ts'
import { plan, unplan } from './pending.ts'
import { arrive, checkBought, makeAgreement, planStart, refuse, subscribe } from './subscribe.ts'

/** What may happen to one agreement. */
export type Act =
  /** The trial becomes a purchase: a new agreement, and a license of its own. */
  | {
      readonly act: 'convert'
      readonly bought?: readonly Bought[]
      readonly term?: Term
      readonly autoRenew?: boolean
    }
  | { readonly act: 'amend'; readonly bought?: readonly Bought[]; readonly autoRenew?: boolean }
  | { readonly act: 'renew'; readonly license?: 'same' | 'new' }
  /** Another offer of the same seller takes the place of the contract, in force at once. */
  | {
      readonly act: 'replace'
      readonly bought: readonly Bought[]
      readonly term?: Term
      readonly license?: 'same' | 'new'
    }
  | { readonly act: 'cancel'; readonly by: 'buyer' | 'seller' }
  | { readonly act: 'expire' }
  /** By AWS: payment or abuse. */
  | { readonly act: 'terminate' }
  /** The license is taken back now, whatever the agreement says. */
  | { readonly act: 'deprovision' }
  | { readonly act: 'advise'; readonly advisory: 'issued' | 'resolved' }
  | { readonly act: 'request_cancellation'; readonly reasonCode?: string }
  | { readonly act: 'answer_cancellation'; readonly status: Exclude<CancellationStatus, 'PENDING_APPROVAL'> }
  | { readonly act: 'payment_failed' }
  | { readonly act: 'payment_settled' }
  /** Ended and bought again in the same moment. */
  | { readonly act: 'resubscribe' }
  /** An event of any detail-type, known to anybody or not; `detail` goes over what every event has. */
  | {
      readonly act: 'send_event'
      readonly detailType: string
      readonly detail?: { readonly [name: string]: Json }
    }

/** The agreement that goes on, and where a buyer comes back with a token, the arrival. */
export interface Lived {
  readonly agreementId: string
  readonly arrival?: Arrival
}

export function live(draft: Draft, { agreementId, act }: CommandOf<'live'>): Answers['live'] {
  const same = (done: Result<unknown, Refusal>): Answers['live'] => (done.ok ? ok({ agreementId }) : done)
  switch (act.act) {
    case 'convert':
      return convert(draft, agreementId, act)
    case 'amend':
      return same(amend(draft, { kind: 'amend', agreementId, ...act }))
    case 'renew':
      return renewWith(draft, agreementId, act.license)
    case 'replace':
      return replace(draft, agreementId, act)
    case 'cancel':
      return same(cancel(draft, { kind: 'cancel', agreementId, by: act.by }))
    case 'expire':
      return same(finish(draft, agreementId, 'EXPIRED'))
    case 'terminate':
      return same(finish(draft, agreementId, 'TERMINATED'))
    case 'deprovision':
      return same(deprovision(draft, agreementId))
    case 'advise':
      return same(tellOf(draft, agreementId, { kind: 'advisory', advisory: act.advisory }))
    case 'request_cancellation':
      return same(requestCancellation(draft, agreementId, act.reasonCode ?? 'OTHER'))
    case 'answer_cancellation':
      return same(answerCancellation(draft, agreementId, act.status))
    case 'payment_failed':
      return same(failPayment(draft, agreementId))
    case 'payment_settled':
      return same(settlePayment(draft, agreementId))
    case 'resubscribe':
      return resubscribe(draft, agreementId)
    case 'send_event': {
      const { detailType, detail = {} } = act
      return /^[ -~]{1,128}$/.test(detailType)
        ? same(tellOf(draft, agreementId, { kind: 'other', detailType, detail }))
        : refuse('bad_input', 'A detail-type has 1 to 128 printable ASCII characters.')
    }
  }
}

function tellOf(
  draft: Draft,
  agreementId: string,
  happening: Parameters<typeof plan>[3],
): Result<null, Refusal> {
  const found = findAny(draft.state, agreementId)
  if (!found.ok) return found
  plan(draft, draft.times.business, agreementId, happening)
  return ok(null)
}

function finish(draft: Draft, agreementId: string, status: 'EXPIRED' | 'TERMINATED'): Result<null, Refusal> {
  const found = findActive(draft.state, agreementId)
  if (!found.ok) return found
  end(draft, found.value, status, draft.times.business + draft.state.knobs.endedDelayMs)
  return ok(null)
}

function deprovision(draft: Draft, agreementId: string): Result<null, Refusal> {
  const found = findAny(draft.state, agreementId)
  if (!found.ok) return found
  if (found.value.deprovisionedAt !== null)
    return refuse('not_possible', 'The license of this agreement was taken back already.')
  unplan(draft, agreementId, 'deprovisioned')
  unplan(draft, agreementId, 'license_updated')
  plan(draft, draft.times.business, agreementId, { kind: 'deprovisioned' })
  return ok(null)
}

/** By AWS's own example a trial is replaced by the paid offer; the knob says otherwise. Source: agreement code examples. */
function convert(draft: Draft, agreementId: string, act: Extract<Act, { act: 'convert' }>): Answers['live'] {
  const { state, times } = draft
  const found = findActive(state, agreementId)
  if (!found.ok) return found
  const trial = found.value
  if (!trial.trial)
    return refuse('not_possible', 'Only a free trial becomes a purchase. This is one already.')
  const product = state.products.find((p) => p.key === trial.product)
  if (product === undefined) return refuse('unknown_product', 'This product is no longer sold.')
  const bought = checkBought(product, act.bought ?? trial.bought, act.term ?? trial.term ?? undefined)
  if (!bought.ok) return bought
  const status = state.knobs.convertedTrial
  const isReplaced = status === 'REPLACED'
  const successor = makeAgreement(draft, {
    product,
    account: trial.account,
    bought: bought.value,
    term: bought.value.length > 0 ? (act.term ?? trial.term) : null,
    autoRenew: act.autoRenew ?? false,
    trial: false,
    intent: isReplaced ? 'REPLACE' : 'NEW',
    previous: isReplaced ? trial : null,
    license: 'new',
    at: times.business,
  })
  planStart(draft, successor)
  if (isReplaced) supersede(draft, trial, 'REPLACED')
  else end(draft, trial, status, times.business + state.knobs.endedDelayMs)
  return ok({ agreementId: successor.id, arrival: arrive(draft, successor, times.business) })
}

function renewWith(draft: Draft, agreementId: string, license: 'same' | 'new' | undefined): Answers['live'] {
  const found = findStarted(draft, agreementId)
  if (!found.ok) return found
  const successor = succeed(draft, found.value, draft.times.business, license)
  return successor === undefined
    ? refuse('unknown_product', 'This product is no longer sold. Its contracts run out.')
    : ok({ agreementId: successor.id })
}

function replace(draft: Draft, agreementId: string, act: Extract<Act, { act: 'replace' }>): Answers['live'] {
  const { state, times } = draft
  const found = findStarted(draft, agreementId)
  if (!found.ok) return found
  const old = found.value
  const product = state.products.find((p) => p.key === old.product)
  if (product === undefined) return refuse('unknown_product', 'This product is no longer sold.')
  const term = act.term ?? old.term ?? undefined
  const bought = checkBought(product, act.bought, term)
  if (!bought.ok) return bought
  const successor = makeAgreement(draft, {
    product,
    account: old.account,
    bought: bought.value,
    term: term ?? null,
    autoRenew: old.autoRenew,
    trial: false,
    intent: 'REPLACE',
    previous: old,
    license: act.license,
    at: times.business,
  })
  planStart(draft, successor)
  supersede(draft, old, 'REPLACED')
  return ok({ agreementId: successor.id })
}

/** A contract whose time has begun: what starts later replaces nothing, and nothing replaces it. Source: facts §8. */
function findStarted({ state, times }: Draft, agreementId: string): Result<Agreement, Refusal> {
  const found = findContract(state, agreementId)
  return found.ok && found.value.startsAt > times.business
    ? refuse('not_possible', 'This agreement has not started yet. Move the clock to its start first.')
    : found
}

/** The agreement ends for a successor's sake: no License Deprovisioned of its own, unless the knob says so. */
function supersede(draft: Draft, agreement: Agreement, status: 'REPLACED'): void {
  agreement.status = status
  unplan(draft, agreement.id, 'term_over')
  unplan(draft, agreement.id, 'license_updated')
  plan(draft, draft.times.business + draft.state.knobs.endedDelayMs, agreement.id, { kind: 'ended', status })
}

/** Before the license came: none comes. After: AWS terminates the agreement. */
function failPayment(draft: Draft, agreementId: string): Result<null, Refusal> {
  const found = findActive(draft.state, agreementId)
  if (!found.ok) return found
  const agreement = found.value
  agreement.payment = 'failed'
  draft.changed = true
  if (agreement.activatedAt !== null) return finish(draft, agreementId, 'TERMINATED')
  unplan(draft, agreementId, 'license_updated')
  plan(draft, draft.times.business, agreementId, { kind: 'payment_failed' })
  return ok(null)
}

/** The license comes as it would have. */
function settlePayment(draft: Draft, agreementId: string): Result<null, Refusal> {
  const { state, times } = draft
  const found = findActive(state, agreementId)
  if (!found.ok) return found
  const agreement = found.value
  if (agreement.payment === undefined)
    return refuse('not_possible', 'This agreement is paid. There is nothing to settle.')
  delete agreement.payment
  const from = Math.max(times.business, agreement.startsAt)
  plan(draft, from + state.knobs.licenseDelayMs, agreementId, { kind: 'license_updated' })
  return ok(null)
}

function resubscribe(draft: Draft, agreementId: string): Answers['live'] {
  const found = findAny(draft.state, agreementId)
  if (!found.ok) return found
  const { product, account, bought, term, autoRenew, status } = found.value
  const arrival = subscribe(draft, {
    product,
    account,
    bought: bought.map(({ dimension, quantity }) => ({ dimension, quantity })),
    ...(term === null ? {} : { term }),
    autoRenew,
  })
  if (!arrival.ok) return arrival
  if (status === 'ACTIVE')
    end(draft, found.value, 'CANCELLED', draft.times.business + draft.state.knobs.endedDelayMs)
  return ok({ agreementId: arrival.value.agreementId, arrival: arrival.value })
}
