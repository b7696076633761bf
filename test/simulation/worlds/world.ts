/** What a seed is about, as plain data: who buys when, what is sold, what clients report. Made before the run; types only. */
import type { RepairKind } from '../../../shared/ledger/repair.ts'
import type { EdgeView } from '../../../shared/seller/views.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'

export const SHAPES = ['dense', 'month-end', 'long', 'switch-over', 'trial', 'end'] as const

export type Shape = (typeof SHAPES)[number]

export interface World {
  readonly seed: number
  readonly shape: Shape
  /** Usage lies from `from` to `until`, true time. */
  readonly from: number
  readonly until: number
  /** What is sold: the first from the beginning, the second after a deploy. */
  readonly sold: readonly [EdgeView, EdgeView]
  readonly buyers: readonly Buyer[]
  /** In order of `at`. */
  readonly reports: readonly Report[]
  readonly changes: readonly Change[]
  /** When the operator looks through what waits for a person. */
  readonly visits: readonly Visit[]
  /** Ledgers that are set back at `at` to what they were at `to`, true time; absent: none. */
  readonly restores?: readonly { readonly slot: number; readonly to: number; readonly at: number }[]
  /** What was drawn beside what every world has, by name; absent: nothing. */
  readonly draws?: readonly string[]
}

export interface Buyer {
  readonly slot: number
  readonly subscription: SubscriptionId
  readonly account: string
  readonly region: string
  readonly product: string
  readonly subscribeAt: number
  readonly licenseDelayMs: number
  readonly identity: 'license' | 'product-account' | 'product-customer'
  /** The full hour from which licenses are used, and when its LicenseArn becomes known to us. */
  readonly switchOver: { readonly fromHour: number; readonly knownAt: number } | null
  /**
   * `ends`: it is not renewed, AWS ends it. `paysAt`: in our days of grace, which end then; null: never. Absent: it goes on
   * under the same license, without grace.
   */
  readonly trial: {
    readonly days: number
    readonly graceMs: number
    readonly ends?: boolean
    readonly paysAt?: number | null
  } | null
  /** `deprovisionedAfterMs` null: License Deprovisioned never comes to us. */
  readonly end: {
    readonly at: number
    readonly status: 'CANCELLED' | 'TERMINATED'
    readonly deprovisionedAfterMs: number | null
  } | null
  /** Contract with consumption: the amounts entitled, as the first order tells them. */
  readonly amounts: Readonly<Record<string, string | null>>
  /**
   * The buyer of the same account whose license this one renews or replaces; it begins at `subscribeAt`. `linkedAfterMs`:
   * from when on orders say so, after that; null: they never do.
   */
  readonly succeeds?: {
    readonly slot: number
    readonly how: 'renewed' | 'bought anew'
    readonly linkedAfterMs: number | null
  }
}

/** `act`: what the operator is there for; absent: what is drawn. */
export interface Visit {
  readonly at: number
  readonly slot: number
  readonly act?: RepairKind
}

/** What one client sends at once, under ids of its events or under one number. */
export interface Report {
  readonly at: number
  readonly slot: number
  readonly batch:
    | { readonly kind: 'ids' }
    | {
        readonly kind: 'sequence'
        readonly source: string
        readonly epoch: string
        readonly sequence: number
      }
  readonly events: readonly UsageEvent[]
}

/** Something the lifecycle learns in between. */
export type Change = { readonly at: number; readonly slot: number } & (
  | { readonly kind: 'plan'; readonly plan: string }
  | { readonly kind: 'amount'; readonly dimension: string; readonly amount: string | null }
)
