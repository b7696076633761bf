/** BatchMeterUsage: one signed call for one batch. What its answer means is decided in `shared/submission`. */
import { batchRequest, wireRecord } from '../../shared/aws/batch-meter-usage.ts'
import type { CallFailure } from '../../shared/aws/failure.ts'
import type { Result } from '../../shared/result.ts'
import type { FrozenRecord } from '../../shared/submission/record.ts'
import type { AwsAccess } from '../env.ts'
import { callAws } from './client.ts'

/** Longer than AWS's slowest answers: what ends here counts as unanswered, and that mark never fades. */
const TIMEOUT_MS = 20_000

/** The body of AWS's 200, not trusted, or why there is none. The attempt must be stored before this is called. */
export function batchMeterUsage(
  aws: AwsAccess,
  region: string,
  records: readonly FrozenRecord[],
): Promise<Result<unknown, CallFailure>> {
  return callAws(aws, {
    service: 'aws-marketplace',
    region,
    host: `metering.marketplace.${region}.amazonaws.com`,
    target: 'AWSMPMeteringService.BatchMeterUsage',
    json: '1.1',
    body: batchRequest(records),
    timeoutMs: TIMEOUT_MS,
  })
}

/** A dry Worker's answer in the place of AWS's, without a call: every record is taken, and its receipt is `dry`. */
export const answerDry = (records: readonly FrozenRecord[]): object => ({
  Results: records.map((record) => ({
    UsageRecord: wireRecord(record),
    MeteringRecordId: 'dry',
    Status: 'Success',
  })),
  UnprocessedRecords: [],
})
