/** What happens to agreements, and the events that tell of it, as types. No code. Source: facts §5.3, §8 (2026-11-21). */
import type { AgreementStatus, Json } from './model.ts'

/** Where a seller's request to cancel stands, in AWS's own words. */
export type CancellationStatus =
  | 'PENDING_APPROVAL'
  | 'APPROVED'
  | 'REJECTED'
  | 'CANCELLED'
  | 'VALIDATION_FAILED'

/** A seller's request to cancel. Times are business time, epoch ms. */
export interface CancellationRequest {
  /** `acr-…` */
  readonly id: string
  readonly reasonCode: string
  readonly status: CancellationStatus
  readonly createdAt: number
  readonly updatedAt: number
}

/** Something that happens to an agreement at a business time: the change, and the event that tells of it. */
export type Happening =
  | { readonly kind: 'created' }
  | { readonly kind: 'amended' }
  | { readonly kind: 'license_updated' }
  | { readonly kind: 'ended'; readonly status: Exclude<AgreementStatus, 'ACTIVE'> }
  | { readonly kind: 'deprovisioned' }
  /** The term is over: renewed when the agreement says so, else expired. No event of its own. */
  | { readonly kind: 'term_over' }
  /** So many days before its end. Told only while the agreement is in force. */
  | { readonly kind: 'ending'; readonly days: number }
  /** Legacy products only: the last hour for usage is over. */
  | { readonly kind: 'unsubscribed' }
  /** Legacy products only are told. */
  | { readonly kind: 'payment_failed' }
  | { readonly kind: 'advisory'; readonly advisory: 'issued' | 'resolved' }
  | { readonly kind: 'cancellation_request'; readonly status: CancellationStatus }
  /** Nobody answered the request to cancel: AWS approves it. */
  | { readonly kind: 'cancellation_approval' }
  | {
      readonly kind: 'other'
      readonly detailType: string
      readonly detail: { readonly [name: string]: Json }
    }

/** One thing due. Ordered by (due, sequence). `deliver` puts an event, that happened already, into the queue. */
export type Pending = {
  /** Business time, epoch ms. */
  readonly due: number
  readonly sequence: number
  readonly agreementId: string
} & (
  | { readonly kind: 'happen'; readonly happening: Happening }
  | {
      readonly kind: 'deliver'
      readonly eventId: string
      readonly detailType: string
      /** When it happened, business time. */
      readonly at: number
      readonly envelope: string
      /** Absent: EventBridge. */
      readonly channel?: 'sns'
    }
)

/** An event that was put into the queue, for the storefront's timeline. The last 200 are kept. */
export interface Delivered {
  /** The event's own id; the same event delivered twice has it twice. */
  readonly id: string
  readonly detailType: string
  readonly agreementId: string
  /** When it happened, business time. */
  readonly at: number
  /** When it was put into the queue, business time. */
  readonly deliveredAt: number
}
