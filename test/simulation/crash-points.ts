/**
 * Crash points, all of them: a small fixed life of one subscription is run once to number its writes and messages, and
 * then once for each, with a death exactly before or after it. Nothing else goes wrong.
 */
import { openCoverage } from './coverage.ts'
import { judgeSeed, type Plan } from './judged.ts'
import { openPool } from './runtime/pool.ts'
import { smallWorld } from './worlds/small.ts'

export interface CrashReport {
  /** How many points have this label. */
  readonly points: ReadonlyMap<string, number>
  readonly failed: readonly {
    readonly point: number
    readonly label: string
    readonly wrong: readonly string[]
  }[]
}

const PLAN: Plan = { choice: { level: 'none' }, shape: null }

/** `every`: one point of so many, for a quick look; 1: all. */
export async function crashEverywhere(every = 1): Promise<CrashReport> {
  const world = smallWorld()
  const pool = await openPool(world.sold[0])
  const labels: string[] = []
  const calm = await judgeSeed(pool, world, PLAN, openCoverage(), {
    crashPoint: (label) => {
      labels.push(label)
      return false
    },
  })
  if (calm.wrong.length > 0)
    return { points: new Map(), failed: [{ point: -1, label: 'no crash', wrong: calm.wrong }] }

  const points = new Map<string, number>()
  const failed: { point: number; label: string; wrong: readonly string[] }[] = []
  for (const [point, label] of labels.entries()) {
    if (point % every !== 0) continue
    points.set(label, (points.get(label) ?? 0) + 1)
    let met = 0
    const verdict = await judgeSeed(pool, world, PLAN, openCoverage(), { crashPoint: () => met++ === point })
    if (verdict.wrong.length > 0) failed.push({ point, label, wrong: verdict.wrong })
    if (met <= point)
      failed.push({ point, label, wrong: ['the run never came to this point: it does not repeat itself'] })
  }
  return { points, failed }
}
