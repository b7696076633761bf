/** A Ledger's changes into D1's read model: days and records that are not simply billed. Rewritten, never summed in SQL. */
import type { Changes } from '../../shared/ledger/changes.ts'
import type { RecordRow } from '../../shared/ledger/ledger.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'

/** Statements in one batch, which is one transaction. */
const BATCH_MAX = 50

/**
 * Writes the changes. Idempotent and safe against an older writer that comes late: a row of a lower revision overwrites
 * nothing. Throws when D1 does.
 */
export async function projectChanges(
  db: D1Database,
  subscription: SubscriptionId,
  changes: Changes,
): Promise<void> {
  const statements = [
    ...changes.days.map((day) => upsertDay(db, subscription, day, changes.revision)),
    ...changes.openRecords.map((record) => upsertRecord(db, record, changes.revision)),
    ...changes.closedKeys.map((key) =>
      db.prepare('DELETE FROM open_records WHERE key = ? AND revision <= ?').bind(key, changes.revision),
    ),
  ]
  for (let at = 0; at < statements.length; at += BATCH_MAX)
    await db.batch(statements.slice(at, at + BATCH_MAX))
}

function upsertDay(
  db: D1Database,
  subscription: SubscriptionId,
  day: Changes['days'][number],
  revision: number,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO usage_days (subscription, dimension, day_ms, counted, billed, revision) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET counted = excluded.counted, billed = excluded.billed, revision = excluded.revision
       WHERE excluded.revision >= usage_days.revision`,
    )
    .bind(subscription, day.dimension, day.day, day.counted, day.billed, revision)
}

/**
 * A record that was closed has no row to guard it, so an older writer is known by the days: billing a record rewrites
 * its day in the same revision.
 */
function upsertRecord(db: D1Database, record: RecordRow, revision: number): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO open_records (key, subscription, product, dimension, hour_ms, quantity, state, reason, deadline_ms, revision)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
       WHERE NOT EXISTS (SELECT 1 FROM usage_days WHERE subscription = ?2 AND dimension = ?4 AND revision > ?10)
       ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason, deadline_ms = excluded.deadline_ms,
         revision = excluded.revision WHERE excluded.revision >= open_records.revision`,
    )
    .bind(
      record.key,
      record.subscription,
      record.product,
      record.dimension,
      record.hour,
      record.quantity,
      record.state,
      record.reason,
      record.deadline,
      revision,
    )
}
