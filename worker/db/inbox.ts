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

/** Subscriptions that stored events are about. `i` is the event; one that is only kept is about none. */
const about = (which: string): string =>
  `SELECT s.id FROM inbox i JOIN subscriptions s ON s.license_tail = i.license_tail WHERE ${which}
   UNION SELECT s.id FROM inbox i JOIN subscriptions s ON s.agreement_id = i.agreement_id WHERE ${which}
   UNION SELECT s.id FROM inbox i JOIN inbox l ON l.agreement_id = i.agreement_id AND l.state <> 'kept'
     JOIN subscriptions s ON s.license_tail = l.license_tail WHERE ${which}
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
export const awaitingEvent = (db: D1Database, id: string): Promise<readonly SubscriptionId[]> =>
  idsOf(db.prepare(OF_ONE).bind(ABOUT_MAX, id))

async function idsOf(statement: D1PreparedStatement): Promise<readonly SubscriptionId[]> {
  const { results } = await statement.all<{ id: SubscriptionId }>()
  return results.map(({ id }) => id)
}
