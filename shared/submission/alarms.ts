/** What a person must hear about the Submitter, each thing once while it lasts, and kept for who looks later. Synchronous. */
import { DAY_MS, HOUR_MS } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import { readLost } from './lost.ts'
import { presentInterval } from './rate.ts'
import { isStopped, lanesOf, stopsOf } from './stops.ts'
import { dangerOf, openWindows, recordsOf, type Window } from './windows.ts'

/** `subject` is stable while the cause lasts; `message` says what happened, whose move it is, what to do. */
export interface Alarm {
  readonly subject: string
  readonly message: string
}

/** An alarm with the instants at which it was first and last found true. */
export interface StandingAlarm extends Alarm {
  readonly since: number
  readonly last: number
  /** Its cause is gone; it is still shown for a week. */
  readonly over: boolean
}

/** How long an alarm is shown after it was last true. */
const SHOWN_MS = 7 * DAY_MS

/** Licenses that are named; AWS refusing more than these at once is one fault. */
const LICENSES_MAX = 100

/** The alarms that are new since the last call; those whose cause is gone are over, and may be raised again. */
export function raiseAlarms(sql: Sql, intervalMs: number, now: number): Alarm[] {
  const present = presentAlarms(sql, intervalMs, now)
  return sql.transaction(() => {
    const subjects = JSON.stringify(present.map((alarm) => alarm.subject))
    sql.all('delete from alarms where over = 1 and last_ms <= ?', now - SHOWN_MS)
    sql.all(
      'update alarms set over = 1 where over = 0 and subject not in (select value from json_each(?))',
      subjects,
    )
    return present.filter(({ subject, message }) => {
      const [known] = sql.all<{ over: number }>('select over from alarms where subject = ?', subject)
      const raised = known === undefined || known.over === 1
      sql.all(
        `insert into alarms (subject, message, since_ms, last_ms, over) values (?, ?, ?, ?, 0) on conflict do update
           set message = excluded.message, last_ms = excluded.last_ms, over = 0,
             since_ms = iif(over = 1, excluded.since_ms, since_ms)`,
        subject,
        message,
        now,
        now,
      )
      return raised
    })
  })
}

/** Those that stand, and those that were over in the last week; the newest first. */
export const readAlarms = (sql: Sql): StandingAlarm[] =>
  sql
    .all<SqlRow & { subject: string; message: string; since_ms: number; last_ms: number; over: number }>(
      'select * from alarms order by over, since_ms desc, subject limit 200',
    )
    .map(({ subject, message, since_ms: since, last_ms: last, over }) => ({
      subject,
      message,
      since,
      last,
      over: over === 1,
    }))

function presentAlarms(sql: Sql, plannedMs: number, now: number): Alarm[] {
  const windows = openWindows(sql)
  const lanes = lanesOf(sql)
  // Where no window is open nothing waits: neither can it come too late, nor is it refused.
  const lost =
    windows.length === 0
      ? { records: 0, valued: 0, value: '0' }
      : readLost(sql, windows, lanes, presentInterval(sql, plannedMs, now), now)
  const alarms: Alarm[] = []
  for (const lane of lanes.filter(isStopped)) {
    const waiting = windows.filter((window) => window.product_code === lane.product_code)
    const [first] = waiting
    alarms.push({
      subject: `lane:${lane.product_code}:${lane.reason}`,
      message: `AWS refuses every call for product ${lane.product_code} with ${lane.reason} (${lane.message}). ${recordsText(recordsOf(waiting), 'wait')}${first === undefined ? '' : `, the first until ${timeOf(first.deadline)}`}; nothing is lost yet. The seller has to put it right, one record tries every 5 minutes.`,
    })
  }
  for (const stop of stopsOf(sql))
    alarms.push({
      subject: `stop:${stop.product_code}:${stop.scope}:${stop.subject}`,
      message: `AWS refused 3 records of the ${stop.scope} ${stop.subject} with ${stop.reason}. The others go on; the seller has to compare it with the listing, one record tries every 5 minutes.`,
    })
  for (const { subscription, license, records } of windows.length === 0 ? [] : notSubscribed(sql))
    alarms.push({
      subject: `not-subscribed:${license}`,
      message: `AWS says that ${license} (${subscription}) is not subscribed, and ${recordsText(records, 'wait')} for it. The seller has to look whether the agreement is still active; what waits is sent again every 15 minutes until its deadline.`,
    })
  alarms.push(...dangerAlarms(windows, now))
  if (lost.records > 0)
    alarms.push({
      subject: 'lost',
      message: `Of what waits ${recordsText(lost.records)} worth ${lost.valued < lost.records ? 'more than ' : ''}$${lost.value} will not reach AWS in time at the present rate. The seller has to ask AWS for a higher quota now.`,
    })
  return alarms
}

/** Each step of each window once: the windows that close in one hour are one alarm. */
function dangerAlarms(windows: readonly Window[], now: number): Alarm[] {
  const counts = new Map<string, number>()
  for (const window of windows) {
    const percent = dangerOf(window, now)
    if (percent === undefined) continue
    const closes = Math.ceil(window.deadline / HOUR_MS) * HOUR_MS
    const subject = `danger:${percent}:${timeOf(closes)}`
    counts.set(subject, (counts.get(subject) ?? 0) + window.open)
  }
  return [...counts].map(([subject, records]) => {
    const [, percent] = subject.split(':')
    return {
      subject,
      message: `${percent} % of the time in which AWS takes ${recordsText(records)} is over; it ends by ${subject.slice(subject.indexOf(':', 7) + 1)}. The seller has to find out why nothing was sent.`,
    }
  })
}

/** Licenses of which AWS says that they are not subscribed, with the records that wait for it (money §8 row 4). */
const notSubscribed = (sql: Sql) =>
  sql.all<{ subscription: string; license: string; records: number; since: number }>(
    `select subscription, license, count(*) as records, min(not_subscribed_ms) as since from copies
       where not_subscribed_ms is not null and result is null group by subscription, license limit ${LICENSES_MAX}`,
  )

/** `2026-11-21T10:00Z`: the minute, rounded up. */
const timeOf = (ms: number): string =>
  `${new Date(Math.ceil(ms / 60_000) * 60_000).toISOString().slice(0, 16)}Z`

/** `1 record waits`, `2 records wait`. */
const recordsText = (count: number, verb?: string): string =>
  `${count} ${count === 1 ? 'record' : 'records'}${verb === undefined ? '' : ` ${verb}${count === 1 ? 's' : ''}`}`
