/** ResolveCustomer: who a registration token stands for. The token is sent and forgotten. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import {
  readResolveAnswer,
  resolveRequest,
  type ResolvedCustomer,
} from '../../shared/aws/resolve-customer.ts'
import type { Result } from '../../shared/result.ts'
import type { AwsAccess } from '../env.ts'
import { callAws, MARKETPLACE_REGION } from './client.ts'

/** A browser waits for it. */
const TIMEOUT_MS = 8_000

/** Resolves a token; asking again within its life answers the same. Source: API_ResolveCustomer (2026-11-21). */
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
    body: resolveRequest(token),
    timeoutMs: TIMEOUT_MS,
  })
  return answer.ok ? readResolveAnswer(answer.value) : answer
}
