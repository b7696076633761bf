/** Workspaces in D1. A purchase is in one of its own account or in none, and does not change it. Times are business time. */
import type { SubscriptionId } from '../../shared/subscription.ts'

/**
 * Opens a workspace under a new id for a purchase whose account has none that anybody registered: there is nothing to
 * choose. Does nothing when it has one already.
 */
export async function openFirstWorkspace(
  db: D1Database,
  id: SubscriptionId,
  workspace: string,
  now: number,
): Promise<void> {
  const first = `workspace IS NULL AND NOT EXISTS (SELECT 1 FROM subscriptions o
    JOIN contacts c ON c.subscription = o.id WHERE o.account = s.account AND o.workspace IS NOT NULL)`
  await db.batch([
    db
      .prepare(
        `INSERT INTO workspaces (id, account, created_ms) SELECT ?2, account, ?3 FROM subscriptions s
         WHERE id = ?1 AND ${first}`,
      )
      .bind(id, workspace, now),
    db
      .prepare(
        `UPDATE subscriptions SET workspace = ?2, version = version + 1, updated_ms = ?3
         WHERE id = ?1 AND workspace IS NULL AND EXISTS (SELECT 1 FROM workspaces WHERE id = ?2)`,
      )
      .bind(id, workspace, now),
  ])
}

/** Where a purchase goes by its buyer's word. */
export interface Placing {
  readonly subscription: SubscriptionId
  readonly workspace: string
  /** Opens the workspace; else it is there. */
  readonly opens: boolean
  /** The trial that it is billed on from; null: it is billed by itself. */
  readonly predecessor: SubscriptionId | null
  readonly now: number
}

/**
 * The statements that put a purchase into a workspace. The whole batch fails when it is in one already, or when the
 * workspace is of another account.
 */
export function placeStatements(db: D1Database, placing: Placing): readonly D1PreparedStatement[] {
  const { subscription, workspace, opens, predecessor, now } = placing
  return [
    ...(opens
      ? [
          db
            .prepare(
              'INSERT INTO workspaces (id, account, created_ms) SELECT ?2, account, ?3 FROM subscriptions WHERE id = ?1',
            )
            .bind(subscription, workspace, now),
        ]
      : []),
    db
      .prepare(
        `UPDATE subscriptions SET workspace = ?2, version = version + 1, updated_ms = ?3,
           predecessor = coalesce(predecessor, ?4),
           due_ms = CASE WHEN ?4 IS NULL THEN due_ms ELSE min(coalesce(due_ms, ?3), ?3) END
         WHERE id = ?1 AND workspace IS NULL AND account = (SELECT account FROM workspaces WHERE id = ?2)`,
      )
      .bind(subscription, workspace, now, predecessor),
    db.prepare("SELECT json(CASE changes() WHEN 1 THEN '0' ELSE 'it is in a workspace already' END)"),
  ]
}
