/** The type of `seller.config.ts`: what this seller sells. Types only; the checks and the projections are in `seller/`. */

/** Decimal text: digits and at most one point. Amounts have at most 6 decimals, prices 8. Money is never a float. */
export type Decimal = string

/** An allowance of a plan for one dimension: an amount or a level in the meter's unit, or no limit. */
export type Allowance =
  | { readonly amount: Decimal; readonly per: 'month' | 'term' }
  | { readonly level: Decimal }
  | 'unlimited'

/** How a meter becomes a dimension's units (money §3). */
export type Charge =
  | {
      readonly kind: 'sum'
      readonly meter: string
      /** How much of the meter is one unit; default 1. */
      readonly block?: Decimal
      readonly round?: 'down' | 'up'
      readonly remainder?: 'carry' | 'drop' | 'up'
      /** `plan`: the plan's allowance for this dimension; else fixed; absent: nothing is included. */
      readonly included?: 'plan' | { readonly amount: Decimal; readonly per: 'month' | 'term' }
    }
  | {
      readonly kind: 'unique'
      readonly meter: string
      readonly included?: 'plan' | { readonly amount: Decimal; readonly per: 'month' | 'term' }
      readonly onPlanChange?: 'bill' | 'once-a-month'
    }
  | {
      readonly kind: 'max'
      readonly meter: string
      readonly window: 'hour' | 'month'
      readonly included?: 'plan' | { readonly level: Decimal }
    }
  | {
      readonly kind: 'time-weighted'
      readonly meter: string
      /** Hours a reading holds; default 25. */
      readonly holdForHours?: number
      readonly included?: 'plan' | { readonly level: Decimal }
    }

/** What AWS bills. `key` is the API name, case-sensitive. */
export interface Dimension {
  readonly key: string
  readonly title: string
  /** One of AWS's own units (`AWS_UNITS`), e.g. `Users`. */
  readonly unit: string
  /** Dollars a unit of usage, at most 8 decimals; of a dimension that is only entitled: dollars a unit and month. */
  readonly price: Decimal
  /** What a unit costs bought ahead, at most 3 decimals; absent: it cannot be. */
  readonly contract?: {
    readonly monthly: Decimal
    readonly annual: Decimal
    readonly quantities: readonly number[]
  }
  /** True: sent to AWS as usage. False: only entitled (a contract's dimension). */
  readonly metered: boolean
  /** False: described here, not yet on offer; nothing is charged for it and its charge may be of any kind. */
  readonly offered: boolean
  /** Bought ahead: the plan that owning it entitles to. Metered: it is charged only while the subscription has this plan. */
  readonly plan?: string
  /** With `metered: false` its meter is counted and shown, never billed. */
  readonly charge?: Charge
  /** Contract with consumption: the dimension bought ahead whose quantity is included each month, in place of `included`. */
  readonly includedFrom?: string
  /** Container with pricing `contract`: how a task takes its share of what was bought; absent: it is a tier. */
  readonly checkout?: Checkout
}

/**
 * How a container asks License Manager for a dimension. `tier`: owned or not, nothing is used up. `floating`: each task
 * holds `quantity` of what was bought while it runs. `drawdown`: each task uses up `quantity` once, for good.
 */
export type Checkout =
  | { readonly kind: 'tier' }
  | { readonly kind: 'floating' | 'drawdown'; readonly quantity: number }

/** Pricing `hourly`: the key that AWS signs its answers to RegisterUsage with, as the Management Portal shows it. */
export interface RegisterKey {
  readonly publicKeyVersion: number
  /** PEM, `-----BEGIN PUBLIC KEY-----`. */
  readonly publicKey: string
}

/** What a plan gives. `limits` are for the seller's application to hold, by meter; they are not charged. */
export interface Plan {
  readonly key: string
  readonly title: string
  /** Keys of `features`, returned by the entitlements API. */
  readonly features: readonly string[]
  readonly limits: Readonly<Record<string, number | 'unlimited'>>
  /** By dimension. */
  readonly allowances: Readonly<Record<string, Allowance>>
}

/** A free trial: its plan's features, less of everything, then `thenPlan`. */
export interface Trial {
  /** 7 to 90. */
  readonly days: number
  readonly plan: string
  readonly limits: Readonly<Record<string, number | 'unlimited'>>
  readonly allowances: Readonly<Record<string, Allowance>>
  readonly remindDaysBefore: readonly number[]
  readonly graceDays: number
  readonly thenPlan: string
}

/** Texts of the listing; the long ones are files under `listing/`. */
export interface Listing {
  readonly shortDescription: string
  /** Path of the text from the repository's root, e.g. `listing/texts/long-description.txt`. */
  readonly longDescription: string
  readonly highlights: readonly string[]
  readonly keywords: readonly string[]
  readonly categories: readonly string[]
  readonly support: string
  readonly refundPolicy: string
  readonly resources: readonly { readonly text: string; readonly url: string }[]
}

export type SaasPricing = 'subscription' | 'contract' | 'contract-with-consumption'
export type ContainerPricing = 'hourly' | 'custom-metering' | 'contract' | 'free' | 'byol'

interface AnyProduct {
  /** Our own short name, in routes and tables. */
  readonly key: string
  /** `prod-…`: Catalog, License Manager, events. */
  readonly id: string
  /** 25 characters: metering, entitlement, tokens. */
  readonly code: string
  readonly title: string
  /** One sentence for lists. */
  readonly summary: string
  /** `switchAt`: the full UTC hour from which a legacy product uses licenses, e.g. `2027-01-01T00:00:00Z`. */
  readonly integration: 'license' | 'legacy' | { readonly switchAt: string }
  readonly dimensions: readonly Dimension[]
  /** The plan of a subscription that has none of its own. */
  readonly defaultPlan?: string
  readonly trial?: Trial
  /** The metered dimension that gets zero records for idle hours. */
  readonly heartbeat?: string
  readonly listing: Listing
}

export interface SaasProduct extends AnyProduct {
  readonly kind: 'saas'
  readonly pricing: SaasPricing
  /** The full UTC hour at which another metering system was stopped: its records from then on are taken (money §1). */
  readonly takeOver?: { readonly from: string }
}

export interface ContainerProduct extends AnyProduct {
  readonly kind: 'container'
  readonly pricing: ContainerPricing
  /** Who calls MeterUsage: each task (default), or one agent a cluster (money §11). */
  readonly metering?: 'task' | 'agent'
  /** Pricing `hourly` needs it and no other has it. */
  readonly register?: RegisterKey
  readonly image: {
    readonly repository: string
    readonly platforms: readonly ('linux/amd64' | 'linux/arm64')[]
    readonly port: number
    readonly healthPath: string
  }
}

export type Product = SaasProduct | ContainerProduct

/** One field of the registration form. `email` is always asked; payment data never. */
export interface RegistrationField {
  readonly key: string
  readonly label: string
  readonly type: 'email' | 'text' | 'tel'
  readonly required: boolean
  /** The HTML autocomplete token, e.g. `organization`. */
  readonly autocomplete?: string
}

/** How long we wait, and what is unusual. Absent: the defaults of `ledger/terms.ts` and `FINAL_TAKE_MS`. */
export interface Timing {
  /** How long after its end an hour waits for late usage; 0 to 1140 (its start + 20 h is the guard). */
  readonly latenessMinutes?: number
  /** How long after an end its usage is still taken; 0 to 30. */
  readonly finalTakeMinutes?: number
  /** How long after AWS closed a month its late usage is billed by itself. */
  readonly lateAcrossMonthsHours?: number
  /** A record more than this many times the highest of 7 days waits for a person; 2 to 1 000 000. */
  readonly spikeFactor?: number
}

export interface SellerConfig {
  readonly seller: {
    readonly name: string
    readonly legalName: string
    /** The AWS account registered as seller: 12 digits, as text. */
    readonly account: string
    readonly website: string
    readonly contacts: {
      readonly support: string
      readonly legal: string
      readonly security: string
      readonly techAdmin: string
    }
  }
  /** Whose page takes the marketplace's POST. */
  readonly landing: 'hosted' | 'own'
  /** Where SaaS usage is metered, e.g. `us-east-1`. */
  readonly region: string
  readonly branding: { readonly name: string; /** `#rrggbb`, readable on white. */ readonly accent: string }
  readonly registration: { readonly fields: readonly RegistrationField[] }
  /** What the application reports, by name. `unit` is one of it, in the singular. */
  readonly meters: Readonly<Record<string, { readonly label: string; readonly unit: string }>>
  /** By key: what the feature is called. */
  readonly features: Readonly<Record<string, string>>
  readonly plans: readonly Plan[]
  readonly products: readonly Product[]
  readonly timing?: Timing
  readonly alarms: {
    readonly churnPercentADay: number
    readonly meteringFailuresAnHour: number
    readonly conversionPercentAWeek: number
    readonly supportTicketsADay: number
  }
  /** How often users are asked how likely they are to recommend the product. */
  readonly feedback: { readonly npsEveryMonths: number }
  /** Facts of the EULA and the data processing addendum. */
  readonly legal: {
    readonly eula: 'standard' | 'custom'
    readonly governingLaw: string
    readonly terminationNoticeDays: number
    readonly cureDays: number
    readonly exportDays: number
    readonly liabilityCapMonths: number
    /** Days after its end until the people of a subscription are erased. */
    readonly deletionDays: number
    readonly breachNoticeHours: number
    readonly encryptionInTransit: string
    readonly encryptionAtRest: string
    readonly subProcessors: readonly string[]
  }
}
