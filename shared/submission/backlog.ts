/** What waits at the Submitter, how long it takes, and what will not make it (money §7 *Order*). Reads only. */
import { BATCH_MAX } from '../aws/batch-meter-usage.ts'
import type { Sql } from '../sql.ts'
import { readAlarms, type StandingAlarm } from './alarms.ts'
import { failuresWithinHour } from './failures.ts'
import { readLost, type Lost } from './lost.ts'
import { presentInterval } from './rate.ts'
import { isStopped, lanesOf, stopsOf, type Lane, type Stop } from './stops.ts'
import { DANGER_PERCENT, dangerOf, openWindows, recordsOf } from './windows.ts'

export interface Backlog {
  readonly waiting: number
  readonly settled: number
  /** Time between two calls that AWS takes, at present, in ms; null: it takes none. */
  readonly intervalMs: number | null
  /** How long sending all of it takes at the present rate, in ms; null: at the present rate it never ends. */
  readonly drainMs: number | null
  /** Waiting records that have used up so much of their window, each in its highest step only. */
  readonly danger: readonly { readonly percent: number; readonly records: number }[]
  readonly lost: Lost
  /** Calls refused or unanswered, and records that ended unbilled, within the last hour. */
  readonly failures: number
  /** Products that stand still, with what waits in them: it is not among `lost`, for a person can open them. */
  readonly lanes: readonly (Lane & { readonly records: number; readonly deadline: number | null })[]
  readonly stops: readonly Stop[]
  readonly alarms: readonly StandingAlarm[]
  /** AWS was called once by this deployment, as far as is known here. */
  readonly live?: true
  /** Why nothing is sent and nothing is settled, whatever waits; absent: it is. */
  readonly silent?: string
}

export function readBacklog(sql: Sql, plannedMs: number, now: number): Backlog {
  const windows = openWindows(sql)
  const waiting = recordsOf(windows)
  const intervalMs = presentInterval(sql, plannedMs, now)
  const drainMs = Math.ceil(Math.ceil(waiting / BATCH_MAX) * intervalMs)
  const lanes = lanesOf(sql)
  return {
    waiting,
    settled:
      sql.all<{ count: number }>(`select count(*) as count from copies where state = 'settled'`)[0]?.count ??
      0,
    intervalMs: Number.isFinite(intervalMs) ? intervalMs : null,
    drainMs: waiting === 0 ? 0 : Number.isFinite(drainMs) ? drainMs : null,
    danger: DANGER_PERCENT.map((percent) => ({
      percent,
      records: recordsOf(windows.filter((window) => dangerOf(window, now) === percent)),
    })),
    lost: readLost(sql, windows, lanes, intervalMs, now),
    failures: failuresWithinHour(sql, now),
    lanes: lanes.filter(isStopped).map((lane) => {
      const own = windows.filter((window) => window.product_code === lane.product_code)
      return { ...lane, records: recordsOf(own), deadline: own[0]?.deadline ?? null }
    }),
    stops: stopsOf(sql),
    alarms: readAlarms(sql),
  }
}
