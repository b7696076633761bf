/** The inbox in D1: every event AWS sent, once by its id, stored before it is applied. */

import type { SubscriptionId } from '../../shared/subscription.ts'

/** An event ready to be stored. `note` says why it changes nothing; null: it does, once its subscription is known. */
export interface Arrived {
  readonly id: string
  readonly source: string
  readonly detailType: string
  /** AWS's time, epoch ms; the time of receipt when it tells none. */
  readonly timeMs: number
  readonly agreementId: string | null
  readonly licenseTail: string | null
  readonly productCode: string | null
  readonly account: string | null
  /** Of a legacy product's message, trimmed. */
  readonly customerIdentifier: string | null
  readonly body: string
  readonly note: string | null
}

/** Stores events in one batch. One that is there already stays as it is. Answers how many were new. */
export async function keepEvents(db: D1Database, events: readonly Arrived[], now: number): Promise<number> {
  if (events.length === 0) return 0
  const insert = db.prepare(
    `INSERT INTO inbox (id, source, detail_type, time_ms, agreement_id, license_tail, product_code, account, body,
       received_ms, state, note, customer_identifier)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  )
  const results = await db.batch(
    events.map((event) =>
      insert.bind(
        event.id,
        event.source,
        event.detailType,
        event.timeMs,
        event.agreementId,
        event.licenseTail,
        event.productCode,
        event.account,
        event.body,
        now,
        event.note === null ? 'waiting' : 'kept',
        event.note,
        event.customerIdentifier,
      ),
    ),
  )
  return results.reduce((sum, result) => sum + result.meta.changes, 0)
}

/** A license of another product is another purchase's, though one agreement had both. */
const OF_PRODUCT = 'AND (i.license_tail IS NULL OR i.product_code = s.product_code)'

/** Subscriptions that stored events are about. `i` is the event; one that is only kept is about none. */
const about = (which: string): string =>
  `SELECT s.id FROM inbox i JOIN subscriptions s ON s.license_tail = i.license_tail ${OF_PRODUCT} WHERE ${which}
   UNION SELECT s.id FROM inbox i JOIN subscriptions s ON s.agreement_id = i.agreement_id ${OF_PRODUCT} WHERE ${which}
   UNION SELECT s.id FROM inbox i JOIN inbox l ON l.agreement_id = i.agreement_id AND l.state <> 'kept'
     JOIN subscriptions s ON s.license_tail = l.license_tail ${OF_PRODUCT} WHERE ${which}
   UNION SELECT s.id FROM inbox i JOIN inbox g ON g.license_tail = i.license_tail AND g.state <> 'kept'
     JOIN subscriptions s ON s.agreement_id = g.agreement_id ${OF_PRODUCT} WHERE ${which}
   UNION SELECT s.id FROM inbox i JOIN subscriptions s ON s.customer_identifier = i.customer_identifier
     AND s.product_code = i.product_code WHERE ${which}
   ORDER BY 1 LIMIT ?1`

const AWAITED = about("i.state = 'waiting'")
const OF_ONE = about("i.id = ?2 AND i.state <> 'kept'")

/** An agreement is of one license; a legacy customer may have come to two subscriptions by the switch-over. */
const ABOUT_MAX = 20

/** Subscriptions that have a stored event not applied yet. */
export const awaitedSubscriptions = (db: D1Database, limit: number): Promise<readonly SubscriptionId[]> =>
  idsOf(db.prepare(AWAITED).bind(limit))

/** Subscriptions that one stored event is about, applied or not. */
export const subscriptionsOf = (db: D1Database, id: string): Promise<readonly SubscriptionId[]> =>
  idsOf(db.prepare(OF_ONE).bind(ABOUT_MAX, id))

async function idsOf(statement: D1PreparedStatement): Promise<readonly SubscriptionId[]> {
  const { results } = await statement.all<{ id: SubscriptionId }>()
  return results.map(({ id }) => id)
}

/** A stored event as it is shown. Times are epoch ms. */
export interface EventRow extends Omit<Arrived, 'body'> {
  /** Its place in the order of receipt. */
  readonly number: number
  readonly receivedMs: number
  /** `held`: applied, and it fits nowhere in the life of its purchase. */
  readonly state: EventState
  /** Whose it is; null: nobody knows yet. */
  readonly subscription: SubscriptionId | null
}

export type EventState = 'waiting' | 'applied' | 'held' | 'kept'

const IS_OF = `(s.license_tail = i.license_tail OR s.agreement_id = i.agreement_id OR s.license_tail IN
    (SELECT l.license_tail FROM inbox l WHERE l.agreement_id = i.agreement_id AND l.state <> 'kept')
  OR s.customer_identifier = i.customer_identifier AND s.product_code = i.product_code)`

const STATE = `CASE WHEN i.state <> 'kept' AND EXISTS (SELECT 1 FROM subscriptions s, json_each(s.detail, '$.held') h
    WHERE ${IS_OF} AND h.value = i.id) THEN 'held' ELSE i.state END`

const SHOWN = `SELECT i.rowid AS number, i.id, i.source, i.detail_type AS detailType, i.time_ms AS timeMs,
  i.agreement_id AS agreementId, i.license_tail AS licenseTail, i.product_code AS productCode, i.account,
  i.customer_identifier AS customerIdentifier, i.received_ms AS receivedMs, i.note, ${STATE} AS state,
  CASE WHEN i.state <> 'kept' THEN (SELECT s.id FROM subscriptions s WHERE ${IS_OF} ORDER BY s.created_ms LIMIT 1) END
    AS subscription`

/** What to list; null lets everything pass. `before`: the number of the last one seen. */
export interface EventQuery {
  readonly state: EventState | null
  readonly subscription: SubscriptionId | null
  readonly agreement: string | null
  readonly before: number | null
  readonly limit: number
}

/** Stored events, the last received first. */
export async function listEvents(db: D1Database, query: EventQuery): Promise<readonly EventRow[]> {
  const { results } = await db
    .prepare(
      `${SHOWN} FROM inbox i WHERE (?1 IS NULL OR ${STATE} = ?1) AND (?2 IS NULL OR i.agreement_id = ?2)
         AND (?3 IS NULL OR i.state <> 'kept' AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.id = ?3 AND ${IS_OF}))
         AND (?4 IS NULL OR i.rowid < ?4) ORDER BY i.rowid DESC LIMIT ?5`,
    )
    .bind(query.state, query.agreement, query.subscription, query.before, query.limit)
    .all<EventRow>()
  return results
}

/** One stored event with what AWS sent; undefined when there is none of this id. */
export const findEvent = async (
  db: D1Database,
  id: string,
): Promise<(EventRow & Pick<Arrived, 'body'>) | undefined> =>
  (await db
    .prepare(`${SHOWN}, i.body FROM inbox i WHERE i.id = ?`)
    .bind(id)
    .first<EventRow & Pick<Arrived, 'body'>>()) ?? undefined

/** An event that was only kept is acted on from now on, as it was read again. */
export async function admitEvent(db: D1Database, event: Arrived): Promise<void> {
  await db
    .prepare(
      `UPDATE inbox SET state = 'waiting', note = NULL, source = ?2, detail_type = ?3, time_ms = ?4, agreement_id = ?5,
         license_tail = ?6, product_code = ?7, account = ?8, customer_identifier = ?9 WHERE id = ?1 AND state = 'kept'`,
    )
    .bind(
      event.id,
      event.source,
      event.detailType,
      event.timeMs,
      event.agreementId,
      event.licenseTail,
      event.productCode,
      event.account,
      event.customerIdentifier,
    )
    .run()
}
