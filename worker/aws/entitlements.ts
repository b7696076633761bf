/** GetEntitlements: what a contract entitles to, all pages of it. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AwsAccess } from '../env.ts'
import { callAws, isObject, MARKETPLACE_REGION } from './client.ts'

const TIMEOUT_MS = 8_000

/** 500 entitlements; a product has at most 200 dimensions. */
const PAGES_MAX = 20

/** One dimension of a contract. `value` is a whole number, a number, true, or a text, as AWS has it. */
export interface Entitlement {
  readonly dimension: string
  readonly value: number | string | boolean
  /** Epoch ms; with auto-renewal the day of renewal, so never a reason to cut access by itself. Null: not told. */
  readonly expiresAt: number | null
}

/** Of which purchase. A license where there is one: an account may hold many. */
export type EntitlementFilter =
  | { readonly licenseArn: string }
  | { readonly account: string }
  | { readonly customerIdentifier: string }

/**
 * All entitlements of one purchase. Empty right after it means "not yet", at the end "no more".
 * Follows NextToken even through empty pages. Source: API_GetEntitlements, us-east-1 only (2026-11-21).
 */
export async function getEntitlements(
  aws: AwsAccess,
  productCode: string,
  filter: EntitlementFilter,
): Promise<Result<readonly Entitlement[], CallFailure>> {
  const found: Entitlement[] = []
  let nextToken: string | undefined
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await callAws(aws, {
      service: 'aws-marketplace',
      region: MARKETPLACE_REGION,
      host: `entitlement.marketplace.${MARKETPLACE_REGION}.amazonaws.com`,
      target: 'AWSMPEntitlementService.GetEntitlements',
      json: '1.1',
      body: {
        ProductCode: productCode,
        Filter: wireFilter(filter),
        MaxResults: 25,
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      },
      timeoutMs: TIMEOUT_MS,
    })
    if (!answer.ok) return answer

    const body = answer.value
    const list = body['Entitlements'] ?? []
    if (!Array.isArray(list)) return unexpected('Entitlements is not a list')
    for (const item of list) {
      const entitlement = entitlementOf(item)
      if (!entitlement) return unexpected('an entitlement has no dimension or no value')
      found.push(entitlement)
    }
    const next = body['NextToken']
    if (typeof next !== 'string' || next === '') return ok(found)
    if (next === nextToken) return unexpected('the same NextToken came twice')
    nextToken = next
  }
  return unexpected(`more than ${PAGES_MAX} pages`)
}

const unexpected = (message: string): Result<never, CallFailure> =>
  err({ kind: 'unexpected_body', message: `GetEntitlements: ${message}` })

function wireFilter(filter: EntitlementFilter): Readonly<Record<string, readonly string[]>> {
  if ('licenseArn' in filter) return { LICENSE_ARN: [filter.licenseArn] }
  if ('account' in filter) return { CUSTOMER_AWS_ACCOUNT_ID: [filter.account] }
  return { CUSTOMER_IDENTIFIER: [filter.customerIdentifier] }
}

function entitlementOf(item: unknown): Entitlement | undefined {
  if (!isObject(item) || typeof item['Dimension'] !== 'string' || !isObject(item['Value'])) return undefined
  const { IntegerValue, DoubleValue, BooleanValue, StringValue } = item['Value']
  const value = IntegerValue ?? DoubleValue ?? BooleanValue ?? StringValue
  if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string') return undefined
  const seconds = item['ExpirationDate']
  return {
    dimension: item['Dimension'],
    value,
    expiresAt: typeof seconds === 'number' && Number.isFinite(seconds) ? Math.round(seconds * 1000) : null,
  }
}
