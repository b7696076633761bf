/** What the lifecycle tells a Ledger (money §7). Each order carries the whole state; the highest version wins. */
import type { Hour } from '../hour.ts'
import type { EdgeIdentity, Identity, SubscriptionId } from '../subscription.ts'

/** Times are epoch ms of business time. Stored as JSON in D1's outbox and in the Ledger: no bigint, no undefined. */
export interface Order {
  readonly subscription: SubscriptionId
  /** Rises with every change of the subscription's state. A Ledger keeps the highest and answers all. */
  readonly version: number
  /** Key of the product in `seller.config.ts`. */
  readonly product: string
  readonly productCode: string
  readonly account: string
  /** `agreement.startTime`; null until an event tells it. */
  readonly agreementStart: number | null
  /** Time of this life's first `License Updated`; null while unknown: usage is counted, nothing freezes (money §5). */
  readonly activation: number | null
  /** 1 for the first life; a later `License Updated` after an end opens the next (money §6). */
  readonly life: number
  /** Ended was seen with CANCELLED, EXPIRED or TERMINATED: hours already closed freeze and go (money §6). */
  readonly ending: { readonly at: number } | null
  /** Access is revoked. `takeUntil`: usage that arrives later is refused as `ended` (money §6 (2)). */
  readonly end: {
    readonly at: number
    readonly takeUntil: number
    readonly cause: 'deprovisioned' | 'presumed'
  } | null
  /** In order of `fromHour`; the last whose `fromHour` is not after an hour is that hour's identity. */
  readonly identities: readonly Identity[]
  /**
   * The switch-over of this product and account (money §10), in order of `fromHour`: which kind of identity is used
   * from which hour. An hour without an identity of its kind waits. Absent: any kind will do.
   */
  readonly kinds?: readonly { readonly fromHour: number; readonly kind: EdgeIdentity['kind'] }[]
  /** The plan from each hour on, in order of `fromHour`; empty: the product's default plan. */
  readonly plans: readonly { readonly fromHour: number; readonly plan: string }[]
  /**
   * Trial of this purchase, or null. `graceUntil`: usage from the trial's end until then is ours to give and never billed
   * (money §4); `endsAt` where no day of grace is given, or from the moment the buyer pays.
   */
  readonly trial: { readonly endsAt: number; readonly graceUntil: number } | null
  /** Amounts taken from a contract's entitlements: dimension to decimal text, null while unknown (money §3). */
  readonly amounts: Readonly<Record<string, string | null>>
  /** The subscription this one renews or replaces (money §4 *Successor*). */
  readonly predecessor: SubscriptionId | null
  /**
   * Every hour before this one freezes at once, though it is not over: a container's process ends, and sends what it has
   * (money §11). Usage that comes later for these hours is late usage. Absent: hours freeze when they are due.
   */
  readonly closedUntil?: Hour
}
