/** Purchases AWS has made by renewing or replacing one of ours under a license of its own: no buyer brings a token for them. */
import type { SubscriptionId } from '../../shared/subscription.ts'

/** A license that was granted under an agreement whose previous one is ours. */
export interface Succeeding {
  readonly licenseArn: string
  readonly licenseTail: string
  readonly agreementId: string
  /** Whose renewal or replacement it is. */
  readonly predecessor: SubscriptionId
}

/**
 * Of the events that wait: License Updated for a license nobody has or was granted, whose agreement's Created names a
 * previous agreement that a subscription of the same account and product has. Nothing else is a link (design §5.3: never
 * guess). The index is named, for the planner would rather walk every license there ever was, each minute.
 */
export async function findSucceeding(db: D1Database, limit: number): Promise<readonly Succeeding[]> {
  const { results } = await db
    .prepare(
      `SELECT u.body ->> '$.detail.license.arn' AS licenseArn, u.license_tail AS licenseTail,
         u.agreement_id AS agreementId, s.id AS predecessor
       FROM inbox u INDEXED BY inbox_waiting JOIN inbox c ON c.agreement_id = u.agreement_id AND c.state <> 'kept'
         AND c.detail_type LIKE 'Purchase Agreement %'
       JOIN subscriptions s ON s.account = u.account AND s.product_code = u.product_code
         AND (s.agreement_id = c.body ->> '$.detail.agreement.previousAgreementId' OR s.license_tail IN
           (SELECT l.license_tail FROM inbox l WHERE l.state <> 'kept'
              AND l.agreement_id = c.body ->> '$.detail.agreement.previousAgreementId'))
       WHERE u.state = 'waiting' AND u.license_tail IS NOT NULL AND u.detail_type LIKE 'License Updated%'
         AND u.agreement_id <> coalesce(s.agreement_id, '')
         AND NOT EXISTS (SELECT 1 FROM subscriptions o
           WHERE o.license_tail = u.license_tail OR o.agreement_id = u.agreement_id)
         AND NOT EXISTS (SELECT 1 FROM inbox g JOIN subscriptions o ON o.agreement_id = g.agreement_id
           WHERE g.license_tail = u.license_tail AND g.state <> 'kept' AND o.product_code = u.product_code)
       GROUP BY u.license_tail ORDER BY min(u.time_ms), u.license_tail LIMIT ?`,
    )
    .bind(limit)
    .all<Succeeding>()
  return results
}

/**
 * Makes the subscription of a succeeding license, due at once, and takes over how to reach the buyer and where he put it. Does nothing when
 * somebody brought its token in the meantime.
 */
export async function beginSuccessor(
  db: D1Database,
  { licenseArn, licenseTail, agreementId, predecessor }: Succeeding,
  id: SubscriptionId,
  now: number,
): Promise<void> {
  await db.batch([
    db
      .prepare(
        `INSERT INTO subscriptions (id, product, product_code, account, license_arn, license_tail, agreement_id, workspace,
           erased_ms, due_ms, created_ms, updated_ms)
         SELECT ?1, product, product_code, account, ?2, ?3, ?4, workspace, erased_ms, ?5, ?5, ?5 FROM subscriptions s WHERE s.id = ?6
           AND NOT EXISTS (SELECT 1 FROM subscriptions o WHERE o.license_tail = ?3 OR o.agreement_id = ?4)`,
      )
      .bind(id, licenseArn, licenseTail, agreementId, now, predecessor),
    db
      .prepare(
        `INSERT INTO contacts (subscription, email, fields, created_ms, updated_ms)
         SELECT ?1, email, fields, ?2, ?2 FROM contacts WHERE subscription = ?3
           AND EXISTS (SELECT 1 FROM subscriptions WHERE id = ?1) ON CONFLICT (subscription) DO NOTHING`,
      )
      .bind(id, now, predecessor),
  ])
}
