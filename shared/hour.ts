/** UTC hours, days and calendar months as numbers. Pure: every function is given the time it works on. */

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** A UTC hour, named by its first millisecond. Made by `hourOf` only. */
export type Hour = number & { readonly __hour: true }

/** A UTC calendar month, named by its first millisecond. Made by `monthOf` only. */
export type Month = number & { readonly __month: true }

/** The hour that holds `ms`. */
export const hourOf = (ms: number): Hour => (Math.floor(ms / HOUR_MS) * HOUR_MS) as Hour

/** The hour after `hour`. */
export const nextHour = (hour: Hour): Hour => (hour + HOUR_MS) as Hour

/** The first full hour that does not begin before `ms`: an exact hour stays, anything later rounds up. */
export const hourFrom = (ms: number): Hour => (Math.ceil(ms / HOUR_MS) * HOUR_MS) as Hour

/** The calendar month that holds `ms`. */
export function monthOf(ms: number): Month {
  const d = new Date(ms)
  return Date.UTC(d.getUTCFullYear(), d.getUTCMonth(), 1) as Month
}

/** The calendar month after `month`. */
export function nextMonth(month: Month): Month {
  const d = new Date(month)
  return Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 1) as Month
}

/**
 * The instant at which AWS stops taking records of `month`: 06:00 UTC on the 1st of the next one. From that
 * instant on they are refused, whatever their age.
 * Source: API_BatchMeterUsage, month-end rule (2026-11-21).
 */
export const monthClosesAt = (month: Month): number => nextMonth(month) + 6 * HOUR_MS

/** How far back BatchMeterUsage takes a record; exactly this old is already refused. Source: API_BatchMeterUsage (2026-11-21). */
const WINDOW_MS = 24 * HOUR_MS

/** How far back MeterUsage takes a record: exactly this old is refused. Source: API_MeterUsage, "6 hours" (2026-11-21). */
const TASK_WINDOW_MS = 6 * HOUR_MS

/** The first instant at which MeterUsage refuses a record stamped `timestamp`; it lies before the close of its month. */
export const taskRefusedFrom = (timestamp: number): number => timestamp + TASK_WINDOW_MS

/** The first instant at which AWS refuses a record stamped `timestamp`: 24 h on, or the close of its month. */
export const refusedFrom = (timestamp: number): number =>
  Math.min(timestamp + WINDOW_MS, monthClosesAt(monthOf(timestamp)))
