/** GET /v1/entitlements in the container: the edge's members, with what a container knows of them. Pure. */
import { formatAmount, amountOf } from '../../shared/amount.ts'
import type { MonthUsage } from '../../shared/ledger/ledger.ts'
import type { DimensionTerms } from '../../shared/ledger/terms.ts'
import type { Entitlements } from '../entitlement/mode.ts'

export interface Sold {
  /** The product's code. */
  readonly product: string
  readonly dimensions: readonly DimensionTerms[]
  /** Limits of the plan in force by meter, decimal text or `unlimited`. */
  readonly limits: Readonly<Record<string, string>>
}

/**
 * The answer. Members of the edge that a container cannot know (`subscription`, `account`, `trial`, `nextPlan`) are null.
 * `usage` is of this task alone, null where nothing is metered or it is not known: what other tasks used, AWS adds up.
 */
export function entitlementsView(entitlements: Entitlements, sold: Sold, month: MonthUsage | null): object {
  const { entitled, plan, features, dimensions, until, checkedAt, pricing } = entitlements
  const counted = new Map(month?.dimensions.map((one) => [one.meter, one.counted]))
  return {
    subscription: null,
    product: sold.product,
    account: null,
    access: entitled,
    why: entitled ? 'active' : 'ended',
    plan,
    nextPlan: null,
    trial: null,
    features: entitled ? features : [],
    limits: entitled
      ? Object.entries(sold.limits).map(([meter, max]) => {
          const used = counted.get(meter) ?? null
          return { meter, unit: meter, max, per: null, used, left: leftOf(max, used) }
        })
      : [],
    entitlements: entitled
      ? dimensions.map(({ key, value }) => ({
          dimension: key,
          title: key,
          quantity: value,
          value: value ?? true,
          expiresAt: until === null ? null : new Date(until).toISOString(),
        }))
      : [],
    usage:
      month === null
        ? null
        : {
            month: new Date(month.month).toISOString().slice(0, 7),
            dimensions: month.dimensions.map((one) => ({
              dimension: one.dimension,
              title: one.dimension,
              meter: one.meter,
              unit: one.meter,
              used: one.counted,
              included: sold.dimensions.find(({ key }) => key === one.dimension)?.charge.included ?? null,
              left: one.includedLeft,
            })),
          },
    pricing,
    checkedAt: new Date(checkedAt).toISOString(),
  }
}

function leftOf(max: string, used: string | null): string | null {
  if (max === 'unlimited') return max
  if (used === null) return null
  const left = amountOf(max) - amountOf(used)
  return formatAmount(left > 0n ? left : 0n)
}
