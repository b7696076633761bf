/** How an event names its subscription. Pure: whether it exists is looked up by the door (money §1, §10). */
import { licenseTail } from '../license.ts'
import { err, ok, type Result } from '../result.ts'
import { isSubscriptionId, type SubscriptionId } from '../subscription.ts'
import type { UsageEvent } from './event.ts'
import { refused, type Refusal } from './refusal.ts'
import { quoted } from './text.ts'

export type Naming =
  | { readonly kind: 'subscription'; readonly id: SubscriptionId }
  | { readonly kind: 'license'; readonly tail: string }
  | { readonly kind: 'account'; readonly account: string; readonly product: string }
  /** `product`: a product's code, or null when the event does not say. */
  | { readonly kind: 'customer'; readonly customer: string; readonly product: string | null }

/** An event whose form is right, and the subscription it names. */
export interface NamedEvent {
  readonly event: UsageEvent
  readonly naming: Naming
  /**
   * In a shape taken over `event.meter` is the name of a dimension and its quantity is in that dimension's units, until
   * the product is known and `meterOf` says which meter that is.
   */
  readonly takenOver?: true
}

/** The fields as they were sent; `null` and absent are the same. */
export interface NamingFields {
  readonly subscription: unknown
  readonly licenseArn: unknown
  readonly account: unknown
  readonly product: unknown
}

/** How a door reads which subscription is meant: `readNaming` where there are many, its own where there is one. */
export type ReadNaming = (fields: NamingFields) => Result<Naming, Refusal>

const LICENSE_ARN = /^arn:aws[a-z-]*:[\x21-\x7e]{1,200}$/

/** Exactly one way of naming, or why not. */
export function readNaming(fields: NamingFields): Result<Naming, Refusal> {
  const { subscription, licenseArn, account, product } = fields
  const ways = given(subscription) + given(licenseArn) + Math.max(given(account), given(product))
  if (ways === 0) {
    return refused(
      'subscription-missing',
      'The event names no subscription. Send its id (sub_…), or licenseArn, or account and product.',
    )
  }
  if (ways > 1) {
    return refused(
      'subscription-twice',
      'The event names its subscription in more than one way. Send only one of: the id, licenseArn, account and product.',
    )
  }
  if (given(subscription)) {
    return typeof subscription === 'string' && isSubscriptionId(subscription)
      ? ok({ kind: 'subscription', id: subscription })
      : err(unknownSubscription(subscription))
  }
  return given(licenseArn) ? readLicense(licenseArn) : readAccount(account, product)
}

/** The one answer for a subscription that is not there and for one that is not this key's: neither can be told apart. */
export function unknownSubscription(named: unknown): Refusal {
  const what =
    typeof named === 'string' ? `${quoted(named)} is no subscription` : 'The event names no subscription'
  return {
    code: 'unknown-subscription',
    message: `${what} that this API key may report for. Look it up with GET /v1/subscriptions and send it again.`,
  }
}

function readLicense(value: unknown): Result<Naming, Refusal> {
  const tail = typeof value === 'string' && LICENSE_ARN.test(value) ? licenseTail(value) : undefined
  if (tail !== undefined) return ok({ kind: 'license', tail })
  return refused(
    'bad-license',
    'licenseArn is not the ARN of a license (arn:aws:license-manager::…:license:l-…). Send it as AWS gave it.',
  )
}

export function readAccount(account: unknown, product: unknown): Result<Naming, Refusal> {
  if (typeof account !== 'string' || !/^\d{12}$/.test(account)) {
    return refused(
      'bad-account',
      'account is not an AWS account: a text of exactly 12 digits. Send it in quotes, with its leading zeros.',
    )
  }
  if (typeof product !== 'string' || !/^[\w-]{1,64}$/.test(product)) {
    return refused(
      'bad-product',
      'An account names a subscription together with product only: the key of the product in seller.config.ts, or its code.',
    )
  }
  return ok({ kind: 'account', account, product })
}

const given = (value: unknown): 0 | 1 => (value === undefined || value === null ? 0 : 1)
