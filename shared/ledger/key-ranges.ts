/**
 * The hours in which keys count once together: those of a month, whatever cuts it, but for trials, and under
 * `onPlanChange: 'bill'` for plans (money §4). Pure.
 */
import { DAY_MS, type Month, nextMonth } from '../hour.ts'
import type { Period } from './periods.ts'
import { priceOf } from './price.ts'
import type { State } from './state.ts'

/** The life under which a predecessor's keys are kept: they were counted before any of ours. */
export const HANDED_OVER = 0

/** Usage from before the activation belongs to its hour; none is older than 34 days when it is taken (money §1, §5). */
const EARLY_MS = 35 * DAY_MS

/** Hours in which a key counts once together. */
export interface Range {
  readonly life: number
  /** By the keys' own hours, the first to behind the last. */
  readonly from: number
  readonly until: number
  /** Keys from before this hour are counted in it. */
  readonly first: number
  readonly month: Month
  readonly kind: 'trial' | 'billed' | 'shown'
  readonly plan: string | null
  readonly group: string
}

/** `month`: once under all plans together; `plan`: once under each. */
export type CountedBy = 'month' | 'plan'

/** The hours of a meter's keys, by what they count once in. A predecessor's keys stand in every paid part of their month. */
export function rangesOf(state: State, periods: readonly Period[], meter: string, by: CountedBy): Range[] {
  const handed = new Map<string, Range>()
  const ranges = periods.flatMap((period): Range[] => {
    const prices = Object.values(period.prices)
      .map(priceOf)
      .filter((price) => price.kind === 'unique' && price.meter === meter)
    if (prices.length === 0) return []
    const { life, from, until, month, plan } = period
    const kind = period.trial ? 'trial' : prices.some((price) => price.metered) ? 'billed' : 'shown'
    const group = JSON.stringify([month, kind, by === 'plan' ? plan : null])
    const shared = { month, kind, plan, group } as const
    if (kind === 'billed') {
      const hours = { from: month, until: nextMonth(month), first: Number.MAX_SAFE_INTEGER }
      handed.set(group, { life: HANDED_OVER, ...hours, ...shared })
    }
    const first = state.lives.find((known) => known.life === life)?.firstHour
    return [{ life, from: first === from ? from - EARLY_MS : from, until, first: from, ...shared }]
  })
  return [...ranges, ...handed.values()]
}

/** The name under which a key of `month` counts in the hours of another: its hash goes behind it. */
export const apartIn = (month: Month): string => `${new Date(month).toISOString().slice(0, 7)} `

/** The hours in which a meter's keys are billed, with their month; under one plan alone unless it is undefined. */
export const billedRanges = (
  state: State,
  periods: readonly Period[],
  meter: string,
  plan: string | null | undefined,
): Range[] =>
  rangesOf(state, periods, meter, 'plan').filter(
    (range) => range.kind === 'billed' && (plan === undefined || range.plan === plan),
  )

/**
 * True when all that bills the keys of a meter in a period bills them under each plan anew. Where one charge does and another
 * does not, a key that a person bills is rather billed once than twice.
 */
export const isBilledUnderEach = (period: Period, meter: string): boolean =>
  Object.values(period.prices)
    .map(priceOf)
    .every(
      (price) =>
        price.kind !== 'unique' || !price.metered || price.meter !== meter || price.onPlanChange === 'bill',
    )
