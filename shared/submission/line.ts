/**
 * The line of waiting copies (money §7 *Order*): who stands where, so that the most urgent is found at once among
 * millions, whatever is paused or held before it. Synchronous.
 */
import { MINUTE_MS } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { CopyRow } from './copies.ts'
import { heldBy, type Lane, type Stop } from './stops.ts'
import type { OpenSort } from './windows.ts'

/** Where a waiting copy stands. */
export const PLACE = { line: 0, paused: 1, held: 2, party: 3 } as const

/** SQL: where a copy stands that nothing holds up. */
export const FREE_PLACE = `iif(party is null, ${PLACE.line}, ${PLACE.party})`

/** With less than this left a record travels alone: no other record's error may sink it. */
export const ALONE_WITHIN_MS = 2 * MINUTE_MS

/** So many copies are let back at a time, and looked at for one call: the rest waits for the next. */
const RELEASED_MAX = 2_000
const HELD_MAX = 20_000

/** A stretch of the line that one index holds in order: the earlier deadline, then the larger value. */
export interface Stretch {
  readonly productCode: string
  readonly kind: string
  readonly place: number
  readonly final: 0 | 1
  /** Deadlines from here on. */
  readonly from: number
  /** Deadlines before this. */
  readonly until: number
}

/** The stretches of a lane in these places that may hold a copy, finals first. */
export function stretchesOf(lane: Lane, places: readonly number[], open: readonly OpenSort[]): Stretch[] {
  const finals = ([1, 0] as const).filter((final) =>
    open.some((sort) => sort.product_code === lane.product_code && sort.final === final),
  )
  if (finals.length === 0) return []
  return lane.kinds.split(' ').flatMap((kind) =>
    places.flatMap((place) =>
      finals.map((final) => ({
        productCode: lane.product_code,
        kind,
        place,
        final,
        from: 0,
        until: Number.MAX_SAFE_INTEGER,
      })),
    ),
  )
}

/** Puts copies whose pause is over, and those of stops that have opened, back to where they stood. */
export function resumeCopies(sql: Sql, now: number, open: readonly OpenSort[]): void {
  if (open.length > 0) endPauses(sql, now)
  releaseHeld(sql)
}

function endPauses(sql: Sql, now: number): void {
  const [paused] = sql.all(
    `select 1 from lanes where (select min(resume_ms) from copies where copies.product_code = lanes.product_code
       and state = 'waiting' and place = ${PLACE.paused}) <= ? limit 1`,
    now,
  )
  if (paused !== undefined)
    sql.all(
      `update copies set place = ${FREE_PLACE} where state = 'waiting' and place = ${PLACE.paused} and resume_ms <= ?
         and product_code in (select product_code from lanes)`,
      now,
    )
}

function releaseHeld(sql: Sql): void {
  for (const release of sql.all<{ product_code: string; held: string }>('select * from releases')) {
    const freed = sql.all(
      `update copies set place = ${FREE_PLACE}, held = null where key in (
         select key from copies where product_code = ? and held = ? and state = 'waiting' and place = ${PLACE.held} limit ?)
       returning 1`,
      release.product_code,
      release.held,
      RELEASED_MAX,
    )
    if (freed.length < RELEASED_MAX)
      sql.all('delete from releases where product_code = ? and held = ?', release.product_code, release.held)
  }
}

/**
 * The first copies of a stretch that no stop holds. Those that one holds are set aside on the way, each once, so that
 * the next call does not meet them again.
 */
export function readLine(sql: Sql, stretch: Stretch, stops: readonly Stop[], limit: number): CopyRow[] {
  const held = new Set(
    stops.filter((stop) => stop.product_code === stretch.productCode).map((stop) => heldBy(stop)),
  )
  for (let looked = 0, most = limit; looked < HELD_MAX; most = 500) {
    const rows = readStretch(sql, stretch, most)
    const stopped = rows.filter((row) => holderOf(row, held) !== undefined)
    for (const row of stopped)
      sql.all(
        `update copies set place = ${PLACE.held}, held = ? where key = ?`,
        holderOf(row, held) ?? '',
        row.key,
      )
    looked += rows.length
    if (stopped.length === 0 || rows.length < most)
      return rows.filter((row) => !stopped.includes(row)).slice(0, limit)
  }
  return []
}

/**
 * The first copies of a stretch, whatever holds them. Place and limit are written out: where they are bound, SQLite plans
 * the statement anew at every call.
 */
export const readStretch = (sql: Sql, stretch: Stretch, limit: number): CopyRow[] =>
  sql.all<CopyRow>(
    `select * from copies where product_code = ? and kind = ? and place = ${stretch.place} and final = ? and deadline >= ?
       and deadline < ? and state = 'waiting' order by deadline, value desc, key limit ${limit}`,
    stretch.productCode,
    stretch.kind,
    stretch.final,
    stretch.from,
    stretch.until,
  )

/** Which of these stops holds the copy. */
function holderOf(row: CopyRow, held: ReadonlySet<string>): string | undefined {
  if (held.size === 0) return undefined
  const marks = [
    heldBy({ scope: 'dimension', subject: row.dimension }),
    heldBy({ scope: 'license', subject: row.license }),
  ]
  return marks.find((mark) => held.has(mark))
}

/** Final flushes first, then the earlier deadline, then the larger value (money §6 (4), §7 *Order*). */
export function goesBefore(a: CopyRow, b: CopyRow): boolean {
  if (a.final !== b.final) return a.final > b.final
  if (a.deadline !== b.deadline) return a.deadline < b.deadline
  return a.value === b.value ? a.key < b.key : a.value > b.value
}
