/** What of a run of periods is open or owed, seen from a month that it may go on behind (money §3, §12). Pure. */
import { type Balance, balanceOf, duesOf, type Tally } from './charge.ts'
import { type Period, runUpTo } from './periods.ts'
import { priceOf } from './price.ts'
import type { State } from './state.ts'
import type { StoredTallies } from './tallies.ts'

const NONE: Tally = { used: 0n, covered: 0n }

/**
 * The balance of a run that ends in the month shown or goes on behind it. What goes on and carries is rounded once: a unit
 * that late usage moves from a later period into this one is not open where the later one has frozen it. Of the later
 * periods it is known what their last freeze wrote.
 */
export function balanceOfRun(
  state: State,
  periods: readonly Period[],
  dimension: string,
  own: {
    readonly run: readonly Period[]
    readonly dues: readonly bigint[]
    readonly frozen: readonly bigint[]
  },
  tallies: ReadonlyMap<number, Tally>,
  stored: StoredTallies,
): Balance {
  const last = own.run.at(-1)
  const price = priceOf(last?.prices[dimension] ?? '')
  const end = last && periods.findLast((each) => runUpTo(periods, each, dimension).includes(last))
  if (price.remainder !== 'carry' || end === undefined || end === last)
    return balanceOf(price, own.dues, own.frozen)
  const whole = runUpTo(periods, end, dimension)
  const known = new Map(
    whole.map((each, i) => [
      each.from,
      (i < own.run.length ? tallies : stored.tallies).get(each.from) ?? NONE,
    ]),
  )
  return balanceOf(
    price,
    duesOf(whole, dimension, known, end.from, state),
    whole.map((each) => stored.frozen.get(each.from) ?? 0n),
  )
}
