/**
 * What a change of a subscription reads and writes in D1: one batch with a version (design §5.3). Prepared statements:
 * a buyer's first request passes here, and a compare-and-set by `changes()` is beyond a query builder.
 */
import type { Hour } from '../../shared/hour.ts'
import type { Order } from '../../shared/ledger/order.ts'
import { licenseTail } from '../../shared/license.ts'
import type { LifecycleState } from '../../shared/lifecycle.ts'
import {
  type EdgeIdentity,
  edgeIdentity,
  type Identity,
  type SubscriptionId,
} from '../../shared/subscription.ts'

/** One row of `subscriptions`. Times are business time, epoch ms. */
export interface SubscriptionRow {
  readonly id: SubscriptionId
  readonly version: number
  readonly product: string
  readonly productCode: string
  readonly account: string
  readonly licenseArn: string | null
  readonly licenseTail: string | null
  readonly customerIdentifier: string | null
  readonly agreementId: string | null
  readonly state: LifecycleState
  readonly detail: string
  readonly plan: string | null
  /** Whom it succeeds by a person's word. */
  readonly predecessor: SubscriptionId | null
  readonly workspace: string | null
  readonly entitlements: string | null
  readonly dueMs: number | null
  readonly createdMs: number
}

/** Another subscription of the same account and product. */
export interface SiblingRow {
  readonly id: SubscriptionId
  readonly licenseTail: string | null
  readonly agreementId: string | null
  readonly predecessor: SubscriptionId | null
  readonly detail: string
}

/** A row of `switches`: the kind of identity of a product and account from an hour on. */
export interface Switch {
  readonly fromHour: Hour
  readonly kind: EdgeIdentity['kind']
}

/** A stored event of a subscription. */
export interface InboxRow {
  readonly id: string
  readonly detailType: string
  readonly timeMs: number
  readonly agreementId: string | null
  readonly body: string
  readonly state: 'waiting' | 'applied'
}

/** Everything a change is computed from, read in one batch. */
export interface Known {
  readonly row: SubscriptionRow
  readonly events: readonly InboxRow[]
  readonly switches: readonly Switch[]
  readonly siblings: readonly SiblingRow[]
  /** True for the account's first subscription of this product. */
  readonly isFirst: boolean
  /** The body of the newest order; null: none yet. */
  readonly lastOrder: string | null
}

/**
 * Events of one subscription: of its licenses, which are its own and those its agreement granted in the place of that; of
 * its agreement, and of every agreement these were granted under. A legacy message names a customer and a product only: it
 * belongs to the one that customer had of it first, for only the license integration has several (facts §5.1). A license of
 * another product is another purchase's, though one agreement had both.
 */
const EVENTS_OF = `WITH own (tail) AS (SELECT license_tail FROM subscriptions WHERE id = ?1 AND license_tail IS NOT NULL
    UNION SELECT g.license_tail FROM subscriptions s JOIN inbox g ON g.agreement_id = s.agreement_id
      WHERE s.id = ?1 AND g.state <> 'kept' AND g.license_tail IS NOT NULL AND g.product_code = s.product_code)
  SELECT i.id, i.detail_type AS detailType, i.time_ms AS timeMs, i.agreement_id AS agreementId, i.body, i.state
  FROM inbox i, subscriptions s WHERE s.id = ?1 AND i.state <> 'kept'
    AND (i.license_tail IS NULL OR i.product_code = s.product_code) AND (i.license_tail IN (SELECT tail FROM own)
    OR i.agreement_id = s.agreement_id OR i.agreement_id IN
      (SELECT l.agreement_id FROM inbox l WHERE l.license_tail IN (SELECT tail FROM own) AND l.state <> 'kept')
    OR (i.customer_identifier = s.customer_identifier AND i.product_code = s.product_code AND NOT EXISTS
      (SELECT 1 FROM subscriptions o WHERE o.customer_identifier = s.customer_identifier
         AND o.product_code = s.product_code AND (o.created_ms, o.rowid) < (s.created_ms, s.rowid))))`

const ROW = `SELECT id, version, product, product_code AS productCode, account, license_arn AS licenseArn,
  license_tail AS licenseTail, customer_identifier AS customerIdentifier, agreement_id AS agreementId, state, detail,
  plan, predecessor, workspace, entitlements, due_ms AS dueMs, created_ms AS createdMs FROM subscriptions WHERE id = ?1`

const SWITCHES = `SELECT w.from_hour_ms AS fromHour, w.kind FROM switches w JOIN subscriptions s
  ON s.product_code = w.product_code AND s.account = w.account WHERE s.id = ?1 ORDER BY w.from_hour_ms`

const EARLIER = `SELECT 1 FROM subscriptions o JOIN subscriptions s ON o.account = s.account AND o.product_code = s.product_code
  WHERE s.id = ?1 AND (o.created_ms, o.rowid) < (s.created_ms, s.rowid) LIMIT 1`

/** An account may hold up to 100 agreements (facts §5.1). */
const SIBLINGS = `SELECT o.id, o.license_tail AS licenseTail, o.agreement_id AS agreementId, o.predecessor, o.detail
  FROM subscriptions o JOIN subscriptions s ON o.account = s.account AND o.product = s.product AND o.id <> s.id
  WHERE s.id = ?1 ORDER BY o.created_ms, o.rowid LIMIT 200`

const LAST_ORDER = 'SELECT body FROM orders WHERE subscription = ?1 ORDER BY version DESC LIMIT 1'

/** Undefined when there is no such subscription. */
export async function readKnown(db: D1Database, id: SubscriptionId): Promise<Known | undefined> {
  const [rows, events, switches, earlier, orders, siblings] = await db.batch(
    [ROW, EVENTS_OF, SWITCHES, EARLIER, LAST_ORDER, SIBLINGS].map((sql) => db.prepare(sql).bind(id)),
  )
  const row = rows?.results[0] as SubscriptionRow | undefined
  if (!row) return undefined
  const lastOrder = orders?.results[0] as { readonly body: string } | undefined
  return {
    row,
    events: (events?.results ?? []) as readonly InboxRow[],
    switches: (switches?.results ?? []) as readonly Switch[],
    siblings: (siblings?.results ?? []) as readonly SiblingRow[],
    isFirst: earlier?.results.length === 0,
    lastOrder: lastOrder?.body ?? null,
  }
}

/** Of the account and product of `of`, the other subscription that holds an agreement, if we know it. */
export async function findByAgreement(
  db: D1Database,
  agreementId: string,
  of: SubscriptionId,
): Promise<SubscriptionId | null> {
  const row = await db
    .prepare(
      `SELECT o.id FROM subscriptions o JOIN subscriptions s ON s.account = o.account AND s.product = o.product
       WHERE s.id = ?2 AND o.id <> ?2 AND (o.agreement_id = ?1 OR o.license_tail IN
         (SELECT license_tail FROM inbox WHERE agreement_id = ?1 AND state <> 'kept')) LIMIT 1`,
    )
    .bind(agreementId, of)
    .first<{ id: SubscriptionId }>()
  return row?.id ?? null
}

/**
 * Fails, and with it the whole batch, when the statement before it changed no row. The version alone does not tell whose
 * write it was: two writers that read one version write the same next one.
 */
const UNLESS_WRITTEN = "SELECT json(CASE changes() WHEN 1 THEN '0' ELSE 'another writer was faster' END)"

/**
 * The version a change writes: higher than any before, and not below the second it is written in. Restored to an earlier
 * point, D1 would else use versions again that Ledgers and receivers hold as newer already (G.2 fault 29).
 */
export const nextVersion = ({ version }: Pick<SubscriptionRow, 'version'>, now: number): number =>
  Math.max(version + 1, Math.floor(now / 1_000))

/** A computed change. `order` null: the Ledger learns nothing new. */
export interface Change {
  readonly row: SubscriptionRow
  readonly next: Pick<SubscriptionRow, 'agreementId' | 'state' | 'detail' | 'plan' | 'entitlements' | 'dueMs'>
  readonly order: Order | null
  readonly identities: readonly Identity[]
  readonly newSwitches: readonly Switch[]
  readonly applied: readonly string[]
  /** Who computes with what this change tells: they are due, under a new version, so that none of them writes over it. */
  readonly concerned: readonly SubscriptionId[]
  /** What people and programs are told of it, as statements for the same batch. */
  readonly outbox: readonly D1PreparedStatement[]
  readonly now: number
}

/** Writes it if the row still has the version it was computed from; false: a faster writer was here, compute again. */
export async function writeChange(db: D1Database, change: Change): Promise<boolean> {
  const { row, next, now } = change
  const version = nextVersion(row, now)
  const statements = [
    db
      .prepare(
        `UPDATE subscriptions SET version = ?10, state = ?3, detail = ?4, plan = ?5, entitlements = ?6,
           due_ms = ?7, updated_ms = ?8, agreement_id = CASE WHEN EXISTS
             (SELECT 1 FROM subscriptions o WHERE o.agreement_id = ?9 AND o.id <> ?1) THEN agreement_id ELSE ?9 END
         WHERE id = ?1 AND version = ?2`,
      )
      .bind(
        row.id,
        row.version,
        next.state,
        next.detail,
        next.plan,
        next.entitlements,
        next.dueMs,
        now,
        next.agreementId,
        version,
      ),
    db.prepare(UNLESS_WRITTEN),
  ]
  if (change.order) {
    statements.push(
      db
        .prepare('INSERT INTO orders (subscription, version, body, created_ms) VALUES (?, ?, ?, ?)')
        .bind(row.id, version, JSON.stringify(change.order), now),
    )
  }
  for (const identity of change.identities) {
    statements.push(
      db
        .prepare(
          `INSERT OR IGNORE INTO identities (kind, value, product_code, region, subscription, from_hour_ms)
           VALUES (?, ?, ?, ?, ?, ?)`,
        )
        .bind(identity.kind, valueOf(identity), row.productCode, identity.region, row.id, identity.fromHour),
    )
  }
  for (const { fromHour, kind } of change.newSwitches) {
    statements.push(
      db
        .prepare(
          'INSERT OR IGNORE INTO switches (product_code, account, from_hour_ms, kind) VALUES (?, ?, ?, ?)',
        )
        .bind(row.productCode, row.account, fromHour, kind),
      // Every subscription of this account and product follows the switch (money §10).
      db
        .prepare(
          `UPDATE subscriptions SET due_ms = ?, version = version + 1
           WHERE product_code = ? AND account = ? AND id <> ?`,
        )
        .bind(now, row.productCode, row.account, row.id),
    )
  }
  if (change.concerned.length > 0) {
    statements.push(
      db
        .prepare(
          'UPDATE subscriptions SET due_ms = ?, version = version + 1 WHERE id IN (SELECT value FROM json_each(?))',
        )
        .bind(now, JSON.stringify(change.concerned)),
    )
  }
  statements.push(
    ...change.outbox,
    db
      .prepare(
        "UPDATE inbox SET state = 'applied' WHERE state = 'waiting' AND id IN (SELECT value FROM json_each(?))",
      )
      .bind(JSON.stringify(change.applied)),
  )
  try {
    await db.batch(statements)
    return true
  } catch (thrown) {
    if (await isStale(db, row)) return false
    throw thrown
  }
}

/** True when the row is no longer what the change was computed from. */
async function isStale(db: D1Database, { id, version }: SubscriptionRow): Promise<boolean> {
  const row = await db
    .prepare('SELECT version FROM subscriptions WHERE id = ?')
    .bind(id)
    .first<{ version: number }>()
  return row?.version !== version
}

/** Marks events as applied that changed nothing. */
export async function markApplied(db: D1Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await db
    .prepare(
      "UPDATE inbox SET state = 'applied' WHERE state = 'waiting' AND id IN (SELECT value FROM json_each(?))",
    )
    .bind(JSON.stringify(ids))
    .run()
}

function valueOf(told: Identity): string {
  const identity = edgeIdentity(told)
  switch (identity.kind) {
    case 'license':
      return licenseTail(identity.licenseArn) ?? identity.licenseArn
    case 'product-account':
      return identity.account
    case 'product-customer':
      return identity.customerIdentifier
  }
}
