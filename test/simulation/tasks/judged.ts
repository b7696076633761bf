/** A seed of task life from its number to a verdict: drawn, run, judged, counted. */
import { HOUR_MS } from '../../../shared/hour.ts'
import type { Tally } from '../tally.ts'
import type { Choice } from './faults.ts'
import type { TaskHistory } from './history.ts'
import { openRandom } from '../random.ts'
import { sentenceOf } from './oracle/finding.ts'
import { judge } from './oracle/judge.ts'
import { takenForOne } from './oracle/units.ts'
import { meterOpener } from './runtime/open-meter.ts'
import { runSeed, type SeedOptions } from './runtime/seed.ts'
import { drawWorld, shapeOf } from './worlds/draw.ts'
import type { Shape, World } from './worlds/world.ts'

export interface Verdict {
  readonly seed: number
  readonly shape: Shape
  /** What does not hold, in plain words; empty: no unit lost, none doubled. */
  readonly wrong: readonly string[]
  readonly faults: readonly string[]
  /** Simulated hours. */
  readonly hours: number
}

/** Which seeds are run, and with what. */
export interface Plan {
  readonly choice: Choice
  /** Null: each seed's own shape. */
  readonly shape: Shape | null
}

export const worldOf = (seed: number, shape: Shape | null): World => drawWorld(seed, shape ?? shapeOf(seed))

export async function judgeSeed(
  of: number | World,
  plan: Plan,
  coverage: Tally | null = null,
  more: Omit<SeedOptions, 'choice'> = {},
): Promise<Verdict> {
  const world = typeof of === 'number' ? worldOf(of, plan.shape) : of
  const { seed, shape } = world
  try {
    const { history, faults } = await runSeed(
      meterOpener(world.metering, world.dimensions, openRandom(seed, 'starts')),
      world,
      {
        ...more,
        choice: plan.choice,
        saw: (group, name) => coverage?.count(group, name),
      },
    )
    if (coverage !== null) countRun(coverage, world, history, faults)
    const hours = (history.endedAt - world.from) / HOUR_MS
    return { seed, shape, wrong: judge(history).map(sentenceOf), faults, hours }
  } catch (thrown) {
    const said = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    return { seed, shape, wrong: [`it threw: ${said}`], faults: [], hours: 0 }
  }
}

function countRun(coverage: Tally, world: World, history: TaskHistory, faults: readonly string[]): void {
  const { ledgers } = history
  coverage.count('shapes', world.shape)
  if (world.dimensions.some((dimension) => takenForOne(history, dimension) > 0))
    coverage.count('not to be told', 'two equal records of a task’s hour, taken for one')
  coverage.count('volumes', world.volume)
  for (const fault of faults) coverage.count('faults', fault.slice(0, fault.indexOf('#')))
  for (const { fate, records, adopted } of ledgers) {
    coverage.count('files', fate)
    for (const { state } of records) coverage.count('record states', state)
    if (new Set(records.map(({ task }) => task)).size > 1)
      coverage.count('successors', 'an agent’s file gone on with')
    if (fate === 'claimed' && adopted.length > 0)
      coverage.count('successors', 'what a successor had taken over taken over')
    for (const { units, held, lapsed } of adopted) {
      if (Object.values(units).some((amount) => amount > 0)) coverage.count('successors', 'units adopted')
      if (held.length > 0) coverage.count('successors', 'a record held in doubt')
      if (lapsed.length > 0) coverage.count('successors', 'units expired')
    }
  }
}
