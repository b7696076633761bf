/** Hours that a subscription has frozen and a dimension has not, for its amount is not known (money §3). Pure. */
import type { SubscriptionHistory } from '../history.ts'
import { hourFrom, hourOf, MINUTE } from './calendar.ts'
import { pricesOf } from './cut.ts'
import type { Intake } from './intake.ts'
import { lifeIn } from './timeline.ts'
import { ordersTold } from './told.ts'
import { estimatedFrom } from './window.ts'

/**
 * True at `at` of a frozen hour if every dimension that the meter feeds still waits there for its amount. Of keys only the first
 * report is kept of such an hour: what others said beside it cannot be told apart any more.
 */
export function isBehind(
  { line, uses }: Intake,
  history: SubscriptionHistory,
  meter: string,
  hour: number,
  at: number,
): boolean {
  const period = line.frozen.find(({ from, until }) => from <= hour && hour < until)
  if (period === undefined) return false
  const fed = [...pricesOf(period).values()].filter((price) => price.meter === meter)
  return (
    fed.length > 0 &&
    fed.every(({ kind, included }) => {
      if (kind === 'unique' || included.kind !== 'contract') return false
      const from = unknownFrom(history, included.dimension, at)
      if (from === null || hour < from.hour) return false
      const hours = uses.flatMap(({ event, aside }) =>
        event.meter === meter && aside === null && hourOf(event.time) >= from.hour
          ? [hourOf(event.time)]
          : [],
      )
      const first = Math.min(hour, ...hours)
      const life = lifeIn(line, first) ?? lifeIn(line, hour)
      if (life === undefined) return false
      if (from.known) return at < estimatedFrom(first, life)
      return life.endAt === null || at < life.endAt + 30 * MINUTE
    })
  )
}

/** From which hour on the amount is unknown at `at`, and whether one was known before; null: it is known. */
function unknownFrom(
  history: SubscriptionHistory,
  dimension: string,
  at: number,
): { readonly hour: number; readonly known: boolean } | null {
  const told = ordersTold(history).filter((each) => each.at <= at)
  const isKnown = ({ order }: (typeof told)[number]): boolean => (order.amounts[dimension] ?? null) !== null
  const last = told.findLastIndex(isKnown)
  const next = told[last + 1]
  if (last < 0) return { hour: 0, known: false }
  return next === undefined ? null : { hour: hourFrom(next.at), known: true }
}
