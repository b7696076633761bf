/** Makes a failing seed small: leaves out reports and faults as long as the same rule still fails. Bounded. */
import { judgeSeed, worldOf, type Plan, type Verdict } from './judged.ts'

const RUNS_MAX = 150

export interface Shrunk {
  readonly verdict: Verdict
  /** Reports left out, by their place in the world. */
  readonly withoutReports: ReadonlySet<number>
  readonly without: ReadonlySet<string>
}

/** The smallest failing variant found: first whole halves are left out, then one thing at a time. */
export async function shrink(failing: Verdict, plan: Plan): Promise<Shrunk> {
  let runs = 0
  let best: Shrunk = { verdict: failing, withoutReports: new Set(), without: new Set() }
  const rule = ruleOf(failing)

  const leaveOut = async (
    withoutReports: ReadonlySet<number>,
    without: ReadonlySet<string>,
  ): Promise<void> => {
    if (runs >= RUNS_MAX) return
    runs += 1
    const verdict = await judgeSeed(failing.seed, plan, null, { withoutReports, without })
    if (ruleOf(verdict) === rule) best = { verdict, withoutReports, without }
  }

  for (const share of [2, 4, 8, 1_000]) {
    for (const part of partsOf(best.verdict.faults, share))
      await leaveOut(best.withoutReports, new Set([...best.without, ...part]))
    const reports = worldOf(failing.seed, plan.shape)
      .reports.map((_, place) => place)
      .filter((place) => !best.withoutReports.has(place))
    for (const part of partsOf(reports, share))
      await leaveOut(new Set([...best.withoutReports, ...part]), best.without)
  }
  return best
}

/** The rule a verdict breaks first, without the numbers and names of the case. */
const ruleOf = ({ wrong }: Verdict): string =>
  /: ([A-Z].*?\(.*?\))/.exec(wrong[0] ?? '')?.[1] ?? wrong[0]?.slice(0, 40) ?? ''

function partsOf<T>(items: readonly T[], parts: number): T[][] {
  const size = Math.max(1, Math.ceil(items.length / parts))
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
