/** What a run of seeds counts, and how it tells it: the edge's seeds and the tasks' alike. Prints; reads nothing. */

export interface Tally<G extends string = string> {
  count(group: G, name: string, times?: number): void
  /** By group, then by name. */
  readonly groups: ReadonlyMap<G, ReadonlyMap<string, number>>
}

export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

export function openTally<G extends string = string>(): Tally<G> {
  const groups = new Map<G, Map<string, number>>()
  return {
    groups,
    count(group, name, times = 1) {
      let names = groups.get(group)
      if (names === undefined) groups.set(group, (names = new Map()))
      names.set(name, (names.get(name) ?? 0) + times)
    },
  }
}

export const countsOf = ({ groups }: Pick<Tally, 'groups'>): Counts =>
  Object.fromEntries([...groups].map(([group, names]) => [group, Object.fromEntries(names)]))

export function addCounts<G extends string>(tally: Tally<G>, counts: Counts): void {
  for (const [group, names] of Object.entries(counts))
    for (const [name, times] of Object.entries(names)) tally.count(group as G, name, times)
}

export interface Row<G extends string = string> {
  readonly group: G
  readonly name: string
  readonly times: number
  /** Fewer than this and the run proves nothing about it. */
  readonly least: number
}

export const missingOf = (rows: readonly Row[]): Row[] => rows.filter((row) => row.times < row.least)

/** A run of seeds that has ended. */
export interface Run {
  /** `seeds`, and of whose life. */
  readonly what: string
  readonly seeds: number
  readonly hours: number
  readonly seconds: number
  readonly failed: readonly {
    readonly seed: number
    readonly shape: string
    readonly wrong: readonly string[]
  }[]
  readonly rows: readonly Row[]
}

/** So many failing seeds are named. */
export const SHOWN_MAX = 10

export function sayRun({ what, seeds, hours, seconds, failed, rows }: Run): void {
  for (const group of new Set(rows.map((row) => row.group))) {
    console.log(`\n${group}`)
    for (const row of rows.filter((one) => one.group === group).sort((a, b) => b.times - a.times))
      console.log(
        `${String(row.times).padStart(10)}  ${row.name}${row.times < row.least ? `  (at least ${row.least})` : ''}`,
      )
  }
  const pace = `${Math.round(hours)} simulated hours in ${seconds.toFixed(1)} s`
  console.log(`\n${seeds} ${what}, ${pace}: ${failed.length} with a unit lost or doubled or a rule broken`)
  const missing = missingOf(rows)
  if (missing.length > 0)
    console.log(
      `Not proven, for it happened too seldom: ${missing.map((row) => `${row.name} (${row.times})`).join(', ')}`,
    )
  for (const { seed, shape, wrong } of failed.slice(0, SHOWN_MAX))
    console.log(`seed ${seed} (${shape}): ${wrong[0] ?? ''}`)
}
