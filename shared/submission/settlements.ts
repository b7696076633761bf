/** Results on their way to their Ledgers, deadlines that have passed, and copies that are no longer needed. Synchronous. */
import { DAY_MS } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { keepConfirmed, sweepConfirmed } from './confirmed.ts'
import { settlementOf, type CopyRow } from './copies.ts'
import { PLACE, readStretch, stretchesOf } from './line.ts'
import { resumeAt } from './pause.ts'
import type { Settlement } from './record.ts'
import { overdueEnding, settle } from './settle.ts'
import { lanesOf } from './stops.ts'
import { openSorts, type OpenSort } from './windows.ts'

/** A confirmed copy is kept this long after its deadline (money §7 (5)). */
const KEPT_MS = 2 * DAY_MS

/** Attempts are kept beyond every copy they name: window, final hour and the 48 hours after. */
const ATTEMPTS_KEPT_MS = 5 * DAY_MS

/** So many results go to one Ledger in one call. */
const SETTLEMENTS_MAX = 200

/** So many copies end, or are deleted, at a time; the next run takes the others. */
const ENDED_MAX = 2_000
const FORGOTTEN_MAX = 5_000
const ATTEMPTS_MAX = 1_000

/** Ends what AWS takes no more. A final record first has its one try after the deadline: AWS decides, not our clock. Answers what is open. */
export function expireOverdue(sql: Sql, now: number): readonly OpenSort[] {
  const open = openSorts(sql)
  if (!open.some(({ deadline }) => deadline <= now)) return open
  sql.transaction(() => {
    const rows = sql.all<CopyRow>(
      `select * from copies where state = 'waiting' and late_tries > 0 and deadline <= ?`,
      now,
    )
    for (const stretch of lanesOf(sql).flatMap((lane) => stretchesOf(lane, Object.values(PLACE), open)))
      if (stretch.final === 0) rows.push(...readStretch(sql, { ...stretch, until: now + 1 }, ENDED_MAX))
    for (const row of rows) settle(sql, row.key, overdueEnding(row), now)
  })
  return openSorts(sql)
}

/** Results no Ledger has acknowledged, by subscription; those whose Ledger failed lately are left out. */
export function unsettledOf(sql: Sql, limit: number, now: number): Map<string, Settlement[]> {
  const waiting = sql.all<{ subscription: string }>(
    `select subscription from (select distinct subscription from copies where state = 'settled') as settled
       where coalesce((select settle_ms from subscriptions where subscriptions.subscription = settled.subscription), 0) <= ?
       limit ${limit}`,
    now,
  )
  return new Map(
    waiting.map(({ subscription }) => [
      subscription,
      sql
        .all<CopyRow>(
          `select * from copies where subscription = ? and state = 'settled' order by settled_ms, key limit ${SETTLEMENTS_MAX}`,
          subscription,
        )
        .map(settlementOf),
    ]),
  )
}

/** The Ledger holds these results. Only the very attempt it acknowledged is confirmed. */
export function confirm(
  sql: Sql,
  subscription: string,
  acknowledged: readonly { readonly key: string; readonly attempt: number }[],
): void {
  sql.transaction(() => {
    for (const { key, attempt } of acknowledged) {
      const [row] = sql.all<CopyRow>(
        `select * from copies where key = ? and attempt = ? and subscription = ? and state = 'settled'`,
        key,
        attempt,
        subscription,
      )
      if (row !== undefined) keepConfirmed(sql, row)
    }
    sql.all(
      'update subscriptions set settle_failures = 0, settle_ms = null where subscription = ? and settle_failures > 0',
      subscription,
    )
  })
}

/** The Ledger did not answer: its results are offered again after a pause, and hold up nobody else's. */
export function delaySettling(sql: Sql, subscription: string, now: number): void {
  const [row] = sql.all<{ failures: number }>(
    `insert into subscriptions (settle_failures, subscription, enlisted_ms, visit_ms) values (1, ?, ?, ?)
       on conflict do update set settle_failures = settle_failures + 1 returning settle_failures as failures`,
    subscription,
    now,
    now,
  )
  sql.all(
    'update subscriptions set settle_ms = ? where subscription = ?',
    resumeAt(now, row?.failures ?? 1, subscription, Number.MAX_SAFE_INTEGER),
    subscription,
  )
}

/**
 * Deletes confirmed copies 48 hours after their deadline, and what names no copy any more; a bounded number at a time.
 * Answers the `after` of the next call; the first has 0. null: all is done until another window is that long over.
 */
export function forgetConfirmed(sql: Sql, now: number, after: number | null): number | null {
  forgetAttempts(sql, now - ATTEMPTS_KEPT_MS)
  const over = sql.all('delete from windows where open = 0 and deadline <= ? returning 1', now - KEPT_MS)
  if (over.length === 0 && after === null) return null
  const copies = sql.all(
    `delete from copies where key in (
       select key from copies where state = 'confirmed' and deadline <= ? order by deadline limit ${FORGOTTEN_MAX})
     returning 1`,
    now - KEPT_MS,
  )
  const next = sweepConfirmed(sql, now - KEPT_MS, after ?? 0)
  return next === 0 && copies.length < FORGOTTEN_MAX ? null : next
}

/** Attempts are numbered in the order of time: only the oldest are looked at. */
function forgetAttempts(sql: Sql, until: number): void {
  const [oldest] = sql.all<{ made_ms: number }>('select made_ms from attempts order by attempt limit 1')
  if (oldest === undefined || oldest.made_ms > until) return
  sql.all(
    `delete from attempts where attempt in (
       select attempt from (select * from attempts order by attempt limit ${ATTEMPTS_MAX})
         where made_ms <= ? and answered_ms is not null)`,
    until,
  )
}
