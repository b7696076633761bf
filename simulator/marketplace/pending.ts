/** The things due, in the order of (due, sequence). Pure. */
import type { Draft } from './draft.ts'
import type { MarketplaceEvent } from './events.ts'
import type { Happening, Pending } from './happening.ts'
import type { State } from './model.ts'

/** Business time of the earliest thing due, epoch ms; null: nothing is. It may lie in the past. */
export const nextDue = (state: Readonly<State>): number | null => state.pending[0]?.due ?? null

/** Puts something to happen among the things due. */
export const plan = (draft: Draft, due: number, agreementId: string, happening: Happening): void =>
  insert(draft, { kind: 'happen', due, sequence: nextSequence(draft), agreementId, happening })

/** Puts an event, that happened already, among the things due. */
export const planDelivery = (draft: Draft, due: number, event: MarketplaceEvent): void =>
  insert(draft, { kind: 'deliver', due, sequence: nextSequence(draft), ...event })

/** Takes back what was to happen to an agreement. */
export function unplan(draft: Draft, agreementId: string, kind: Happening['kind']): void {
  const { state } = draft
  state.pending = state.pending.filter(
    (p) => p.agreementId !== agreementId || p.kind !== 'happen' || p.happening.kind !== kind,
  )
  draft.changed = true
}

function nextSequence(draft: Draft): number {
  draft.changed = true
  draft.state.sequence += 1
  return draft.state.sequence
}

/** The newcomer has the highest sequence, so it stands behind all that is due no later. */
function insert(draft: Draft, entry: Pending): void {
  const { pending } = draft.state
  let low = 0
  let high = pending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((pending[middle] as Pending).due <= entry.due) low = middle + 1
    else high = middle
  }
  pending.splice(low, 0, entry)
}
