/** What the charges of one subscription are computed from: its periods and its usage (money §3, §4). Pure. */
import { pricesOf } from './cut.ts'
import type { Use } from './intake.ts'
import { chargedHour } from './meaning.ts'
import type { Price } from './price.ts'
import type { Period, Timeline } from './timeline.ts'

export interface Scene {
  readonly line: Timeline
  readonly periods: readonly Period[]
  /** Counted usage in the order it was taken. */
  readonly uses: readonly Use[]
  /** The same and what was set aside. */
  readonly all: readonly Use[]
  /** Behind the last hour that counts. */
  readonly until: number
  /** Keys a predecessor billed in its last month, by month: they are not billed again. */
  readonly inherited: ReadonlyMap<number, ReadonlySet<string>>
}

export const periodOf = (periods: readonly Period[], hour: number): Period | undefined =>
  periods.find((period) => period.from <= hour && hour < period.until)

/** A dimension's price where it is billed; in our own days of grace nothing is. */
export function billedPrice(period: Period, dimension: string): Price | undefined {
  const price = pricesOf(period).get(dimension)
  return price !== undefined && price.metered && !period.grace ? price : undefined
}

/** A value said in time in the days of grace of a license that goes on: it holds like each other one, and what it used there is ours. */
export function isGauged({ periods, line }: Scene, use: Use): boolean {
  const hour = chargedHour(line, use)
  const period = hour === null ? undefined : periodOf(periods, hour)
  return use.aside === 'grace' && !use.late && use.event.measure.kind === 'value' && period?.grace === true
}

/** Everything that a reading or a peak may come from. */
export const valuesOf = (scene: Scene): Use[] =>
  scene.all.filter((use) => use.aside === null || isGauged(scene, use))
