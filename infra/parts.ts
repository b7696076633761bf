/** Which parts of AWS the products need, and nothing else (design §10). Pure. */
import type { ContainerProduct, Product, SaasProduct, SellerConfig } from '../shared/seller.ts'
import { isMetered } from '../shared/seller/metered.ts'

export interface Parts {
  /** Sold at the edge; empty: no Worker, no queue, no alarm. */
  readonly saas: readonly SaasProduct[]
  readonly containers: readonly ContainerProduct[]
  /** The SaaS products whose usage is sent to AWS; empty: no BatchMeterUsage, no usage queue, no alarm of metering. */
  readonly metered: readonly SaasProduct[]
  /** True: a contract is sold, so entitlements are asked for. */
  readonly entitlements: boolean
  /** True: a trial is offered, so conversion is watched. */
  readonly trials: boolean
  /** Legacy products' topics at AWS Marketplace, by product key. */
  readonly legacyTopics: readonly LegacyTopics[]
}

export interface LegacyTopics {
  readonly product: string
  /** The subscription topic, and the entitlement topic of a contract. */
  readonly arns: readonly string[]
}

/** Who publishes the topics of legacy products. Source: facts, aws-runtime §5.2 (2026-11-21). */
const TOPICS = 'arn:aws:sns:us-east-1:287250355862:aws-mp'

export function partsOf({ products }: Pick<SellerConfig, 'products'>): Parts {
  const saas = products.filter((product) => product.kind === 'saas')
  return {
    saas,
    containers: products.filter((product) => product.kind === 'container'),
    metered: saas.filter(isMetered),
    entitlements: saas.some(isContract),
    trials: saas.some((product) => product.trial !== undefined),
    legacyTopics: saas.filter(isLegacy).map((product) => ({
      product: product.key,
      arns: [
        `${TOPICS}-subscription-notification-${product.code}`,
        ...(isContract(product) ? [`${TOPICS}-entitlement-notification-${product.code}`] : []),
      ],
    })),
  }
}

const isContract = ({ pricing }: SaasProduct): boolean => pricing !== 'subscription'

/** A product that switches over still hears of its old buyers by its topics. */
const isLegacy = ({ integration }: Product): boolean => integration !== 'license'
