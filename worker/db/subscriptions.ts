/** Subscriptions in D1 as the API lists them and as the clock finds them. Reads only. */
import { and, asc, eq, gt, inArray, isNotNull, lte, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { subscriptions } from './schema.ts'

/** A subscription as the seller's application sees it. */
export type Shown = Pick<
  typeof subscriptions.$inferSelect,
  | 'id'
  | 'product'
  | 'productCode'
  | 'account'
  | 'licenseArn'
  | 'agreementId'
  | 'state'
  | 'detail'
  | 'plan'
  | 'createdMs'
>

const COLUMNS = {
  id: subscriptions.id,
  product: subscriptions.product,
  productCode: subscriptions.productCode,
  account: subscriptions.account,
  licenseArn: subscriptions.licenseArn,
  agreementId: subscriptions.agreementId,
  state: subscriptions.state,
  detail: subscriptions.detail,
  plan: subscriptions.plan,
  createdMs: subscriptions.createdMs,
}

/** What to list. `products` null: every product. `after`: the id of the last one seen. */
export interface ListQuery {
  readonly products: readonly string[] | null
  readonly account: string | null
  readonly state: Shown['state'] | null
  readonly after: string | null
  readonly limit: number
}

export async function listSubscriptions(db: D1Database, query: ListQuery): Promise<readonly Shown[]> {
  return drizzle(db)
    .select(COLUMNS)
    .from(subscriptions)
    .where(
      and(
        query.products === null ? undefined : inArray(subscriptions.product, [...query.products]),
        query.account === null ? undefined : eq(subscriptions.account, query.account),
        query.state === null ? undefined : eq(subscriptions.state, query.state),
        query.after === null ? undefined : gt(subscriptions.id, query.after),
      ),
    )
    .orderBy(asc(subscriptions.id))
    .limit(query.limit)
}

export async function findSubscription(db: D1Database, id: SubscriptionId): Promise<Shown | undefined> {
  const [row] = await drizzle(db).select(COLUMNS).from(subscriptions).where(eq(subscriptions.id, id))
  return row
}

/** Subscriptions whose time has come, the longest overdue first. */
export async function dueSubscriptions(
  db: D1Database,
  now: number,
  limit: number,
): Promise<readonly SubscriptionId[]> {
  const rows = await drizzle(db)
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(and(isNotNull(subscriptions.dueMs), lte(subscriptions.dueMs, now)))
    .orderBy(asc(subscriptions.dueMs), asc(subscriptions.id))
    .limit(limit)
  return rows.map(({ id }) => id as SubscriptionId)
}

/** Subscriptions that have a stored event not applied yet. */
export async function awaitedSubscriptions(
  db: D1Database,
  limit: number,
): Promise<readonly SubscriptionId[]> {
  const rows = await drizzle(db).all<{ id: SubscriptionId }>(sql`
    SELECT DISTINCT s.id FROM inbox i JOIN subscriptions s ON s.license_tail = i.license_tail
      OR s.agreement_id = i.agreement_id OR s.license_tail IN
        (SELECT l.license_tail FROM inbox l WHERE l.agreement_id = i.agreement_id AND l.state <> 'kept')
    WHERE i.state = 'waiting' ORDER BY s.id LIMIT ${limit}`)
  return rows.map(({ id }) => id)
}

/** The earliest instant at which `dueSubscriptions` has something; null: never. */
export async function nextDue(db: D1Database): Promise<number | null> {
  const [row] = await drizzle(db)
    .select({ at: sql<number | null>`min(${subscriptions.dueMs})` })
    .from(subscriptions)
    .where(isNotNull(subscriptions.dueMs))
  return row?.at ?? null
}

/** Looks again later at one that could not be computed, so that it does not stand before the others. */
export async function postpone(db: D1Database, id: SubscriptionId, until: number): Promise<void> {
  await drizzle(db).update(subscriptions).set({ dueMs: until }).where(eq(subscriptions.id, id))
}
