/** GET /v1/entitlements in the container: the edge's members, with what a container knows of them. Pure. */
import { amountOf, formatAmount } from '../../shared/amount.ts'
import type { MonthUsage } from '../../shared/ledger/ledger.ts'
import type { ContainerProductView, ContainerView } from '../../shared/seller/views.ts'
import type { Entitlements } from '../entitlement/mode.ts'
import type { Entitlements as EntitlementsView } from '../in-process/api.ts'

export function entitlementsView(
  entitlements: Entitlements,
  product: ContainerProductView | null,
  plans: ContainerView['plans'],
  month: MonthUsage | null,
): EntitlementsView {
  const { entitled, plan, features, dimensions, until, checkedAt, pricing } = entitlements
  const limits = plans.find(({ key }) => key === plan)?.limits ?? {}
  const counted = new Map(month?.dimensions.map((one) => [one.meter, one.counted]))
  return {
    subscription: null,
    account: null,
    nextPlan: null,
    trial: null,
    product: product?.key ?? null,
    access: entitled,
    why: entitled ? 'active' : 'ended',
    plan,
    features: entitled ? features : [],
    limits: (entitled ? Object.entries(limits) : []).map(([meter, limit]) => {
      const used = counted.get(meter) ?? null
      return { meter, unit: meter, max: String(limit), per: null, used, left: leftOf(String(limit), used) }
    }),
    entitlements: (entitled ? dimensions : []).map(({ key, value }) => ({
      dimension: key,
      title: key,
      quantity: value,
      value: value ?? true,
      expiresAt: until === null ? null : new Date(until).toISOString(),
    })),
    usage: month === null ? null : usageOf(month, product),
    pricing,
    checkedAt: new Date(checkedAt).toISOString(),
  }
}

const usageOf = (month: MonthUsage, product: ContainerProductView | null): EntitlementsView['usage'] => ({
  month: new Date(month.month).toISOString().slice(0, 7),
  dimensions: month.dimensions.map(({ dimension, meter, counted, includedLeft }) => {
    const terms = product?.dimensions.find(({ key }) => key === dimension)
    const included = terms?.charge.included ?? null
    return { dimension, title: dimension, meter, unit: meter, used: counted, included, left: includedLeft }
  }),
})

function leftOf(max: string, used: string | null): string | null {
  if (max === 'unlimited') return max
  if (used === null) return null
  const left = amountOf(max) - amountOf(used)
  return formatAmount(left > 0n ? left : 0n)
}
