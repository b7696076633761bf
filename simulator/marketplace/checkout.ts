/** What License Manager has given out, as types. No code. Times are business time, epoch ms. */
import type { Json } from './model.ts'

/** One entitlement that was given: `value` null for `Unit: None`, which uses nothing up. */
export interface Given {
  readonly name: string
  readonly value: number | null
}

/** A lease or a drawdown, by its LicenseConsumptionToken. */
export interface Checkout {
  readonly account: string
  readonly licenseArn: string
  /** Whose quantities a drawdown uses up: a renewal begins anew. */
  readonly agreementId: string
  readonly type: 'PROVISIONAL' | 'PERPETUAL'
  readonly given: readonly Given[]
  readonly issuedAt: number
  /** Given back by itself then; null: for good. */
  expiresAt: number | null
}

/** What a ClientToken was answered with, and what it asked for. */
export interface CheckoutAnswer {
  readonly asked: string
  readonly answer: { readonly [name: string]: Json }
  readonly at: number
}
