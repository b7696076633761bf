/** What can be made to go wrong, as types. No code; setting and asking stand in `faults.ts`. */
import type { ApiOperation } from './operations.ts'

/** What goes wrong on demand. The first six hit a call, the next six an event, the last an SQS message. */
export type FaultKind =
  /** Refused with this exception of the operation's own model, nothing done. `status` is 400 unless the model says otherwise. */
  | { readonly kind: 'refused'; readonly code: string; readonly status?: number }
  /** Refused with ThrottlingException, nothing done. */
  | { readonly kind: 'throttle' }
  /** 500, nothing done. */
  | { readonly kind: 'internal_error_before_commit' }
  /** Done, and then 500. */
  | { readonly kind: 'internal_error_after_commit' }
  /** Done, and then the connection is cut without an answer. */
  | { readonly kind: 'lost_reply' }
  /** BatchMeterUsage hands back this many of its records as UnprocessedRecords; `some`: a drawn number, at least one. */
  | { readonly kind: 'unprocessed'; readonly records: 'all' | 'some' | number }
  /** The event is put into the queue so much later, in business time. */
  | { readonly kind: 'event_delay'; readonly delayMs: number }
  /** The event never comes. */
  | { readonly kind: 'event_lost' }
  /** The event comes by the push alone. */
  | { readonly kind: 'queue_lost' }
  /** The event comes by the queue alone. */
  | { readonly kind: 'push_lost' }
  /** The event is put into the queue twice. */
  | { readonly kind: 'event_duplicate' }
  /** The event is put into the queue after the next one of its agreement. */
  | { readonly kind: 'event_reorder' }
  /** The message is handed out a second time, although it was received or deleted. */
  | { readonly kind: 'message_duplicate' }

/**
 * A standing order to fail. `on`: the operation, or for an event its detail-type; `*`: any. `count`: how often still;
 * null: until cleared. `probability`: of hitting each candidate, 0 to 1, drawn from the state's generator.
 */
export type Fault = FaultKind & {
  readonly id: string
  readonly on: ApiOperation | '*' | (string & {})
  count: number | null
  readonly probability: number
}
