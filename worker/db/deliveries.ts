/** Deliveries in D1 on their way: what is due, who may send it now, and what became of it. Times are business time. */
import {
  GIVE_UP_AFTER_MS,
  type Channel,
  type DecisionKind,
  type DeliveryState,
} from '../../shared/deliveries.ts'
import { DAY_MS, MINUTE_MS } from '../../shared/hour.ts'

export interface DeliveryRow {
  readonly id: string
  /** Empty: about the whole deployment. */
  readonly subscription: string
  readonly channel: Channel
  readonly kind: DecisionKind
  readonly key: string
  readonly atMs: number
  readonly body: string
  readonly staleMs: number | null
  readonly state: DeliveryState
  readonly attempts: number
  readonly nextMs: number | null
  readonly giveUpMs: number
  readonly outcome: string | null
  readonly createdMs: number
  readonly settledMs: number | null
}

const COLUMNS = `id, subscription, channel, kind, key, at_ms AS atMs, body, stale_ms AS staleMs, state, attempts,
  next_ms AS nextMs, give_up_ms AS giveUpMs, outcome, created_ms AS createdMs, settled_ms AS settledMs`

/** An attempt that nobody finished is made again after so long: more than any attempt takes. */
const LEASE_MS = MINUTE_MS

/** A message that did not lead to an attempt within this time is taken for lost. */
const LOST_AFTER_MS = 2 * MINUTE_MS

/** Failures in a row after which a receiver gets one attempt at a time. */
const FAILING_FROM = 3

/** The pause between attempts at a receiver that fails: a minute at first, twice as long each time, 16 at last. */
const pauseAfter = (failures: string): string =>
  `${MINUTE_MS} * (1 << max(0, min(${failures} - ${FAILING_FROM}, 4)))`

/** A mail to nobody waits so long for somebody to register. */
const NOBODY_UNTIL_MS = 30 * DAY_MS

/** Rows that one statement parks. */
const PARK_MAX = 1_000

/**
 * Takes the right to make the next attempt: of several who ask, one gets the row, the others undefined. Whoever has it and
 * dies leaves the row due again a minute later.
 */
export async function claim(db: D1Database, id: string, now: number): Promise<DeliveryRow | undefined> {
  const row = await db
    .prepare(
      `UPDATE outbox SET attempts = attempts + 1, next_ms = ?2 + ${LEASE_MS}, queued_ms = ?2
       WHERE id = ?1 AND state = 'waiting' AND next_ms <= ?2 RETURNING ${COLUMNS}`,
    )
    .bind(id, now)
    .first<DeliveryRow>()
  return row ?? undefined
}

/**
 * The ids of a channel that are to be sent now, the longest due first, marked as on their way. No more are on their way
 * than `atOnce`; one, while its receiver fails.
 */
export function reserve(db: D1Database, channel: Channel, atOnce: number, now: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE outbox SET queued_ms = ?2 WHERE id IN (
         SELECT id FROM outbox WHERE channel = ?1 AND state = 'waiting' AND next_ms <= ?2
           AND (queued_ms IS NULL OR queued_ms <= ?2 - ${LOST_AFTER_MS})
         ORDER BY next_ms, created_ms, id
         LIMIT max(0, (SELECT CASE WHEN failures < ${FAILING_FROM} THEN ?3 WHEN until_ms > ?2 THEN 0 ELSE 1 END
             FROM (SELECT max(failures) AS failures, max(until_ms) AS until_ms FROM
               (SELECT failures, until_ms FROM receivers WHERE channel = ?1 UNION ALL SELECT 0, 0)))
           - (SELECT count(*) FROM outbox WHERE channel = ?1 AND state = 'waiting'
               AND queued_ms > ?2 - ${LOST_AFTER_MS}))
       ) RETURNING id`,
    )
    .bind(channel, now, atOnce)
}

/** What an attempt came to. */
export type Settled =
  /** The receiver has it. */
  | { readonly kind: 'delivered'; readonly outcome: string }
  /** Again at `nextMs`. `receiver`: it is the receiver that failed, not this delivery. */
  | { readonly kind: 'again'; readonly outcome: string; readonly nextMs: number; readonly receiver: boolean }
  | { readonly kind: 'parked'; readonly outcome: string; readonly receiver: boolean }
  | { readonly kind: 'skipped'; readonly outcome: string }
  /** It waits until somebody registers. */
  | { readonly kind: 'nobody'; readonly outcome: string }

/**
 * The statements that write what an attempt came to. A success counts whenever it comes; anything else only when no later
 * attempt has begun.
 */
export function settleStatements(
  db: D1Database,
  row: Pick<DeliveryRow, 'id' | 'channel' | 'attempts'>,
  settled: Settled,
  now: number,
): D1PreparedStatement[] {
  const { outcome } = settled
  const latest = `WHERE id = ?1 AND state = 'waiting' AND attempts = ?3`
  switch (settled.kind) {
    case 'delivered':
      return [
        db
          .prepare(
            `UPDATE outbox SET state = 'delivered', next_ms = NULL, queued_ms = NULL, outcome = ?2, settled_ms = ?3
             WHERE id = ?1 AND state IN ('waiting', 'parked')`,
          )
          .bind(row.id, outcome, now),
        db
          .prepare(
            `UPDATE receivers SET failures = 0, since_ms = NULL, until_ms = NULL WHERE channel = ? AND failures > 0`,
          )
          .bind(row.channel),
      ]
    case 'again':
      return [
        db
          .prepare(`UPDATE outbox SET next_ms = ?4, queued_ms = NULL, outcome = ?2 ${latest}`)
          .bind(row.id, outcome, row.attempts, settled.nextMs),
        ...(settled.receiver ? [failedStatement(db, row.channel, now)] : []),
      ]
    case 'parked':
    case 'skipped':
      return [
        db
          .prepare(
            `UPDATE outbox SET state = '${settled.kind}', next_ms = NULL, queued_ms = NULL, outcome = ?2, settled_ms = ?4
             ${latest}`,
          )
          .bind(row.id, outcome, row.attempts, now),
        ...(settled.kind === 'parked' && settled.receiver ? [failedStatement(db, row.channel, now)] : []),
      ]
    case 'nobody':
      return [
        db
          .prepare(`UPDATE outbox SET next_ms = NULL, queued_ms = NULL, attempts = 0, outcome = ?2 ${latest}`)
          .bind(row.id, outcome, row.attempts),
      ]
  }
}

const failedStatement = (db: D1Database, channel: Channel, now: number): D1PreparedStatement =>
  db
    .prepare(
      `INSERT INTO receivers (channel, failures, since_ms, until_ms) VALUES (?1, 1, ?2, ?2)
       ON CONFLICT (channel) DO UPDATE SET failures = failures + 1, since_ms = coalesce(since_ms, ?2),
         until_ms = ?2 + ${pauseAfter('(failures + 1)')}`,
    )
    .bind(channel, now)

/**
 * What time alone does, one statement each: mail to somebody who has registered since is due; mail to nobody is over;
 * and what was in vain for too long, or has no channel any more, is parked. The last two answer the channels they parked.
 */
export function timeStatements(
  db: D1Database,
  setUp: readonly Channel[],
  now: number,
): D1PreparedStatement[] {
  const park = (why: string, which: string): string =>
    `UPDATE outbox SET state = 'parked', next_ms = NULL, queued_ms = NULL, outcome = '${why}', settled_ms = ?1
     WHERE id IN (SELECT id FROM outbox WHERE state = 'waiting' AND next_ms <= ?1 AND ${which} LIMIT ${PARK_MAX})
     RETURNING id, channel`
  const nobody = `channel = 'mail' AND state = 'waiting' AND next_ms IS NULL`
  return [
    db
      .prepare(
        `UPDATE outbox SET next_ms = ?1, give_up_ms = ?1 + ${GIVE_UP_AFTER_MS} WHERE ${nobody}
           AND EXISTS (SELECT 1 FROM contacts c WHERE c.subscription = outbox.subscription)`,
      )
      .bind(now),
    db
      .prepare(
        `UPDATE outbox SET state = 'skipped', settled_ms = ?1, outcome = 'nobody registered within 30 days'
         WHERE ${nobody} AND created_ms <= ?1 - ${NOBODY_UNTIL_MS}`,
      )
      .bind(now),
    db
      .prepare(park('its channel is not set up any more', 'channel NOT IN (SELECT value FROM json_each(?2))'))
      .bind(now, JSON.stringify(setUp)),
    db
      .prepare(
        park(
          'the receiver took nothing for a day',
          `give_up_ms <= ?1 AND channel IN (SELECT channel FROM receivers WHERE failures >= ${FAILING_FROM})`,
        ),
      )
      .bind(now),
  ]
}

/** When a sweep next takes a delivery of the channels set up; null: never. What a death left on its way keeps its place till lost. */
export async function nextDelivery(db: D1Database, setUp: readonly Channel[]): Promise<number | null> {
  const row = await db
    .prepare(
      `SELECT min(max(o.due, o.lost, CASE WHEN coalesce(r.failures, 0) >= ${FAILING_FROM} THEN r.until_ms ELSE 0 END)) AS due
       FROM (SELECT channel, min(next_ms) AS due, coalesce(min(queued_ms) + ${LOST_AFTER_MS}, 0) AS lost FROM outbox
         WHERE state = 'waiting' AND next_ms IS NOT NULL GROUP BY channel) o LEFT JOIN receivers r ON r.channel = o.channel
       WHERE o.channel IN (SELECT value FROM json_each(?))`,
    )
    .bind(JSON.stringify(setUp))
    .first<{ due: number | null }>()
  return row?.due ?? null
}

/** True when a later decision of one of these kinds makes this one wrong. */
export async function isSuperseded(
  db: D1Database,
  row: Pick<DeliveryRow, 'subscription' | 'atMs' | 'createdMs' | 'id'>,
  by: readonly DecisionKind[],
): Promise<boolean> {
  if (by.length === 0) return false
  const later = await db
    .prepare(
      `SELECT 1 FROM outbox WHERE subscription = ?1 AND id <> ?2
         AND (at_ms, created_ms) > (?3, ?4) AND kind IN (SELECT value FROM json_each(?5)) LIMIT 1`,
    )
    .bind(row.subscription, row.id, row.atMs, row.createdMs, JSON.stringify(by))
    .first()
  return later !== null
}

/** True once a subscription has been granted in the life it is in. */
export const hasBegun = async (db: D1Database, subscription: string): Promise<boolean> =>
  (await db
    .prepare("SELECT 1 FROM subscriptions WHERE id = ? AND detail ->> '$.activation' IS NOT NULL")
    .bind(subscription)
    .first()) !== null

/** What to list; null lets everything pass. `after`: the last row of the page before. */
export interface DeliveryQuery {
  readonly state: DeliveryState | null
  readonly channel: Channel | null
  readonly subscription: string | null
  readonly after: string | null
  readonly limit: number
}

/** The last written first: by the row's own number, which needs no index. */
export async function listDeliveries(db: D1Database, query: DeliveryQuery): Promise<readonly DeliveryRow[]> {
  const { results } = await db
    .prepare(
      `SELECT ${COLUMNS} FROM outbox WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR channel = ?2)
         AND (?3 IS NULL OR subscription = ?3)
         AND (?4 IS NULL OR rowid < (SELECT rowid FROM outbox WHERE id = ?4))
       ORDER BY rowid DESC LIMIT ?5`,
    )
    .bind(query.state, query.channel, query.subscription, query.after, query.limit)
    .all<DeliveryRow>()
  return results
}

export async function findDelivery(db: D1Database, id: string): Promise<DeliveryRow | undefined> {
  const row = await db.prepare(`SELECT ${COLUMNS} FROM outbox WHERE id = ?`).bind(id).first<DeliveryRow>()
  return row ?? undefined
}

/**
 * The statements that make deliveries due now, each with a day of attempts before it and under the id it has: one by its
 * id, or what is parked of some channels, a thousand at most. What was skipped stays so. Their receivers get it at once.
 */
export function redeliverStatements(
  db: D1Database,
  which: { readonly id: string } | { readonly channels: readonly Channel[] },
  now: number,
): D1PreparedStatement[] {
  const anew = `state = 'waiting', attempts = 0, next_ms = ?2, queued_ms = NULL, settled_ms = NULL,
    give_up_ms = ?2 + ${GIVE_UP_AFTER_MS}`
  const one = 'id' in which
  return [
    db
      .prepare(
        one
          ? `UPDATE outbox SET ${anew} WHERE id = ?1 AND state <> 'skipped' RETURNING id, channel`
          : `UPDATE outbox SET ${anew} WHERE id IN (SELECT id FROM outbox WHERE state = 'parked'
               AND channel IN (SELECT value FROM json_each(?1)) ORDER BY settled_ms LIMIT ${PARK_MAX})
             RETURNING id, channel`,
      )
      .bind(one ? which.id : JSON.stringify(which.channels), now),
    db
      .prepare(
        one
          ? `UPDATE receivers SET until_ms = ?2 WHERE channel = (SELECT channel FROM outbox WHERE id = ?1)`
          : `UPDATE receivers SET until_ms = ?2 WHERE channel IN (SELECT value FROM json_each(?1))`,
      )
      .bind(one ? which.id : JSON.stringify(which.channels), now),
  ]
}
