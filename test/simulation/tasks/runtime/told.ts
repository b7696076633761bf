/** Where what a meter's status tells is not what its file holds. Pure. */
import type { MeterStatus } from '../../../../container/metering/meter.ts'
import { type FileShown, millionths } from './show.ts'

/** One sentence each; empty: nowhere. */
export function untoldIn(status: MeterStatus, file: FileShown, dimensions: readonly string[]): string[] {
  // A disk that cannot be read is said in place of numbers.
  if (status.spool.state === 'memory') return []
  const found: string[] = []
  const compare = (what: string, told: unknown, holds: unknown): void => {
    const [said, is] = [JSON.stringify(told), JSON.stringify(holds)]
    if (said !== is) found.push(`${what}: told ${said}, the file holds ${is}`)
  }
  const sumsOf = (rows: readonly (readonly [dimension: string, amount: number])[]): number[] =>
    dimensions.map((dimension) =>
      rows.filter(([one]) => one === dimension).reduce((sum, [, amount]) => sum + amount, 0),
    )
  const states = (...names: readonly string[]) => file.records.filter(({ state }) => names.includes(state))
  const UNIT = 1_000_000

  compare(
    'open',
    sumsOf(Object.entries(status.open).map(([dimension, text]) => [dimension, millionths(text)])),
    sumsOf(dimensions.map((dimension) => [dimension, file.open[dimension] ?? 0])),
  )
  compare('waiting', status.waiting, states('waiting').length)
  compare(
    'in doubt',
    sumsOf(status.doubtful.map(({ dimension, quantity }) => [dimension, quantity * UNIT])),
    sumsOf(
      [...states('doubtful'), ...file.adopted.flatMap(({ held }) => held)].map(({ dimension, quantity }) => [
        dimension,
        quantity * UNIT,
      ]),
    ),
  )
  compare(
    'expired',
    sumsOf(status.expired.map(({ dimension, units }) => [dimension, millionths(units)])),
    sumsOf([
      ...states('parked', 'expired').map(({ dimension, quantity }) => [dimension, quantity * UNIT] as const),
      ...file.adopted.flatMap(({ lapsed }) =>
        lapsed.map(({ dimension, amount }) => [dimension, amount] as const),
      ),
    ]),
  )
  compare(
    'adopted',
    sumsOf(
      status.adopted.flatMap(({ units }) =>
        Object.entries(units).map(([dimension, text]) => [dimension, millionths(text)] as const),
      ),
    ),
    sumsOf(file.adopted.flatMap(({ units }) => Object.entries(units))),
  )
  return found
}
