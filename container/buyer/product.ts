/** What the artefacts for a buyer are made of: one container product and what its pricing needs of AWS. Pure. */
import { DEFAULT_PORT } from '../settings.ts'
import type { ContainerPricing, ContainerProduct, SellerConfig } from '../../shared/seller.ts'

/** One product as its buyer's platform team meets it. */
export interface BuyerProduct {
  readonly key: string
  /** Of the task family, the release and the image: `skillsmith`. */
  readonly name: string
  readonly title: string
  readonly summary: string
  readonly vendor: string
  readonly support: string
  readonly website: string
  readonly version: string
  readonly pricing: ContainerPricing
  /** One agent a cluster reports the usage of all tasks (money §11). */
  readonly agent: boolean
  /** Given as AWS_MARKETPLACE_PRODUCT_CODE; null: the image trusts one code and needs no such setting. */
  readonly code: string | null
  readonly port: number
  readonly healthPath: string
  readonly architectures: readonly Architecture[]
  /** What the task's role may do, and nothing else. */
  readonly actions: readonly string[]
}

/** As a platform of the image, as ECS and as Kubernetes call it. */
export interface Architecture {
  readonly platform: 'amd64' | 'arm64'
  readonly ecs: 'X86_64' | 'ARM64'
}

/** The user of the image, and of every volume it writes. */
export const UID = 65_532
export const SPOOL = '/var/lib/tollgate'
export const HEALTH = '/opt/tollgate/health.mjs'
/** Between SIGTERM and SIGKILL: above TOLLGATE_STOP_SECONDS. */
export const STOP_SECONDS = 30
/** Where the agent of a cluster listens for the tasks. */
export const AGENT_PORT = DEFAULT_PORT

/**
 * What each pricing calls, on `*` as AWS demands.
 * Source: facts "IAM policy for AWS Marketplace actions"; "Associating licenses with users", License Manager (2026-11-21).
 */
const ACTIONS: Readonly<Record<ContainerPricing, readonly string[]>> = {
  hourly: ['aws-marketplace:RegisterUsage'],
  'custom-metering': ['aws-marketplace:MeterUsage'],
  contract: [
    'license-manager:CheckoutLicense',
    'license-manager:ExtendLicenseConsumption',
    'license-manager:CheckInLicense',
  ],
  free: [],
  byol: [],
}

/** Every container product of the config, as its buyers meet it. `version`: the image's. */
export function buyerProducts(config: SellerConfig, version: string): readonly BuyerProduct[] {
  const products = config.products.filter((product) => product.kind === 'container')
  return products.map((product) => buyerProduct(config, product, version, products.length > 1))
}

const buyerProduct = (
  { seller }: SellerConfig,
  product: ContainerProduct,
  version: string,
  oneOfSeveral: boolean,
): BuyerProduct => ({
  key: product.key,
  name: product.image.repository,
  title: product.title,
  summary: product.summary,
  vendor: seller.legalName,
  support: seller.contacts.support,
  website: seller.website,
  version,
  pricing: product.pricing,
  agent: product.metering === 'agent',
  code: oneOfSeveral && ACTIONS[product.pricing].length > 0 ? product.code : null,
  port: product.image.port,
  healthPath: product.image.healthPath,
  architectures: product.image.platforms.map((platform) =>
    platform === 'linux/arm64' ? { platform: 'arm64', ecs: 'ARM64' } : { platform: 'amd64', ecs: 'X86_64' },
  ),
  actions: ACTIONS[product.pricing],
})

/** The health command of the image: it lives, and once it was started the application answers. */
export const healthCommand = (product: BuyerProduct): readonly string[] => [
  'node',
  HEALTH,
  `http://127.0.0.1:${product.port}${product.healthPath}`,
]
