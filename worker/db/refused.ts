/** Usage that was refused, in D1: kept once a source, id and content; a repetition only counts up. */
import { DAY_MS, monthOf } from '../../shared/hour.ts'

/** A refusal ready to be stored. `event`: the JSON a replay takes; null when there is nothing to replay. */
export interface RefusedRow {
  readonly door: 'http' | 'queue'
  readonly source: string
  readonly eventId: string
  readonly hash: number
  readonly reason: string
  readonly message: string
  readonly subscription: string | null
  readonly product: string | null
  readonly meter: string | null
  /** Decimal text in the meter's unit, and dollars at the prices of now. */
  readonly amount: string | null
  readonly value: string | null
  readonly hourMs: number | null
  readonly event: string | null
  /** The API key it came under; null: it came by the queue. */
  readonly apiKey: string | null
}

/** A refusal as it is stored. Times are business time, epoch ms. */
export interface StoredRefusal extends RefusedRow {
  readonly number: number
  readonly times: number
  readonly firstMs: number
  readonly lastMs: number
  readonly replayedMs: number | null
}

/** Characters of one list: D1 binds texts of up to 2 MB. Source: D1 limits (2026-11-21). */
const LIST_CHARS = 900_000

const KEEP = `INSERT INTO refused_usage (door, source, event_id, hash, reason, message, subscription, product, meter,
    amount, value, hour_ms, event, api_key, times, first_ms, last_ms)
  SELECT value ->> 'door', value ->> 'source', value ->> 'eventId', value ->> 'hash', value ->> 'reason',
    value ->> 'message', value ->> 'subscription', value ->> 'product', value ->> 'meter', value ->> 'amount',
    value ->> 'value', value ->> 'hourMs', value ->> 'event', value ->> 'apiKey', 1, ?2, ?2 FROM json_each(?1) WHERE true
  ON CONFLICT (source, event_id, hash) DO UPDATE SET times = times + 1, last_ms = excluded.last_ms,
    reason = excluded.reason, message = excluded.message, subscription = excluded.subscription,
    product = excluded.product, meter = excluded.meter, amount = excluded.amount, value = excluded.value,
    hour_ms = excluded.hour_ms, event = coalesce(excluded.event, event), api_key = excluded.api_key`

const STORED = `SELECT number, door, source, event_id AS eventId, hash, reason, message, subscription, product, meter, amount,
  value, hour_ms AS hourMs, event, api_key AS apiKey, times, first_ms AS firstMs, last_ms AS lastMs, replayed_ms AS replayedMs
  FROM refused_usage`

/** Stores refusals in one batch. */
export async function keepRefusedRows(
  db: D1Database,
  rows: readonly RefusedRow[],
  now: number,
): Promise<void> {
  if (rows.length === 0) return
  await db.batch(listsOf(rows).map((list) => db.prepare(KEEP).bind(list, now)))
}

/** In the order of their numbers after `after`; what a replay has counted is left out unless `replayed`. */
export async function listRefusedRows(
  db: D1Database,
  page: { readonly after: number; readonly limit: number; readonly replayed: boolean },
): Promise<readonly StoredRefusal[]> {
  const { results } = await db
    .prepare(
      `${STORED} WHERE number > ? ${page.replayed ? '' : 'AND replayed_ms IS NULL'} ORDER BY number LIMIT ?`,
    )
    .bind(page.after, page.limit)
    .all<StoredRefusal>()
  return results
}

/** One refusal by its number; undefined when there is none. */
export async function findRefusedRow(db: D1Database, number: number): Promise<StoredRefusal | undefined> {
  return (await db.prepare(`${STORED} WHERE number = ?`).bind(number).first<StoredRefusal>()) ?? undefined
}

/** Writes that a replay of this refusal is counted; the first time stands. */
export async function markReplayed(db: D1Database, number: number, now: number): Promise<void> {
  await db
    .prepare('UPDATE refused_usage SET replayed_ms = coalesce(replayed_ms, ?) WHERE number = ?')
    .bind(now, number)
    .run()
}

/** A repetition is known so long, and no older event is counted (money §1): until then a replay has its content. */
const CONTENT_MS = 35 * DAY_MS

/** What is shown of a month is shown so long after its end, as the rest of its state is kept (money §4). */
const ROW_MS = 40 * DAY_MS

/** Rows one sweep touches: it comes each minute. */
const SWEPT_MAX = 500

/** Forgets what refused usage said once no replay could count it, and the refusals of months that are long over. */
export async function sweepRefusedRows(db: D1Database, now: number): Promise<void> {
  const contents = db
    .prepare(
      `UPDATE refused_usage SET event = NULL WHERE number IN (
         SELECT number FROM refused_usage WHERE last_ms < ? AND event IS NOT NULL LIMIT ${SWEPT_MAX})`,
    )
    .bind(now - CONTENT_MS)
  const rows = db
    .prepare(
      `DELETE FROM refused_usage WHERE number IN (
         SELECT number FROM refused_usage WHERE last_ms < ? LIMIT ${SWEPT_MAX})`,
    )
    .bind(monthOf(now - ROW_MS))
  await db.batch([contents, rows])
}

/** JSON lists of rows, each small enough to be bound; an event too large by itself is left out, never its refusal. */
function listsOf(rows: readonly RefusedRow[]): string[] {
  const lists: string[] = []
  let part: string[] = []
  let chars = 0
  for (const row of rows) {
    const whole = JSON.stringify(row)
    const item = whole.length > 2 * LIST_CHARS ? JSON.stringify({ ...row, event: null }) : whole
    if (part.length > 0 && chars + item.length > LIST_CHARS) {
      lists.push(`[${part.join(',')}]`)
      part = []
      chars = 0
    }
    part.push(item)
    chars += item.length + 1
  }
  return [...lists, `[${part.join(',')}]`]
}
