/** Feedback in D1: kept once, bounded in number, listed for its writer and for the seller. Personal data. */
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { feedback } from './schema-people.ts'

type Row = typeof feedback.$inferSelect

/** What somebody wrote, checked. */
export type Feedback = Pick<Row, 'kind' | 'score' | 'message'>

/** So much may come from one subscription in an hour: more is a mistake, or somebody who wears a key out. */
const HOUR_MS = 3_600_000
const HOURLY_MAX = 5

/** True while more may come from this subscription within the hour. */
export async function hasRoom(db: D1Database, subscription: SubscriptionId, now: number): Promise<boolean> {
  const row = await db
    .prepare('SELECT count(*) AS n FROM feedback WHERE subscription = ? AND created_ms > ?')
    .bind(subscription, now - HOUR_MS)
    .first<{ n: number }>()
  return (row?.n ?? 0) < HOURLY_MAX
}

/**
 * Keeps it; false: so much came meanwhile that there is no room, or its buyer was erased. The same words sent again within
 * the hour are there already.
 */
export async function keepFeedback(
  db: D1Database,
  subscription: SubscriptionId,
  { kind, score, message }: Feedback,
  now: number,
): Promise<boolean> {
  const recent = `SELECT message FROM feedback WHERE subscription = ?1 AND created_ms > ?2 - ${HOUR_MS}`
  const isThere = `SELECT 1 FROM (${recent}) WHERE message = ?3`
  const [, there] = await db.batch([
    db
      .prepare(
        `INSERT INTO feedback (subscription, kind, score, message, created_ms) SELECT ?1, ?4, ?5, ?3, ?2
         WHERE EXISTS (SELECT 1 FROM contacts WHERE subscription = ?1)
           AND (SELECT count(*) FROM (${recent})) < ${HOURLY_MAX} AND NOT EXISTS (${isThere})`,
      )
      .bind(subscription, now, message, kind, score),
    db.prepare(isThere).bind(subscription, now, message),
  ])
  return there?.results.length === 1
}

/** The last that came from a subscription, newest first. */
export async function feedbackOf(
  db: D1Database,
  subscription: SubscriptionId,
  limit: number,
): Promise<readonly Pick<Row, 'kind' | 'score' | 'message' | 'createdMs'>[]> {
  const { results } = await db
    .prepare(
      `SELECT kind, score, message, created_ms AS createdMs FROM feedback WHERE subscription = ?
       ORDER BY created_ms DESC, number DESC LIMIT ?`,
    )
    .bind(subscription, limit)
    .all<Pick<Row, 'kind' | 'score' | 'message' | 'createdMs'>>()
  return results
}

/** For the seller, newest first, before a number; whom to answer stands beside it while it is known. */
export async function listFeedback(
  db: D1Database,
  before: number,
  limit: number,
): Promise<readonly (Row & { readonly product: string; readonly email: string | null })[]> {
  const { results } = await db
    .prepare(
      `SELECT f.number, f.subscription, f.kind, f.score, f.message, f.created_ms AS createdMs, s.product, c.email
       FROM feedback f JOIN subscriptions s ON s.id = f.subscription LEFT JOIN contacts c ON c.subscription = s.id
       WHERE f.number < ? ORDER BY f.number DESC LIMIT ?`,
    )
    .bind(before, limit)
    .all<Row & { product: string; email: string | null }>()
  return results
}
