/**
 * The state of the simulated marketplace, as types. No code. The state is plain JSON (no Date, Map or bigint), so it
 * can be stored as text and compared as a value. What may be done to it stands in `commands.ts`.
 */

import type { Checkout, CheckoutAnswer } from './checkout.ts'
import type { Fault } from './fault.ts'
import type { CancellationRequest, Delivered, Pending } from './happening.ts'
import type { Knobs } from './knobs.ts'
import type { Mail } from './mail.ts'
import type { Metric } from './metrics.ts'
import type { Queue } from './queue.ts'
import type { Push, Pushed } from './pushes.ts'
import type { MoveTask } from './queue-redrive.ts'
import type { ReceivedWebhook, Receiver } from './receiver.ts'
import type { Session } from './sessions.ts'
import type { KeyVersions, Task } from './task.ts'
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
  /** Bought ahead for a container: how License Manager counts it. `None`: it is had or not. Absent: by quantity. */
  readonly licenseUnit?: 'None' | 'Count'
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
  /** Containers by the hour: the version of AWS's public key that the image is built with. */
  readonly publicKeyVersion?: number
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
  /** How often License Updated came: each makes a version of its license. Absent: never. */
  licenseVersions?: number
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

/**
 * One accepted record. Its key is (region, license or product, account, dimension, hour), of MeterUsage (region, task,
 * product, dimension, hour); the first write wins.
 */
export interface BilledRecord {
  readonly id: string
  readonly region: string
  readonly agreementId: string
  /** The product's own short name. */
  readonly product: string
  readonly account: string
  /** Who used it: the ECS task's ARN, `pod/<uid>`; absent: BatchMeterUsage told of it. */
  readonly task?: string
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
  /** The id of the task or node whose role it is. */
  readonly task?: string
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
  /** What CloudWatch took, by namespace, name and dimensions; the one heard of last is the last. Not kept across a restart. */
  metrics: { [key: string]: Metric }
  /** How the seller's application, played here, answers webhooks. */
  receiver: Receiver
  /** What it got, the newest last. */
  webhooks: ReceivedWebhook[]
  /** Temporary credentials, by access key id. */
  sessions: { [accessKeyId: string]: Session }
  /** By id, in the order they were asked for. */
  tasks: { [id: string]: Task }
  /** By Region, account and ClientToken: what MeterUsage was asked, and the record that came of it. */
  meterTokens: { [key: string]: { readonly asked: string; readonly recordId: string } }
  /** By product's key; absent: version 1, and no other before it. */
  keyVersions: { [productKey: string]: KeyVersions }
  /** Private keys of the simulator's own, as PEM, by name. */
  signingKeys: { [name: string]: string }
  /** By LicenseConsumptionToken. */
  checkouts: { [token: string]: Checkout }
  /** By account, Region and ClientToken: what CheckoutLicense was answered. */
  checkoutAnswers: { [key: string]: CheckoutAnswer }
  /** By operation, account and region: wall times of the last calls. Not kept across a restart. */
  quotas: { [key: string]: number[] }
}
