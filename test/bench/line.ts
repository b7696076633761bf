/** What a measurement prints: one JSON line, a ratio inside one run wherever machines differ. */

export interface Line {
  readonly id: string
  readonly value: number
  readonly unit: string
  /** `value` over the value of `base`, as measured in the same run, or over a fixed limit. */
  readonly ratio: number
  readonly base: string
  /** True when there is no goal or it is reached. */
  readonly ok: boolean
}

/** Prints a line with figures that can be read, and makes the process fail where a goal is missed. */
export function print(line: Line): void {
  console.log(
    JSON.stringify({ ...line, value: Math.round(line.value), ratio: Number(line.ratio.toPrecision(3)) }),
  )
  if (!line.ok) process.exitCode = 1
}

/** The middle of an odd number of measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
