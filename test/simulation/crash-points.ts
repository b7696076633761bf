/**
 * Crash points, all of them: each life of crash-lives.ts is run once to number its writes and messages, and then once for
 * each, with a death exactly before or after it.
 */
import { openCoverage } from './coverage.ts'
import { crashLives, type Life } from './crash-lives.ts'
import { judgeSeed, type Plan } from './judged.ts'
import type { CrashPoint } from './runtime/objects.ts'
import { openPool, type Pool } from './runtime/pool.ts'

export interface CrashReport {
  /** How many points are of this kind, as `labelOf` says it. */
  readonly kinds: ReadonlyMap<string, number>
  /** How many runs died. */
  readonly runs: number
  readonly failed: readonly {
    readonly life: string
    readonly point: number
    readonly label: string
    readonly wrong: readonly string[]
  }[]
}

const PLAN: Plan = { choice: { level: 'none' }, shape: null }

/** `each`: every point, or the first one of each kind. */
export async function crashEverywhere(
  each: 'point' | 'kind',
  lives: readonly Life[] = crashLives(),
): Promise<CrashReport> {
  const [first] = lives
  if (first === undefined) throw new Error('there is no life to crash in')
  const pool = await openPool(first.world.sold[0])
  const kinds = new Map<string, number>()
  const failed: CrashReport['failed'][number][] = []
  let runs = 0
  for (const life of lives) {
    const calm = await enumerate(pool, life)
    if (calm.wrong.length > 0) {
      failed.push({ life: life.name, point: -1, label: 'no crash', wrong: calm.wrong })
      continue
    }
    for (const [point, label] of calm.points) {
      const times = (kinds.get(label) ?? 0) + 1
      kinds.set(label, times)
      if (each === 'kind' && times > 1) continue
      runs += 1
      let met = 0
      const wrong = await judgeLife(pool, life, () => met++ === point)
      if (met <= point) wrong.push('the run never came to this point: it does not repeat itself')
      if (wrong.length > 0) failed.push({ life: life.name, point, label, wrong })
    }
  }
  return { kinds, runs, failed }
}

/** The points of a life by their number, and what is wrong with it while nothing dies. */
async function enumerate(
  pool: Pool,
  life: Life,
): Promise<{ readonly points: ReadonlyMap<number, string>; readonly wrong: readonly string[] }> {
  const met: CrashPoint[] = []
  const wrong = await judgeLife(pool, life, (point) => {
    met.push(point)
    return false
  })
  const points = new Map<number, string>()
  for (const [number, point] of met.entries()) {
    if (point.at < life.from || point.at > life.until) continue
    // What a write wrote to is known behind it. One that wrote nothing is no write.
    const { what, when, tables } = point
    const to = what === 'write' && when === 'before' ? (met[number + 1]?.tables ?? tables) : tables
    if (what === 'message' || to.length > 0) points.set(number, labelOf({ ...point, tables: to }))
  }
  return { points, wrong }
}

async function judgeLife(
  pool: Pool,
  { world, place, acts }: Life,
  crashPoint: (point: CrashPoint) => boolean,
): Promise<string[]> {
  const coverage = openCoverage()
  const { wrong, leftOpen } = await judgeSeed(pool, world, PLAN, coverage, { crashPoint, place })
  const done = coverage.groups.get('repairs') ?? new Map<string, number>()
  const undone = acts.filter((act) => done.get(act) !== 1)
  return [
    ...wrong,
    ...leftOpen,
    ...undone.map((act) => `${act} was done ${done.get(act) ?? 0} times, not once`),
  ]
}

/** `ledger: take, after a write to ids, usage`. */
function labelOf({ object, act, when, what, tables }: CrashPoint): string {
  const [kind] = object.split(' ')
  return what === 'write'
    ? `${kind}: ${act}, ${when} a write to ${tables.join(', ')}`
    : `${kind}: ${when} ${act} leaves`
}
