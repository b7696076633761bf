/** What a Ledger is told about what is sold: the projected input of `openLedger`. Types and defaults only; no I/O, no clock. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../hour.ts'
import type { Allowance, Charge, Decimal } from '../seller.ts'
import type { SubscriptionId } from '../subscription.ts'

/** Everything `openLedger` needs beside its database. Nothing below the entry reads `seller.config.ts`. */
export interface LedgerTerms {
  readonly subscription: SubscriptionId
  /**
   * What the keys of `unique` are hashed under: a secret of the deployment, the same for all its Ledgers, for a successor
   * has to know its predecessor's keys again. A Ledger keeps the one its first key came under, so that another secret
   * counts nobody twice. Null: none is set; a batch with keys throws, and nothing of it is stored.
   */
  readonly keySecret: string | null
  /** Names the `seller.config.ts` these terms come from; every record keeps the name it was made with. */
  readonly config: string
  /** By product key; the order says which one this subscription bought. */
  readonly products: Readonly<Record<string, ProductTerms>>
  readonly timing: Timing
}

/** One product: the dimensions on offer that a meter feeds, and the plans they are read by. */
export interface ProductTerms {
  /** The 25-character product code. */
  readonly code: string
  readonly dimensions: readonly DimensionTerms[]
  readonly plans: readonly string[]
  /** The plan of a subscription whose order names none; null: the product has no plans. */
  readonly defaultPlan: string | null
  /** The dimension that gets a zero record for a closed hour without usage, `*` for each of them, or null (money §5). */
  readonly heartbeat: string | null
}

/** A dimension with its charge. Those without a charge or not on offer are left out by the projection. */
export interface DimensionTerms {
  readonly key: string
  /** Dollars a unit, decimal text, at most 8 decimals. */
  readonly price: Decimal
  /** False: its meter is counted and shown, nothing is billed (money §3, contract products). */
  readonly metered: boolean
  /** Charged only in hours of this plan; in others its meter is counted and shown. Absent: in every hour. */
  readonly plan?: string
  readonly charge: Charge
  /** By plan: what `included: 'plan'` stands for. A plan that is not here includes nothing. */
  readonly allowances: Readonly<Record<string, Allowance>>
  /**
   * Contract with consumption: the entitled dimension whose amount (`Order.amounts`) is included each month. While that
   * amount is unknown this dimension waits (money §3). It takes the place of `charge.included`.
   */
  readonly includedFrom?: string
}

/** Durations in milliseconds (money §4, §5). */
export interface Timing {
  /** How long after its end an hour stays open. */
  readonly latenessMs: number
  /** The last instant of an hour's freezing, counted from its start. */
  readonly freezeWithinMs: number
  /** After 00:00 UTC on the 1st: the hours of the month before freeze at the latest then. */
  readonly monthGuardMs: number
  /** By month: the instant the Submitter asks for instead (money §5). One that is later than `monthGuardMs` says nothing. */
  readonly guards?: ReadonlyMap<number, number>
  /** How long after AWS closed a month its late usage is still billed by itself. */
  readonly lateAcrossMonthsMs: number
  /** What becomes of a record that never reached AWS in time. */
  readonly expired: 'move' | 'park'
  /**
   * A record more than this many times the highest of the last 7 days waits until a quarter of its window is left.
   * Null: none waits.
   */
  readonly spike: number | null
}

/** Money §4 and §5's defaults. */
export const DEFAULT_TIMING: Timing = {
  latenessMs: 10 * MINUTE_MS,
  freezeWithinMs: 20 * HOUR_MS,
  monthGuardMs: 3 * HOUR_MS,
  lateAcrossMonthsMs: DAY_MS,
  expired: 'move',
  spike: 20,
}
