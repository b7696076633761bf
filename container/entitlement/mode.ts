/** One pricing's way to ask AWS whether this container may run. Types only; `hourly`, `custom-metering`, `contract`, `free` have a file each. */
import type { Part } from '../part.ts'

/** What the buyer bought, as far as AWS tells a container. Decimal text; times are epoch ms. */
export interface Entitlements {
  readonly pricing: 'hourly' | 'custom-metering' | 'contract' | 'free' | 'byol' | 'edge'
  readonly entitled: boolean
  /** Contract: what each dimension allows. `value` is null where the dimension is a tier (`Unit: None`). */
  readonly dimensions: readonly { readonly key: string; readonly value: string | null }[]
  /** The plan of `seller.config.ts` that the dimensions entitle to, and its features; contract only. */
  readonly plan: string | null
  readonly features: readonly string[]
  /** The lease's end; null: there is none. */
  readonly until: number | null
  /** When AWS last said so. */
  readonly checkedAt: number
}

/** AWS's answer to one question. `why` is one line: what happened, whose move it is, what to do. */
export type Verdict =
  | { readonly kind: 'entitled'; readonly entitlements: Entitlements; readonly warnings: readonly string[] }
  /** Exit 77. */
  | { readonly kind: 'not-entitled'; readonly code: string; readonly why: string }
  /** Exit 69: AWS Marketplace does not serve this platform or Region. */
  | { readonly kind: 'not-supported'; readonly code: string; readonly why: string }
  /** Exit 78: the role's rights, the product code, the key's version. */
  | { readonly kind: 'misconfigured'; readonly code: string; readonly why: string }
  /** Throttled, 5xx, unreachable, no credentials yet: ask again after a pause. `afterMs`: not before. */
  | { readonly kind: 'again'; readonly code: string; readonly why: string; readonly afterMs?: number }

export interface EntitlementMode extends Part {
  /** Asks AWS once. The caller repeats it while the verdict is `again`, for 30 minutes at most. */
  ask(now: number): Promise<Verdict>
  /** What AWS last said. Until `ask` said `entitled`, `entitled` is false. */
  entitlements(): Entitlements
  /** Sentences for a person about what AWS said since; empty: nothing is wrong. `ask`'s own stand in its verdict. */
  warnings(): readonly string[]
  /** Told of each change of `entitlements()`: a renewal, an upgrade, an end. */
  onChange(listen: (now: Entitlements) => void): void
  /** Gives back what was taken: a floating license is checked in. Once, at the end; bounded by the caller's time. */
  release(): Promise<void>
}
