/** A Ledger's changes into D1's read model: days and records that are not simply billed. Rewritten, never summed in SQL. */
import type { Changes } from '../../shared/ledger/changes.ts'
import type { RecordRow } from '../../shared/ledger/ledger.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'

/** Statements in one batch, which is one transaction. */
const BATCH_MAX = 50

/**
 * Writes the changes. Idempotent and safe against an older writer that comes late: a row of a lower revision overwrites
 * nothing. What is all there is takes away what is beside it, and leaves rows that are right alone. Throws when D1 does.
 */
export async function projectChanges(
  db: D1Database,
  subscription: SubscriptionId,
  changes: Changes,
): Promise<void> {
  const { revision, allFrom } = changes
  const found = allFrom === undefined ? undefined : await readRows(db, subscription, allFrom)
  const statements = [
    ...(found === undefined ? changes.days : changes.days.filter((day) => !isShown(found, day))).map((day) =>
      upsertDay(db, subscription, day, revision),
    ),
    ...changes.openRecords.map((record) => upsertRecord(db, record, revision)),
    ...changes.closedKeys.map((key) =>
      db.prepare('DELETE FROM open_records WHERE key = ? AND revision <= ?').bind(key, revision),
    ),
    ...(found === undefined ? [] : takeAway(db, subscription, found, changes)),
  ]
  for (let at = 0; at < statements.length; at += BATCH_MAX)
    await db.batch(statements.slice(at, at + BATCH_MAX))
}

/** What the read model has of a subscription: its days by `dimension|day`, and the keys of its open records. */
interface Rows {
  readonly days: ReadonlyMap<
    string,
    Pick<Changes['days'][number], 'dimension' | 'counted' | 'billed'> & { readonly day_ms: number }
  >
  readonly keys: readonly string[]
}

async function readRows(db: D1Database, subscription: SubscriptionId, from: number): Promise<Rows> {
  const days = await db
    .prepare(
      'SELECT dimension, day_ms, counted, billed FROM usage_days WHERE subscription = ? AND day_ms >= ?',
    )
    .bind(subscription, from)
    .all<{ dimension: string; day_ms: number; counted: string; billed: string }>()
  const open = await db
    .prepare('SELECT key FROM open_records WHERE subscription = ?')
    .bind(subscription)
    .all<{ key: string }>()
  return {
    days: new Map(days.results.map((row) => [`${row.dimension}|${row.day_ms}`, row])),
    keys: open.results.map(({ key }) => key),
  }
}

/** True of a day that the read model shows as it is; one on which nothing was needs no row. */
function isShown({ days }: Rows, { dimension, day, counted, billed }: Changes['days'][number]): boolean {
  const row = days.get(`${dimension}|${day}`) ?? { counted: '0', billed: '0' }
  return row.counted === counted && row.billed === billed
}

/** Days and open records its Ledger does not have, unless a newer writer has written them since. */
function takeAway(
  db: D1Database,
  subscription: SubscriptionId,
  { days, keys }: Rows,
  { days: told, openRecords, revision }: Changes,
): D1PreparedStatement[] {
  const known = new Set(told.map(({ dimension, day }) => `${dimension}|${day}`))
  const open = new Set(openRecords.map(({ key }) => key))
  return [
    ...[...days]
      .filter(([place]) => !known.has(place))
      .map(([, { dimension, day_ms }]) =>
        db
          .prepare(
            'DELETE FROM usage_days WHERE subscription = ? AND dimension = ? AND day_ms = ? AND revision <= ?',
          )
          .bind(subscription, dimension, day_ms, revision),
      ),
    ...keys
      .filter((key) => !open.has(key))
      .map((key) =>
        db.prepare('DELETE FROM open_records WHERE key = ? AND revision <= ?').bind(key, revision),
      ),
  ]
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
