/**
 * AWS's list prices in us-east-1 for what costs while nobody uses it, in dollars. Nothing here is fetched: the page of each
 * price is named beside it, and a seller looks there before counting on one.
 */

/** The day the pages were last compared with this table. */
export const PRICED_ON = '2026-11-22'

/** AWS's own month. Source: AWS Pricing Calculator, "730 hours in a month". */
export const HOURS_A_MONTH = 730
export const MINUTES_A_MONTH = 60 * HOURS_A_MONTH

export interface Price {
  readonly what: string
  /** For one `unit`, or for so many of them as `per` says. */
  readonly dollars: number
  readonly per?: number
  readonly unit: string
  /** Units a month that no account pays for; shared with all else in the account. */
  readonly free: number
  readonly page: string
}

export const PRICES = {
  key: { what: 'KMS key', dollars: 1, unit: 'key', free: 0, page: 'aws.amazon.com/kms/pricing' },
  alarm: {
    what: 'CloudWatch alarms',
    dollars: 0.1,
    unit: 'watched metric',
    free: 10,
    page: 'aws.amazon.com/cloudwatch/pricing',
  },
  metric: {
    what: 'Metrics of the Worker',
    dollars: 0.3,
    unit: 'metric',
    free: 10,
    page: 'aws.amazon.com/cloudwatch/pricing',
  },
  metricCalls: {
    what: 'PutMetricData, once a minute',
    dollars: 0.01,
    per: 1_000,
    unit: 'call',
    free: 1_000_000,
    page: 'aws.amazon.com/cloudwatch/pricing',
  },
  dashboard: {
    what: 'CloudWatch dashboard',
    dollars: 3,
    unit: 'dashboard',
    free: 3,
    page: 'aws.amazon.com/cloudwatch/pricing',
  },
  queueCalls: {
    what: 'The Worker asks its queues each minute',
    dollars: 0.4,
    per: 1e6,
    unit: 'call',
    free: 1_000_000,
    page: 'aws.amazon.com/sqs/pricing',
  },
  cpuX86: {
    what: 'Fargate CPU, X86',
    dollars: 0.04048,
    unit: 'vCPU-hour',
    free: 0,
    page: 'aws.amazon.com/fargate/pricing',
  },
  memoryX86: {
    what: 'Fargate memory, X86',
    dollars: 0.004445,
    unit: 'GB-hour',
    free: 0,
    page: 'aws.amazon.com/fargate/pricing',
  },
  cpuArm: {
    what: 'Fargate CPU, ARM',
    dollars: 0.03238,
    unit: 'vCPU-hour',
    free: 0,
    page: 'aws.amazon.com/fargate/pricing',
  },
  memoryArm: {
    what: 'Fargate memory, ARM',
    dollars: 0.00356,
    unit: 'GB-hour',
    free: 0,
    page: 'aws.amazon.com/fargate/pricing',
  },
  address: {
    what: 'Public IPv4 address of each task',
    dollars: 0.005,
    unit: 'hour',
    free: 0,
    page: 'aws.amazon.com/vpc/pricing',
  },
} as const satisfies Readonly<Record<string, Price>>

export type PriceKey = keyof typeof PRICES
export const priceOf = (key: PriceKey): Price => PRICES[key]
