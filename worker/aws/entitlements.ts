/** GetEntitlements: what a contract entitles to, all pages of it. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import {
  entitlementsRequest,
  readEntitlementPage,
  type Entitlement,
  type EntitlementFilter,
  type EntitlementPage,
} from '../../shared/aws/get-entitlements.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AwsAccess } from '../env.ts'
import { callAws, MARKETPLACE_REGION } from './client.ts'

const TIMEOUT_MS = 8_000

/** 500 entitlements; a product has at most 200 dimensions. */
const PAGES_MAX = 20

/**
 * All entitlements of one purchase, by its license where it has one: an account may hold many. Empty right after the
 * purchase means "not yet", at its end "no more". Source: API_GetEntitlements, us-east-1 only (2026-11-21).
 */
export async function getEntitlements(
  aws: AwsAccess,
  productCode: string,
  filter: NonNullable<EntitlementFilter>,
): Promise<Result<readonly Entitlement[], CallFailure>> {
  const found: Entitlement[] = []
  let nextToken: string | null = null
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const read = await getEntitlementsPage(aws, productCode, filter, nextToken)
    if (!read.ok) return read

    found.push(...read.value.entitlements)
    const next: string | null = read.value.nextToken
    if (next === null) return ok(found)
    if (next === nextToken) return unexpected('the same NextToken came twice')
    nextToken = next
  }
  return unexpected(`more than ${PAGES_MAX} pages`)
}

/** One page; it may be empty and not the last. Quota: 20 a second. */
export async function getEntitlementsPage(
  aws: AwsAccess,
  productCode: string,
  filter: EntitlementFilter,
  nextToken: string | null,
): Promise<Result<EntitlementPage, CallFailure>> {
  const answer = await callAws(aws, {
    service: 'aws-marketplace',
    region: MARKETPLACE_REGION,
    host: `entitlement.marketplace.${MARKETPLACE_REGION}.amazonaws.com`,
    target: 'AWSMPEntitlementService.GetEntitlements',
    json: '1.1',
    body: entitlementsRequest(productCode, filter, nextToken),
    timeoutMs: TIMEOUT_MS,
  })
  return answer.ok ? readEntitlementPage(answer.value) : answer
}

const unexpected = (message: string): Result<never, CallFailure> =>
  err({ kind: 'unexpected_body', message: `GetEntitlements: ${message}` })
