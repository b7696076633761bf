/** Which free trial a subscription is on, from what AWS's agreement service says; and what becomes of its plan. Pure. */
import { hourFrom } from '../../shared/hour.ts'
import type { Lifecycle } from '../../shared/lifecycle.ts'
import { trialOf, type Paid, type Trial, type TrialFact } from '../../shared/lifecycle/trial.ts'
import type { EdgeProduct } from '../../shared/seller/views.ts'
import type { Detail, KnownTerms, PlanFrom } from './state.ts'

/** Where the config tells no trial and AWS has sold one: AWS's length, no grace, nothing to remind of. */
const NO_POLICY = { days: 14, graceDays: 0, remindDaysBefore: [] }

/** What is seen of the same account's other subscriptions of the product. */
export type Sibling = Partial<Pick<Detail, 'activation' | 'trial' | 'terms'>>

/** The trial at `now`, and when that changes by time alone. The form's offer type says nothing here: anybody can send it. */
export function readTrial(
  product: Pick<EdgeProduct, 'trial'>,
  life: Lifecycle,
  terms: readonly KnownTerms[],
  siblings: readonly Sibling[],
  now: number,
): { readonly trial: Trial | null; readonly changesAt: number | null } {
  const found = factOf(life, terms)
  if (found === null) return { trial: null, changesAt: null }
  const { fact, paidAt } = found
  const paid: Paid | null =
    paidAt === null ? paidElsewhere(siblings, fact.startsAt) : { at: paidAt, how: 'same' }
  return trialOf(fact, product.trial ?? NO_POLICY, paid, now)
}

function factOf(
  life: Lifecycle,
  terms: readonly KnownTerms[],
): { readonly fact: TrialFact; readonly paidAt: number | null } | null {
  const { legacyTrial, openedAt } = life
  if (legacyTrial !== null)
    return { fact: { startsAt: legacyTrial.at, days: null }, paidAt: legacyTrial.paidAt }
  // Of this life: the agreement in force, and what was granted since it began.
  const own = life.grants.filter(
    (grant) => grant.agreementId === life.agreementId || (openedAt !== null && grant.at >= openedAt),
  )
  const known = own.flatMap((grant) => {
    const found = terms.find((one) => one.agreementId === grant.agreementId)
    return found === undefined ? [] : [{ ...grant, ...found }]
  })
  const index = known.findIndex((one) => one.trial !== null)
  const first = known[index]
  if (first === undefined || first.trial === null) return null
  const startsAt =
    first.startsAt ?? (first.agreementId === life.agreementId ? life.startsAt : null) ?? first.at
  const paidAt = known.slice(index + 1).find((one) => one.trial === null)?.at ?? null
  return { fact: { startsAt, days: first.trial.days }, paidAt }
}

/** A later purchase of the same account and product that is no trial: the first of them. */
function paidElsewhere(siblings: readonly Sibling[], since: number): Paid | null {
  const times = siblings.flatMap(({ activation, trial, terms }) =>
    typeof activation === 'number' && activation >= since && trial === null && (terms?.length ?? 0) > 0
      ? [activation]
      : [],
  )
  return times.length === 0 ? null : { at: Math.min(...times), how: 'other' }
}

/** The plan by the trial, where there is one: its own until access by it is over, then the one behind it. */
export function trialPlan(
  product: Pick<EdgeProduct, 'trial'>,
  trial: Trial | null,
  now: number,
): string | null {
  if (trial === null || product.trial === null) return null
  const until = trial.paid === 'same' ? trial.endsAt : trial.graceUntil
  return now < until ? product.trial.plan : product.trial.thenPlan
}

/** The plan that will follow the one in force. */
export function nextPlanOf(
  product: Pick<EdgeProduct, 'trial'>,
  trial: Trial | null,
  plans: readonly PlanFrom[],
  chosenPlan: string | null,
  now: number,
): string | null {
  const coming = plans.find(({ fromHour }) => fromHour > now && fromHour >= hourFrom(now))
  if (coming !== undefined) return coming.plan
  const isOn = trial !== null && now < trial.graceUntil && trial.paid !== 'same'
  return isOn ? (chosenPlan ?? product.trial?.thenPlan ?? null) : null
}
