/** Which known name somebody most likely meant. Pure. */

/** More changes than this and it was no slip. */
const CHANGES_MAX = 3

/** Null when none is near. */
export function nearestTo(name: string, known: readonly string[]): string | null {
  const [nearest] = known
    .map((one) => ({ one, changes: changesBetween(name.toLowerCase(), one.toLowerCase()) }))
    .filter(({ changes }) => changes <= CHANGES_MAX)
    .toSorted((a, b) => a.changes - b.changes)
  return nearest?.one ?? null
}

/** Letters to add, take out or change: Levenshtein's distance, row by row. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of a.split('').entries()) {
    const above = row
    row = [i + 1]
    for (const [j, other] of b.split('').entries()) {
      const changed = (above[j] ?? 0) + (letter === other ? 0 : 1)
      row.push(Math.min(changed, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1))
    }
  }
  return row.at(-1) ?? 0
}
