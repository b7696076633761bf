/** Usage that waits while nothing freezes: how much of its window and of its month is over (money §9 *hold*, §10). Reads only. */
import { type Hour, hourOf, monthClosesAt, monthOf } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { type Identity, refusedFor } from '../subscription.ts'
import { DANGER_PERCENT } from '../submission/windows.ts'
import { firstHeld } from './advance.ts'
import { waitingFor } from './closing.ts'
import { firstOpenHour } from './counted.ts'
import type { State } from './state.ts'

/** A step of the time in which AWS takes the earliest usage that waits, or of that usage's month. */
export interface Danger {
  readonly of: 'window' | 'month'
  readonly percent: (typeof DANGER_PERCENT)[number]
  /** When the step is reached, epoch ms. */
  readonly at: number
  /** The hour of the earliest usage that waits. */
  readonly hour: Hour
  /** When the window or the month is over. */
  readonly until: number
  readonly why: 'license' | 'hold' | 'stopped'
  /** The held dimension; null: the whole subscription waits. */
  readonly dimension: string | null
}

/** What holds a ledger up: its sentence when it has stopped, and the steps of the usage that waits the longest, in time. */
export interface HeldUp {
  readonly stopped: string | null
  readonly steps: readonly Danger[]
}

/** What is held up at present; the steps behind its hour are all there, reached or not. Nothing is: null and none. */
export const heldUpIn = (sql: Sql, state: State): HeldUp => ({
  stopped: state.stopped,
  steps: dangersOf(sql, state),
})

function dangersOf(sql: Sql, state: State): Danger[] {
  const waits = waitsOf(sql, state)
  if (waits === null) return []
  const month = monthOf(waits.hour)
  const spans = [
    { of: 'window', from: waits.hour, until: refusedFor(kindIn(state), waits.hour) },
    { of: 'month', from: month, until: monthClosesAt(month) },
  ] as const
  return (
    spans
      .flatMap(({ of, from, until }) =>
        DANGER_PERCENT.map((percent): Danger => ({
          ...waits,
          of,
          percent,
          at: from + Math.ceil(((until - from) * percent) / 100),
          until,
        })),
      )
      // What was over of the month before this usage says nothing of how long it waits.
      .filter(({ at }) => at > waits.hour)
      .sort((a, b) => a.at - b.at)
  )
}

/** A subscription's identities are all a task's or all the edge's. */
const kindIn = (state: State): Identity['kind'] => state.identities.at(-1)?.kind ?? 'license'

/** What holds up which usage the longest. Before its activation usage has no window yet; a predecessor is waited for shortly. */
function waitsOf(sql: Sql, state: State): Pick<Danger, 'hour' | 'why' | 'dimension'> | null {
  const why = waitingFor(state)
  if (why === 'license' || why === 'hold' || why === 'stopped') {
    const first = earliest([
      firstOpenHour(sql, state),
      firstHeld(sql, state),
      state.openBefore ? state.frozenUntil : null,
    ])
    if (first !== null) return { hour: first, why, dimension: null }
  }
  const held = heldDimensions(sql, state).filter((each) => each.hour !== null)
  const hour = earliest(held.map((each) => each.hour))
  const one = held.find((each) => each.hour === hour)
  return hour === null || one === undefined ? null : { hour, why: 'hold', dimension: one.dimension }
}

/** The held dimensions, each with the first hour behind its place in which its meter was used. */
function heldDimensions(
  sql: Sql,
  state: State,
): { readonly dimension: string; readonly hour: Hour | null }[] {
  return sql
    .all<{ dimension: string; frozen_until: Hour | null }>(
      `SELECT holds.dimension, dimensions.frozen_until FROM holds LEFT JOIN dimensions USING (dimension)
       WHERE holds.dimension IS NOT NULL AND holds.released_at IS NULL ORDER BY holds.dimension`,
    )
    .map(({ dimension, frozen_until: place }) => {
      const from = place ?? state.frozenUntil ?? hourOf(state.clock)
      const sold = state.configs.at(-1)?.product.dimensions ?? []
      const meter = sold.find((each) => each.key === dimension)?.charge.meter
      const [row] = sql.all<{ hour: Hour | null }>(
        "SELECT min(hour) AS hour FROM usage WHERE hour >= ? AND meter = ? AND counted <> '0'",
        from,
        meter ?? '',
      )
      return { dimension, hour: row?.hour ?? null }
    })
}

const earliest = (hours: readonly (Hour | null)[]): Hour | null => {
  const known = hours.filter((hour) => hour !== null)
  return known.length === 0 ? null : (Math.min(...known) as Hour)
}
