/** What each room may know of `seller.config.ts`, and no more. Pure. */
import type {
  Allowance,
  Checkout,
  ContainerProduct,
  Dimension,
  Plan,
  Product,
  RegisterKey,
  RegistrationField,
  SaasPricing,
  SaasProduct,
  SellerConfig,
  Trial,
} from '../seller.ts'
import { HOUR_MS, MINUTE_MS } from '../hour.ts'
import {
  DEFAULT_TIMING,
  type DimensionTerms,
  type LedgerTerms,
  type ProductTerms,
  type Timing,
} from '../ledger/terms.ts'
import { configId } from './config-id.ts'

/** How long usage is still taken after an end (money §6). */
export const FINAL_TAKE_MS = 10 * MINUTE_MS

export interface MeterView {
  readonly label: string
  readonly unit: string
}

/** A SaaS product as the Worker knows it. */
export interface EdgeProduct {
  readonly key: string
  readonly id: string
  readonly code: string
  readonly title: string
  readonly pricing: SaasPricing
  readonly integration: SaasProduct['integration']
  readonly dimensions: readonly Dimension[]
  readonly defaultPlan: string | null
  readonly trial: Trial | null
  readonly heartbeat: string | null
  /** From when on records of another metering system are taken, epoch ms; null: none are. */
  readonly takeOverFrom: number | null
}

/** What the Worker knows: no listing, no contract texts, no alarms, no container product. */
export interface EdgeView {
  readonly seller: {
    readonly name: string
    readonly account: string
    readonly website: string
    readonly support: string
  }
  readonly landing: 'hosted' | 'own'
  readonly region: string
  readonly branding: SellerConfig['branding']
  readonly fields: readonly RegistrationField[]
  readonly meters: Readonly<Record<string, MeterView>>
  readonly features: Readonly<Record<string, string>>
  readonly plans: readonly Plan[]
  readonly products: readonly EdgeProduct[]
  readonly timing: Timing
  readonly finalTakeMs: number
  /** Days after its end until the people of a subscription are erased. */
  readonly keepEndedDays: number
}

export function edgeView(config: SellerConfig): EdgeView {
  const { name, account, website, contacts } = config.seller
  return {
    seller: { name, account, website, support: contacts.support },
    landing: config.landing,
    region: config.region,
    branding: config.branding,
    fields: config.registration.fields,
    meters: config.meters,
    features: config.features,
    plans: config.plans,
    products: config.products.filter((product) => product.kind === 'saas').map(edgeProduct),
    timing: timingOf(config),
    finalTakeMs: scaled(config.timing?.finalTakeMinutes, MINUTE_MS, FINAL_TAKE_MS),
    keepEndedDays: config.legal.deletionDays,
  }
}

const edgeProduct = (product: SaasProduct): EdgeProduct => ({
  key: product.key,
  id: product.id,
  code: product.code,
  title: product.title,
  pricing: product.pricing,
  integration: product.integration,
  dimensions: product.dimensions,
  defaultPlan: product.defaultPlan ?? null,
  trial: product.trial ?? null,
  heartbeat: product.heartbeat ?? null,
  takeOverFrom: product.takeOver === undefined ? null : Date.parse(product.takeOver.from),
})

const timingOf = ({ timing }: SellerConfig): Timing => ({
  ...DEFAULT_TIMING,
  latenessMs: scaled(timing?.latenessMinutes, MINUTE_MS, DEFAULT_TIMING.latenessMs),
  lateAcrossMonthsMs: scaled(timing?.lateAcrossMonthsHours, HOUR_MS, DEFAULT_TIMING.lateAcrossMonthsMs),
  spike: timing?.spikeFactor ?? DEFAULT_TIMING.spike,
})

const scaled = (value: number | undefined, unitMs: number, otherwise: number): number =>
  value === undefined ? otherwise : value * unitMs

/**
 * What a Ledger is told: every product's charges, and a name of them that each record keeps. A change of any of them
 * is another name and cuts the period (money §4); branding, texts and titles are not part of it.
 */
export function ledgerTerms(view: EdgeView): Omit<LedgerTerms, 'subscription' | 'keySecret'> {
  return { ...termsOf(view.products, view.plans), timing: view.timing }
}

type Named = Pick<LedgerTerms, 'config' | 'products'> & { readonly plans: readonly Plan[] }

/** Remembered: every Ledger of a process is told the same. */
const named = new WeakMap<EdgeView['products'], Named>()

function termsOf(
  sold: EdgeView['products'],
  plans: readonly Plan[],
): Pick<LedgerTerms, 'config' | 'products'> {
  let known = named.get(sold)
  if (known?.plans !== plans) {
    const products = Object.fromEntries(sold.map((product) => [product.key, productTerms(product, plans)]))
    known = { config: configId(products), products, plans }
    named.set(sold, known)
  }
  return { config: known.config, products: known.products }
}

const productTerms = (product: EdgeProduct, plans: readonly Plan[]): ProductTerms => ({
  code: product.code,
  dimensions: product.dimensions.flatMap((dimension) => dimensionTerms(dimension, plans)),
  plans: plans.map((plan) => plan.key),
  defaultPlan: product.defaultPlan,
  heartbeat: product.heartbeat,
})

function dimensionTerms(dimension: Dimension, plans: readonly Plan[]): readonly DimensionTerms[] {
  const { key, price, metered, offered, plan: ofPlan, charge, includedFrom } = dimension
  if (!offered || !charge) return []
  const allowances: Record<string, Allowance> = {}
  for (const plan of charge.included === 'plan' ? plans : []) {
    const allowance = plan.allowances[key]
    if (allowance) allowances[plan.key] = allowance
  }
  return [
    {
      key,
      price,
      metered,
      charge,
      allowances,
      ...(metered && ofPlan !== undefined ? { plan: ofPlan } : {}),
      ...(includedFrom === undefined ? {} : { includedFrom }),
    },
  ]
}

/** The product of a 25-character code. A code that is not ours answers undefined: the caller refuses it. */
export const productByCode = (view: EdgeView, code: string): EdgeProduct | undefined =>
  view.products.find((product) => product.code === code)

/** A container product as the image knows it. */
export interface ContainerProductView {
  readonly key: string
  /** `prod-…`: License Manager's ProductSKU. */
  readonly id: string
  readonly code: string
  /** For the line that says why a task did not start. */
  readonly title: string
  readonly pricing: ContainerProduct['pricing']
  readonly metering: 'task' | 'agent'
  readonly dimensions: readonly DimensionTerms[]
  /** Every plan that a charge can depend on, and the one that usage is read by: nobody changes it in a container. */
  readonly chargedBy: Pick<ProductTerms, 'plans' | 'defaultPlan'>
  /** Pricing `hourly` alone has one. */
  readonly register: RegisterKey | null
  /** Pricing `contract` alone has some: each dimension on offer, and the plan it entitles to. */
  readonly checkouts: readonly {
    readonly key: string
    readonly checkout: Checkout
    readonly plan: string | null
  }[]
}

/** What the container's image carries: codes it trusts, how they are priced, what is charged, and what plans give. */
export interface ContainerView {
  readonly products: readonly ContainerProductView[]
  /** Plans that a contract can entitle to, in the config's order: the last is the highest. */
  readonly plans: readonly Pick<Plan, 'key' | 'features' | 'limits'>[]
}

export function containerView(config: SellerConfig): ContainerView {
  const products = config.products
    .filter((product) => product.kind === 'container')
    .map((product) => containerProduct(product, config.plans))
  const entitling = new Set(products.flatMap((product) => product.checkouts.map((one) => one.plan)))
  return {
    products,
    plans: config.plans
      .filter((plan) => entitling.has(plan.key))
      .map(({ key, features, limits }) => ({ key, features, limits })),
  }
}

const containerProduct = (product: ContainerProduct, plans: readonly Plan[]): ContainerProductView => ({
  key: product.key,
  id: product.id,
  code: product.code,
  title: product.title,
  pricing: product.pricing,
  metering: product.metering ?? 'task',
  dimensions: product.dimensions.flatMap((dimension) => dimensionTerms(dimension, plans)),
  chargedBy: { plans: plans.map((plan) => plan.key), defaultPlan: product.defaultPlan ?? null },
  register: product.register ?? null,
  checkouts:
    product.pricing === 'contract'
      ? product.dimensions
          .filter((dimension) => dimension.offered)
          .map(({ key, checkout, plan }) => ({
            key,
            checkout: checkout ?? { kind: 'tier' },
            plan: plan ?? null,
          }))
      : [],
})

/** `licenseUnit`: how License Manager counts what was bought ahead for a container. */
type SimulatedDimension = Omit<Dimension, 'charge' | 'plan' | 'includedFrom' | 'checkout'> & {
  readonly licenseUnit?: 'None' | 'Count'
}

/** What AWS knows of the seller and of one product: the listing's prices, never how usage becomes units. */
export interface SimulatedSeller {
  readonly sellerAccount: string
  readonly sellerName: string
  readonly products: readonly {
    readonly key: string
    readonly id: string
    readonly code: string
    readonly title: string
    readonly summary: string
    readonly kind: Product['kind']
    readonly pricing: Product['pricing']
    /** Before a switch-over: `legacy`. */
    readonly integration: 'license' | 'legacy'
    readonly dimensions: readonly SimulatedDimension[]
    readonly trialDays?: number
    readonly publicKeyVersion?: number
  }[]
}

export const simulatorView = (config: SellerConfig): SimulatedSeller => ({
  sellerAccount: config.seller.account,
  sellerName: config.seller.name,
  products: config.products.map((product) => ({
    key: product.key,
    id: product.id,
    code: product.code,
    title: product.title,
    summary: product.summary,
    kind: product.kind,
    pricing: product.pricing,
    integration: product.integration === 'license' ? 'license' : 'legacy',
    dimensions: product.dimensions.map(
      ({ charge: _charge, plan: _plan, includedFrom: _from, checkout, ...known }) =>
        product.kind === 'container' && product.pricing === 'contract'
          ? { ...known, licenseUnit: (checkout?.kind ?? 'tier') === 'tier' ? 'None' : 'Count' }
          : known,
    ),
    ...(product.kind === 'container' && product.register !== undefined
      ? { publicKeyVersion: product.register.publicKeyVersion }
      : {}),
    ...(product.trial ? { trialDays: product.trial.days } : {}),
  })),
})
