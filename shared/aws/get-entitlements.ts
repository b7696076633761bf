/** GetEntitlements on the wire. Pure. A page may be empty and yet not the last: only `nextToken` tells. */
import { err, ok, type Result } from '../result.ts'
import type { CallFailure } from './failure.ts'
import { integerMember, listMember, member, objectOf, textMember } from './json.ts'

/** What a contract grants of one dimension. */
export interface Entitlement {
  readonly dimension: string
  /** Integers as decimal text; null for the Boolean and String values of tiers. */
  readonly amount: string | null
  /** The value as AWS gave it. */
  readonly value: number | boolean | string
  /** Epoch ms. With auto-renewal the renewal date: access does not end at it. Null when AWS names none. */
  readonly expiresAt: number | null
  readonly licenseArn: string | null
}

export interface EntitlementPage {
  readonly entitlements: readonly Entitlement[]
  readonly nextToken: string | null
}

/** Whose entitlements are asked for; null: every customer's of the product. */
export type EntitlementFilter = { readonly licenseArn: string } | { readonly account: string } | null

/** Source: API_GetEntitlements, filter keys in UPPER_SNAKE, `MaxResults` 1–25 (2026-11-21). */
export function entitlementsRequest(
  productCode: string,
  filter: EntitlementFilter,
  nextToken: string | null,
): object {
  return {
    ProductCode: productCode,
    ...(filter === null ? {} : { Filter: filterOf(filter) }),
    MaxResults: 25,
    ...(nextToken === null ? {} : { NextToken: nextToken }),
  }
}

const filterOf = (filter: NonNullable<EntitlementFilter>): object =>
  'licenseArn' in filter
    ? { LICENSE_ARN: [filter.licenseArn] }
    : { CUSTOMER_AWS_ACCOUNT_ID: [filter.account] }

/** One page. Fails as a whole when one entitlement is unreadable: a failed answer is never "nothing" (money §3). */
export function readEntitlementPage(answer: unknown): Result<EntitlementPage, CallFailure> {
  const body = objectOf(answer)
  const list = listMember(body, 'Entitlements')
  if (body === undefined || list === undefined || !Object.hasOwn(body, 'Entitlements'))
    return err({
      kind: 'unexpected_body',
      message: 'GetEntitlements answered without a list of Entitlements',
    })

  const entitlements: Entitlement[] = []
  for (const item of list) {
    const entitlement = readEntitlement(objectOf(item))
    if (entitlement === undefined)
      return err({ kind: 'unexpected_body', message: 'an Entitlement has no Dimension or no Value' })
    entitlements.push(entitlement)
  }
  return ok({ entitlements, nextToken: textMember(body, 'NextToken') ?? null })
}

function readEntitlement(item: object | undefined): Entitlement | undefined {
  const dimension = textMember(item, 'Dimension')
  const value = readValue(objectOf(member(item, 'Value')))
  if (dimension === undefined || value === undefined) return undefined
  const seconds = member(item, 'ExpirationDate')
  return {
    dimension,
    amount: typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : null,
    value,
    expiresAt: typeof seconds === 'number' && Number.isFinite(seconds) ? Math.floor(seconds * 1_000) : null,
    licenseArn: textMember(item, 'LicenseArn') ?? null,
  }
}

function readValue(value: object | undefined): number | boolean | string | undefined {
  const integer = integerMember(value, 'IntegerValue')
  if (integer !== undefined) return integer
  const double = member(value, 'DoubleValue')
  if (typeof double === 'number' && Number.isFinite(double)) return double
  const flag = member(value, 'BooleanValue')
  return typeof flag === 'boolean' ? flag : textMember(value, 'StringValue')
}
