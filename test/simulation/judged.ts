/** A seed from its number to a verdict: drawn, run, judged, counted. */
import { HOUR_MS } from '../../shared/hour.ts'
import { openCoverage, type Coverage } from './coverage.ts'
import { sentenceOf } from './oracle/finding.ts'
import { judge } from './oracle/judge.ts'
import type { Choice } from './faults.ts'
import type { Pool } from './runtime/pool.ts'
import { runSeed, type SeedOptions, type SeedRun } from './runtime/seed.ts'
import { drawWorld, shapeOf } from './worlds/draw.ts'
import { drawnIn } from './drawn.ts'
import { withDraws } from './worlds/draws.ts'
import type { Shape, World } from './worlds/world.ts'

export interface Verdict {
  readonly seed: number
  readonly shape: Shape
  /** What does not hold, in plain words; empty: no unit lost, none doubled. */
  readonly wrong: readonly string[]
  readonly faults: readonly string[]
  /** Simulated hours. */
  readonly hours: number
  /** Units that an hour could bill and none will: nothing wakes for them any more. */
  readonly leftOpen: readonly string[]
}

/** Which seeds are run, and with what. */
export interface Plan {
  readonly choice: Choice
  /** Null: each seed's own shape. */
  readonly shape: Shape | null
}

export const worldOf = (seed: number, shape: Shape | null): World =>
  withDraws(drawWorld(seed, shape ?? shapeOf(seed)))

export async function judgeSeed(
  pool: Pool,
  of: number | World,
  plan: Plan,
  coverage: Coverage = openCoverage(),
  more: Omit<SeedOptions, 'choice'> = {},
): Promise<Verdict> {
  const world = typeof of === 'number' ? worldOf(of, plan.shape) : of
  const { seed } = world
  coverage.count('shapes', world.shape)
  const { run, wrong } = await attempt(pool, world, { ...more, choice: plan.choice }, coverage)
  if (run !== undefined) countRun(coverage, world, run)
  return {
    seed,
    shape: world.shape,
    wrong,
    faults: run?.faults ?? [],
    hours: run === undefined ? 0 : (run.history.endedAt - world.from) / HOUR_MS,
    leftOpen: run === undefined ? [] : leftOpenIn(run),
  }
}

/** Of a seed that came to rest: what active subscriptions show as open though nothing holds it up. */
function leftOpenIn({ history, readModel }: SeedRun): string[] {
  if (readModel === null) return []
  return history.subscriptions
    .filter(({ orders, shown }) => orders.at(-1)?.end === null && shown.stopped === null)
    .flatMap(({ subscription, shown }) =>
      shown.months.flatMap(({ dimensions }) =>
        dimensions
          .filter(({ metered, open, waiting }) => metered && open !== '0' && (waiting ?? null) === null)
          .map(
            ({ dimension, open }) =>
              `${open} ${dimension} of ${subscription} stay open, and nothing wakes for them`,
          ),
      ),
    )
}

/** A seed that throws is as wrong as one that loses a unit. */
async function attempt(
  pool: Pool,
  world: World,
  options: SeedOptions,
  coverage: Coverage,
): Promise<{ readonly run?: SeedRun; readonly wrong: readonly string[] }> {
  try {
    const run = await runSeed(pool, world, options, coverage)
    return { run, wrong: [...judge(run.history).map(sentenceOf), ...(run.readModel ?? [])] }
  } catch (thrown) {
    return {
      wrong: [`it threw: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`],
    }
  }
}

function countRun(coverage: Coverage, world: World, run: SeedRun): void {
  for (const fault of run.faults) coverage.count('faults', fault.slice(0, fault.indexOf('#')))
  for (const event of run.errors) coverage.count('logged', event)
  for (const { charge } of world.sold[0].products[0]?.dimensions ?? [])
    if (charge !== undefined) coverage.count('charge kinds', charge.kind)
  for (const { shown, repairs } of run.history.subscriptions) {
    for (const record of shown.records) coverage.count('record states', record.state)
    for (const repair of repairs) coverage.count('repairs', repair.kind)
  }
  for (const drawn of drawnIn(world, run.history)) coverage.count('draws', drawn)
}
