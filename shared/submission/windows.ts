/** How many copies wait for each deadline: counted by triggers, a few dozen rows however many copies there are. */
import type { Sql, SqlRow } from '../sql.ts'

/** Shares of its window after which a waiting record raises an alarm: 12 h, 18 h and 22 h of 24 h. */
export const DANGER_PERCENT = [92, 75, 50] as const

/** Copies of one stamp and deadline that have no result. */
export interface Window extends SqlRow {
  readonly product_code: string
  readonly timestamp: number
  readonly deadline: number
  readonly final: number
  readonly open: number
}

/** By deadline. A few dozen rows, however many copies there are. */
export const openWindows = (sql: Sql): Window[] =>
  sql.all<Window>(
    'select product_code, timestamp, deadline, final, open from windows where open > 0 order by deadline, timestamp',
  )

/** Copies of one product without a result, final ones apart: so many sorts of them there are at most. */
export interface OpenSort extends SqlRow {
  readonly product_code: string
  readonly final: number
  /** The earliest. */
  readonly deadline: number
}

/** Which products have copies without a result; where there are none nothing waits, flies or can be sent. */
export const openSorts = (sql: Sql): OpenSort[] =>
  sql.all<OpenSort>(
    'select product_code, final, min(deadline) as deadline from windows where open > 0 group by product_code, final',
  )

/** The highest of the steps that a window has passed at `now`. */
export function dangerOf(
  { timestamp, deadline }: Pick<Window, 'timestamp' | 'deadline'>,
  now: number,
): number | undefined {
  return DANGER_PERCENT.find((percent) => timestamp * 100 + (deadline - timestamp) * percent <= now * 100)
}

/** The copies of these windows. */
export const recordsOf = (windows: readonly Window[]): number =>
  windows.reduce((total, window) => total + window.open, 0)
