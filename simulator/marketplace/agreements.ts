/** What may be done to a purchase after it was made: visited, cancelled, amended, renewed. Pure. */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Answers, CommandOf, Refusal } from './commands.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Agreement, State } from './model.ts'
import { plan, unplan } from './pending.ts'
import { arrive, checkBought, makeAgreement, planStart, refuse } from './subscribe.ts'

export function visit(draft: Draft, command: CommandOf<'visit'>): Answers['visit'] {
  const found = findActive(draft.state, command.agreementId)
  return found.ok ? ok(arrive(draft, found.value, draft.times.business)) : found
}

/** Source: facts §8, "contract buyer: cannot unsubscribe mid-term"; §5.3, seller-initiated cancellation. */
export function cancel(draft: Draft, command: CommandOf<'cancel'>): Answers['cancel'] {
  const found = findActive(draft.state, command.agreementId)
  if (!found.ok) return found
  const agreement = found.value
  if (command.by === 'buyer' && agreement.bought.length > 0 && !agreement.trial)
    return refuse(
      'not_possible',
      'AWS lets no buyer end a contract before its term. Turn its renewal off, or have the seller cancel it.',
    )
  const endsAt = draft.times.business + draft.state.knobs.endedDelayMs
  end(draft, agreement, command.status ?? 'CANCELLED', endsAt)
  return ok({ endsAt })
}

/** The agreement is over; Ended and License Deprovisioned follow, a License Updated no longer. */
export function end(
  draft: Draft,
  agreement: Agreement,
  status: 'CANCELLED' | 'TERMINATED' | 'EXPIRED',
  endsAt: number,
): void {
  agreement.status = status
  unplan(draft, agreement.id, 'term_over')
  unplan(draft, agreement.id, 'license_updated')
  plan(draft, endsAt, agreement.id, { kind: 'ended', status })
  if (agreement.deprovisionedAt === null)
    plan(draft, endsAt + draft.state.knobs.deprovisionedDelayMs, agreement.id, { kind: 'deprovisioned' })
}

export function amend(draft: Draft, command: CommandOf<'amend'>): Answers['amend'] {
  const { state, times } = draft
  const found = findContract(state, command.agreementId)
  if (!found.ok) return found
  const agreement = found.value
  const product = state.products.find((p) => p.key === agreement.product)
  if (product === undefined)
    return refuse('unknown_product', 'This product is no longer sold. Its contracts run out unchanged.')

  if (command.bought !== undefined) {
    const bought = checkBought(product, command.bought, agreement.term ?? undefined)
    if (!bought.ok) return bought
    agreement.bought = bought.value
    const from = Math.max(times.business, agreement.startsAt)
    if (agreement.payment === undefined)
      plan(draft, from + state.knobs.licenseDelayMs, agreement.id, { kind: 'license_updated' })
  }
  if (command.autoRenew !== undefined) agreement.autoRenew = command.autoRenew
  agreement.changedAt = times.business
  plan(draft, times.business + state.knobs.createdDelayMs, agreement.id, { kind: 'amended' })
  return ok(null)
}

export function renew(draft: Draft, command: CommandOf<'renew'>): Answers['renew'] {
  const found = findContract(draft.state, command.agreementId)
  if (!found.ok) return found
  return ok({ agreementId: succeed(draft, found.value, draft.times.business)?.id ?? found.value.id })
}

/** The successor of an agreement, which ends as RENEWED; undefined when its product is no longer sold. */
export function succeed(
  draft: Draft,
  agreement: Agreement,
  at: number,
  license?: 'same' | 'new',
): Agreement | undefined {
  const { state } = draft
  const product = state.products.find((p) => p.key === agreement.product)
  if (product === undefined) return undefined
  const successor = makeAgreement(draft, {
    product,
    account: agreement.account,
    bought: agreement.bought,
    term: agreement.term,
    autoRenew: agreement.autoRenew,
    trial: false,
    intent: 'RENEW',
    previous: agreement,
    license,
    at,
  })
  planStart(draft, successor)
  agreement.status = 'RENEWED'
  unplan(draft, agreement.id, 'term_over')
  plan(draft, at + state.knobs.endedDelayMs, agreement.id, { kind: 'ended', status: 'RENEWED' })
  return successor
}

/** An agreement, over or not. */
export function findAny(state: State, agreementId: string): Result<Agreement, Refusal> {
  const agreement = own(state.agreements, agreementId)
  return agreement === undefined
    ? refuse('unknown_agreement', `There is no agreement ${JSON.stringify(agreementId)}.`)
    : ok(agreement)
}

/** An agreement that is in force. */
export function findActive(state: State, agreementId: string): Result<Agreement, Refusal> {
  const found = findAny(state, agreementId)
  return !found.ok || found.value.status === 'ACTIVE'
    ? found
    : refuse('not_possible', `This agreement is over (${found.value.status}). Subscribe again to go on.`)
}

/** An agreement in force that has a term. */
export function findContract(state: State, agreementId: string): Result<Agreement, Refusal> {
  const found = findActive(state, agreementId)
  return found.ok && found.value.term === null
    ? refuse('not_possible', 'Only a contract is amended or renewed. This agreement has no term.')
    : found
}
