/** Subscriptions in D1 as the API lists them and as the clock finds them. */
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { subscriptions } from './schema.ts'

type Row = typeof subscriptions.$inferSelect

/** A subscription as the seller's application sees it. */
export type Shown = Pick<
  Row,
  | 'id'
  | 'product'
  | 'productCode'
  | 'account'
  | 'licenseArn'
  | 'agreementId'
  | 'state'
  | 'detail'
  | 'plan'
  | 'workspace'
  | 'entitlements'
  | 'createdMs'
>

const SHOWN = `SELECT id, product, product_code AS productCode, account, license_arn AS licenseArn,
  agreement_id AS agreementId, state, detail, plan, workspace, entitlements, created_ms AS createdMs FROM subscriptions`

/** What to list. `products` null: every product. `after`: the id of the last one seen. */
export interface ListQuery {
  readonly products: readonly string[] | null
  readonly account: string | null
  readonly state: Row['state'] | null
  readonly after: string | null
  readonly limit: number
}

/** In the order of their ids; a filter that is null lets everything pass. */
export async function listSubscriptions(db: D1Database, query: ListQuery): Promise<readonly Shown[]> {
  const products = query.products === null ? null : JSON.stringify(query.products)
  const { results } = await db
    .prepare(
      `${SHOWN} WHERE (?1 IS NULL OR product IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR account = ?2)
         AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR id > ?4) ORDER BY id LIMIT ?5`,
    )
    .bind(products, query.account, query.state, query.after, query.limit)
    .all<Shown>()
  return results
}

/** One subscription by its id, whatever its state; undefined when there is none. */
export async function findSubscription(db: D1Database, id: SubscriptionId): Promise<Shown | undefined> {
  return (await db.prepare(`${SHOWN} WHERE id = ?`).bind(id).first<Shown>()) ?? undefined
}

/** Subscriptions whose time has come, the longest overdue first. */
export async function dueSubscriptions(
  db: D1Database,
  now: number,
  limit: number,
): Promise<readonly SubscriptionId[]> {
  const { results } = await db
    .prepare(
      'SELECT id FROM subscriptions WHERE due_ms IS NOT NULL AND due_ms <= ? ORDER BY due_ms, id LIMIT ?',
    )
    .bind(now, limit)
    .all<{ id: SubscriptionId }>()
  return results.map(({ id }) => id)
}

/** The earliest instant at which `dueSubscriptions` has something; null: never. */
export async function nextDue(db: D1Database): Promise<number | null> {
  const row = await db
    .prepare('SELECT min(due_ms) AS due FROM subscriptions WHERE due_ms IS NOT NULL')
    .first<{ due: number | null }>()
  return row?.due ?? null
}

/** Looks again later at one that could not be computed, so that it does not stand before the others. */
export async function postpone(db: D1Database, id: SubscriptionId, until: number): Promise<void> {
  await db.prepare('UPDATE subscriptions SET due_ms = ? WHERE id = ?').bind(until, id).run()
}
