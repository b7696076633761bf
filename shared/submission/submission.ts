/**
 * The engine of the Submitter (money §7, §8): copies of frozen records, sent to AWS at a rate, settled once. Synchronous
 * over the SQL port; no I/O, no clock: every function is given its time, the caller makes the calls.
 */
import type { CallFailure } from '../aws/failure.ts'
import type { Month } from '../hour.ts'
import type { Result } from '../result.ts'
import type { Sql } from '../sql.ts'
import { raiseAlarms, type Alarm } from './alarms.ts'
import { abandonAttempts, takeAnswer } from './answer.ts'
import { readBacklog, type Backlog } from './backlog.ts'
import * as directory from './directory.ts'
import { forgetFailures } from './failures.ts'
import { guardAt } from './guard.ts'
import { takeOffers } from './offer.ts'
import { resumeCopies } from './line.ts'
import { hasCall, planCall, type Call } from './plan.ts'
import type { FrozenRecord, OfferAnswer, Settlement } from './record.ts'
import { prepareSchema } from './schema.ts'
import { confirm, delaySettling, expireOverdue, forgetConfirmed, unsettledOf } from './settlements.ts'
import { nextWakeOf } from './wake.ts'

export interface SubmissionTerms {
  /** The metering Region this Submitter sends to; records of another are refused. */
  readonly region: string
  /** Calls a second; AWS allows 10 for an account and Region. */
  readonly ratePerSecond: number
  /** So many of a month's hours are still open at 03:00 UTC on the 1st, by the seller's lateness. Absent: the last one. */
  readonly heldHours?: number
}

export interface Submission {
  /** Stores copies; idempotent. What it answers is written when it returns. */
  offer(records: readonly FrozenRecord[], now: number): OfferAnswer[]
  /** True when `next` would find a call. Makes none. */
  ready(now: number): boolean
  /** The next call, its attempt stored, or undefined: nothing may go at `now`. The caller paces. */
  next(now: number): Call | undefined
  /** Stores AWS's answer to a call and moves its records by it. A second answer to one attempt changes nothing. */
  answered(attempt: number, answer: Result<unknown, CallFailure>, now: number): void
  /** Marks stored attempts nobody waits for as unanswered; `live` are those being made now. Call it before `next`. */
  abandon(live: readonly number[], now: number): void
  /** Results to bring to at most `limit` Ledgers. */
  unsettled(limit: number, now: number): Map<string, Settlement[]>
  confirmed(subscription: string, acknowledged: readonly { key: string; attempt: number }[]): void
  /** This Ledger did not answer: later again. */
  delayed(subscription: string, now: number): void
  /** Ends what is past its deadline and deletes what is no longer needed. Idempotent. */
  sweep(now: number): void
  enlist(subscription: string, now: number): void
  /** Subscriptions whose Ledger should be woken; `monthEndLimit` bounds it around the 1st. */
  visits(limit: number, monthEndLimit: number, now: number): string[]
  visited(subscription: string, open: boolean | undefined, now: number): void
  /** The next instant at which there is something to do, in the past when it is overdue; null: nothing waits. */
  nextWake(): number | null
  backlog(now: number): Backlog
  /** When a month has to freeze at the latest, as of `now`: 03:00 UTC on the 1st, or earlier (money §5). */
  guard(month: Month, now: number): number
  /** Subscriptions of which AWS says that they are not subscribed and nobody has asked for 15 minutes (money §8 row 4). */
  unsubscribed(now: number): string[]
  /** Somebody has asked what became of these. */
  asked(subscriptions: readonly string[], now: number): void
  /** Alarms that were not up when it was last asked. */
  alarms(now: number): Alarm[]
}

/** Opens the engine over its database, making the tables where they are missing. */
export function openSubmission(sql: Sql, terms: SubmissionTerms): Submission {
  prepareSchema(sql)
  const intervalMs = 1_000 / terms.ratePerSecond
  /** Where the next sweep goes on; from the start in a new process. */
  let swept: number | null = 0
  return {
    offer(records, now) {
      const answers = takeOffers(sql, terms.region, records, now)
      for (const subscription of new Set(records.map((record) => record.subscription)))
        directory.heardFrom(sql, subscription, now)
      return answers
    },
    ready(now) {
      const open = expireOverdue(sql, now)
      resumeCopies(sql, now, open)
      return hasCall(sql, open, now)
    },
    next(now) {
      const open = expireOverdue(sql, now)
      resumeCopies(sql, now, open)
      return planCall(sql, open, intervalMs, now)
    },
    answered: (attempt, answer, now) => takeAnswer(sql, attempt, answer, now),
    abandon: (live, now) => abandonAttempts(sql, live, now),
    unsettled: (limit, now) => unsettledOf(sql, limit, now),
    confirmed: (subscription, acknowledged) => confirm(sql, subscription, acknowledged),
    delayed: (subscription, now) => delaySettling(sql, subscription, now),
    sweep(now) {
      expireOverdue(sql, now)
      swept = forgetConfirmed(sql, now, swept)
      forgetFailures(sql, now)
    },
    enlist: (subscription, now) => directory.enlist(sql, subscription, now),
    visits: (limit, monthEndLimit, now) => directory.visitsDue(sql, limit, monthEndLimit, now),
    visited: (subscription, open, now) => directory.visited(sql, subscription, open, now),
    nextWake: () => nextWakeOf(sql),
    guard: (month, now) =>
      guardAt(sql, { ratePerSecond: terms.ratePerSecond, heldHours: terms.heldHours ?? 1 }, month, now),
    unsubscribed: (now) => directory.unsubscribed(sql, now),
    asked: (subscriptions, now) => directory.asked(sql, subscriptions, now),
    backlog: (now) => readBacklog(sql, intervalMs, now),
    alarms: (now) => raiseAlarms(sql, intervalMs, now),
  }
}
