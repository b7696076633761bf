/** What the lifecycle computed of a subscription (`detail`) and knows of its entitlements. Types and reading only. */
import type { Entitlement } from '../../shared/aws/get-entitlements.ts'
import type { Lifecycle } from '../../shared/lifecycle.ts'
import type { SubscriptionRow } from '../db/lifecycle.ts'

/** The plan from each hour on. */
export interface PlanFrom {
  readonly fromHour: number
  readonly plan: string
}

/** How far asking for entitlements has come, after one License Updated. */
export interface Asking {
  readonly updatedAt: number
  /** Answers that were empty or failed. */
  readonly inVain: number
  /** When to ask again; null: no more. */
  readonly nextAt: number | null
  /** The last answer was a failure: what is granted now is not known (money §3). */
  readonly failed: boolean
}

/** The `detail` column. */
export interface Detail extends Lifecycle {
  readonly plans: readonly PlanFrom[]
  readonly asking: Asking | null
}

/** The `entitlements` column: the last answer that was not empty, and after which License Updated of which life. */
export interface Entitled {
  readonly life: number
  readonly updatedAt: number
  readonly entitlements: readonly Entitlement[]
}

/** The stored detail; undefined before the first. Written by us only, so its shape is trusted. */
export const readDetail = (row: Pick<SubscriptionRow, 'detail'>): Detail | undefined =>
  row.detail === '{}' ? undefined : (JSON.parse(row.detail) as Detail)

export const readEntitled = (row: Pick<SubscriptionRow, 'entitlements'>): Entitled | null =>
  row.entitlements === null ? null : (JSON.parse(row.entitlements) as Entitled)
