/** What the oracle of task life says when two things do not agree, and the sums it makes. Pure. */

/** A rule of money.md that does not hold, in plain words. */
export interface Discrepancy {
  readonly rule: string
  readonly subject: string
  readonly expected: string
  readonly found: string
}

export const sentenceOf = ({ rule, subject, expected, found }: Discrepancy): string =>
  `${subject}: ${rule}: expected ${expected}, found ${found}`

export const UNIT = 1_000_000
export const HOUR_MS = 3_600_000
export const MINUTE_MS = 60_000

export const sum = (amounts: Iterable<number>): number => {
  let total = 0
  for (const amount of amounts) total += amount
  return total
}

/** Millionths as a person writes them. */
export const units = (amount: number): string => String(amount / UNIT)

export const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/(:00)?\.000Z$/, 'Z')

/** What AWS keeps at most one record for. */
export const keyOf = (of: {
  readonly task: string
  readonly dimension: string
  readonly hour: number
}): string => `${of.task} ${of.dimension} ${timeOf(of.hour)}`
