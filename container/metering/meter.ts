/**
 * The meter of one task as the rest of the container sees it (money §11): usage in, hours out, one ledger file. Types only;
 * `openTaskMeter` makes one. Synchronous but for `runDue`: what a function answers is on disk.
 */
import type { Month } from '../../shared/hour.ts'
import type { Batch, MonthUsage } from '../../shared/ledger/ledger.ts'
import type { EventAnswer } from '../../shared/usage/event.ts'
import type { Part } from '../part.ts'

export interface Meter extends Part {
  /**
   * Business time as AWS has it, epoch ms: who counts usage in this process stamps it by this, for the host's clock may be
   * hours off (money §5).
   */
  now(): number
  /**
   * Counts events; on disk when it answers. Throws `SpoolError` when the disk does not take it: nothing of it is counted,
   * and the caller keeps it and tries again under the same number or ids.
   */
  take(batch: Batch): EventAnswer[]
  /** The same for several, all with one fsync; absent: each is taken by itself. */
  takeAll?(batches: readonly Batch[]): EventAnswer[][]
  /**
   * Stops intake and freezes the hour in progress too. What AWS does not take within `withinMs` stays for a successor.
   * Answers what stayed.
   */
  close(withinMs: number): Promise<Left>
  status(): MeterStatus
  /** What this task counted in a month, for its entitlements; null where it keeps no books of its own. */
  usage(month: Month): MonthUsage | null
}

/** Units that were not sent when the process ended, by dimension, and why. */
export interface Left {
  readonly records: number
  readonly units: Readonly<Record<string, string>>
  /** One line for the log; null: nothing is left. */
  readonly message: string | null
}

/** Hours are epoch ms; units are whole numbers of the dimension as text. */
export interface MeterStatus {
  readonly task: string
  /** `degraded`: the disk does not take what is counted; it is kept in memory and tried again. */
  readonly spool: {
    readonly folder: string
    readonly state: 'ok' | 'degraded' | 'memory'
    readonly why: string | null
  }
  /** By dimension, the units of usage that are not in a record yet. */
  readonly open: Readonly<Record<string, string>>
  readonly waiting: number
  readonly oldestUnsentHour: number | null
  /** Of the 6 hours of the oldest unsent record, the part that is over, 0 to 1; null: none waits. */
  readonly windowOver: number | null
  /** The last 10, the newest first. */
  readonly receipts: readonly {
    readonly dimension: string
    readonly hour: number
    readonly quantity: number
    readonly receipt: string
    readonly at: number
  }[]
  /** Records that AWS may or may not hold, and that no task may report again, own and taken over. */
  readonly doubtful: readonly {
    readonly task: string
    readonly dimension: string
    readonly hour: number
    readonly quantity: number
  }[]
  /** Units nobody may report any more, with the reason. */
  readonly expired: readonly {
    readonly task: string
    readonly dimension: string
    readonly units: string
    readonly reason: string
  }[]
  /** What was taken over from tasks that died, by dimension. */
  readonly adopted: readonly {
    readonly task: string
    readonly at: number
    readonly units: Readonly<Record<string, string>>
  }[]
  readonly attempts: { readonly made: number; readonly throttled: number; readonly unanswered: number }
  /** AWS's clock minus the host's, ms; null before the first answer. */
  readonly skewMs: number | null
  /** Sentences for a person; empty: nothing is wrong. */
  readonly alarms: readonly string[]
}

/** The disk did not take it. `message`: what happened, whose move it is, what to do. */
export class SpoolError extends Error {
  override readonly name = 'SpoolError'
}
