/** The directory of subscriptions (money §7 *Size*): objects cannot be listed by name, so they are written down here. */
import { DAY_MS, HOUR_MS, MINUTE_MS, monthOf, nextMonth } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { NOT_SUBSCRIBED_PAUSE_MS } from './pause.ts'

/** A Ledger nothing was heard of for so long is visited: an alarm is never the only wake. */
const QUIET_MS = 90 * MINUTE_MS

/** One that said it has nothing open is looked at again well within the window of what it may take next. */
const IDLE_MS = 6 * HOUR_MS

/** One that could not be reached is tried again after so long. */
const UNREACHED_MS = 5 * MINUTE_MS

/** Writes a subscription down. Idempotent. */
export function enlist(sql: Sql, subscription: string, now: number): void {
  sql.all(
    `insert into subscriptions (subscription, enlisted_ms, visit_ms) values (?, ?, ?)
       on conflict do update set visit_ms = min(visit_ms, excluded.visit_ms)`,
    subscription,
    now,
    now + QUIET_MS,
  )
}

/** Its Ledger has just offered records, so it is awake: no visit is needed for a while. */
export function heardFrom(sql: Sql, subscription: string, now: number): void {
  sql.all(
    `insert into subscriptions (subscription, enlisted_ms, visit_ms) values (?, ?, ?)
       on conflict do update set visit_ms = max(visit_ms, excluded.visit_ms)`,
    subscription,
    now,
    now + QUIET_MS,
  )
}

/**
 * The subscriptions to visit now, the longest unheard of first, at most `limit`. Around a month's end, from 20:00 UTC
 * on its last day until 05:30 on the 1st, at most `monthEndLimit`, and everyone who was not yet tried in that time: those
 * first, so that Ledgers that cannot be reached keep nobody waiting. All are looked through: an index would be written at
 * each offer, which costs more than reading 10⁵ rows a minute.
 */
export function visitsDue(sql: Sql, limit: number, monthEndLimit: number, now: number): string[] {
  const since = monthEndSince(now)
  const rows =
    since === undefined
      ? sql.all<{ subscription: string }>(
          `select subscription from subscriptions where visit_ms <= ? order by visit_ms limit ${limit}`,
          now,
        )
      : sql.all<{ subscription: string }>(
          `select subscription from subscriptions where tried_ms < ? or visit_ms <= ? order by tried_ms limit ${monthEndLimit}`,
          since,
          now,
        )
  return rows.map((row) => row.subscription)
}

/** A visit was made. `open`: its Ledger has something to do later; undefined: it could not be reached. */
export function visited(sql: Sql, subscription: string, open: boolean | undefined, now: number): void {
  if (open === undefined) {
    sql.all(
      'update subscriptions set tried_ms = ?, visit_ms = ? where subscription = ?',
      now,
      now + UNREACHED_MS,
      subscription,
    )
    return
  }
  sql.all(
    'update subscriptions set visited_ms = ?, tried_ms = ?, visit_ms = ? where subscription = ?',
    now,
    now,
    now + (open ? QUIET_MS : IDLE_MS),
    subscription,
  )
}

/** At most so many at once: they are looked up in D1 one by one. */
const ASKED_MAX = 50

/** Subscriptions AWS calls not subscribed, whom nobody has asked about since its last answer (money §8 row 4). */
export const unsubscribed = (sql: Sql, now: number): string[] =>
  sql
    .all<{ subscription: string }>(
      `select distinct c.subscription from copies c join subscriptions s on s.subscription = c.subscription
         where c.not_subscribed_ms is not null and c.result is null and s.asked_ms <= ? limit ${ASKED_MAX}`,
      now - NOT_SUBSCRIBED_PAUSE_MS,
    )
    .map((row) => row.subscription)

/** Somebody has asked what became of these. */
export function asked(sql: Sql, subscriptions: readonly string[], now: number): void {
  sql.all(
    'update subscriptions set asked_ms = ? where subscription in (select value from json_each(?))',
    now,
    JSON.stringify(subscriptions),
  )
}

/** The start of the month end that `now` lies in, or undefined. */
function monthEndSince(now: number): number | undefined {
  const first = now - monthOf(now) < DAY_MS ? monthOf(now) : nextMonth(monthOf(now))
  const since = first - 4 * HOUR_MS
  return now >= since && now < first + 5 * HOUR_MS + 30 * MINUTE_MS ? since : undefined
}
