/**
 * What happened in one seed of the simulation, as plain data: what the runtime writes down and the oracle judges. Types
 * only, and none of `shared/ledger`: the oracle must not share a mistake with what it judges. Times are epoch ms.
 */
import type { Dimension, Plan, Trial } from '../../shared/seller.ts'

export interface History {
  readonly seed: number
  readonly shape: string
  /** What was sold, in order of `from`; the first is there from the beginning. A deploy adds one. */
  readonly deploys: readonly Deploy[]
  readonly subscriptions: readonly SubscriptionHistory[]
  readonly aws: AwsHistory
  /** True time of the last thing that happened: everything has frozen and was answered by then. */
  readonly endedAt: number
}

/** A config in force for every object that runs at or after `from`. */
export interface Deploy {
  readonly from: number
  /** The name each record made with it carries (`cfg_…`). */
  readonly config: string
  readonly product: {
    readonly key: string
    readonly code: string
    readonly pricing: 'subscription' | 'contract' | 'contract-with-consumption'
    readonly dimensions: readonly Dimension[]
    readonly defaultPlan: string | null
    readonly heartbeat: string | null
    /** Absent: the product has no trial of its own terms. */
    readonly trial?: Pick<Trial, 'plan' | 'allowances' | 'thenPlan'> | null
  }
  readonly plans: readonly Plan[]
  readonly timing: {
    readonly latenessMs: number
    readonly freezeWithinMs: number
    readonly monthGuardMs: number
    readonly lateAcrossMonthsMs: number
    readonly expired: 'move' | 'park'
    readonly spike: number | null
  }
}

export interface SubscriptionHistory {
  readonly subscription: string
  readonly account: string
  /** Every order the lifecycle made, in order of version. */
  readonly orders: readonly OrderMade[]
  /** Every call of a client, in order of `sentAt`. Retries of one batch are calls of their own. */
  readonly calls: readonly ClientCall[]
  readonly repairs: readonly RepairDone[]
  /**
   * The Ledger's own clock when it first did something under each config that it kept, in order; absent: at each deploy's
   * `from`. One that died before, or was only read from, has met no change yet.
   */
  readonly ranUnder?: readonly { readonly config: string; readonly at: number }[]
  /** Its month, given to the one that succeeds it; absent: it was not. */
  readonly given?: MonthGiven
  /** One for each life that was told a predecessor; absent: none was. */
  readonly taken?: readonly MonthTaken[]
  /** In order of `at`; absent: it was never set back. */
  readonly restores?: readonly RestoreDone[]
  readonly shown: Shown
}

/** From `at` on, by its own clock, nothing of that month and life is counted here (money §4 *Successor*). */
export interface MonthGiven {
  readonly to: string
  readonly life: number
  readonly month: number
  readonly at: number
}

/** What became of a life's asking for its predecessor's month; nothing freezes from `since` to `decidedAt`. */
export interface MonthTaken {
  readonly life: number
  readonly from: string
  readonly state: 'asking' | 'taken' | 'alone'
  readonly since: number
  readonly month: number | null
  readonly decidedAt: number | null
  readonly why: string | null
}

/**
 * The Ledger was set back at `at` to what it was at `to`, its own clock: what it took and did in between it does not know.
 * From `checkedAt` until `doneAt` nothing freezes (money §9). `doneAt` null: the check did not come to its end.
 */
export interface RestoreDone {
  readonly to: number
  readonly at: number
  readonly checkedAt: number
  readonly doneAt: number | null
  readonly compared: number
  /** Keys of records. */
  readonly adopted: readonly string[]
  readonly corrected: readonly string[]
  readonly settled: readonly string[]
  readonly offered: readonly string[]
}

/** An order's content (shared/ledger/order.ts as JSON), when it was made and when the Ledger first had it. */
export interface OrderMade {
  readonly version: number
  readonly madeAt: number
  /** The Ledger's own clock when it first took this order or a higher one; null: never. */
  readonly takenAt: number | null
  readonly product: string
  readonly agreementStart: number | null
  readonly activation: number | null
  readonly life: number
  readonly ending: { readonly at: number } | null
  readonly end: {
    readonly at: number
    readonly takeUntil: number
    readonly cause: 'deprovisioned' | 'presumed'
  } | null
  readonly identities: readonly IdentityStep[]
  readonly kinds: readonly { readonly fromHour: number; readonly kind: IdentityStep['kind'] }[]
  readonly plans: readonly { readonly fromHour: number; readonly plan: string }[]
  readonly trial: { readonly endsAt: number; readonly graceUntil: number } | null
  /** Dimension to decimal text; null while unknown. */
  readonly amounts: Readonly<Record<string, string | null>>
  readonly predecessor: string | null
  /** The Ledger's own clock at each time it took it, or a higher one, anew after it was set back to before. */
  readonly takenAgainAt?: readonly number[]
}

export interface IdentityStep {
  readonly fromHour: number
  readonly region: string
  readonly kind: 'license' | 'product-account' | 'product-customer'
  /** LicenseArn or product code; and account or customer identifier. */
  readonly of: string
  readonly who: string
}

/** One batch as a client sent it once. */
export interface ClientCall {
  readonly sentAt: number
  readonly batch:
    | { readonly kind: 'ids' }
    | {
        readonly kind: 'sequence'
        readonly source: string
        readonly epoch: string
        readonly sequence: number
      }
  readonly events: readonly EventSent[]
  /**
   * The Ledger's own clock (skew and all) at each time this call ran there and its writes were kept: none when it was
   * lost before, two when it was doubled on its way.
   */
  readonly ranAt: readonly number[]
  /** What the client was told, event by event; null: the answer was lost, or an error came. */
  readonly answers: readonly Told[] | null
}

export type Told =
  | { readonly result: 'counted' | 'duplicate' | 'again' }
  | { readonly result: 'refused'; readonly code: string }

/** Amounts are millionths as decimal text of an integer. */
export interface EventSent {
  readonly source: string
  readonly id: string
  readonly meter: string
  readonly time: number
  readonly measure:
    | { readonly kind: 'quantity'; readonly quantity: string }
    | { readonly kind: 'value'; readonly value: string; readonly series: string }
    | { readonly kind: 'key'; readonly key: string }
}

/** An operator's act that was carried out; one that was refused changed nothing and is not here. */
export interface RepairDone {
  readonly at: number
  readonly kind:
    | 'retry'
    | 'move'
    | 'write off'
    | 'evidence'
    | 'hold'
    | 'release'
    | 'void'
    | 'bill aside'
    | 'drop aside'
    | 'replay'
  /** The record's key, also of a spike that is released; or what else it was about. */
  readonly subject: string
  /** The act as it was given, as JSON. */
  readonly act: string
}

/** AWS's side, from the simulator's own state. */
export interface AwsHistory {
  /** Everything on AWS's bill, whoever wrote it. */
  readonly bill: readonly AwsRecord[]
  readonly calls: readonly AwsCall[]
  readonly agreements: readonly AwsAgreement[]
}

export interface AwsRecord {
  /** AWS's MeteringRecordId. */
  readonly id: string
  readonly region: string
  readonly kind: 'license' | 'product'
  /** The LicenseArn or the product code it was metered by. */
  readonly of: string
  readonly account: string
  readonly subscription: string | null
  readonly dimension: string
  readonly hour: number
  readonly timestamp: number
  readonly quantity: number
  readonly acceptedAt: number
  /** `somebody`: written by another program of the seller's, not by us. */
  readonly by: 'us' | 'somebody'
}

/** A BatchMeterUsage call that reached AWS, at AWS's clock. */
export interface AwsCall {
  readonly at: number
  readonly region: string
  readonly records: readonly {
    readonly of: string
    readonly who: string
    readonly dimension: string
    readonly timestamp: number
    readonly quantity: number
  }[]
}

export interface AwsAgreement {
  readonly subscription: string
  readonly account: string
  readonly licenseArn: string | null
  readonly startsAt: number
  readonly activatedAt: number | null
  readonly endedAt: number | null
  readonly deprovisionedAt: number | null
}

/** What the system itself shows of a subscription at the end (`usage`, `records`, `audit`, `status`). */
export interface Shown {
  readonly waiting: string | null
  readonly stopped: string | null
  /** Why a life went on without its predecessor's month; absent or null: none did. */
  readonly alone?: string | null
  readonly frozenUntil: number | null
  readonly records: readonly ShownRecord[]
  readonly months: readonly ShownMonth[]
  /** Invariants of money §12 that the Ledger itself finds broken; empty: none. */
  readonly findings: readonly string[]
}

export interface ShownRecord {
  readonly key: string
  readonly kind: IdentityStep['kind']
  readonly of: string
  readonly who: string
  readonly dimension: string
  readonly hour: number
  readonly timestamp: number
  readonly quantity: number
  readonly state: 'waiting' | 'billed' | 'doubtful' | 'parked' | 'expired' | 'moved' | 'written off'
  readonly reason: string | null
  readonly receipt: string | null
  readonly config: string
  readonly frozenAt: number
  /** A spike that waits for a person, and until when; absent or null: it does not. */
  readonly heldUntil?: number | null
  /** `period` is the first hour of the period the units are of. */
  readonly lines: readonly (
    | { readonly kind: 'usage'; readonly period: number; readonly units: number }
    | { readonly kind: 'adjustment'; readonly from: string; readonly units: number }
  )[]
}

/** Amounts are decimal text in the meter's unit, units whole numbers as text. */
export interface ShownMonth {
  readonly month: number
  readonly dimensions: readonly {
    readonly dimension: string
    readonly meter: string
    readonly metered: boolean
    readonly counted: string
    readonly covered: string
    readonly due: string
    readonly frozen: string
    readonly billed: string
    readonly open: string
    /** Due when the subscription ended and in no record: no later hour can bill it; absent: 0. */
    readonly unbilled?: string
    readonly owed: string
    /** What is left over when the subscription has ended, in the meter's unit; absent while nothing shows it. */
    readonly residue?: string
    /** Why the dimension freezes no further, alone. */
    readonly waiting?: 'amount' | 'parked' | 'hold' | null
  }[]
  readonly setAside: readonly {
    readonly meter: string
    readonly hour: number
    readonly reason: string
    readonly amount: string
  }[]
  readonly refused: readonly {
    readonly source: string
    readonly id: string
    readonly reason: string
    readonly meter: string
    readonly hour: number
    readonly amount: string | null
    readonly times: number
  }[]
}
