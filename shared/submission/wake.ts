/** When the Submitter has something to do next. Reads only. */
import { MINUTE_MS } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { ALONE_WITHIN_MS, PLACE, stretchesOf } from './line.ts'
import { sendingIsHeld } from './restore.ts'
import { heldBy, lanesOf, stopsOf, type Lane } from './stops.ts'
import { openSorts, type OpenSort } from './windows.ts'

/** The earliest of: a record that may go, a deadline, a probe, a result to bring. Null: nothing waits. */
export function nextWakeOf(sql: Sql): number | null {
  const open = openSorts(sql)
  const at = [
    ...(open.length === 0 || sendingIsHeld(sql) ? [] : [...laneWakes(sql, open), ...stopWakes(sql)]),
    // A deadline ends a record wherever it stands; a final one has its try first.
    ...open.filter(({ final }) => final === 0).map(({ deadline }) => deadline),
    ...(open.length === 0 ? [] : [first(sql, LATE)]),
    first(sql, `select 0 as at from releases limit 1`),
    settleWake(sql),
    // An attempt that is still open here belongs to a process that has died, or to a call under way: look again soon.
    first(sql, `select min(made_ms) + ${MINUTE_MS} as at from attempts where answered_ms is null`),
  ].filter((wake) => wake !== null)
  return at.length === 0 ? null : Math.min(...at)
}

const LATE = `select min(deadline) as at from copies where state = 'waiting' and late_tries > 0`

/** A result to bring, now or when the pause of its Ledger is over. */
const settleWake = (sql: Sql): number | null =>
  first(
    sql,
    `select 0 as at from copies where state = 'settled' and not exists (
       select 1 from subscriptions where subscription = copies.subscription and settle_ms is not null) limit 1`,
  ) ??
  first(
    sql,
    `select min(settle_ms) as at from subscriptions where settle_ms is not null and exists (
       select 1 from copies where copies.subscription = subscriptions.subscription and state = 'settled')`,
  )

/** In an open lane: a free record at once, a paused one at the end of its pause, a half also when halving has its turn. */
function laneWakes(sql: Sql, open: readonly OpenSort[]): (number | null)[] {
  const halving = first(sql, 'select halving_ms as at from pace') ?? 0
  return lanesOf(sql).flatMap((lane) => {
    const probe = lane.probe_ms
    const paused = first(
      sql,
      `select min(resume_ms) as at from copies where product_code = ? and state = 'waiting' and place = ${PLACE.paused}`,
      lane.product_code,
    )
    const free = firstDeadline(sql, lane, PLACE.line, open)
    const half = firstDeadline(sql, lane, PLACE.party, open)
    if (probe !== null) {
      const any = free ?? half ?? firstDeadline(sql, lane, PLACE.held, open)
      return any !== null ? [probe] : [paused === null ? null : Math.max(probe, paused)]
    }
    return [
      paused,
      free === null ? null : 0,
      half === null ? null : Math.min(half - ALONE_WITHIN_MS + 1, halving),
    ]
  })
}

/** A stop whose lane is open is probed by what it holds, within halving's share of the rate. */
function stopWakes(sql: Sql): (number | null)[] {
  const open = new Set(lanesOf(sql).flatMap((lane) => (lane.probe_ms === null ? [lane.product_code] : [])))
  const halving = first(sql, 'select halving_ms as at from pace') ?? 0
  return stopsOf(sql)
    .filter((stop) => open.has(stop.product_code))
    .map((stop) => {
      const held = first(
        sql,
        `select 1 as at from copies where product_code = ? and held = ? and state = 'waiting' and place = ${PLACE.held} limit 1`,
        stop.product_code,
        heldBy(stop),
      )
      return held === null ? null : Math.max(stop.probe_ms, halving)
    })
}

/** The earliest deadline of a lane's copies in a place; null: there is none. */
function firstDeadline(sql: Sql, lane: Lane, place: number, open: readonly OpenSort[]): number | null {
  const deadlines = stretchesOf(lane, [place], open)
    .map(({ productCode, kind, final }) =>
      first(
        sql,
        `select min(deadline) as at from copies where product_code = ? and kind = ? and place = ${place} and final = ?
           and state = 'waiting'`,
        productCode,
        kind,
        final,
      ),
    )
    .filter((deadline) => deadline !== null)
  return deadlines.length === 0 ? null : Math.min(...deadlines)
}

function first(sql: Sql, query: string, ...params: readonly (string | number)[]): number | null {
  return sql.all<{ at: number | null }>(query, ...params)[0]?.at ?? null
}
