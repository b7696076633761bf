/** What a person must hear about the Submitter, each thing once while it lasts. Synchronous. */
import type { Sql } from '../sql.ts'
import { readBacklog } from './backlog.ts'

/** `subject` is stable while the cause lasts; `message` says what happened, whose move it is, what to do. */
export interface Alarm {
  readonly subject: string
  readonly message: string
}

/** The alarms that are new since the last call; those whose cause is gone are taken down. */
export function raiseAlarms(sql: Sql, intervalMs: number, now: number): Alarm[] {
  const present = presentAlarms(sql, intervalMs, now)
  return sql.transaction(() => {
    const subjects = JSON.stringify(present.map((alarm) => alarm.subject))
    sql.all('delete from alarms where subject not in (select value from json_each(?))', subjects)
    return present.filter(
      (alarm) =>
        sql.all(
          'insert into alarms (subject, since_ms) values (?, ?) on conflict do nothing returning subject',
          alarm.subject,
          now,
        ).length > 0,
    )
  })
}

function presentAlarms(sql: Sql, intervalMs: number, now: number): Alarm[] {
  const backlog = readBacklog(sql, intervalMs, now)
  const alarms: Alarm[] = []
  for (const lane of backlog.lanes)
    alarms.push({
      subject: `lane:${lane.product_code}:${lane.reason}`,
      message: `AWS refuses every call for product ${lane.product_code} with ${lane.reason} (${lane.message}). Nothing is lost; the seller has to put it right, one record tries every 5 minutes.`,
    })
  for (const stop of backlog.stops)
    alarms.push({
      subject: `stop:${stop.product_code}:${stop.scope}:${stop.subject}`,
      message: `AWS refused 3 records of the ${stop.scope} ${stop.subject} with ${stop.reason}. The others go on; the seller has to compare it with the listing, one record tries every 5 minutes.`,
    })
  for (const row of sql.all<{ license: string; records: number }>(
    `select license, count(*) as records from copies
       where state in ('waiting', 'flying') and not_subscribed_ms is not null group by license limit 100`,
  ))
    alarms.push({
      subject: `not-subscribed:${row.license}`,
      message: `AWS says that ${row.license} is not subscribed, and ${row.records} records wait for it. The seller has to look whether the agreement is still active; they are sent again every 15 minutes until their deadline.`,
    })
  for (const { percent, records } of backlog.danger)
    if (records > 0)
      alarms.push({
        subject: `danger:${percent}`,
        message: `${records} records have used ${percent} % of the time in which AWS takes them. The seller has to find out why they wait.`,
      })
  if (backlog.lost.records > 0)
    alarms.push({
      subject: 'lost',
      message: `${backlog.lost.records} records worth $${backlog.lost.value} will not reach AWS before their deadline. The seller has to ask AWS for a higher quota now.`,
    })
  return alarms
}
