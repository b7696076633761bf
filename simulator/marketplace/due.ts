/** What happens at its time: the agreement changes, and the event that tells of it goes into the queue. Pure. */
import { end, succeed } from './agreements.ts'
import { answerCancellation } from './cancellation.ts'
import { laterRandom, own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { MarketplaceEvent } from './events.ts'
import { tell } from './events.ts'
import { takeFault } from './faults.ts'
import type { Delivered, Happening } from './happening.ts'
import type { Agreement } from './model.ts'
import { tellLegacy, UNSUBSCRIBED_AFTER_MS } from './legacy.ts'
import { plan, planDelivery } from './pending.ts'
import { planPush } from './pushes.ts'
import { EVENTS_QUEUE } from './queue.ts'
import { putMessage } from './queues.ts'

const TIMELINE_MAX = 200

/** How much later a reordered event comes when nothing else of its agreement is due. */
const REORDERED_LATER_MS = 60_000
const REORDER_WITHIN_MS = 600_000

/** Carries out all that is due at the business time. Answers the events that went into the queue, in order. */
export function releaseDue(draft: Draft): Delivered[] {
  const { state, times } = draft
  const delivered: Delivered[] = []
  for (;;) {
    const first = state.pending[0]
    if (first === undefined || first.due > times.business) return delivered
    draft.changed = true
    state.pending.shift()
    const agreement = own(state.agreements, first.agreementId)
    if (agreement === undefined) continue
    if (first.kind === 'deliver') delivered.push(deliver(draft, first, first.due))
    else delivered.push(...happen(draft, agreement, first.happening, first.due))
  }
}

function happen(draft: Draft, agreement: Agreement, happening: Happening, at: number): Delivered[] {
  change(draft, agreement, happening, at)
  const event = tell(draft, agreement, happening, at)
  if (agreement.customerIdentifier !== null)
    return tellLegacy(draft, agreement, happening, at).flatMap((message) => send(draft, agreement, message))
  return event === undefined ? [] : send(draft, agreement, event)
}

function change(draft: Draft, agreement: Agreement, happening: Happening, at: number): void {
  switch (happening.kind) {
    case 'created':
    case 'amended':
    case 'ending':
    case 'unsubscribed':
    case 'payment_failed':
    case 'advisory':
    case 'cancellation_request':
    case 'other':
      return
    case 'cancellation_approval':
      answerCancellation(draft, agreement.id, 'APPROVED', at)
      return
    case 'license_updated': {
      agreement.activatedAt ??= at
      agreement.licenseVersions = (agreement.licenseVersions ?? 0) + 1
      agreement.entitled = agreement.bought.map(({ dimension, quantity }) => ({ dimension, quantity }))
      const previous = own(draft.state.agreements, agreement.previousAgreementId ?? '')
      if (previous === undefined) return
      previous.entitled = []
      if (previous.licenseArn === agreement.licenseArn) return
      if (draft.state.knobs.oldLicense === 'silent') previous.deprovisionedAt ??= at
      else plan(draft, at + draft.state.knobs.deprovisionedDelayMs, previous.id, { kind: 'deprovisioned' })
      return
    }
    case 'ended':
      agreement.status = happening.status
      agreement.endedAt = at
      return
    case 'deprovisioned':
      agreement.entitled = []
      agreement.deprovisionedAt = at
      if (agreement.customerIdentifier !== null)
        plan(draft, at + UNSUBSCRIBED_AFTER_MS, agreement.id, { kind: 'unsubscribed' })
      return
    case 'term_over': {
      const successor = agreement.autoRenew ? succeed(draft, agreement, at) : undefined
      if (successor === undefined) end(draft, agreement, 'EXPIRED', at)
    }
  }
}

/** Into the queue at once, or, where a fault says so, later, twice, or after the agreement's next event. */
function send(draft: Draft, agreement: Agreement, event: MarketplaceEvent): Delivered[] {
  const { at } = event
  if (takeFault(draft, 'event_lost', event.detailType) !== undefined) return []
  const delay = takeFault(draft, 'event_delay', event.detailType)
  const reorder = takeFault(draft, 'event_reorder', event.detailType)
  const twice = takeFault(draft, 'event_duplicate', event.detailType) !== undefined
  const due = delay === undefined ? at : at + delay.delayMs
  const last = reorder === undefined ? due : Math.max(due, afterNext(draft, agreement, at))

  if (last > at) {
    planDelivery(draft, last, event)
    if (twice) planDelivery(draft, last, event)
    return []
  }
  const first = deliver(draft, event, at)
  return twice ? [first, deliver(draft, event, at)] : [first]
}

/** When the agreement's next event comes, if it comes soon. */
function afterNext(draft: Draft, agreement: Agreement, at: number): number {
  const next = draft.state.pending.find((p) => p.agreementId === agreement.id && p.kind === 'happen')
  return next === undefined || next.due > at + REORDER_WITHIN_MS ? at + REORDERED_LATER_MS : next.due
}

function deliver(draft: Draft, event: MarketplaceEvent, deliveredAt: number): Delivered {
  const { eventId, detailType, agreementId, at } = event
  if (takeFault(draft, 'queue_lost', detailType) === undefined)
    putMessage(
      draft,
      EVENTS_QUEUE,
      event.envelope,
      0,
      event.channel === 'sns' ? laterRandom(draft.state) : draft.state,
    )
  if (event.channel === undefined && takeFault(draft, 'push_lost', detailType) === undefined)
    planPush(draft, event, deliveredAt)
  const { delivered } = draft.state
  const entry = { id: eventId, detailType, agreementId, at, deliveredAt }
  delivered.push(entry)
  if (delivered.length > TIMELINE_MAX) delivered.shift()
  return entry
}
