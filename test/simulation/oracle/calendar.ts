/** Hours and months in UTC, as money.md uses them. The oracle's own, so that a slip in `shared/hour.ts` shows. Pure. */

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** The hour that holds an instant, named by its first ms. */
export const hourOf = (at: number): number => Math.floor(at / HOUR) * HOUR

/** The first hour that does not begin before an instant. */
export const hourFrom = (at: number): number => Math.ceil(at / HOUR) * HOUR

export function monthOf(at: number): number {
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

export function nextMonth(month: number): number {
  const date = new Date(month)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}

/** AWS takes nothing more of a month from this instant on (money §4: 06:00 UTC on the 1st). */
export const closeOf = (month: number): number => nextMonth(month) + 6 * HOUR

export const iso = (at: number): string => new Date(at).toISOString().replace(':00.000Z', 'Z')
