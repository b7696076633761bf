/** What a record is made of before it is written: units of usage by period, and adjustments moved in. */
import type { Sql } from '../sql.ts'
import type { Line } from '../submission/record.ts'
import type { Period } from './periods.ts'

/** The most AWS takes in one record. Source: API_UsageRecord, Quantity "Maximum value of 2147483647" (2026-11-21). */
export const QUANTITY_MAX = 2_147_483_647n

export type Part =
  | { readonly kind: 'usage'; readonly period: number; readonly units: bigint }
  | { readonly kind: 'adjustment'; readonly from: string; readonly units: bigint }

/** Units of usage, the oldest period's first; `open` is parallel to `run`. */
export const usageParts = (run: readonly Period[], open: readonly bigint[]): Part[] =>
  run.flatMap((period, i): Part[] => {
    const units = open[i] ?? 0n
    return units > 0n ? [{ kind: 'usage', period: period.from, units }] : []
  })

/** Units moved out of a record, on their way into the next one of its dimension. */
export interface Adjustment {
  readonly from: string
  readonly units: bigint
  /** The first hour of the period they are from. */
  readonly period: number
}

/** What was moved from records that never reached AWS and is in no record yet, by dimension, oldest first (money §9). */
export function readAdjustments(sql: Sql): Map<string, Adjustment[]> {
  const rows = sql.all<{ dimension: string; from_record: string; units: number; period: number }>(
    `SELECT a.dimension, a.from_record, a.units, r.period FROM adjustments a JOIN records r ON r.key = a.from_record
     WHERE a.into_record IS NULL ORDER BY r.hour, a.from_record`,
  )
  const waiting = new Map<string, Adjustment[]>()
  for (const { dimension, from_record: from, units, period } of rows)
    waiting.set(dimension, [...(waiting.get(dimension) ?? []), { from, units: BigInt(units), period }])
  return waiting
}

/** Those of them that belong to a period of this run. */
export const adjustmentParts = (waiting: readonly Adjustment[], run: readonly Period[]): Part[] =>
  waiting
    .filter((one) => run.some((period) => period.from === one.period))
    .map(({ from, units }) => ({ kind: 'adjustment', from, units }))

/** As many units as one record takes, in order. Usage may be split; an adjustment goes in whole or waits. */
export function fit(parts: readonly Part[]): Line[] {
  const lines: Line[] = []
  let room = QUANTITY_MAX
  for (const part of parts) {
    const fits = part.units <= room
    if (!fits && (part.kind === 'adjustment' || room === 0n)) continue
    const units = fits ? part.units : room
    room -= units
    lines.push({ ...part, units: Number(units) })
  }
  return lines
}
