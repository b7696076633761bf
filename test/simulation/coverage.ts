/** How often everything that can happen did happen, and what a run must have seen to prove anything. */

export interface Coverage {
  count(what: string, name: string, times?: number): void
  /** By group, then by name. */
  readonly groups: ReadonlyMap<string, ReadonlyMap<string, number>>
}

export function openCoverage(): Coverage {
  const groups = new Map<string, Map<string, number>>()
  return {
    groups,
    count(what, name, times = 1) {
      let group = groups.get(what)
      if (group === undefined) groups.set(what, (group = new Map()))
      group.set(name, (group.get(name) ?? 0) + times)
    },
  }
}

export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

export const countsOf = (coverage: Coverage): Counts =>
  Object.fromEntries([...coverage.groups].map(([group, names]) => [group, Object.fromEntries(names)]))

export function addCounts(coverage: Coverage, counts: Counts): void {
  for (const [group, names] of Object.entries(counts))
    for (const [name, times] of Object.entries(names)) coverage.count(group, name, times)
}
