/** ResolveCustomer: who a registration token stands for. The token is sent and forgotten. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AwsAccess } from '../env.ts'
import { callAws, MARKETPLACE_REGION } from './client.ts'

/** A browser waits for it. */
const TIMEOUT_MS = 8_000

/** The buyer AWS vouches for. `licenseArn` is absent for products on the legacy integration, `customerIdentifier` for all others. */
export interface ResolvedCustomer {
  readonly productCode: string
  /** 12 digits, may begin with 0. */
  readonly account: string
  readonly licenseArn?: string
  readonly customerIdentifier?: string
}

/**
 * Resolves a token; asking again within its life answers the same.
 * Source: API_ResolveCustomer; `CustomerIdentifier` absent, null and empty are alike (2026-11-21).
 */
export async function resolveCustomer(
  aws: AwsAccess,
  token: string,
): Promise<Result<ResolvedCustomer, CallFailure>> {
  const answer = await callAws(aws, {
    service: 'aws-marketplace',
    region: MARKETPLACE_REGION,
    host: `metering.marketplace.${MARKETPLACE_REGION}.amazonaws.com`,
    target: 'AWSMPMeteringService.ResolveCustomer',
    json: '1.1',
    body: { RegistrationToken: token },
    timeoutMs: TIMEOUT_MS,
  })
  if (!answer.ok) return answer

  const body = answer.value
  const productCode = text(body['ProductCode'])
  const account = text(body['CustomerAWSAccountId'])
  const licenseArn = text(body['LicenseArn'])
  const customerIdentifier = text(body['CustomerIdentifier'])
  if (productCode === undefined || account === undefined || !/^\d{12}$/.test(account)) {
    return err({ kind: 'unexpected_body', message: 'ResolveCustomer named no product or no account' })
  }
  return ok({
    productCode,
    account,
    ...(licenseArn === undefined ? {} : { licenseArn }),
    ...(customerIdentifier === undefined ? {} : { customerIdentifier }),
  })
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
