/** Where a subscription stands: its events, what AWS answers about it, and the account's other purchases, put together. */
import type { Lifecycle, Terms } from '../../shared/lifecycle.ts'
import { lifecycleOf } from '../../shared/lifecycle.ts'
import { accessOf, type Access } from '../../shared/lifecycle/access.ts'
import type { LifecycleEvent } from '../../shared/lifecycle/events.ts'
import type { Trial } from '../../shared/lifecycle/trial.ts'
import type { EdgeProduct } from '../../shared/seller/views.ts'
import type { Known } from '../db/lifecycle.ts'
import type { Edge } from '../env.ts'
import { askAgreement, type AgreementAsked } from './agreement.ts'
import { askEntitlements, needsEntitlement, saysNothing, type Asked } from './entitled.ts'
import { lifecycleEvent } from './event.ts'
import { relativesOf, successorOf, type Relative } from './relatives.ts'
import { readEntitled, type Detail, type Entitled } from './state.ts'
import { readTrial } from './trial.ts'

export interface Stands extends Asked {
  readonly life: Lifecycle
  readonly access: Access
  readonly trial: Trial | null
  /** When the trial changes by time alone; null: never. */
  readonly trialChangesAt: number | null
  readonly agreement: AgreementAsked
  readonly relatives: readonly Relative[]
  readonly successor: Relative | undefined
}

/** At `now`. Asks AWS what is not known yet and is due; what AWS does not answer is asked again later. */
export async function standsAt(
  edge: Edge,
  product: EdgeProduct,
  known: Known,
  held: Detail | undefined,
  now: number,
): Promise<Stands> {
  const { row } = known
  const events = known.events.flatMap(
    (stored): LifecycleEvent | readonly LifecycleEvent[] => lifecycleEvent(stored) ?? [],
  )
  const relatives = relativesOf(known.siblings)
  const successor = successorOf(row, relatives)
  const termsOf = (entitled: Entitled | null, successorEnd: number | null): Terms => ({
    needsEntitlement: needsEntitlement(product),
    entitledLife: entitled?.life ?? null,
    finalTakeMs: edge.seller.finalTakeMs,
    successorEnd,
  })

  const before = { entitled: readEntitled(row), asking: held?.asking ?? null }
  const successorEnd = successor?.seen?.end?.at ?? null
  const early = lifecycleOf(events, termsOf(before.entitled, successorEnd), now)
  const asked = needsEntitlement(product) ? await askEntitlements(edge.aws, row, early, before, now) : before
  const heldAgreement = {
    terms: held?.terms ?? [],
    asking: held?.askingAgreement ?? null,
    provisioning: held?.provisioning ?? null,
  }
  const agreement = await askAgreement(edge.aws, row, early, heldAgreement, now)

  const all = [...events, ...failureOf(agreement)]
  const own = lifecycleOf(all, termsOf(asked.entitled, successorEnd), now)
  const siblings = relatives.map(({ seen }) => seen ?? {})
  const { trial, changesAt } = readTrial(product, own, agreement.terms, siblings, now)
  const left = leftAt(trial, now)
  const life =
    left === null || successorEnd !== null ? own : lifecycleOf(all, termsOf(asked.entitled, left), now)
  const access = accessOf(life, { trial, nothingEntitled: saysNothing(asked.asking) }, now)
  return { ...asked, life, access, trial, trialChangesAt: changesAt, agreement, relatives, successor }
}

/** What AWS answered, as the event it never sends for a license product. */
const failureOf = ({ provisioning }: AgreementAsked): readonly LifecycleEvent[] =>
  provisioning === null
    ? []
    : [
        {
          kind: 'payment-failed',
          id: `provisioning:${provisioning.agreementId}`,
          at: provisioning.at,
          agreementId: provisioning.agreementId,
        },
      ]

/** When a trial was over that was paid for elsewhere: where AWS says REPLACED, no other end of it comes. Null: it is not. */
const leftAt = (trial: Trial | null, now: number): number | null =>
  trial !== null && trial.paid === 'other' && now >= trial.graceUntil ? trial.graceUntil : null
