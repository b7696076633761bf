/** What the analytics pages show: counted in memory since this task started, and billed to nobody. No I/O, no clock. */

/** Searches that are remembered: more different ones than these are not told apart. */
const SEARCHES_MAX = 1_000

export interface Tally {
  opened(id: string): void
  /** `found`: how many skills a search answered. */
  searched(query: string, found: number): void
  /** Skills by id and how often they were opened, the most opened first. */
  mostOpened(): readonly (readonly [id: string, times: number])[]
  /** Searches that found nothing, the most frequent first. */
  foundNothing(): readonly (readonly [query: string, times: number])[]
}

export function openTally(): Tally {
  const opened = new Map<string, number>()
  const foundNothing = new Map<string, number>()
  const ranked = (counts: ReadonlyMap<string, number>) => [...counts].sort(([, a], [, b]) => b - a)
  return {
    opened: (id) => void opened.set(id, (opened.get(id) ?? 0) + 1),
    searched(query, found) {
      const words = query.trim().slice(0, 100)
      if (found > 0 || words === '') return
      const times = foundNothing.get(words)
      if (times !== undefined || foundNothing.size < SEARCHES_MAX) foundNothing.set(words, (times ?? 0) + 1)
    },
    mostOpened: () => ranked(opened),
    foundNothing: () => ranked(foundNothing),
  }
}
