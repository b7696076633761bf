/** The inbox in D1: every event AWS sent, once by its id, stored before it is applied. */

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
  readonly customerIdentifier?: string | null
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
        event.customerIdentifier ?? null,
      ),
    ),
  )
  return results.reduce((sum, result) => sum + result.meta.changes, 0)
}
