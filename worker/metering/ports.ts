/** What the cores of the two objects need of their home: in workerd, or under a virtual clock. Types only. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import type { Clocks } from '../../shared/clock.ts'
import type { Month } from '../../shared/hour.ts'
import type { Changes } from '../../shared/ledger/changes.ts'
import type { Acknowledged } from '../../shared/ledger/ledger.ts'
import type { Result } from '../../shared/result.ts'
import type { Sql } from '../../shared/sql.ts'
import type { Backlog } from '../../shared/submission/backlog.ts'
import type { FrozenRecord, OfferAnswer, Settlement } from '../../shared/submission/record.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { WitnessCalls } from './repair.ts'
import type { GiveCalls } from './take-over.ts'

/** The object's one alarm, in wall time. Its home runs the core's `alarm` then, at least once. */
export interface Alarm {
  /** What it is set to; null: to nothing. */
  get(): Promise<number | null>
  set(atMs: number): Promise<void>
  delete(): Promise<void>
  /** Ends when everything written so far is durable. */
  sync(): Promise<void>
}

export type Log = (level: 'info' | 'warn' | 'error', event: string, detail?: object) => void

/**
 * Where a core lives. The home lets nothing leave the object, neither an answer nor a call, before what was written
 * until then is durable; it may die at any await.
 */
export interface Home {
  /** The object's own name; undefined where its home does not tell it: an alarm may not. */
  readonly name: string | undefined
  readonly sql: Sql
  readonly alarm: Alarm
  readonly clocks: Clocks
  readonly log: Log
}

/** What a Ledger asks of a Submitter. Each call may be lost before or after it ran: it throws. */
export interface OfferCalls extends WitnessCalls {
  offer(records: readonly FrozenRecord[]): Promise<OfferAnswer[]>
  /** The instant by which the month has to be frozen, as of now: 03:00 UTC on the 1st, or earlier (money §5). */
  guard(month: Month): Promise<number>
}

/** What a Submitter asks of a Ledger. Each call may be lost before or after it ran: it throws. */
export interface SettleCalls {
  settle(settlements: readonly Settlement[]): Promise<Acknowledged[]>
  runDue(): Promise<number | null>
}

export interface LedgerHome extends Home {
  /** What the keys of `unique` are hashed under; null: none is set, and no key can be counted. */
  readonly keySecret: string | null
  readonly submitter: (name: string) => OfferCalls
  /** The Ledger of another subscription: the one this succeeds. */
  readonly ledger: (subscription: SubscriptionId) => GiveCalls
  /** Writes changes to the read model; throws when it cannot. Called again with the same changes after a death. */
  readModel(subscription: SubscriptionId, changes: Changes): Promise<void>
}

/** One BatchMeterUsage call: the body of AWS's 200, not trusted, or why there is none. Its attempt is stored. */
export type Meter = (
  region: string,
  records: readonly FrozenRecord[],
) => Promise<Result<unknown, CallFailure>>

export interface SubmitterHome extends Home {
  ledger(subscription: string): SettleCalls
  /** The calls with the credentials of the moment, or a sentence why there are none: then nothing is sent. */
  meter(): Result<Meter, string> | Promise<Result<Meter, string>>
  /** What it adds to the backlog. */
  standing?(): Pick<Backlog, 'live' | 'silent'>
  /** Waits in wall time: AWS's quota does not know business time. */
  pause(ms: number): Promise<void>
}
