/** The prices in force in a period, and whether a cut into another price lies between two (money §4). Pure. */
import type { Deploy } from '../history.ts'
import { type Price, planIn, pricesIn } from './price.ts'
import type { Period } from './timeline.ts'

/** No cut into another price of the dimension lies between two periods. */
export function follows(before: Period, after: Period, price: Price): boolean {
  return (
    before.until === after.from &&
    before.life === after.life &&
    before.trial === after.trial &&
    before.grace === after.grace &&
    pricesOf(after).get(price.dimension)?.text === price.text
  )
}

const prices = new WeakMap<Deploy, Map<string, Map<string, Price>>>()

/** The prices of a period by dimension. Remembered: a handful of periods is asked for again and again. */
export function pricesOf(period: Period): Map<string, Price> {
  const known = prices.get(period.deploy) ?? new Map<string, Map<string, Price>>()
  prices.set(period.deploy, known)
  const plan = planIn(period.deploy, period.plan, period.trial)
  const key = JSON.stringify([plan, period.trial])
  const made = known.get(key) ?? pricesIn(period.deploy, plan, period.trial)
  known.set(key, made)
  return made
}
