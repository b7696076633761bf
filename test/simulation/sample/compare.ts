/** Side by side: the same seeds, faults and AWS for the model of the sample and for ours, and one line of the table of each. */
import { openCoverage } from '../coverage.ts'
import type { Choice } from '../faults.ts'
import { openPool, type Pool } from '../runtime/pool.ts'
import { runSeed } from '../runtime/seed.ts'
import { type Outcome, outcomeOf, shownByUs, shownBySample } from './outcome.ts'
import { runSample } from './seed.ts'
import { sampleWorld } from './world.ts'

/** What many seeds came to under one implementation. */
export interface Tally extends Outcome {
  readonly seeds: number
  /** Money §13: what is due is billed or shown as not billed, and nothing is shown that is not so. */
  readonly exact: number
  /** AWS's bill is what is due. Each other seed is under- or over-billed. */
  readonly inFull: number
  readonly under: number
  readonly over: number
}

const NONE: Tally = {
  seeds: 0,
  exact: 0,
  inFull: 0,
  under: 0,
  over: 0,
  due: 0,
  lost: 0,
  shown: 0,
  extra: 0,
  misread: 0,
}

export const addTallies = (a: Tally, b: Tally): Tally => ({
  seeds: a.seeds + b.seeds,
  exact: a.exact + b.exact,
  inFull: a.inFull + b.inFull,
  under: a.under + b.under,
  over: a.over + b.over,
  due: a.due + b.due,
  lost: a.lost + b.lost,
  shown: a.shown + b.shown,
  extra: a.extra + b.extra,
  misread: a.misread + b.misread,
})

/** A seed is over-billed when anything is billed that is not due, else under-billed when anything due is not billed. */
export const tallyOf = (outcome: Outcome): Tally => ({
  ...outcome,
  seeds: 1,
  exact: outcome.lost === outcome.shown && outcome.extra === 0 && outcome.misread === 0 ? 1 : 0,
  inFull: outcome.lost === 0 && outcome.extra === 0 ? 1 : 0,
  under: outcome.lost > 0 && outcome.extra === 0 ? 1 : 0,
  over: outcome.extra > 0 ? 1 : 0,
})

/** One seed of the model of the sample. */
export async function runSampleSeed(seed: number, choice: Choice): Promise<Tally> {
  const { history, rows } = await runSample(sampleWorld(seed), choice, openCoverage())
  return tallyOf(outcomeOf(history, shownBySample(history, rows)))
}

/** The same seed of ours; `pool` is made once a process by `openSamplePool`. */
export async function runOurSeed(pool: Pool, seed: number, choice: Choice): Promise<Tally> {
  const { history } = await runSeed(pool, sampleWorld(seed), { choice }, openCoverage())
  return tallyOf(outcomeOf(history, shownByUs(history)))
}

export const openSamplePool = (): Promise<Pool> => openPool(sampleWorld(0).sold[0])

/** Both, over `count` seeds from `first` on. */
export async function compareSeeds(
  first: number,
  count: number,
  choice: Choice,
): Promise<{ readonly sample: Tally; readonly ours: Tally }> {
  const pool = await openSamplePool()
  let sample = NONE
  let ours = NONE
  for (let seed = first; seed < first + count; seed++) {
    sample = addTallies(sample, await runSampleSeed(seed, choice))
    ours = addTallies(ours, await runOurSeed(pool, seed, choice))
  }
  return { sample, ours }
}

/** The head of the table, in Markdown. */
export const HEAD = [
  '| faults | whose | exact | billed in full | under-billed | over-billed | not billed: shown / without a trace | billed too much | billed, shown as failed |',
  '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
]

/** One line of the table. Units are shares of what was due. */
export function lineOf(faults: string, whose: string, tally: Tally): string {
  const { seeds, exact, inFull, under, over, due, lost, shown, extra, misread } = tally
  const cells = [
    faults,
    whose,
    `${exact} of ${seeds}`,
    inFull,
    under,
    over,
    `${percent(shown, due)} / ${percent(lost - shown, due)}`,
    percent(extra, due),
    percent(misread, due),
  ]
  return `| ${cells.join(' | ')} |`
}

const percent = (part: number, whole: number): string =>
  part === 0 || whole === 0 ? '0' : `${((100 * part) / whole).toFixed(2)} %`
