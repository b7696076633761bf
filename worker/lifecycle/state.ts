/** A subscription as D1 holds it, and what the lifecycle computed of it (`detail`). Types and reading only. */
import type { Entitlement } from '../../shared/aws/get-entitlements.ts'
import type { Lifecycle, LifecycleState } from '../../shared/lifecycle.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'

/** One row of `subscriptions`. Times are business time, epoch ms. */
export interface SubscriptionRow {
  readonly id: SubscriptionId
  readonly version: number
  readonly product: string
  readonly productCode: string
  readonly account: string
  readonly licenseArn: string | null
  readonly licenseTail: string | null
  readonly customerIdentifier: string | null
  readonly agreementId: string | null
  readonly state: LifecycleState
  readonly detail: string
  readonly plan: string | null
  readonly entitlements: string | null
  readonly dueMs: number | null
}

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
