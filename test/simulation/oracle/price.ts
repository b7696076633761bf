/** What a dimension costs in an hour, read from the config alone (money §3, §4). Pure. */
import type { Allowance, Dimension } from '../../../shared/seller.ts'
import type { Deploy } from '../history.ts'
import { HOUR } from './calendar.ts'
import { decimal, type Fraction } from './fraction.ts'

/** `amount`: spent in a month or a term. `level`: subtracted. `contract`: what the order says of that dimension. */
export type Included =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'amount'; readonly amount: Fraction; readonly per: 'month' | 'term' }
  | { readonly kind: 'level'; readonly level: Fraction }
  | { readonly kind: 'contract'; readonly dimension: string }

export interface Price {
  readonly dimension: string
  readonly meter: string
  readonly kind: 'sum' | 'unique' | 'max' | 'time-weighted'
  /** False: counted and shown, never billed. */
  readonly metered: boolean
  readonly block: Fraction
  readonly round: 'down' | 'up'
  readonly remainder: 'carry' | 'drop' | 'up'
  readonly window: 'hour' | 'month'
  readonly holdMs: number
  readonly onPlanChange: 'bill' | 'once-a-month'
  readonly included: Included
  /** Equal texts are one price: no cut lies between them. */
  readonly text: string
}

/** The plan of an hour: in a trial the trial's, else the one in force. */
export function planIn(deploy: Deploy, plan: string | null, trial: boolean): string | null {
  const own = deploy.product.trial ?? null
  return trial && own !== null ? own.plan : plan
}

/** The price of every dimension on offer that a meter feeds. */
export function pricesIn(deploy: Deploy, plan: string | null, trial: boolean): Map<string, Price> {
  const prices = new Map<string, Price>()
  for (const dimension of deploy.product.dimensions) {
    const price = dimension.offered ? priceOf(deploy, dimension, plan, trial) : undefined
    if (price !== undefined) prices.set(dimension.key, price)
  }
  return prices
}

function priceOf(
  deploy: Deploy,
  dimension: Dimension,
  plan: string | null,
  trial: boolean,
): Price | undefined {
  const { charge } = dimension
  if (charge === undefined) return undefined
  const applies = !dimension.metered || dimension.plan === undefined || dimension.plan === plan
  const metered = dimension.metered && applies && deploy.product.pricing !== 'contract'
  const included = applies ? includedOf(deploy, dimension, plan, trial) : ({ kind: 'nothing' } as const)
  const sum = charge.kind === 'sum' ? charge : undefined
  const price = {
    dimension: dimension.key,
    meter: charge.meter,
    kind: charge.kind,
    metered,
    block: decimal(sum?.block ?? '1'),
    round: sum?.round ?? 'down',
    remainder: sum?.remainder ?? 'carry',
    window: charge.kind === 'max' ? charge.window : 'hour',
    holdMs: (charge.kind === 'time-weighted' ? (charge.holdForHours ?? 25) : 0) * HOUR,
    onPlanChange: charge.kind === 'unique' ? (charge.onPlanChange ?? 'once-a-month') : 'bill',
    included,
  } as const
  return { ...price, text: JSON.stringify([dimension.price, price], plain) }
}

function includedOf(deploy: Deploy, dimension: Dimension, plan: string | null, trial: boolean): Included {
  if (dimension.includedFrom !== undefined) return { kind: 'contract', dimension: dimension.includedFrom }
  const own = dimension.charge?.included
  if (own === undefined) return { kind: 'nothing' }
  if (own !== 'plan') return allowanceOf(own)
  const ofTrial = trial ? (deploy.product.trial ?? null) : null
  if (ofTrial !== null) return allowanceOf(ofTrial.allowances[dimension.key])
  const known = deploy.plans.find((each) => each.key === plan)
  return known === undefined ? { kind: 'unknown' } : allowanceOf(known.allowances[dimension.key])
}

function allowanceOf(allowance: Allowance | undefined): Included {
  if (allowance === undefined) return { kind: 'nothing' }
  if (allowance === 'unlimited') return { kind: 'unlimited' }
  if ('level' in allowance) return { kind: 'level', level: decimal(allowance.level) }
  return { kind: 'amount', amount: decimal(allowance.amount), per: allowance.per }
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
