/** What the operator's routes answer, as JSON. Types only. Times are epoch ms, amounts and units decimal text. */
import type { Channel, DecisionKind, DeliveryState } from '../deliveries.ts'
import type { Accounts } from '../ledger/accounts.ts'
import type { Finding, LedgerStatus, RecordRow } from '../ledger/ledger.ts'
import type { Page, ParkedRow, Repaired } from '../ledger/repair.ts'
import type { Backlog } from '../submission/backlog.ts'
import type { RecordState } from '../submission/record.ts'
import type { SubscriptionId } from '../subscription.ts'

export type SubscriptionState = 'pending' | 'active' | 'ending' | 'ended'

/** A subscription as D1 has it, and where its Ledger stands. */
export interface SubscriptionLine {
  readonly id: SubscriptionId
  readonly product: string
  readonly account: string
  readonly state: SubscriptionState
  readonly plan: string | null
  /** Null: the Ledger did not answer, nothing is known of it now. */
  readonly ledger: LedgerStatus | null
  /** Whole units of this month that are due and not frozen, by dimension; those with none are left out. */
  readonly open: Readonly<Record<string, string>>
  /** Records that are neither billed nor waiting, by state; from the read model. */
  readonly records: Readonly<Partial<Record<RecordState, number>>>
}

/** One subscription with all that D1 knows of it. */
export interface SubscriptionDetail extends SubscriptionLine {
  readonly productCode: string
  readonly agreementId: string | null
  readonly createdMs: number
  /** How AWS knows it, and from which hour on. */
  readonly identities: readonly {
    readonly kind: string
    readonly value: string
    readonly region: string
    readonly fromHourMs: number
  }[]
}

/** What a run did to one Ledger. `failed`: it did not answer; cron tries again within the minute. */
export interface RunLine {
  readonly id: SubscriptionId
  readonly did: 'nothing due' | 'ran' | 'failed'
  readonly nextWake: number | null
}

/** One Submitter's line and forecast; `backlog` null: it did not answer. */
export interface BacklogLine {
  readonly submitter: string
  readonly backlog: Backlog | null
}

/** The rules of money §12 that do not hold for one subscription; both null: its Ledger did not answer. */
export interface AuditLine {
  readonly id: SubscriptionId
  readonly findings: readonly Finding[] | null
  /** The numbers on both sides, in whole units and in each meter's unit. */
  readonly accounts: Accounts | null
}

/** What waits for a person at one subscription; both null: its Ledger did not answer. */
export interface ParkedLine {
  readonly id: SubscriptionId
  readonly product: string
  readonly parked: Page<ParkedRow> | null
  readonly ledger: LedgerStatus | null
}

/** A key as it is listed; its secret is nowhere. Times are wall time. */
export interface KeyRow {
  readonly kind: 'api' | 'webhook' | 'identity'
  readonly id: string
  readonly name: string
  /** Null: every product. */
  readonly products: readonly string[] | null
  readonly madeMs: number
  /** From then on it is not taken; null: no end is set. */
  readonly endsMs: number | null
  /** Of the identity's keys: whether it signs now; null: it is none of them. */
  readonly signs: boolean | null
}

/** What a key act came to. `secret`: in the first answer only. */
export interface KeyDone extends ActDone {
  readonly key?: string
  readonly secret?: string
}

/** Members of the problem that refuses an act: the record as it is now, if it is about one. */
export interface ActRefused {
  readonly record: RecordRow | null
}

export type ActDone = Repaired

/** Usage a door refused. Times are RFC 3339; `value` is dollars at the prices of its day. */
export interface RefusedLine {
  readonly number: number
  readonly door: 'http' | 'queue'
  readonly source: string
  readonly id: string
  readonly reason: string
  readonly message: string
  readonly subscription: string | null
  readonly product: string | null
  readonly meter: string | null
  readonly amount: string | null
  readonly value: string | null
  readonly hour: string | null
  /** False: the event is with its sender only. */
  readonly replayable: boolean
  readonly times: number
  readonly first: string
  readonly last: string
  readonly replayed: string | null
}

/** What a replay came to. */
export interface Replayed extends ActDone {
  readonly result: 'counted' | 'duplicate'
}

/** A delivery. Its `id` is the `webhook-id`; `outcome` is what the last attempt came to, in words. */
export interface DeliveryLine {
  readonly id: string
  /** Null: about the whole deployment. */
  readonly subscription: string | null
  readonly channel: Channel
  readonly kind: DecisionKind
  readonly state: DeliveryState
  readonly attempts: number
  readonly outcome: string | null
  /** When it became so, when it was written, when it is tried again, when it was over. */
  readonly at: number
  readonly createdMs: number
  readonly nextMs: number | null
  readonly settledMs: number | null
}

/** One delivery with what it tells. */
export interface DeliveryDetail extends DeliveryLine {
  readonly key: string
  readonly giveUpMs: number
  readonly told: object
}

/** A stored event of AWS. `held`: it fits nowhere in the life of its purchase. `kept`: it changes nothing; `note` says why. */
export interface EventLine {
  readonly id: string
  readonly source: string
  /** EventBridge's detail type, or the action of a legacy product's message. */
  readonly kind: string
  readonly state: 'waiting' | 'applied' | 'held' | 'kept'
  /** Why nothing came of it yet; null: it was applied. */
  readonly note: string | null
  /** AWS's time, and when it was stored. */
  readonly at: number
  readonly receivedMs: number
  /** Whose it is; null: nobody knows yet. */
  readonly subscription: SubscriptionId | null
  readonly agreementId: string | null
  readonly licenseTail: string | null
  readonly productCode: string | null
  readonly account: string | null
  readonly customerIdentifier: string | null
}

/** One stored event with the text AWS sent. */
export interface EventDetail extends EventLine {
  readonly body: string
}

/** One hour's comparison of AWS's agreements with what its events told. */
export interface ReconciliationLine {
  readonly number: number
  readonly startedMs: number
  /** Null: it is not done yet. */
  readonly finishedMs: number | null
  /** Agreements and contracts compared, events written, agreements that contradict, calls to AWS. */
  readonly compared: number
  readonly repaired: number
  readonly contradictions: number
  readonly calls: number
  /** Why it stopped the last time, to go on in an hour; null: it did not. */
  readonly stopped: string | null
}

/** An event of AWS's that never came, as it was written in its place. */
export interface RepairLine {
  readonly id: string
  readonly kind: string
  readonly agreementId: string
  /** When it happened, as nearly as AWS tells, and when it was written. */
  readonly at: number
  readonly repairedMs: number
  readonly state: 'waiting' | 'applied' | 'kept'
}

/** An agreement AWS lists that a person has to look at, or that nobody has come here for. */
export interface AgreementLine {
  readonly agreementId: string
  readonly product: string
  readonly account: string | null
  readonly licenseTail: string | null
  readonly status: string
  readonly startsMs: number | null
  /** What contradicts, and since when it was seen; null: nothing. */
  readonly finding: string | null
  readonly findingMs: number | null
}

/** What the reconciliations came to; of each list the first so many, as the request asks. */
export interface Reconciliations {
  /** The newest first. */
  readonly runs: readonly ReconciliationLine[]
  readonly repairs: readonly RepairLine[]
  readonly contradictions: readonly AgreementLine[]
  /** In force at AWS; the buyer has not come to the landing page yet. */
  readonly unknown: readonly AgreementLine[]
}

/** All that is kept of the people of one AWS account. Times are epoch ms: of sign-ins wall time, else business time. */
export interface BuyerData {
  readonly account: string
  readonly subscriptions: readonly {
    readonly id: SubscriptionId
    readonly product: string
    readonly state: SubscriptionState
    readonly workspace: string | null
    readonly createdMs: number
    readonly erasedMs: number | null
  }[]
  readonly contacts: readonly {
    readonly subscription: SubscriptionId
    readonly email: string
    readonly fields: Readonly<Record<string, string>>
    readonly createdMs: number
    readonly updatedMs: number
  }[]
  readonly registrations: readonly {
    readonly subscription: SubscriptionId
    readonly id: string
    readonly offerTypeHint: string | null
    readonly createdMs: number
    readonly completedMs: number | null
  }[]
  readonly feedback: readonly {
    readonly subscription: SubscriptionId
    readonly kind: string
    readonly score: number | null
    readonly message: string
    readonly createdMs: number
  }[]
  /** What was written to them; the words are made when a mail is sent and not kept. */
  readonly mails: readonly {
    readonly subscription: SubscriptionId
    readonly kind: DecisionKind
    readonly state: DeliveryState
    readonly atMs: number
    readonly settledMs: number | null
  }[]
  /** What the application sent of them and we refused: as it came, for it may name its users. */
  readonly refusedUsage: readonly {
    readonly subscription: SubscriptionId
    readonly source: string
    readonly eventId: string
    readonly event: string
    readonly lastMs: number
  }[]
  readonly signIns: readonly {
    readonly email: string
    readonly askedMs: number
    readonly usedMs: number | null
  }[]
}

/** What a buyer wrote on his status page. */
export interface FeedbackLine {
  readonly number: number
  readonly subscription: string
  readonly product: string
  readonly kind: 'question' | 'problem' | 'idea' | 'praise'
  /** How likely he is to recommend the product, 0 to 10; null: he did not say. */
  readonly score: number | null
  readonly message: string
  readonly at: number
  /** Whom to answer; null: it was erased. */
  readonly email: string | null
}
