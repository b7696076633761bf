/** Rows as plain text in columns, for people. No I/O. */
import { printableCell } from './printable.ts'

/** A column: its head, and whether its cells are numbers, which stand to the right. */
export interface Column {
  readonly head: string
  readonly number?: boolean
}

/** The same of a list that was cut at `limit` rows: where it may go on, a last line says so. */
export function listOf(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  limit: number,
): string[] {
  const more = rows.length < limit ? [] : [`These are ${limit}, and there may be more: see --limit.`]
  return [...tableOf(columns, rows), ...more]
}

/** One line a row under a line of heads; the last column is not padded. No rows: nothing. */
export function tableOf(columns: readonly Column[], given: readonly (readonly string[])[]): string[] {
  if (given.length === 0) return []
  const rows = given.map((row) => row.map(printableCell))
  const widths = columns.map(({ head }, at) =>
    Math.max(head.length, ...rows.map((row) => (row[at] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ number }, at) => {
        const cell = cells[at] ?? ''
        if (number) return cell.padStart(widths[at] ?? 0)
        return at === columns.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)
      })
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ head }) => head)), ...rows.map(line)]
}
