/** The price of a dimension as one text: equal texts are the same price, so remainders and late usage may pass (money §4). Pure. */
import { amountOf, readPrice } from '../amount.ts'
import type { DimensionTerms, ProductTerms } from './terms.ts'

/** By dimension: the price's text, as `priceOf` reads it. */
export type Prices = Readonly<Record<string, string>>

/** What is included before anything is due. `contract`: the amount the order gives for that entitled dimension. */
export type Included =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'amount'; readonly amount: bigint; readonly per: 'month' | 'term' }
  | { readonly kind: 'contract'; readonly dimension: string }
  | { readonly kind: 'unknown' }

/** How a `sum` becomes units, read from a price's text. */
export interface SumPrice {
  readonly meter: string
  readonly metered: boolean
  /** Millionths of the meter's unit that are one unit of the dimension. */
  readonly block: bigint
  readonly round: 'down' | 'up'
  readonly remainder: 'carry' | 'drop' | 'up'
  readonly included: Included
  /** Millionths of a dollar a unit, decimal text. */
  readonly dollars: string
}

/** What of a price is written down. A field left out of here may change without a cut. */
interface PriceText {
  readonly price: string
  readonly metered: boolean
  readonly meter: string
  readonly block: string
  readonly round: 'down' | 'up'
  readonly remainder: 'carry' | 'drop' | 'up'
  readonly included: 'nothing' | 'unlimited' | 'unknown' | { readonly from: string } | Amount
}

type Amount = { readonly amount: string; readonly per: 'month' | 'term' }

/** The prices of a product's dimensions under a plan. */
export function pricesOf(product: ProductTerms, plan: string | null): Prices {
  return Object.fromEntries(
    product.dimensions.map((dimension) => [dimension.key, JSON.stringify(textOf(product, dimension, plan))]),
  )
}

/** Throws with a sentence for terms that this version cannot charge. */
export function refuseUnknownCharges(product: string, terms: ProductTerms): void {
  for (const dimension of terms.dimensions) {
    if (dimension.charge.kind !== 'sum')
      throw new Error(
        `${product}.${dimension.key} is charged by "${dimension.charge.kind}", and this version charges by "sum" only. Set offered: false on that dimension in seller.config.ts until it can.`,
      )
    if (amountOf(dimension.charge.block ?? '1') === 0n)
      throw new Error(
        `${product}.${dimension.key}: a block of 0 is no amount. Set block above 0 in seller.config.ts.`,
      )
    if (readPrice(dimension.price) === undefined)
      throw new Error(
        `${product}.${dimension.key}: price "${dimension.price}" is not a decimal with at most 8 decimals.`,
      )
  }
}

const read = new Map<string, SumPrice>()

/** The price behind its text. Remembered: a handful of texts is read again and again. */
export function priceOf(text: string): SumPrice {
  const known = read.get(text)
  if (known !== undefined) return known
  const price = JSON.parse(text) as PriceText
  const made: SumPrice = {
    meter: price.meter,
    metered: price.metered,
    block: amountOf(price.block),
    round: price.round,
    remainder: price.remainder,
    included: includedOf(price.included),
    dollars: millionthsOfDollar(price.price),
  }
  if (read.size >= 1000) read.clear()
  read.set(text, made)
  return made
}

function textOf(product: ProductTerms, dimension: DimensionTerms, plan: string | null): PriceText {
  const { charge } = dimension
  if (charge.kind !== 'sum') throw new Error(`${dimension.key} is charged by ${charge.kind}`)
  const applies = dimension.plan === undefined || dimension.plan === plan
  return {
    price: dimension.price,
    metered: dimension.metered && applies,
    meter: charge.meter,
    block: charge.block ?? '1',
    round: charge.round ?? 'down',
    remainder: charge.remainder ?? 'carry',
    included: applies ? includedText(product, dimension, plan) : 'nothing',
  }
}

function includedText(
  product: ProductTerms,
  dimension: DimensionTerms,
  plan: string | null,
): PriceText['included'] {
  if (dimension.includedFrom !== undefined) return { from: dimension.includedFrom }
  const included = dimension.charge.kind === 'sum' ? dimension.charge.included : undefined
  if (included === undefined) return 'nothing'
  if (included !== 'plan') return { amount: included.amount, per: included.per }
  if (plan === null || !product.plans.includes(plan)) return 'unknown'
  const allowance = dimension.allowances[plan]
  if (allowance === undefined) return 'nothing'
  if (allowance === 'unlimited') return 'unlimited'
  if ('level' in allowance)
    throw new Error(
      `${dimension.key}: plan ${plan} includes a level, and a sum takes an amount per month or term`,
    )
  return { amount: allowance.amount, per: allowance.per }
}

function includedOf(text: PriceText['included']): Included {
  if (typeof text === 'string') return { kind: text }
  return 'from' in text
    ? { kind: 'contract', dimension: text.from }
    : { kind: 'amount', amount: amountOf(text.amount), per: text.per }
}

/** Dollars have 8 decimals, so millionths of a dollar have 2. */
function millionthsOfDollar(price: string): string {
  const scaled = readPrice(price) ?? 0n
  const hundredths = scaled % 100n
  const whole = (scaled / 100n).toString()
  return hundredths === 0n ? whole : `${whole}.${hundredths.toString().padStart(2, '0').replace(/0+$/, '')}`
}

/** Whole units in an amount: `up` counts the unit that is only begun. */
export function unitsIn(amount: bigint, block: bigint, round: 'down' | 'up'): bigint {
  return round === 'down' ? amount / block : (amount + block - 1n) / block
}
