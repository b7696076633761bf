/** What a buyer may use now: access, plan, features, limits, what was bought, what is included and left of it. Pure. */
import { amountOf, formatAmount } from '../../shared/amount.ts'
import { hourOf } from '../../shared/hour.ts'
import type { DimensionUsage, MonthUsage } from '../../shared/ledger/ledger.ts'
import type { Allowance, Dimension } from '../../shared/seller.ts'
import type { EdgeProduct, EdgeView } from '../../shared/seller/views.ts'
import type { Shown } from '../db/subscriptions.ts'
import { readDetail, readEntitled, type Detail } from '../lifecycle/state.ts'
import { planOf, subscriptionView } from '../lifecycle/view.ts'

/** Decimal text, or `unlimited` where a limit may be. */
export type Amount = string

/** Up to where a buyer may go. `per` null: at any time. `used` and `left` null: Tollgate does not know. */
export interface Limit {
  readonly meter: string
  readonly unit: string
  readonly max: Amount
  readonly per: 'month' | 'term' | null
  readonly used: Amount | null
  readonly left: Amount | null
}

/** What one dimension counted in this month. `included` is by amount, or a `level` at any time; null: nothing, or not known. */
export interface DimensionUse {
  readonly dimension: string
  readonly title: string
  readonly meter: string
  readonly unit: string
  readonly used: Amount
  readonly included: Allowance | null
  readonly left: Amount | null
}

/** A dimension bought ahead. `expiresAt` is AWS's renewal date where the agreement renews: it does not end access. */
export interface Bought {
  readonly dimension: string
  readonly title: string
  readonly quantity: Amount | null
  readonly value: number | boolean | string
  readonly expiresAt: string | null
}

/**
 * True while access is by a trial: on it, in our days of grace, or while one that was cancelled before its end runs out.
 * Nothing is billed then, so what is included is where it ends.
 */
export function isOnTrial(detail: Detail | undefined): boolean {
  if (!detail?.access?.granted || detail.trial === null) return false
  const { why } = detail.access
  if (why === 'ending') return detail.ending !== null && detail.ending.at < detail.trial.endsAt
  return why === 'trial' || why === 'grace'
}

/** Since when a trial's term counts, epoch ms; null: there is no trial now. */
export function termFrom(row: Shown): number | null {
  const detail = readDetail(row)
  return detail !== undefined && isOnTrial(detail) ? detail.activation : null
}

/** The answer. `months`: usage of this month last, of a trial's term before it; null: it is not known. */
export function entitlementsOf(row: Shown, seller: EdgeView, months: readonly MonthUsage[] | null) {
  const { id, product: key, account, access, why, trial, nextPlan } = subscriptionView(row, seller)
  const product = seller.products.find((one) => one.key === row.product)
  const plan = seller.plans.find((one) => one.key === planOf(row, seller))
  const since = termFrom(row)
  const sold = product?.trial ?? null
  const onTrial = since !== null && sold !== null
  const granted = access === true
  const dimensions = (product?.dimensions ?? []).filter(
    (one) => one.offered && (one.plan === undefined || one.plan === plan?.key),
  )
  const included = (dimension: Dimension): Allowance | null =>
    onTrial ? (sold.allowances[dimension.key] ?? null) : includedIn(dimension, plan?.allowances ?? {}, row)
  const limits = granted
    ? limitsOf(
        { ...plan?.limits, ...(onTrial ? sold.limits : {}) },
        onTrial ? sold.allowances : {},
        dimensions,
      )
    : []
  const now = months?.at(-1)
  return {
    subscription: id,
    product: key,
    account,
    access,
    why,
    plan: plan?.key ?? null,
    nextPlan,
    trial,
    features: granted ? (plan?.features ?? []) : [],
    limits: limits.map((limit) => withUse(limit, seller, dimensions, months, since)),
    entitlements: granted ? boughtOf(row, product) : [],
    usage:
      now === undefined
        ? null
        : {
            month: new Date(now.month).toISOString().slice(0, 7),
            dimensions: dimensions.flatMap((dimension) => {
              const use = now.dimensions.find((one) => one.dimension === dimension.key)
              return use === undefined ? [] : [useOf(use, dimension, included(dimension), onTrial, seller)]
            }),
          },
  }
}

type Bound = Pick<Limit, 'meter' | 'max' | 'per'>

/** A trial's allowances are limits of their meters, unless it names a limit itself. */
function limitsOf(
  limits: Readonly<Record<string, number | 'unlimited'>>,
  allowances: Readonly<Record<string, Allowance>>,
  dimensions: readonly Dimension[],
): readonly Bound[] {
  const own = Object.entries(limits).map(([meter, max]): Bound => ({ meter, max: String(max), per: null }))
  const byAllowance = dimensions.flatMap(({ key, charge }): Bound[] => {
    const allowance = allowances[key]
    if (allowance === undefined || charge === undefined || own.some(({ meter }) => meter === charge.meter))
      return []
    if (allowance === 'unlimited') return [{ meter: charge.meter, max: allowance, per: null }]
    return 'level' in allowance
      ? [{ meter: charge.meter, max: allowance.level, per: null }]
      : [{ meter: charge.meter, max: allowance.amount, per: allowance.per }]
  })
  return [...own, ...byAllowance]
}

function withUse(
  { meter, max, per }: Bound,
  seller: EdgeView,
  dimensions: readonly Dimension[],
  months: readonly MonthUsage[] | null,
  since: number | null,
): Limit {
  const dimension = dimensions.find(({ charge }) => charge?.meter === meter)
  // How high a level stands, Tollgate does not say; of `unique` it knows who was there in the month.
  const known =
    months !== null && dimension?.charge !== undefined && (per !== null || dimension.charge.kind === 'unique')
  const used = known ? usedIn(per === 'term' ? months : months.slice(-1), dimension, since) : null
  return {
    meter,
    unit: seller.meters[meter]?.unit ?? meter,
    max,
    per,
    used: used === null ? null : formatAmount(used),
    left: max === 'unlimited' ? max : used === null ? null : leftOf(max, used),
  }
}

const leftOf = (max: string, used: bigint): string => {
  const left = amountOf(max) - used
  return formatAmount(left > 0n ? left : 0n)
}

/** Counted from the hour of `since` on, and in our days of grace: a key that was there in both is one. */
function usedIn(months: readonly MonthUsage[], { key, charge }: Dimension, since: number | null): bigint {
  const from = since === null ? 0 : hourOf(since)
  let used = 0n
  for (const { dimensions, setAside } of months) {
    const hours = dimensions.find(({ dimension }) => dimension === key)?.hours ?? []
    const counted = sum(hours.filter(({ hour }) => hour >= from).map((hour) => hour.counted))
    const grace = sum(
      setAside
        .filter(({ meter, reason, hour }) => meter === charge?.meter && reason === 'grace' && hour >= from)
        .map(({ amount }) => amount),
    )
    used += charge?.kind === 'sum' ? counted + grace : counted > grace ? counted : grace
  }
  return used
}

const sum = (amounts: readonly string[]): bigint =>
  amounts.reduce((total, amount) => total + amountOf(amount), 0n)

/** What is included of a dimension before it is billed; of a contract's, what was bought ahead each month. */
function includedIn(
  { key, charge, includedFrom }: Dimension,
  allowances: Readonly<Record<string, Allowance>>,
  row: Shown,
): Allowance | null {
  if (charge === undefined) return null
  if (includedFrom !== undefined) {
    const bought = readEntitled(row)?.entitlements.find(({ dimension }) => dimension === includedFrom)
    if (bought === undefined || bought.amount === null) return null
    const byLevel = charge.kind === 'max' || charge.kind === 'time-weighted'
    return byLevel ? { level: bought.amount } : { amount: bought.amount, per: 'month' }
  }
  return charge.included === 'plan' ? (allowances[key] ?? null) : (charge.included ?? null)
}

function useOf(
  use: DimensionUsage,
  dimension: Dimension,
  included: Allowance | null,
  onTrial: boolean,
  seller: EdgeView,
): DimensionUse {
  const byAmount = included !== null && included !== 'unlimited' && 'amount' in included
  return {
    dimension: use.dimension,
    title: dimension.title,
    meter: use.meter,
    unit: unitOf(dimension, seller),
    used: use.counted,
    included,
    // A trial's term is longer than a month, and its limit says what is left of it.
    left: included === 'unlimited' ? included : byAmount && !onTrial ? use.includedLeft : null,
  }
}

/** What its usage is counted in: of a value over time, that value for a whole month. */
export function unitOf({ key, charge }: Dimension, { meters }: Pick<EdgeView, 'meters'>): string {
  if (charge === undefined) return key
  const unit = meters[charge.meter]?.unit ?? charge.meter
  return charge.kind === 'time-weighted' ? `${unit}-month` : unit
}

/** What AWS says was bought ahead in the life that is in force. */
function boughtOf(row: Shown, product: EdgeProduct | undefined): readonly Bought[] {
  const entitled = readEntitled(row)
  if (entitled === null || entitled.life !== readDetail(row)?.life) return []
  return entitled.entitlements.map(({ dimension, amount, value, expiresAt }) => ({
    dimension,
    title: product?.dimensions.find(({ key }) => key === dimension)?.title ?? dimension,
    quantity: amount,
    value,
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  }))
}
