/** Where AWS offers its marketplace services. Source: metering-regions, entitlement-regions (facts §7, 2026-11-21). */
import { SAAS_REGIONS } from '../../shared/aws/regions.ts'

/** MeterUsage on AgentCore Runtime. */
export const AGENTCORE_REGIONS: readonly string[] = ['us-east-1']

/** A Region a buyer may run something in, whether or not it is metered there. */
export const isRegion = (text: string): boolean =>
  SAAS_REGIONS.includes(text) || text === 'us-gov-east-1' || text === 'us-gov-west-1'

/** GetEntitlements. */
export const ENTITLEMENT_REGIONS: ReadonlySet<string> = new Set([
  'us-east-1',
  'cn-northwest-1',
  'eusc-de-east-1',
])
