/** What the charges of one subscription are computed from: its periods and its usage (money §3, §4). Pure. */
import { pricesOf } from './cut.ts'
import type { Use } from './intake.ts'
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
