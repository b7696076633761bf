/** A seller's request to cancel an agreement, and its answer. Pure. Source: facts §5.3, Agreement Cancellation Request (2026-11-21). */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import { end, findActive, findAny } from './agreements.ts'
import type { Refusal } from './commands.ts'
import type { Draft } from './draft.ts'
import type { CancellationStatus } from './happening.ts'
import { plan, unplan } from './pending.ts'
import { drawName } from './random.ts'
import { refuse } from './subscribe.ts'

/** How long AWS waits for an answer to a seller's request to cancel. Source: facts §5.3, "auto-approved after 7 days". */
const APPROVED_AFTER_MS = 7 * 86_400_000

/** The seller asks; AWS approves it when nobody answers. */
export function requestCancellation(
  draft: Draft,
  agreementId: string,
  reasonCode: string,
): Result<null, Refusal> {
  const { state, times } = draft
  const found = findActive(state, agreementId)
  if (!found.ok) return found
  const agreement = found.value
  if (agreement.cancellation?.status === 'PENDING_APPROVAL')
    return refuse('not_possible', 'A request to cancel is open already. Answer that one.')
  if (!/^[A-Z_]{3,40}$/.test(reasonCode))
    return refuse('bad_input', 'A reason code is AWS’s own word, such as BUYER_DISSATISFACTION.')
  agreement.cancellation = {
    id: `acr-${drawName(state, 12)}`,
    reasonCode,
    status: 'PENDING_APPROVAL',
    createdAt: times.business,
    updatedAt: times.business,
  }
  plan(draft, times.business, agreementId, { kind: 'cancellation_request', status: 'PENDING_APPROVAL' })
  plan(draft, times.business + APPROVED_AFTER_MS, agreementId, { kind: 'cancellation_approval' })
  return ok(null)
}

/** Approved by the buyer, rejected by them, withdrawn by the seller, or found invalid by AWS. */
export function answerCancellation(
  draft: Draft,
  agreementId: string,
  status: Exclude<CancellationStatus, 'PENDING_APPROVAL'>,
  at = draft.times.business,
): Result<null, Refusal> {
  const found = findAny(draft.state, agreementId)
  if (!found.ok) return found
  const agreement = found.value
  if (agreement.cancellation?.status !== 'PENDING_APPROVAL')
    return refuse('not_possible', 'No request to cancel this agreement is open.')
  agreement.cancellation = { ...agreement.cancellation, status, updatedAt: at }
  unplan(draft, agreementId, 'cancellation_approval')
  plan(draft, at, agreementId, { kind: 'cancellation_request', status })
  if (status === 'APPROVED' && agreement.status === 'ACTIVE')
    end(draft, agreement, 'CANCELLED', at + draft.state.knobs.endedDelayMs)
  return ok(null)
}
