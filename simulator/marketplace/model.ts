/**
 * The state of the simulated marketplace, as types. No code. The state is plain JSON (no Date, Map or bigint), so it
 * can be stored as text and compared as a value. What may be done to it stands in `commands.ts`.
 */

import type { Knobs } from './knobs.ts'
import type { Mail } from './mail.ts'
import type { ApiOperation } from './operations.ts'
import type { Queue } from './queue.ts'
import type { Push, Pushed } from './pushes.ts'
import type { MoveTask } from './queue-redrive.ts'
import type { ReceivedWebhook, Receiver } from './receiver.ts'
import type { Session } from './sessions.ts'
import type { Published } from './topics.ts'

/** Any JSON value: what a request's body may hold, not trusted yet. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** The two clocks at the moment of a command, epoch ms (design §9). `business` never goes back. */
export interface Times {
  readonly business: number
  readonly wall: number
}

/** Dollars as decimal text, at most 8 decimals. */
export type Dollars = string

export interface MarketplaceDimension {
  /** The API name, case-sensitive. */
  readonly key: string
  readonly title: string
  readonly unit: string
  /** Dollars a unit of usage. */
  readonly price: Dollars
  /** True: BatchMeterUsage takes it. False: it can only be bought ahead. */
  readonly metered: boolean
  /** False: AWS does not know this dimension yet. */
  readonly offered: boolean
  /** What a unit costs when bought ahead; absent: it cannot be. */
  readonly contract?: {
    readonly monthly: Dollars
    readonly annual: Dollars
    readonly quantities: readonly number[]
  }
}

export interface MarketplaceProduct {
  /** The seller's own short name of the product. */
  readonly key: string
  /** `prod-…`: License Manager, Catalog, events. */
  readonly id: string
  /** 25 characters: metering, entitlement, events. */
  readonly code: string
  readonly title: string
  /** What it is, in one sentence. */
  readonly summary?: string
  readonly kind: 'saas' | 'container'
  readonly pricing:
    | 'subscription'
    | 'contract'
    | 'contract-with-consumption'
    | 'hourly'
    | 'custom-metering'
    | 'free'
    | 'byol'
  /** `license`: LicenseArn and EventBridge. `legacy`: ProductCode and CustomerIdentifier. */
  readonly integration: 'license' | 'legacy'
  readonly dimensions: readonly MarketplaceDimension[]
  /** Absent: no free trial is offered. */
  readonly trialDays?: number
}

/** Everything the simulator takes from `seller.config.ts`, and the buyers' accounts of the demo. */
export interface SimulatorView {
  readonly sellerAccount: string
  readonly sellerName: string
  readonly products: readonly MarketplaceProduct[]
  readonly buyers: readonly { readonly account: string; readonly name: string }[]
}

/** AWS's own words for an agreement's state (facts §8). */
export type AgreementStatus = 'ACTIVE' | 'CANCELLED' | 'EXPIRED' | 'TERMINATED' | 'RENEWED' | 'REPLACED'

/**
 * Where a license stands: `pending` until License Updated, `active`, `ending` for the hour after License
 * Deprovisioned in which usage is still taken, and `ended`. `ending` becomes `ended` by time: ask `licenseStanding`.
 */
export type LicenseStanding = 'pending' | 'active' | 'ending' | 'ended'

export type Term = 'month' | 'year'

export interface Bought {
  readonly dimension: string
  readonly quantity: number
}

/** What was bought ahead, at the price a unit and term of that day. */
export interface Purchase extends Bought {
  readonly price: Dollars
}

/** One purchase and the license it grants. Times are business time, epoch ms. */
export interface Agreement {
  /** `agmt-…` */
  readonly id: string
  readonly product: string
  readonly productId: string
  readonly productCode: string
  readonly account: string
  readonly offerId: string
  /** `arn:aws:license-manager::294406891311:license:l-<32 hex>` */
  readonly licenseArn: string
  /** Only for products on the legacy integration. */
  readonly customerIdentifier: string | null
  readonly intent: 'NEW' | 'RENEW' | 'REPLACE'
  readonly previousAgreementId: string | null
  readonly acceptedAt: number
  readonly startsAt: number
  /** Null: open-ended; AWS writes the year 9999. */
  endsAt: number | null
  readonly trial: boolean
  autoRenew: boolean
  readonly term: Term | null
  status: AgreementStatus
  /** What was bought ahead. In force for GetEntitlements once `entitled` says so. */
  bought: Purchase[]
  /** What GetEntitlements answers: `bought` as of the last License Updated, nothing before the first and after the end. */
  entitled: Bought[]
  /** Absent: paid as usual. `pending` and `failed`: no license yet; it comes when the payment does. */
  payment?: 'pending' | 'failed'
  /** The seller's last request to cancel; absent: there was none. */
  cancellation?: CancellationRequest
  /** When its terms last changed; absent: never. */
  changedAt?: number
  /** When the first License Updated happened; null before. */
  activatedAt: number | null
  /** When Purchase Agreement Ended happened; null before. */
  endedAt: number | null
  /** When License Deprovisioned happened; null before. Usage is taken for 60 minutes more. */
  deprovisionedAt: number | null
}

/** A registration token: reusable until it expires. */
export interface Token {
  readonly agreementId: string
  /** Business time, epoch ms. */
  readonly madeAt: number
  /** Business time, epoch ms; from this instant on it is expired. */
  readonly expiresAt: number
}

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

/** One accepted record. Its key is (region, license or product, account, dimension, hour); the first write wins. */
export interface BilledRecord {
  readonly id: string
  readonly region: string
  readonly agreementId: string
  /** The product's own short name. */
  readonly product: string
  readonly account: string
  readonly dimension: string
  /** The UTC hour's first ms. */
  readonly hour: number
  /** As sent, epoch seconds. */
  readonly timestamp: number
  readonly quantity: number
  /** Dollars a unit at the time of acceptance; "0" in a free trial. */
  readonly price: Dollars
  /** Business time of acceptance, epoch ms. */
  readonly acceptedAt: number
  /** As sent; null: none. */
  readonly allocations: Json
}

/** Who calls, as the signature proved it. */
export interface Caller {
  readonly account: string
  /** The Region of the credential scope. */
  readonly region: string
  /** Of a role that was taken on; absent: a user's own key. */
  readonly arn?: string
}

/** What goes wrong on demand. The first six hit a call, the next four an event, the last an SQS message. */
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

export interface State {
  /** Raised when a journal or snapshot of an older machine can no longer be read. */
  readonly version: 1
  /** Business time, epoch ms; set by `set_business_time`, never back. */
  business: number
  /** The seeded generator (sfc32): four unsigned 32-bit integers. */
  random: [number, number, number, number]
  /**
   * A second generator, for what the first versions of this machine did not have: a journal they kept draws the same ids
   * from the first one still.
   */
  later: [number, number, number, number]
  /** Grows by one for each pending thing: the order within one instant. */
  sequence: number
  sellerAccount: string
  sellerName: string
  products: MarketplaceProduct[]
  buyers: { account: string; name: string }[]
  /** By agreement id, in the order of acceptance. */
  agreements: { [agreementId: string]: Agreement }
  /** By LicenseArn: agreement ids, the newest last (a renewal may keep its license). */
  licenses: { [licenseArn: string]: string[] }
  /** By AWS account: agreement ids, the newest last. */
  accounts: { [account: string]: string[] }
  /** By token. */
  tokens: { [token: string]: Token }
  /** Sorted by (due, sequence). */
  pending: Pending[]
  delivered: Delivered[]
  /** By name. */
  queues: { [name: string]: Queue }
  /** By dedup key. */
  bill: { [key: string]: BilledRecord }
  faults: Fault[]
  knobs: Knobs
  /** Whether events are pushed to an API destination too. */
  pushing: boolean
  /** Events on their way to it. */
  pushes: Push[]
  /** Pushes that are over, the newest last. */
  pushed: Pushed[]
  /** Moves out of dead-letter queues, the newest last. */
  moves: MoveTask[]
  /** What SES took, the newest last. */
  mails: Mail[]
  /** By ARN. */
  topics: { [arn: string]: { readonly createdAt: number } }
  /** What SNS took, the newest last. */
  published: Published[]
  /** How the seller's application, played here, answers webhooks. */
  receiver: Receiver
  /** What it got, the newest last. */
  webhooks: ReceivedWebhook[]
  /** Temporary credentials, by access key id. */
  sessions: { [accessKeyId: string]: Session }
  /** By operation, account and region: wall times of the last calls. Not kept across a restart. */
  quotas: { [key: string]: number[] }
}
