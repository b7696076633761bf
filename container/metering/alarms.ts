/** What a person must hear about one task's metering: what happened, whose move it is, what to do. Reads only; no clock. */
import { HOUR_MS } from '../../shared/hour.ts'
import type { Sql, SqlRow } from '../../shared/sql.ts'
import { dangerOf } from '../../shared/submission/windows.ts'
import type { TaskCore } from './core.ts'
import type { Skew } from './skew.ts'

/** The sentences that hold at `now`; empty: nothing is wrong. */
export function alarmsOf(
  sql: Sql,
  core: TaskCore,
  skew: Pick<Skew, 'skewMs' | 'verdict'>,
  now: number,
): string[] {
  const { stopped } = core.memory.lane
  const alarms = [...windowAlarms(sql, now), ...heldAlarms(core, now), ...clockAlarms(skew)]
  if (stopped !== null)
    alarms.push(
      `AWS refuses every call with ${stopped.reason} since ${timeOf(stopped.since)}${stopped.message === '' ? '' : ` (${stopped.message})`}. Nothing is lost yet. Platform team: look at the task's role and Region; it is tried every 5 minutes.`,
    )
  const [notEntitled] = sql.all<{ records: number }>(
    'SELECT count(*) AS records FROM sends INDEXED BY sends_not_entitled WHERE not_entitled_at IS NOT NULL',
  )
  if ((notEntitled?.records ?? 0) > 0)
    alarms.push(
      'AWS says that this account is not entitled to the product, though the task was when it started. Platform team: look at the subscription in AWS Marketplace; what waits is tried every 15 minutes for 6 hours.',
    )
  const { stopped: broken } = core.ledger.status()
  if (broken !== null)
    alarms.push(`Nothing is metered any more, for the ledger contradicts itself: ${broken} Tell the seller.`)
  return alarms
}

interface WaitingHour extends SqlRow {
  readonly timestamp: number
  readonly deadline: number
  readonly records: number
}

/** Each hour that waits, by the highest step of its 6 hours that is over: 50, 75 or 92 %. */
function windowAlarms(sql: Sql, now: number): string[] {
  const hours = sql.all<WaitingHour>(
    `SELECT min(timestamp) AS timestamp, min(deadline) AS deadline, count(*) AS records FROM sends
     WHERE deadline < ? GROUP BY hour ORDER BY hour LIMIT 24`,
    now + 3 * HOUR_MS + 1,
  )
  return hours.flatMap((hour) => {
    const percent = dangerOf(hour, now)
    if (percent === undefined) return []
    return [
      `${percent} % of the 6 hours in which AWS takes the usage of ${timeOf(hour.timestamp)} are over, and ${hour.records === 1 ? '1 record waits' : `${hour.records} records wait`} until ${timeOf(hour.deadline)}. Platform team: see in /status what AWS answers.`,
    ]
  })
}

/** Usage that does not freeze: of each span the highest step that is reached. */
function heldAlarms(core: TaskCore, now: number): string[] {
  const reached = core.ledger.dangers().steps.filter(({ at, of }) => of === 'window' && at <= now)
  const highest = reached.at(-1)
  return highest === undefined
    ? []
    : [
        `${highest.percent} % of the 6 hours in which AWS takes the usage of ${timeOf(highest.hour)} are over, and its hour is held (${highest.why}). It goes with a later hour once that ends.`,
      ]
}

function clockAlarms({ skewMs, verdict }: Pick<Skew, 'skewMs' | 'verdict'>): string[] {
  const found = verdict()
  if (found === 'agree') return []
  const ms = skewMs() ?? 0
  const how = `The host's clock is ${Math.round(Math.abs(ms) / 1_000)} s ${ms < 0 ? 'ahead of' : 'behind'} AWS's`
  return [
    found === 'hold'
      ? `${how}: no hour is closed until they agree within 5 minutes. Platform team: set the host's clock.`
      : `${how}; usage is counted by AWS's. Platform team: set the host's clock.`,
  ]
}

/** `2026-11-21T10:00Z`. */
export const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`
