/** The Ledger of one subscription: what it can be asked to do. Synchronous; every function is given its time. */
import type { Month } from '../hour.ts'
import type { FrozenRecord, RecordState, Settlement } from '../submission/record.ts'
import type { EventAnswer, UsageEvent } from '../usage/event.ts'
import type { Order } from './order.ts'

/** Events of one subscription whose form was checked by a door. At most 10 000. */
export type Batch =
  /** Each event under an id of its sender's. */
  | { readonly kind: 'ids'; readonly events: readonly UsageEvent[] }
  /** One batch under one number, all or nothing (money §1). `events[i].id` only names the event when it is refused. */
  | {
      readonly kind: 'sequence'
      readonly source: string
      readonly epoch: string
      readonly sequence: number
      readonly events: readonly UsageEvent[]
    }

export interface Ledger {
  /** Counts a batch and answers each event, in order. When it returns, what it answers is written. */
  take(batch: Batch, now: number): EventAnswer[]
  /**
   * What is known of each event's (source, id), in order; counts nothing. `duplicate`: counted here with this content.
   * `conflict`: counted here with another. null: never counted. For an event that names only an account (money §1).
   */
  recall(events: readonly UsageEvent[]): ('duplicate' | 'conflict' | null)[]
  /** Takes the subscription's state from the lifecycle. An older or equal version changes nothing. */
  order(order: Order, now: number): void
  /** Freezes every hour that is due and does whatever else `now` asks. Idempotent. Never throws for a broken invariant. */
  runDue(now: number): { readonly nextWake: number | null }
  /** The next instant at which `runDue` has something to do, as of the last call; null: nothing is open. */
  nextWake(): number | null
  /** Records the Submitter does not have yet, or not with their present deadline; earliest deadline first. */
  offers(limit: number): FrozenRecord[]
  /** The Submitter has stored these offers. A record whose deadline changed meanwhile stays on offer. */
  handed(offered: readonly FrozenRecord[]): void
  /** Writes results, each once per (key, attempt). Answers every pair it holds; an unknown key stops this Ledger. */
  settle(settlements: readonly Settlement[], now: number): Acknowledged[]
  /** Stops freezing for good, with a sentence that names both numbers: an invariant failed outside (money §12). */
  stop(why: string, now: number): void
  status(): LedgerStatus
  usage(month: Month): MonthUsage
  /** Newest hour first, keyset pages. `after` is the last row's `key` and `hour`. */
  records(page: RecordsPage): RecordRow[]
  /** What the read model has to rewrite since `revision` (worker/db/schema.ts: usage_days, open_records). */
  changes(sinceRevision: number): Changes
  /** Every invariant of money §12 that does not hold; empty: all hold. */
  audit(): Finding[]
}

export type Acknowledged = { readonly key: string; readonly attempt: number }

/** Where the Ledger stands and, when it stands still, why. */
export interface LedgerStatus {
  readonly revision: number
  readonly orderVersion: number
  /** All hours before it are frozen; null until activation is known. */
  readonly frozenUntil: number | null
  readonly nextWake: number | null
  /** Why nothing freezes: no order yet, activation unknown, license unknown, held by a person, stopped by an invariant. */
  readonly waiting: 'order' | 'activation' | 'license' | 'hold' | 'stopped' | null
  /** The sentence of `stop`, or null. */
  readonly stopped: string | null
  /** True while hours with usage are not frozen, or whole units wait to be. */
  readonly open: boolean
  readonly life: number | null
  readonly ended: boolean
}

/** Amounts are decimal text in the meter's unit; units are whole numbers of the dimension as text. */
export interface MonthUsage {
  readonly month: number
  readonly revision: number
  readonly dimensions: readonly DimensionUsage[]
  readonly setAside: readonly SetAside[]
  readonly refused: readonly RefusedUsage[]
}

export interface DimensionUsage {
  readonly dimension: string
  readonly meter: string
  readonly metered: boolean
  readonly counted: string
  /** Included amount used, and what of it is left now: text, `unlimited`, or null while unknown. */
  readonly covered: string
  readonly includedLeft: string | null
  /** Whole units owed for the month, and where they are. `open` is not frozen yet, `owed` was frozen beyond what is due. */
  readonly due: string
  readonly frozen: string
  readonly billed: string
  readonly open: string
  readonly owed: string
  readonly hours: readonly HourUsage[]
}

/** One hour: usage timed in it, and its record if it has one. */
export interface HourUsage {
  readonly hour: number
  readonly counted: string
  readonly quantity: number | null
  readonly state: RecordState | null
}

export type AsideReason = 'month-closed' | 'price-changed' | 'trial' | 'grace' | 'voided'

export interface SetAside {
  readonly meter: string
  readonly hour: number
  readonly reason: AsideReason
  readonly amount: string
}

export interface RefusedUsage {
  readonly source: string
  readonly id: string
  readonly reason: string
  readonly meter: string
  readonly hour: number
  readonly amount: string | null
  readonly times: number
  readonly lastMs: number
}

export interface RecordsPage {
  readonly limit: number
  readonly after?: { readonly hour: number; readonly key: string }
  readonly state?: RecordState
}

export interface RecordRow extends FrozenRecord {
  readonly state: RecordState
  readonly reason: string | null
  readonly receipt: string | null
  readonly config: string
  readonly frozenAt: number
  readonly settledAt: number | null
  readonly lines: readonly Line[]
}

/** What a record's quantity is made of. */
export type Line =
  | { readonly kind: 'usage'; readonly period: number; readonly units: number }
  | { readonly kind: 'adjustment'; readonly from: string; readonly units: number }

export interface Changes {
  readonly revision: number
  readonly days: readonly {
    readonly dimension: string
    readonly day: number
    readonly counted: string
    readonly billed: string
  }[]
  /** Records that are not simply billed, and those that are now: the latter leave the read model. */
  readonly openRecords: readonly RecordRow[]
  readonly closedKeys: readonly string[]
}

/** A rule that does not hold, with both numbers. */
export interface Finding {
  readonly rule: string
  readonly subject: string
  readonly expected: string
  readonly found: string
}
