/** The agreement service: one signed call a function, all pages of it. No retries and no quota: the callers' tables decide. */
import {
  gatherTerms,
  readAgreementDescription,
  readProvisioningPage,
  readSearchPage,
  readTermsPage,
  searchRequest,
  type AgreementSummary,
  type AgreementTerms,
  type Page,
  type Provisioning,
} from '../../shared/aws/agreement.ts'
import type { CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AwsAccess } from '../env.ts'
import { callAws, MARKETPLACE_REGION } from './client.ts'

const TIMEOUT_MS = 8_000

/** A buyer may wait for it, and is let go on without it. */
const TERMS_TIMEOUT_MS = 3_000

/** 2,500 agreements of one search; an agreement has twelve kinds of terms. */
const PAGES_MAX = 50

/** One page of the seller's agreements that pass all of `filters`. Quota: 5 a second. */
export async function searchAgreementsPage(
  aws: AwsAccess,
  filters: Readonly<Record<string, string>>,
  nextToken: string | null,
  sort?: object,
): Promise<Result<Page<AgreementSummary>, CallFailure>> {
  const answer = await ask(aws, 'SearchAgreements', searchRequest(filters, nextToken, sort))
  return answer.ok ? readSearchPage(answer.value) : answer
}

/** All of them; fails as a whole. */
export const searchAgreements = (
  aws: AwsAccess,
  filters: Readonly<Record<string, string>>,
): Promise<Result<readonly AgreementSummary[], CallFailure>> =>
  allPages((token) => searchAgreementsPage(aws, filters, token))

/** One agreement; it has no terms, so it cannot tell a trial (facts trap 32). Quota: 5 a second. */
export async function describeAgreement(
  aws: AwsAccess,
  agreementId: string,
): Promise<Result<AgreementSummary, CallFailure>> {
  const answer = await ask(aws, 'DescribeAgreement', { agreementId })
  return answer.ok ? readAgreementDescription(answer.value) : answer
}

/** The terms that were accepted: what tells a free trial from a purchase. Quota: 10 a second. */
export async function getAgreementTerms(
  aws: AwsAccess,
  agreementId: string,
): Promise<Result<AgreementTerms, CallFailure>> {
  const terms = await allPages(async (nextToken) => {
    const answer = await ask(
      aws,
      'GetAgreementTerms',
      { agreementId, ...tokenOf(nextToken) },
      TERMS_TIMEOUT_MS,
    )
    return answer.ok ? readTermsPage(answer.value) : answer
  })
  return terms.ok ? ok(gatherTerms(terms.value)) : terms
}

/** How far AWS is with the licenses of an agreement, and why it failed. */
export const getAgreementEntitlements = (
  aws: AwsAccess,
  agreementId: string,
): Promise<Result<readonly Provisioning[], CallFailure>> =>
  allPages(async (nextToken) => {
    const answer = await ask(aws, 'GetAgreementEntitlements', { agreementId, ...tokenOf(nextToken) })
    return answer.ok ? readProvisioningPage(answer.value) : answer
  })

const tokenOf = (nextToken: string | null): object => (nextToken === null ? {} : { nextToken })

/** Source: facts §0.1, AWS JSON 1.0, signed as `aws-marketplace`; us-east-1 only (2026-11-21). */
const ask = (aws: AwsAccess, operation: string, body: object, timeoutMs = TIMEOUT_MS) =>
  callAws(aws, {
    service: 'aws-marketplace',
    region: MARKETPLACE_REGION,
    host: `agreement-marketplace.${MARKETPLACE_REGION}.amazonaws.com`,
    target: `AWSMPCommerceService_v20200301.${operation}`,
    json: '1.0',
    body,
    timeoutMs,
  })

async function allPages<T>(
  page: (nextToken: string | null) => Promise<Result<Page<T>, CallFailure>>,
): Promise<Result<readonly T[], CallFailure>> {
  const all: T[] = []
  let nextToken: string | null = null
  for (let count = 0; count < PAGES_MAX; count += 1) {
    const read: Result<Page<T>, CallFailure> = await page(nextToken)
    if (!read.ok) return read
    all.push(...read.value.items)
    if (read.value.nextToken === null) return ok(all)
    nextToken = read.value.nextToken
  }
  return err({ kind: 'unexpected_body', message: `more than ${PAGES_MAX} pages` })
}
