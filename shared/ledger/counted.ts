/** Counted usage by meter and hour, as it is stored (money §1). Sums in code, never in SQL. */
import { DAY_MS, type Hour, type Month, monthOf } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { State } from './state.ts'

/** What was counted in each hour, in millionths, under each meter that was reported. */
export type UsageByHour = ReadonlyMap<string, ReadonlyMap<number, bigint>>

type UsageRow = SqlRow & { hour: Hour; meter: string; life: number; counted: string }

/** The hour usage is charged in: its own, or the first of its life when it is from before that; null while unknown. */
export function chargedHour(state: State, life: number, hour: Hour): Hour | null {
  const first = state.lives.find((known) => known.life === life)?.firstHour ?? null
  return first === null ? null : (Math.max(first, hour) as Hour)
}

/**
 * Everything counted that is charged in an hour from `from` on. Usage of a life whose activation is unknown is charged in
 * none yet: it is left out, or for those who only look, shown in its own hour.
 */
export function readUsage(
  sql: Sql,
  state: State,
  from: number,
  unknown: 'left out' | 'own hour' = 'left out',
): UsageByHour {
  const late = state.lives.find((life) => life.firstHour !== null && life.firstHour >= from)?.life
  const rows = sql.all<UsageRow>(
    'SELECT hour, meter, life, counted FROM usage WHERE hour >= ? OR life >= ?',
    from,
    late ?? Number.MAX_SAFE_INTEGER,
  )
  const usage = new Map<string, Map<number, bigint>>()
  for (const row of rows) {
    const hour = chargedHour(state, row.life, row.hour) ?? (unknown === 'own hour' ? row.hour : null)
    if (hour === null || hour < from) continue
    const hours = usage.get(row.meter) ?? new Map<number, bigint>()
    usage.set(row.meter, hours.set(hour, (hours.get(hour) ?? 0n) + BigInt(row.counted)))
  }
  return usage
}

/** The earliest open hour with counted usage; null when there is none. */
export function firstOpenHour(sql: Sql, state: State): Hour | null {
  const { frozenUntil } = state
  if (frozenUntil === null) return null
  const hours: number[] = []
  const row = sql.all<{ hour: number | null }>(
    'SELECT min(hour) AS hour FROM usage WHERE hour >= ?',
    frozenUntil,
  )[0]
  if (row?.hour !== undefined && row.hour !== null) hours.push(row.hour)
  for (const life of state.lives) {
    if (life.firstHour === null || life.firstHour < frozenUntil) continue
    const early = sql.all(
      'SELECT 1 FROM usage WHERE life = ? AND hour < ? LIMIT 1',
      life.life,
      life.firstHour,
    )
    if (early.length > 0) hours.push(life.firstHour)
  }
  return hours.length === 0 ? null : (Math.min(...hours) as Hour)
}

/** The earliest month that usage taken in `hour` can lie in: older is refused (money §1), so the tallies before it stand. */
export const earliestMonth = (hour: number): Month => monthOf(hour - 35 * DAY_MS)
