/** The Ledger of one subscription: what it can be asked to do. Synchronous; every function is given its time. */
import type { Month } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { FrozenRecord, Line, RecordState, Settlement } from '../submission/record.ts'
import type { SubscriptionId } from '../subscription.ts'
import type { EventAnswer, UsageEvent } from '../usage/event.ts'
import { accountsOf, type Accounts } from './accounts.ts'
import { auditLedger } from './audit.ts'
import { sentenceOf } from './broken.ts'
import { openCalls } from './calls.ts'
import { type Changes, changesSince, settledSoon } from './changes.ts'
import { heldUpIn, type HeldUp } from './danger.ts'
import { applyOrder } from './lives.ts'
import { monthUsage, type RefusedUsage } from './month-usage.ts'
import type { Order } from './order.ts'
import { refuseBadCharges } from './price.ts'
import type { Repairs } from './repair.ts'
import { repairLedger } from './repair-acts.ts'
import { readEntries, verifyRepairs } from './repair-log.ts'
import { exportRows, readParked } from './repair-pages.ts'
import { findRecord, regionIn } from './repair-record.ts'
import { beginRestore, compareCopies, endRestore } from './restore.ts'
import { markHanded, raiseRound, readOffers, settleRecords } from './settle.ts'
import { readState, saveState, type State } from './state.ts'
import { aloneLine, type Ask, askAt, giveMonth, type HandOver, secretName, takeAnswer } from './successor.ts'
import { openSweep } from './sweep.ts'
import { layTables } from './tables.ts'
import { recallEvents, takeBatch } from './take.ts'
import type { LedgerTerms } from './terms.ts'
import { readRecords, readSilent, statusOf } from './view.ts'

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

export interface Ledger extends Repairs {
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
  /** The Submitter let this key go up to `round` while it still waits here: its next offer begins a higher one (money §9). */
  raise(key: string, round: number): void
  /** Writes results, each once per (key, attempt). Answers every pair it holds; an unknown key stops this Ledger. */
  settle(settlements: readonly Settlement[], now: number): Acknowledged[]
  /** Stops freezing for good, with a sentence that names both numbers: an invariant failed outside (money §12). */
  stop(why: string, now: number): void
  /** Raised with each change. */
  revision(): number
  status(): LedgerStatus
  /** `alone` of the status, and `silent`: what a run asks for each time, without the rest. */
  alone(): LedgerStatus['alone']
  silent(): LedgerStatus['silent']
  /** Why nothing freezes, and how much of its time is over for the usage that waits (money §9, §10). */
  dangers(): HeldUp
  usage(month: Month): MonthUsage
  /** Newest hour first, keyset pages. `after` is the last row's `key` and `hour`. */
  records(page: RecordsPage): RecordRow[]
  /**
   * What the read model has to rewrite since `revision` (worker/db/schema.ts: usage_days, open_records); null: everything.
   * `sinceClock`: the `clock` of the changes before these: what readings hold goes on though nothing is reported.
   */
  changes(sinceRevision: number | null, sinceClock?: number): Changes
  /** Until when what has just frozen is likely to be billed, so that the read model waits for it; null: nothing is. */
  settledSoon(now: number): number | null
  /** What to ask which predecessor now; null: nothing (money §4 *Successor*). */
  asks(now: number): Ask | null
  /** Stores a predecessor's answer to `ask`. The same answer twice, or one to what is not asked any more, changes nothing. */
  takeOver(ask: Ask, answer: HandOver, now: number): void
  /**
   * Gives the running month to `successor`, once and for good: usage of it is refused from the first answer on. The same
   * question is answered the same way, however often it comes.
   */
  giveMonth(successor: SubscriptionId, ask: Omit<Ask, 'predecessor'>, now: number): HandOver
  /** Every invariant of money §12 that does not hold; empty: all hold. */
  audit(): Finding[]
  /** The numbers on both sides of the invariants, for a person to see them hold. */
  accounts(): Accounts
}

export type Acknowledged = { readonly key: string; readonly attempt: number }

/** Where the Ledger stands and, when it stands still, why. `stopped`: the sentence of `stop`. */
export interface LedgerStatus {
  readonly revision: number
  readonly orderVersion: number
  /** All hours before it are frozen; null until activation is known. */
  readonly frozenUntil: number | null
  readonly nextWake: number | null
  /**
   * Why nothing freezes: no order yet, activation unknown, a predecessor's month not taken over yet, license unknown, held
   * by a person, stopped by an invariant.
   */
  readonly waiting: 'order' | 'activation' | 'predecessor' | 'license' | 'hold' | 'stopped' | null
  /** A sentence for the operator: why a predecessor's month was not taken over, and what to do. Null: none was missed. */
  readonly alone: string | null
  readonly stopped: string | null
  /** True while hours with usage, or held by a gauge, are not frozen, or whole units wait to be. */
  readonly open: boolean
  /** Dimensions that freeze no further though the subscription does, and until when; null: only an order or a person helps. */
  readonly behind: readonly {
    readonly dimension: string
    readonly waiting: 'amount' | 'parked' | 'hold'
    readonly waitUntil: number | null
  }[]
  /** Series that held a value above 0 and were not heard of for `holdFor`: they count 0 by now (money §3). At most 100 a meter. */
  readonly silent: readonly { readonly meter: string; readonly series: string; readonly lastMs: number }[]
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
  /** Whole units that no hour is left for: the subscription has ended, or another price has begun. For a person. */
  readonly unbilled: string
  /** Later dues at the same price use it up; what is left when they end is a billing adjustment to make. */
  readonly owed: string
  /** The unit that was only begun when the price ended, in the meter's unit: shown, never billed (money §3). */
  readonly residue: string
  /** Why this dimension freezes no further, alone: an amount is unknown, never was known (`parked`), or a person holds it. */
  readonly waiting: 'amount' | 'parked' | 'hold' | null
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

/** A rule that does not hold, with both numbers. */
export interface Finding {
  readonly rule: string
  readonly subject: string
  readonly expected: string
  readonly found: string
}

/**
 * Opens the Ledger of `terms.subscription` in `sql`, laying its tables when there are none. Throws a sentence for terms
 * nothing can be charged by. Each function is one transaction: what it answers is written, or nothing is.
 */
export function openLedger(sql: Sql, terms: LedgerTerms): Ledger {
  for (const [key, product] of Object.entries(terms.products)) refuseBadCharges(key, product)
  layTables(sql, terms.subscription)

  const { apart, at, halt, state } = openCalls(sql, terms)
  const sweep = openSweep(sql)

  /** Read once for each state: a run asks several times. */
  const once = <T>(read: (found: State) => T): (() => T) => {
    let last: { readonly of: State; readonly read: T } | undefined
    return () => {
      const of = state()
      if (last?.of !== of) last = { of, read: read(of) }
      return last.read
    }
  }

  return {
    take: (batch, now) => at(now, (state) => takeBatch(sql, state, terms, batch, state.clock)),
    recall: (events) => recallEvents(sql, readState(sql), events),
    order: (order, now) =>
      at(now, (state, forward) => {
        if (order.version <= state.orderVersion) return { state, answer: undefined }
        saveState(sql, state)
        return { state: forward(applyOrder(sql, state, order, state.clock)), answer: undefined }
      }),
    runDue(now) {
      at(now, (state) => ({ state, answer: sweep(state) }), 'throw')
      return { nextWake: state().nextWake }
    },
    nextWake: () => state().nextWake,
    offers: (limit) => readOffers(sql, terms.subscription, limit),
    handed: (offered) => apart(() => markHanded(sql, offered)),
    raise: (key, round) => apart(() => raiseRound(sql, key, round)),

    settle: (settlements, now) =>
      at(now, (before) => {
        const settled = settleRecords(sql, before, terms.timing, settlements, before.clock)
        const stopped = before.stopped ?? (settled.unknown === null ? null : sentenceOf(settled.unknown))
        const openBefore = before.openBefore || settled.moved
        return { state: { ...before, openBefore, stopped }, answer: settled.acknowledged }
      }),

    asks: (now) => askAt(state(), terms.timing, now),

    takeOver: (ask, answer, now) =>
      at(now, (before, forward) => {
        const state = takeAnswer(sql, before, terms.timing, ask, answer, secretName(sql, terms.keySecret))
        return { state: state === before ? state : forward(state), answer: undefined }
      }),

    giveMonth: (successor, ask, now) =>
      at(now, (state) => giveMonth(sql, state, successor, ask, secretName(sql, terms.keySecret))),

    stop: (why) => halt(why),
    revision: () => state().revision,
    status: once((found) => statusOf(sql, found)),
    alone: () => aloneLine(state()),
    silent: once((found) => readSilent(sql, found)),
    dangers: once((found) => heldUpIn(sql, found)),
    usage: (month) => monthUsage(sql, readState(sql), terms, month),
    records: (page) => readRecords(sql, terms.subscription, page),
    settledSoon: (now) => (state().stopped === null ? settledSoon(sql, now) : null),
    changes: (since, sinceClock) =>
      changesSince(sql, state(), terms, terms.subscription, since, sinceClock ?? null),
    audit: () => [...auditLedger(sql, readState(sql)), ...verifyRepairs(sql, terms.subscription)],

    repair: (act, now, released = []) =>
      at(now, (state) => repairLedger(sql, state, terms, act, released, state.clock)),
    whereOf(record) {
      const row = findRecord(sql, record)
      return row && { region: regionIn(row.identity), asked: { key: record, round: row.round } }
    },
    beginRestore: (signed, now) =>
      // Without bringing the ledger up to `now` first: what it would freeze is what has to be compared before.
      apart((before) => beginRestore(sql, before, signed, now)),
    compareCopies: (page, now) =>
      at(now, (before) => {
        const { state, ended } = compareCopies(sql, before, terms, page, before.clock)
        return { state, answer: [...ended] }
      }),
    endRestore: (signed, now) =>
      at(now, (state) => endRestore(sql, state, terms, signed, (end) => auditLedger(sql, end), state.clock)),
    regions: () => [...new Set(readState(sql).identities.map((identity) => identity.region))],
    parked: (page) => readParked(sql, readState(sql), terms.subscription, page),
    repairs: (page) => readEntries(sql, page),
    exportAll: (page) => exportRows(sql, readState(sql), page),
    accounts: () => accountsOf(sql, readState(sql)),
  }
}
