/** A small marketplace for tests: three products, a clock that the test moves, and the few steps most tests begin with. */
import type {
  Answers,
  ApiAnswer,
  CommandKind,
  CommandOf,
  Subscribe,
} from '../../simulator/marketplace/commands.ts'
import { apply, newState } from '../../simulator/marketplace/machine.ts'
import type {
  Agreement,
  Json,
  MarketplaceDimension,
  MarketplaceProduct,
  SimulatorView,
  State,
} from '../../simulator/marketplace/model.ts'
import type { ApiOperation } from '../../simulator/marketplace/operations.ts'

export const SELLER = '123456789012'
export const BUYER = '000011112222'
export const NOON = Date.parse('2026-11-21T12:00:00Z')
export const HOUR_MS = 3_600_000

/** A container product of a pricing; its id and code are made of its name. */
const container = (
  key: string,
  pricing: MarketplaceProduct['pricing'],
  dimensions: readonly MarketplaceDimension[],
): MarketplaceProduct => ({
  key,
  id: `prod-${key.padEnd(13, '0')}`,
  code: key.padEnd(25, 'x'),
  title: `Container, ${pricing}`,
  kind: 'container',
  pricing,
  integration: 'license',
  dimensions,
})

const bought = (key: string, unit: string, quantities: readonly number[]): MarketplaceDimension => ({
  key,
  title: key,
  unit,
  price: '10',
  metered: false,
  offered: true,
  licenseUnit: quantities.some((quantity) => quantity > 1) ? 'Count' : 'None',
  contract: { monthly: '10', annual: '100', quantities },
})

export const VIEW: SimulatorView = {
  sellerAccount: SELLER,
  sellerName: 'Seller',
  buyers: [{ account: BUYER, name: 'Buyer one' }],
  products: [
    {
      key: 'usage',
      id: 'prod-usage00000000',
      code: 'usageusageusageusageusage',
      title: 'Pay as you go',
      kind: 'saas',
      pricing: 'subscription',
      integration: 'license',
      trialDays: 14,
      dimensions: [
        { key: 'calls', title: 'Calls', unit: 'Units', price: '0.10', metered: true, offered: true },
        { key: 'storage', title: 'Storage', unit: 'GB', price: '0.00000003', metered: true, offered: true },
        { key: 'later', title: 'Later', unit: 'Units', price: '1', metered: true, offered: false },
      ],
    },
    {
      key: 'contract',
      id: 'prod-contract00000',
      code: 'contractcontractcontractc',
      title: 'Contract with consumption',
      kind: 'saas',
      pricing: 'contract-with-consumption',
      integration: 'license',
      dimensions: [
        {
          key: 'users',
          title: 'Users',
          unit: 'Users',
          price: '25',
          metered: false,
          offered: true,
          contract: { monthly: '25', annual: '270.00', quantities: [1, 10] },
        },
        { key: 'calls', title: 'Calls', unit: 'Units', price: '0.10', metered: true, offered: true },
      ],
    },
    {
      key: 'legacy',
      id: 'prod-legacy0000000',
      code: 'legacylegacylegacylegacyl',
      title: 'Legacy',
      kind: 'saas',
      pricing: 'subscription',
      integration: 'legacy',
      dimensions: [
        { key: 'calls', title: 'Calls', unit: 'Units', price: '0.10', metered: true, offered: true },
      ],
    },
    container('metered', 'custom-metering', [
      { key: 'calls', title: 'Calls', unit: 'Requests', price: '0.001', metered: true, offered: true },
      { key: 'hosts', title: 'Hosts', unit: 'Hosts', price: '2', metered: true, offered: true },
    ]),
    container('hourly', 'hourly', [
      { key: 'hours', title: 'Hours', unit: 'TaskHrs', price: '0.36', metered: true, offered: true },
    ]),
    container('licensed', 'contract', [
      bought('BasicTier', 'Units', [1]),
      bought('PremiumTier', 'Units', [1]),
      bought('seats', 'Users', [10, 25]),
      bought('exports', 'Requests', [100]),
    ]),
    container('free', 'free', []),
    container('own', 'byol', []),
  ],
}

export class Market {
  readonly state: State
  business: number
  wall: number

  constructor(seed = 1, business = NOON) {
    this.state = newState(seed, business)
    this.business = business
    this.wall = business
    this.do({ kind: 'set_view', view: VIEW })
  }

  do<K extends CommandKind>(command: CommandOf<K>): Answers[K] {
    return apply(this.state, command, { business: this.business, wall: this.wall }).answer
  }

  /** Both clocks move; what became due happens. */
  pass(ms: number): void {
    this.business += ms
    this.wall += ms
    this.do({ kind: 'set_business_time', now: this.business })
    this.do({ kind: 'release_due' })
  }

  /** Two wall seconds go by first, so that no quota is near. */
  call(operation: ApiOperation, input: Json, region = 'us-east-1', account = SELLER): ApiAnswer {
    this.wall += 2_000
    return this.do({ kind: 'api', operation, caller: { account, region }, input })
  }

  /** A purchase of `usage`, not active yet. */
  buy(more: Partial<Subscribe> = {}): Agreement & { token: string } {
    const answer = this.do({ kind: 'subscribe', product: 'usage', account: BUYER, ...more })
    if (!answer.ok) throw new Error(answer.error.message)
    const agreement = this.state.agreements[answer.value.agreementId]
    if (agreement === undefined) throw new Error('no agreement')
    return Object.assign(agreement, { token: answer.value.token })
  }

  /** A purchase whose License Updated has happened. */
  buyActive(more: Partial<Subscribe> = {}): Agreement & { token: string } {
    const agreement = this.buy(more)
    this.pass(72_000)
    return agreement
  }

  meter(...records: Json[]): ApiAnswer {
    return this.call('BatchMeterUsage', { UsageRecords: records })
  }
}

/** A record of `calls` for a license, now unless told otherwise. */
export const record = (market: Market, agreement: Agreement, more: { [name: string]: Json } = {}): Json => ({
  Timestamp: Math.floor(market.business / 1000),
  CustomerAWSAccountId: agreement.account,
  LicenseArn: agreement.licenseArn,
  Dimension: 'calls',
  Quantity: 5,
  ...more,
})

/** The statuses of a batch, or AWS's name for its refusal. */
export function statuses(answer: ApiAnswer): Json[] | string {
  if (!answer.ok) return answer.code
  const { Results } = answer.body as { Results: { Status: string }[] }
  return Results.map((result) => result.Status)
}

/** What a call that must succeed answered. */
export function bodyOf(answer: ApiAnswer): Json {
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.message}`)
  return answer.body
}
