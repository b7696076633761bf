/** A frozen record as the Ledger hands it to the Submitter, and what comes back. Types only; money §5, §7, §8. */
import type { Hour } from '../hour.ts'
import type { Identity, SubscriptionId } from '../subscription.ts'

/** The states of a record, and no other words (money §12). */
export type RecordState = 'waiting' | 'billed' | 'doubtful' | 'parked' | 'expired' | 'moved' | 'written off'

/** What a record's quantity is made of. */
export type Line =
  | { readonly kind: 'usage'; readonly period: number; readonly units: number }
  | { readonly kind: 'adjustment'; readonly from: string; readonly units: number }

/** Fixed at freeze: everything but `deadline` and `final`, which an end may tighten. */
export interface FrozenRecord {
  /** `identityKey|dimension|hour`: AWS keeps at most one record for it. */
  readonly key: string
  readonly subscription: SubscriptionId
  /** Product key in `seller.config.ts` and its 25-character code: one product a call. */
  readonly product: string
  readonly productCode: string
  readonly identity: Identity
  /** The buyer's AWS account where the identity does not name it: one account's hour has one kind of identity. */
  readonly account?: string
  readonly dimension: string
  /** The AWS hour: `timestamp` cut to the hour. */
  readonly hour: Hour
  /** Epoch ms, a whole second. */
  readonly timestamp: number
  /** 0 to 2³¹−1. */
  readonly quantity: number
  /** First instant at which AWS refuses it. */
  readonly deadline: number
  /** A record of a subscription's final flush: before all others, tried at least once even after its deadline (money §6). */
  readonly final: boolean
  /** Price of one unit in millionths of a dollar as decimal text; only orders the queue. */
  readonly price: string
  /** Raised each time a person gives the record back after the Submitter let it go (money §9 `retry`). Absent: 0. */
  readonly round?: number
  /** An attempt of an earlier round was never answered (money §8). Absent: none is known. */
  readonly unanswered?: boolean
  /**
   * Its lines; absent when all of it is usage of its own hour's period. The Submitter only keeps them: a Ledger that was
   * restored reads them back (money §9).
   */
  readonly lines?: readonly Line[]
}

/** What the Submitter answers to each offered record, by key. */
export type OfferAnswer =
  | { readonly key: string; readonly kind: 'taken' }
  /** It was settled before: the result is given again. */
  | { readonly key: string; readonly kind: 'settled'; readonly settlement: Settlement }
  /** The key exists with another quantity, stamp or identity: an invariant has failed. */
  | { readonly key: string; readonly kind: 'differs'; readonly quantity: number }
  /** Not stored: the Submitter let the key go up to this round, and only a higher one brings it back (money §9). */
  | { readonly key: string; readonly kind: 'let go'; readonly round: number }
  /** Never sent: another Region's, or the account's hour already has a record of another kind of identity (money §10). */
  | { readonly key: string; readonly kind: 'refused'; readonly reason: string }

/** The end of a record at the Submitter: written as a receipt by the Ledger, once per (key, attempt). */
export interface Settlement {
  readonly key: string
  /**
   * Number of the attempt that settled it, or the last one before its time ran out; 0 when it was never sent. A round
   * begins with a number of its own, so that (key, attempt) never names two results.
   */
  readonly attempt: number
  readonly at: number
  readonly state: 'billed' | 'doubtful' | 'parked' | 'expired'
  /** For `parked` and `doubtful`: AWS's exception name, or `conflict`, `uncollectable`, `ended`. */
  readonly reason: string | null
  /** AWS's MeteringRecordId. */
  readonly receipt: string | null
  /** True when some attempt went unanswered (money §8): never movable without evidence. */
  readonly unanswered: boolean
}
