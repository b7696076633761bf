/**
 * Personal data in D1: what there is of a buyer, and erasing it. Which columns hold it stands in
 * test/worker/people/personal.test.ts, which a new column has to join. Ledgers, receipts and the audit log hold ids and
 * accounts only and are never touched. Business time, but for sign-ins.
 */
import { DAY_MS } from '../../shared/hour.ts'
import type { BuyerData } from '../../shared/operator/wire.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'

/** Subscriptions one sweep erases: it comes each minute. */
const SWEPT_MAX = 50

/** Deliveries that are over are kept so long, for whoever looks what was told. */
const DELIVERIES_MS = 90 * DAY_MS
const DELIVERIES_MAX = 500

export async function subscriptionsOfAccount(
  db: D1Database,
  account: string,
): Promise<readonly SubscriptionId[]> {
  const { results } = await db
    .prepare('SELECT id FROM subscriptions WHERE account = ? ORDER BY created_ms, id')
    .bind(account)
    .all<{ id: SubscriptionId }>()
  return results.map(({ id }) => id)
}

type Part = keyof BuyerData
type Rows<P extends Part> = Extract<BuyerData[P], readonly unknown[]>

/** Everything there is of the people of these subscriptions. */
export async function readPersonal(
  db: D1Database,
  account: string,
  ids: readonly SubscriptionId[],
): Promise<BuyerData> {
  const of = 'subscription IN (SELECT value FROM json_each(?1))'
  const [subscriptions, contacts, registrations, feedback, mails, refused, signIns] = await db.batch(
    [
      `SELECT id, product, state, workspace, created_ms AS createdMs, erased_ms AS erasedMs FROM subscriptions
       WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY created_ms, id`,
      `SELECT subscription, email, fields, created_ms AS createdMs, updated_ms AS updatedMs FROM contacts WHERE ${of}`,
      `SELECT subscription, id, offer_type_hint AS offerTypeHint, created_ms AS createdMs, completed_ms AS completedMs
       FROM registrations WHERE ${of}`,
      `SELECT subscription, kind, score, message, created_ms AS createdMs FROM feedback WHERE ${of}`,
      `SELECT subscription, kind, state, at_ms AS atMs, settled_ms AS settledMs FROM outbox
       WHERE channel = 'mail' AND ${of}`,
      `SELECT subscription, source, event_id AS eventId, event, last_ms AS lastMs FROM refused_usage
       WHERE event IS NOT NULL AND ${of} ORDER BY number`,
      `SELECT email, asked_ms AS askedMs, used_ms AS usedMs FROM sign_ins WHERE EXISTS
         (SELECT 1 FROM contacts c WHERE c.email = sign_ins.email COLLATE NOCASE AND c.${of})`,
    ].map((sql) => db.prepare(sql).bind(JSON.stringify(ids))),
  )
  type Contact = Omit<Rows<'contacts'>[number], 'fields'> & { readonly fields: string }
  return {
    account,
    subscriptions: (subscriptions?.results ?? []) as Rows<'subscriptions'>,
    contacts: ((contacts?.results ?? []) as readonly Contact[]).map((one) => ({
      ...one,
      fields: JSON.parse(one.fields),
    })),
    registrations: (registrations?.results ?? []) as Rows<'registrations'>,
    feedback: (feedback?.results ?? []) as Rows<'feedback'>,
    mails: (mails?.results ?? []) as Rows<'mails'>,
    refusedUsage: (refused?.results ?? []) as Rows<'refusedUsage'>,
    signIns: (signIns?.results ?? []) as Rows<'signIns'>,
  }
}

/** How the outbox says that a mail has nobody to go to any more. */
export const ERASED = 'no address: the buyer was erased'

/** Some subscriptions, or all that the account has when the batch runs: AWS may renew one meanwhile. */
export type Whose = readonly SubscriptionId[] | { readonly account: string }

/**
 * The statements that erase the people of these subscriptions, for one batch. A session of theirs says nothing any more,
 * mail that waits is over, and who registers again is new. An address that other subscriptions have stays there.
 */
export function eraseStatements(db: D1Database, whose: Whose, now: number): readonly D1PreparedStatement[] {
  const [list, theirs] =
    'account' in whose
      ? [whose.account, 'SELECT id FROM subscriptions WHERE account = ?1']
      : [JSON.stringify(whose), 'SELECT value FROM json_each(?1)']
  const of = `subscription IN (${theirs})`
  const run = (sql: string) => db.prepare(sql).bind(list)
  return [
    run(`DELETE FROM sign_ins WHERE EXISTS (SELECT 1 FROM contacts c WHERE c.email = sign_ins.email COLLATE NOCASE AND c.${of})
      AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.email = sign_ins.email COLLATE NOCASE AND NOT c.${of})`),
    run(`DELETE FROM registrations WHERE ${of}`),
    run(`DELETE FROM feedback WHERE ${of}`),
    run(`DELETE FROM contacts WHERE ${of}`),
    // What the application sent may name its users.
    run(`UPDATE refused_usage SET event = NULL WHERE event IS NOT NULL AND ${of}`),
    db
      .prepare(
        `UPDATE outbox SET state = 'skipped', next_ms = NULL, queued_ms = NULL, settled_ms = ?2, outcome = '${ERASED}'
         WHERE channel = 'mail' AND state IN ('waiting', 'parked') AND ${of}`,
      )
      .bind(list, now),
    run(`DELETE FROM outbox WHERE kind = 'registration.completed' AND state <> 'waiting' AND ${of}`),
    db.prepare(`UPDATE subscriptions SET erased_ms = ?2 WHERE id IN (${theirs})`).bind(list, now),
  ]
}

/**
 * Subscriptions whose people are to be erased: access is over since before `until`, nobody has registered since, and the
 * account has not come back to the product, or has left it again as long ago.
 */
export async function subscriptionsToErase(
  db: D1Database,
  until: number,
): Promise<readonly SubscriptionId[]> {
  const end = (row: string): string => `${row}.detail ->> '$.end.at'`
  const { results } = await db
    .prepare(
      `SELECT s.id FROM subscriptions s WHERE s.state = 'ended' AND s.erased_ms IS NULL
         AND ${end('s')} <= ?1 AND NOT coalesce(s.detail ->> '$.access.granted', 0)
         AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.subscription = s.id AND c.updated_ms > ?1)
         AND NOT EXISTS (SELECT 1 FROM subscriptions o WHERE o.account = s.account AND o.product = s.product AND o.id <> s.id
           AND (o.state IN ('active', 'ending') OR o.state = 'pending' AND o.created_ms > ?1
             OR o.state = 'ended' AND (${end('o')} > ?1 OR o.detail ->> '$.access.granted')))
       ORDER BY ${end('s')} LIMIT ${SWEPT_MAX}`,
    )
    .bind(until)
    .all<{ id: SubscriptionId }>()
  return results.map(({ id }) => id)
}

/**
 * Forgets deliveries that were made, or were not to be made, long ago. That somebody registered is kept: it tells that it
 * was told. What is parked waits for a person.
 */
export async function sweepOutbox(db: D1Database, now: number): Promise<void> {
  await db
    .prepare(
      `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state IN ('delivered', 'skipped') AND settled_ms < ?
         AND kind <> 'registration.completed' LIMIT ${DELIVERIES_MAX})`,
    )
    .bind(now - DELIVERIES_MS)
    .run()
}
