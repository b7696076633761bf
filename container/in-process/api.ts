/**
 * What an application of the seller's sees of `tollgate-container`: its whole public surface. Types only, and no imports: it is packed
 * as the package's declarations.
 */

/** One meter's counter. Hand it out once, keep it: `add` is an addition and nothing else. */
export interface Counter {
  /** Adds whole units, 0 to 10¹²; 1 if nothing is said. Throws `RangeError` for anything else: nothing is added. */
  add(quantity?: number): void
}

/**
 * What was used: exactly one of `quantity`, `value` (a level) and `key` (who or what). `time`: RFC 3339 or epoch ms; now if
 * nothing is said. With an `id` of its own a repetition counts nothing, also after a restart.
 */
export type Usage = { readonly meter: string; readonly id?: string; readonly time?: string | number } & (
  | { readonly quantity: number | string }
  | { readonly value: number | string; readonly series?: string }
  | { readonly key: string }
)

/** Usage that was refused for good: nothing of it is counted. `code` is stable. */
export interface RefusedUsage {
  readonly meter: string
  readonly code: string
  readonly message: string
}

/** Units that stayed on this task's disk at the end; `message` null: none did. */
export interface LeftOver {
  readonly records: number
  readonly message: string | null
}

export interface MeterOptions {
  /** Told what was refused for good. A line on stderr for each code if nothing is said. */
  readonly onRefused?: (refused: readonly RefusedUsage[]) => void
  /** Told when access, plan, features or limits are others than before. */
  readonly onEntitlements?: (now: Entitlements) => void
  /**
   * `own` (default): at SIGTERM what was used is sent before the process ends; where the application listens to SIGTERM too, it
   * is given time to drain first. `application`: the application calls `close` itself.
   */
  readonly signals?: 'own' | 'application'
  /** How often what was counted goes to disk, ms; at most and by default 1 000. */
  readonly everyMs?: number
  /** Events that may wait in memory while the disk takes nothing; 100 000 if nothing is said. Counts never fill it. */
  readonly bufferMax?: number
}

export interface ApplicationMeter {
  /** Adds to a meter that is summed up: a few nanoseconds. Throws `RangeError` for what is no whole number from 0 to 10¹². */
  readonly count: (meter: string, quantity?: number) => void
  /** The counter of a meter, the same each time: faster still. */
  readonly counter: (meter: string) => Counter
  /** Reports a level, a key, or an amount that is not whole. False: not taken, for the buffer is full or the event is wrong. */
  readonly report: (usage: Usage) => boolean
  /** What the buyer may use now. */
  entitlements(): Entitlements
  /** The JSON of /status; nothing in it is secret. */
  status(): object
  /** Resolves once all that was counted and reported before is on disk; false: the disk does not take it yet. */
  flush(): Promise<boolean>
  /** Takes no more, sends what can be sent, at most `withinMs`. A second call answers the first's promise. */
  close(withinMs?: number): Promise<LeftOver>
}

/**
 * Asks AWS whether this container may run, and answers its meter once it may; until then nothing is served. Not entitled, or set up
 * wrongly: one line on stderr and the process ends with the code that docs/container.md names. Under `tollgate run --` it reports to
 * the supervisor, which has asked already. Call it once, before the application listens.
 */
export type CreateMeter = (options?: MeterOptions) => Promise<ApplicationMeter>

/** Amounts are decimal text, times RFC 3339. */
export interface Entitlements {
  /** Members of the edge that a container does not have; always null. */
  readonly subscription: null
  readonly account: null
  readonly nextPlan: null
  readonly trial: null
  /** Key of the product in `seller.config.ts`; null: the seller's own service. */
  readonly product: string | null
  /** The one question. With custom metering AWS says it at the start only. */
  readonly access: boolean
  readonly why: 'active' | 'ended'
  readonly plan: string | null
  readonly features: readonly string[]
  readonly limits: readonly {
    readonly meter: string
    readonly unit: string
    readonly max: string
    readonly per: null
    readonly used: string | null
    readonly left: string | null
  }[]
  /** What was bought ahead, by dimension; `quantity` null: a tier. */
  readonly entitlements: readonly {
    readonly dimension: string
    readonly title: string
    readonly quantity: string | null
    readonly value: string | boolean
    readonly expiresAt: string | null
  }[]
  /** Of this task alone; null where nothing is metered here. */
  readonly usage: {
    readonly month: string
    readonly dimensions: readonly {
      readonly dimension: string
      readonly title: string
      readonly meter: string
      readonly unit: string
      readonly used: string
      readonly included: unknown
      readonly left: string | null
    }[]
  } | null
  readonly pricing: 'hourly' | 'custom-metering' | 'contract' | 'free' | 'byol' | 'edge'
  readonly checkedAt: string
}
