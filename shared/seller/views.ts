/** What each room may know of `seller.config.ts`, and no more. Pure. */
import type {
  Allowance,
  Charge,
  ContainerProduct,
  Decimal,
  Dimension,
  Plan,
  Product,
  RegistrationField,
  SaasPricing,
  SaasProduct,
  SellerConfig,
  Trial,
} from '../seller.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../hour.ts'

/** How long the Ledger waits, in ms, and what it calls unusual. */
export interface TimingView {
  readonly latenessMs: number
  readonly finalTakeMs: number
  readonly lateAcrossMonthsMs: number
  readonly spikeFactor: number
}

/** Source: money §4, §5, §6. */
export const TIMING_DEFAULTS: TimingView = {
  latenessMs: 10 * MINUTE_MS,
  finalTakeMs: 10 * MINUTE_MS,
  lateAcrossMonthsMs: DAY_MS,
  spikeFactor: 20,
}

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
  readonly timing: TimingView
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
})

function timingOf({ timing }: SellerConfig): TimingView {
  const scaled = (value: number | undefined, unitMs: number, otherwise: number): number =>
    value === undefined ? otherwise : value * unitMs
  return {
    latenessMs: scaled(timing?.latenessMinutes, MINUTE_MS, TIMING_DEFAULTS.latenessMs),
    finalTakeMs: scaled(timing?.finalTakeMinutes, MINUTE_MS, TIMING_DEFAULTS.finalTakeMs),
    lateAcrossMonthsMs: scaled(timing?.lateAcrossMonthsHours, HOUR_MS, TIMING_DEFAULTS.lateAcrossMonthsMs),
    spikeFactor: timing?.spikeFactor ?? TIMING_DEFAULTS.spikeFactor,
  }
}

/** A dimension as a bill is computed from it: no titles. `price` in dollars. */
export interface ChargedDimension {
  readonly key: string
  readonly price: Decimal
  readonly metered: boolean
  readonly offered: boolean
  readonly plan: string | null
  readonly charge: Charge | null
}

const chargedDimension = (dimension: Dimension): ChargedDimension => ({
  key: dimension.key,
  price: dimension.price,
  metered: dimension.metered,
  offered: dimension.offered,
  plan: dimension.plan ?? null,
  charge: dimension.charge ?? null,
})

/** All that decides what a subscription of one product is charged. A change of it cuts a period (money §4). */
export interface ProductTerms {
  readonly product: string
  readonly code: string
  readonly pricing: SaasPricing
  readonly dimensions: readonly ChargedDimension[]
  /** By plan, then by dimension. */
  readonly allowances: Readonly<Record<string, Readonly<Record<string, Allowance>>>>
  readonly defaultPlan: string | null
  /** By dimension; null: no trial. */
  readonly trialAllowances: Readonly<Record<string, Allowance>> | null
}

/** The terms of a product, or undefined when the seller has no SaaS product of that key. `configId` names them. */
export function termsOf(view: EdgeView, key: string): ProductTerms | undefined {
  const product = view.products.find((one) => one.key === key)
  if (!product) return undefined
  const ours = new Set(product.dimensions.map((dimension) => dimension.key))
  const allowances = view.plans.map((plan) => {
    const own = Object.entries(plan.allowances).filter(([dimension]) => ours.has(dimension))
    return [plan.key, Object.fromEntries(own)] as const
  })
  return {
    product: product.key,
    code: product.code,
    pricing: product.pricing,
    dimensions: product.dimensions.map(chargedDimension),
    allowances: Object.fromEntries(allowances),
    defaultPlan: product.defaultPlan,
    trialAllowances: product.trial?.allowances ?? null,
  }
}

/** The plan of that key. */
export const planOf = (view: Pick<EdgeView, 'plans'>, key: string): Plan | undefined =>
  view.plans.find((plan) => plan.key === key)

/** The product of a 25-character code. A code that is not ours answers undefined: the caller refuses it. */
export const productByCode = (view: EdgeView, code: string): EdgeProduct | undefined =>
  view.products.find((product) => product.code === code)

/** What the container's image carries: codes it trusts, how they are priced, and what is charged. */
export interface ContainerView {
  readonly products: readonly {
    readonly code: string
    readonly pricing: ContainerProduct['pricing']
    readonly metering: 'task' | 'agent'
    readonly dimensions: readonly ChargedDimension[]
  }[]
}

export const containerView = (config: SellerConfig): ContainerView => ({
  products: config.products
    .filter((product) => product.kind === 'container')
    .map((product) => ({
      code: product.code,
      pricing: product.pricing,
      metering: product.metering ?? 'task',
      dimensions: product.dimensions.map(chargedDimension),
    })),
})

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
    readonly dimensions: readonly Omit<Dimension, 'charge' | 'plan'>[]
    readonly trialDays?: number
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
    dimensions: product.dimensions.map(({ charge: _charge, plan: _plan, ...known }) => known),
    ...(product.trial ? { trialDays: product.trial.days } : {}),
  })),
})

/** A name of a view's content: `cfg_` and 16 hex digits, the same for equal content in any order of fields. */
export function configId(view: unknown): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(canonical(view))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  }
  return `cfg_${hash.toString(16).padStart(16, '0')}`
}

/** JSON with sorted fields. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${canonical(entry)}`).join(',')}}`
}
