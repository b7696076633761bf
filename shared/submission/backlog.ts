/** What waits at the Submitter, how long it takes, and what will not make it (money §7 *Order*). Reads only. */
import { BATCH_MAX } from '../aws/batch-meter-usage.ts'
import type { Sql } from '../sql.ts'
import { lanesOf, stopsOf, type Lane, type Stop } from './stops.ts'

/** Shares of its window after which a waiting record raises an alarm: 12 h, 18 h and 22 h of 24 h. */
const DANGER_PERCENT = [92, 75, 50] as const

/** So many records that will not make it are named; all are counted and valued. */
const NAMED_MAX = 100

export interface Backlog {
  readonly waiting: number
  readonly settled: number
  /** How long sending all of it takes at the present rate, in ms. */
  readonly drainMs: number
  /** Waiting records that have used up so much of their window, each in its highest step only. */
  readonly danger: readonly { readonly percent: number; readonly records: number }[]
  readonly lost: {
    readonly records: number
    /** Dollars, decimal text with 12 decimals. */
    readonly value: string
    readonly named: readonly Missing[]
  }
  readonly lanes: readonly Lane[]
  readonly stops: readonly Stop[]
}

/** A record that will not reach AWS before its deadline at the present rate. */
export interface Missing {
  readonly key: string
  readonly subscription: string
  readonly deadline: number
  readonly value: string
}

export function readBacklog(sql: Sql, intervalMs: number, now: number): Backlog {
  const waiting = count(sql, `state in ('waiting', 'flying')`)
  const lost = missing(sql, intervalMs, now)
  const total = lost.reduce((sum, row) => sum + BigInt(row.value), 0n)
  return {
    waiting,
    settled: count(sql, `state = 'settled'`),
    drainMs: Math.ceil(Math.ceil(waiting / BATCH_MAX) * intervalMs),
    danger: DANGER_PERCENT.map((percent, step) => ({
      percent,
      records: inDanger(sql, percent, DANGER_PERCENT[step - 1], now),
    })),
    lost: {
      records: lost.length,
      value: dollars(total),
      named: lost.slice(0, NAMED_MAX).map((row) => ({ ...row, value: dollars(BigInt(row.value)) })),
    },
    lanes: lanesOf(sql).filter((lane) => lane.stopped_ms !== null),
    stops: stopsOf(sql),
  }
}

function count(sql: Sql, where: string): number {
  return sql.all<{ count: number }>(`select count(*) as count from copies where ${where}`)[0]?.count ?? 0
}

/** Records past `percent` of the way from their stamp to their deadline, and not past `above`. */
function inDanger(sql: Sql, percent: number, above: number | undefined, now: number): number {
  const past = (share: number): string => `timestamp * 100 + (deadline - timestamp) * ${share} <= ?`
  const [row] = sql.all<{ count: number }>(
    `select count(*) as count from copies where state in ('waiting', 'flying') and ${past(percent)}
       ${above === undefined ? '' : `and not ${past(above)}`}`,
    ...(above === undefined ? [now * 100] : [now * 100, now * 100]),
  )
  return row?.count ?? 0
}

/** The n-th record of the line goes out with call n / 25; those whose turn comes after their deadline. */
function missing(sql: Sql, intervalMs: number, now: number): Missing[] {
  return sql.all<{ key: string; subscription: string; deadline: number; value: string }>(
    `select key, subscription, deadline, value from (
       select key, subscription, deadline, value, final, max(resume_ms, ${Math.floor(now)}) as ready,
         (row_number() over (order by final desc, deadline, value desc) - 1) / ${BATCH_MAX} as turn
       from copies where state = 'waiting')
     where final = 0 and max(ready, ${Math.floor(now)} + turn * ${Math.ceil(intervalMs)}) >= deadline
     order by value desc, key`,
  )
}

function dollars(value: bigint): string {
  const text = String(value).padStart(13, '0')
  return `${text.slice(0, -12)}.${text.slice(-12)}`
}
