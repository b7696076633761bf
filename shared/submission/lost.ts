/** What will not make it at the present rate, by name and with its value (money §7 *Order*). Reads only. */
import type { Sql, SqlRow } from '../sql.ts'
import { forecastLost } from './forecast.ts'
import { PLACE, stretchesOf } from './line.ts'
import { isStopped, type Lane } from './stops.ts'
import type { OpenSort, Window } from './windows.ts'

/** So many records that will not make it are named, and valued; all are counted. */
const NAMED_MAX = 100
const VALUED_MAX = 100_000

export interface Lost {
  readonly records: number
  /** Dollars, decimal text with 12 decimals, of `valued` of them: the most urgent 100 000 at least. */
  readonly value: string
  readonly valued: number
  /** The most valuable first. */
  readonly named: readonly Missing[]
}

/** A record that will not reach AWS before its deadline at the present rate. */
export interface Missing extends SqlRow {
  readonly key: string
  readonly subscription: string
  readonly deadline: number
  readonly value: string
}

/** The least valuable of each deadline whose time is over before their turn; what is stopped takes no turn. */
export function readLost(
  sql: Sql,
  windows: readonly Window[],
  lanes: readonly Lane[],
  intervalMs: number,
  now: number,
): Lost {
  const open = lanes.filter((lane) => !isStopped(lane))
  const codes = new Set(open.map((lane) => lane.product_code))
  const groups = new Map<string, { final: boolean; deadline: number; records: number }>()
  for (const window of windows) {
    if (!codes.has(window.product_code)) continue
    const name = `${window.final}|${window.deadline}`
    const group = groups.get(name) ?? { final: window.final === 1, deadline: window.deadline, records: 0 }
    groups.set(name, { ...group, records: group.records + window.open })
  }
  const queue = [...groups.values()].sort(
    (a, b) => Number(b.final) - Number(a.final) || a.deadline - b.deadline,
  )
  const lost = forecastLost(queue, intervalMs, now)
  const missing: Missing[] = []
  for (const [at, group] of queue.entries()) {
    const count = Math.min(lost[at] ?? 0, VALUED_MAX - missing.length)
    if (count > 0) missing.push(...leastValuable(sql, open, windows, group.deadline, count))
  }
  const total = missing.reduce((value, row) => value + BigInt(row.value), 0n)
  missing.sort((a, b) => (a.value === b.value ? (a.key < b.key ? -1 : 1) : a.value > b.value ? -1 : 1))
  return {
    records: lost.reduce((all, one) => all + one, 0),
    valued: missing.length,
    value: dollars(total),
    named: missing.slice(0, NAMED_MAX).map((row) => ({ ...row, value: dollars(BigInt(row.value)) })),
  }
}

/**
 * Place and limit are written out, the limit as the next power of two: where they are bound, SQLite plans the statement
 * anew at every call.
 */
function leastValuable(
  sql: Sql,
  lanes: readonly Lane[],
  open: readonly Pick<OpenSort, 'product_code' | 'final' | 'deadline'>[],
  deadline: number,
  count: number,
): Missing[] {
  const limit = 2 ** Math.ceil(Math.log2(count))
  const places = [PLACE.line, PLACE.paused, PLACE.party]
  const rows = lanes
    .flatMap((lane) => stretchesOf(lane, places, open))
    .filter((stretch) => stretch.final === 0)
    .flatMap((stretch) =>
      sql.all<Missing>(
        `select key, subscription, deadline, value from copies where product_code = ? and kind = ? and place = ${stretch.place}
           and final = 0 and deadline = ? and state = 'waiting' order by value, key desc limit ${limit}`,
        stretch.productCode,
        stretch.kind,
        deadline,
      ),
    )
  return rows.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)).slice(0, count)
}

/** Millionths of millionths of a dollar as dollars. */
function dollars(value: bigint): string {
  const text = String(value).padStart(13, '0')
  return `${text.slice(0, -12)}.${text.slice(-12)}`
}
