/** The price of a dimension as one text: equal texts are the same price, so remainders and late usage may pass (money §4). Pure. */
import { amountOf, readPrice } from '../amount.ts'
import { HOUR_MS } from '../hour.ts'
import type { Charge } from '../seller.ts'
import { VALUE_MONTH } from './gauge.ts'
import type { DimensionTerms, ProductTerms } from './terms.ts'

/** By dimension: the price's text, as `priceOf` reads it. */
export type Prices = Readonly<Record<string, string>>

/** What is included before anything is due. `contract`: what the order gives for that entitled dimension. */
export type Included =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'amount'; readonly amount: bigint; readonly per: 'month' | 'term' }
  /** Of `max` and `time-weighted`: taken off the value itself, before anything is added up or multiplied. */
  | { readonly kind: 'level'; readonly level: bigint }
  | { readonly kind: 'contract'; readonly dimension: string }
  | { readonly kind: 'unknown' }

interface AnyPrice {
  readonly meter: string
  readonly metered: boolean
  /** How much of what the charge counts (`used.ts`) is one unit of the dimension. */
  readonly block: bigint
  readonly round: 'down' | 'up'
  readonly remainder: 'carry' | 'drop' | 'up'
  readonly included: Included
  /** Millionths of a dollar a unit, decimal text. */
  readonly dollars: string
}

/** How a meter becomes units, read from a price's text (money §3). */
export type Price = AnyPrice &
  (
    | { readonly kind: 'sum' }
    | { readonly kind: 'unique'; readonly onPlanChange: 'bill' | 'once-a-month' }
    | { readonly kind: 'max'; readonly window: 'hour' | 'month' }
    | { readonly kind: 'time-weighted'; readonly holdForMs: number }
  )

type Amount = { readonly amount: string; readonly per: 'month' | 'term' }

/** What of a price is written down. A field left out of here may change without a cut. */
type PriceText = {
  readonly price: string
  readonly metered: boolean
  readonly meter: string
  readonly included:
    | 'nothing'
    | 'unlimited'
    | 'unknown'
    | { readonly from: string }
    | { readonly level: string }
    | Amount
} & ChargeText

type ChargeText =
  | {
      readonly kind: 'sum'
      readonly block: string
      readonly round: 'down' | 'up'
      readonly remainder: 'carry' | 'drop' | 'up'
    }
  | { readonly kind: 'unique'; readonly onPlanChange: 'bill' | 'once-a-month' }
  | { readonly kind: 'max'; readonly window: 'hour' | 'month' }
  | { readonly kind: 'time-weighted'; readonly holdForMs: number }

/** One of a meter's unit, in millionths; one key is one of its meter's unit. */
const ONE = 1_000_000n

/** How long a reading holds unless the charge says otherwise (money §3). */
const HOLD_FOR_HOURS = 25

const written = new WeakMap<ProductTerms, Map<string, Prices>>()

/**
 * The prices of a product's dimensions under a plan. `given`: in our own days of grace, when nothing is billed.
 * Remembered: each hour of a ledger asks for the same.
 */
export function pricesOf(
  product: ProductTerms,
  plan: string | null,
  offered: 'sold' | 'given' = 'sold',
): Prices {
  const known = written.get(product) ?? new Map<string, Prices>()
  written.set(product, known)
  const name = JSON.stringify([plan, offered])
  const prices =
    known.get(name) ??
    Object.fromEntries(
      product.dimensions.map((dimension) => [
        dimension.key,
        JSON.stringify(textOf(product, dimension, plan, offered)),
      ]),
    )
  known.set(name, prices)
  return prices
}

/** Throws with a sentence for terms nothing can be charged by. */
export function refuseBadCharges(product: string, terms: ProductTerms): void {
  for (const { key, charge, price } of terms.dimensions) {
    if (charge.kind === 'sum' && amountOf(charge.block ?? '1') === 0n)
      throw new Error(`${product}.${key}: a block of 0 is no amount. Set block above 0 in seller.config.ts.`)
    if (readPrice(price) === undefined)
      throw new Error(`${product}.${key}: price "${price}" is not a decimal with at most 8 decimals.`)
  }
}

const read = new Map<string, Price>()

/** The price behind its text. Remembered: a handful of texts is read again and again. */
export function priceOf(text: string): Price {
  const known = read.get(text)
  if (known !== undefined) return known
  const written = JSON.parse(text) as PriceText
  const made: Price = {
    meter: written.meter,
    metered: written.metered,
    round: 'down',
    remainder: 'carry',
    included: includedOf(written.included),
    dollars: millionthsOfDollar(written.price),
    ...chargeOf(written),
  }
  if (read.size >= 1000) read.clear()
  read.set(text, made)
  return made
}

function chargeOf(text: ChargeText) {
  switch (text.kind) {
    case 'sum':
      return { kind: text.kind, block: amountOf(text.block), round: text.round, remainder: text.remainder }
    case 'unique':
      return { kind: text.kind, block: ONE, onPlanChange: text.onPlanChange }
    case 'max':
      return { kind: text.kind, block: ONE, window: text.window }
    case 'time-weighted':
      return { kind: text.kind, block: VALUE_MONTH, holdForMs: text.holdForMs }
  }
}

function textOf(
  product: ProductTerms,
  dimension: DimensionTerms,
  plan: string | null,
  offered: 'sold' | 'given',
): PriceText {
  const { charge } = dimension
  const applies = offered === 'sold' && (dimension.plan === undefined || dimension.plan === plan)
  return {
    price: dimension.price,
    metered: dimension.metered && applies,
    meter: charge.meter,
    ...chargeText(charge),
    included: applies ? includedText(product, dimension, plan) : 'nothing',
  }
}

function chargeText(charge: Charge): ChargeText {
  switch (charge.kind) {
    case 'sum':
      return {
        kind: charge.kind,
        block: charge.block ?? '1',
        round: charge.round ?? 'down',
        remainder: charge.remainder ?? 'carry',
      }
    case 'unique':
      return { kind: charge.kind, onPlanChange: charge.onPlanChange ?? 'once-a-month' }
    case 'max':
      return { kind: charge.kind, window: charge.window }
    case 'time-weighted':
      return { kind: charge.kind, holdForMs: holdForMs(charge) }
  }
}

/** How long a reading holds. */
export const holdForMs = ({ holdForHours }: Extract<Charge, { readonly kind: 'time-weighted' }>): number =>
  (holdForHours ?? HOLD_FOR_HOURS) * HOUR_MS

function includedText(
  product: ProductTerms,
  dimension: DimensionTerms,
  plan: string | null,
): PriceText['included'] {
  if (dimension.includedFrom !== undefined) return { from: dimension.includedFrom }
  const { charge } = dimension
  if (charge.included === undefined) return 'nothing'
  if (charge.included !== 'plan') return charge.included
  if (plan === null || !product.plans.includes(plan)) return 'unknown'
  const allowance = dimension.allowances[plan]
  if (allowance === undefined) return 'nothing'
  if (allowance === 'unlimited') return allowance
  const counts = charge.kind === 'sum' || charge.kind === 'unique'
  if ('level' in allowance === counts)
    throw new Error(
      `${dimension.key}: plan ${plan} includes ${counts ? 'a level, and this charge takes an amount per month or term' : 'an amount, and this charge takes a level'}`,
    )
  return allowance
}

function includedOf(text: PriceText['included']): Included {
  if (typeof text === 'string') return { kind: text }
  if ('from' in text) return { kind: 'contract', dimension: text.from }
  if ('level' in text) return { kind: 'level', level: amountOf(text.level) }
  return { kind: 'amount', amount: amountOf(text.amount), per: text.per }
}

/** True when what is included is taken off inside the charge itself, so that none is left to cover afterwards. */
export const takesLevel = (price: Price): boolean => price.kind === 'max' || price.kind === 'time-weighted'

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
