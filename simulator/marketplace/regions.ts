/** Where AWS offers its marketplace services. Source: metering-regions, entitlement-regions (facts §7, 2026-11-21). */

/** BatchMeterUsage and ResolveCustomer. */
export const METERING_REGIONS: ReadonlySet<string> = new Set([
  'af-south-1',
  'ap-east-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ca-central-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'cn-northwest-1',
])

/** MeterUsage on AgentCore Runtime. */
export const AGENTCORE_REGIONS: readonly string[] = ['us-east-1']

/** A Region a buyer may run something in, whether or not it is metered there. */
export const isRegion = (text: string): boolean =>
  METERING_REGIONS.has(text) || text === 'us-gov-east-1' || text === 'us-gov-west-1'

/** GetEntitlements. */
export const ENTITLEMENT_REGIONS: ReadonlySet<string> = new Set([
  'us-east-1',
  'cn-northwest-1',
  'eusc-de-east-1',
])
