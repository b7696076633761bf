/** How many calls a second AWS takes, by wall time. Pure. Source: metering-, entitlement- and agreement-service-quotas (2026-11-21). */
import type { Draft } from './draft.ts'
import type { Caller } from './model.ts'
import type { ApiOperation } from './operations.ts'

const PER_SECOND: Partial<Record<ApiOperation, number>> = {
  BatchMeterUsage: 10,
  MeterUsage: 10,
  RegisterUsage: 5,
  GetEntitlements: 20,
  SearchAgreements: 5,
  DescribeAgreement: 5,
  GetAgreementTerms: 10,
}

/** Counts a call of this account and Region. False: one too many within a second; it is not counted. */
export function withinQuota(draft: Draft, operation: ApiOperation, caller: Caller): boolean {
  const limit = PER_SECOND[operation]
  if (limit === undefined || draft.state.knobs.quotas === 'off') return true
  const { quotas } = draft.state
  const { wall } = draft.times
  const key = `${operation}|${caller.account}|${caller.region}`
  const calls = (quotas[key] ??= [])
  const oldest = calls[0]
  if (calls.length >= limit && oldest !== undefined && wall >= oldest && wall - oldest < 1000) return false
  calls.push(wall)
  if (calls.length > limit) calls.shift()
  return true
}
