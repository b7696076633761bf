/** What a license that renews or replaces another takes over of the running month (money §4 *Successor*). Pure. */
import type { Account } from './account.ts'
import { blocksIn, add, type Fraction, ZERO } from './fraction.ts'
import type { Before, Heritage, Run } from './charge.ts'
import { chargedHour, ownMonth } from './meaning.ts'
import { billedPrice, periodOf } from './scene.ts'

export interface Inherited extends Heritage {
  /** By month: `[meter, key]` as JSON of what the predecessor billed. */
  readonly keys: ReadonlyMap<number, ReadonlySet<string>>
}

/** What the account of a predecessor hands over of `month`. */
export const heritageOf = (account: Account, month: number, life: number): Inherited => ({
  month,
  life,
  keys: new Map([[month, keysOf(account, month)]]),
  covered: coveredOf(account, month),
  runs: runsOf(account, month),
})

/** Keys of the month's paid hours, its own and those it took over itself. */
function keysOf({ intake, scene, heritage }: Account, month: number): Set<string> {
  const keys = new Set<string>(heritage?.keys.get(month))
  for (const use of scene.uses) {
    const { measure, meter } = use.event
    const hour = chargedHour(intake.line, use)
    const period = hour === null ? undefined : periodOf(scene.periods, hour)
    if (measure.kind !== 'key' || period === undefined || period.trial) continue
    if (ownMonth(intake.line, use) !== month) continue
    const billed = period.deploy.product.dimensions.some(
      ({ key }) => billedPrice(period, key)?.meter === meter,
    )
    if (billed) keys.add(JSON.stringify([meter, measure.key]))
  }
  return keys
}

function coveredOf({ charged, scene, heritage }: Account, month: number): Map<string, Fraction> {
  const covered = new Map<string, Fraction>(heritage?.month === month ? heritage.covered : [])
  for (const [dimension, hours] of charged.covered)
    for (const [hour, amount] of hours) {
      const period = periodOf(scene.periods, hour)
      if (period?.month === month && !period.trial)
        covered.set(dimension, add(covered.get(dimension) ?? ZERO, amount))
    }
  return covered
}

/** Runs whose remainder goes over: of each dimension the one that reaches the month or goes on from it, and is not of a trial. */
export const handedRuns = ({ charged }: Account, month: number): Run[] =>
  charged.runs.filter((run) => {
    const last = run.periods.at(-1)
    return last !== undefined && last.month >= month && !last.trial && run.price.remainder === 'carry'
  })

function runsOf(account: Account, month: number): Map<string, Before & { readonly text: string }> {
  const runs = new Map<string, Before & { readonly text: string }>()
  for (const run of handedRuns(account, month)) {
    const over = [...run.over]
      .filter(([hour]) => hour >= run.from && hour < run.until)
      .reduce((sum, [, amount]) => add(sum, amount), run.before?.over ?? ZERO)
    runs.set(run.dimension, {
      text: run.price.text,
      over,
      due: blocksIn(over, run.price.block, run.price.round),
    })
  }
  return runs
}
