/** The type of `seller.config.ts`: what this seller sells. Pure; read by every room through a projection. */

/** Decimal text: digits and at most one point, at most 6 decimals. Money is never a float. */
export type Decimal = string

/** An allowance of a plan for one dimension: an amount in the meter's unit, or no limit. */
export type Allowance =
  | { readonly amount: Decimal; readonly per: 'month' | 'term' }
  | { readonly level: Decimal }
  | 'unlimited'

/** How a meter becomes a dimension's units (money §3). */
export type Charge =
  | {
      readonly kind: 'sum'
      readonly meter: string
      /** How much of the meter is one unit; default 1. */
      readonly block?: Decimal
      readonly round?: 'down' | 'up'
      readonly remainder?: 'carry' | 'drop' | 'up'
      /** `plan`: the plan's allowance for this dimension; else fixed; absent: nothing is included. */
      readonly included?: 'plan' | { readonly amount: Decimal; readonly per: 'month' | 'term' }
    }
  | {
      readonly kind: 'unique'
      readonly meter: string
      readonly included?: 'plan' | { readonly amount: Decimal; readonly per: 'month' | 'term' }
      readonly onPlanChange?: 'bill' | 'once-a-month'
    }
  | {
      readonly kind: 'max'
      readonly meter: string
      readonly window: 'hour' | 'month'
      readonly included?: 'plan' | { readonly level: Decimal }
    }
  | {
      readonly kind: 'time-weighted'
      readonly meter: string
      /** Hours a reading holds; default 25. */
      readonly holdForHours?: number
      readonly included?: 'plan' | { readonly level: Decimal }
    }

/** What AWS bills. `key` is the API name, case-sensitive. */
export interface Dimension {
  readonly key: string
  readonly title: string
  readonly unit: string
  /** Dollars a unit, and what a term of a contract costs where it may be bought ahead. */
  readonly price: Decimal
  readonly contract?: {
    readonly monthly: Decimal
    readonly annual: Decimal
    readonly quantities: readonly number[]
  }
  /** True: sent to AWS as usage. False: only entitled (a contract's dimension). */
  readonly metered: boolean
  /** False: described here, not yet on offer; nothing is charged for it and its charge may be of any kind. */
  readonly offered: boolean
  /** The plan that owning this dimension entitles to. */
  readonly plan?: string
  readonly charge?: Charge
}
