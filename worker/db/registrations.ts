/**
 * Registrations and contacts in D1: who arrived with which token, and how to reach them. Prepared statements, not
 * drizzle: a buyer's first request waits for this file (`test/bench/first-request.ts`). Lifecycle state is never written here.
 */
import type { ResolvedCustomer } from '../../shared/aws/resolve-customer.ts'
import { licenseTail } from '../../shared/license.ts'
import { isSubscriptionId, type SubscriptionId } from '../../shared/subscription.ts'

/** A resolved token on its way in. Times are business time. */
export interface Arriving {
  readonly tokenSha256: string
  readonly customer: ResolvedCustomer
  /** Product key in seller.config.ts. */
  readonly product: string
  readonly offerTypeHint: string | null
  /** Used when this token, or this purchase, is new. */
  readonly newRegistration: string
  readonly newSubscription: SubscriptionId
  readonly now: number
}

export interface Arrived {
  readonly registration: string
  readonly subscription: SubscriptionId
  /** True when somebody has filled in the form before. */
  readonly registered: boolean
}

/**
 * The purchase a token stands for, as one row: its license's, else that of the agreement this license was granted
 * under, else the one without a license that its account has of this product (before the switch-over, money §10). The
 * `+` keeps SQLite from walking all purchases without a license.
 */
const LICENSED = `SELECT id FROM (
  SELECT id, 1 AS rank FROM subscriptions WHERE license_tail = ?1
  UNION ALL
  SELECT s.id, 2 FROM subscriptions s JOIN inbox i ON i.agreement_id = s.agreement_id
    WHERE i.license_tail = ?1 AND i.state <> 'kept' AND s.product_code = ?2
  UNION ALL
  SELECT id, 3 FROM subscriptions WHERE +license_tail IS NULL AND product_code = ?2 AND account = ?3
) ORDER BY rank LIMIT 1`
const UNLICENSED = `SELECT id FROM subscriptions WHERE ?1 IS NULL AND product_code = ?2 AND account = ?3
  ORDER BY license_tail IS NOT NULL, created_ms LIMIT 1`

/**
 * Finds or makes the subscription and the registration of this token, atomically: a token sent twice makes one row. A
 * row that is new, or has a new license, is due at once: the lifecycle looks at it even if this request goes no further.
 */
export async function arrive(db: D1Database, arriving: Arriving): Promise<Arrived> {
  const { customer, now } = arriving
  const tail = customer.licenseArn === null ? null : (licenseTail(customer.licenseArn) ?? null)
  const match = tail === null ? UNLICENSED : LICENSED
  const key = [tail, customer.productCode, customer.account] as const

  const results = await db.batch<{ id: string; subscription: string; registered: number }>([
    db
      .prepare(
        `INSERT INTO subscriptions (id, product, product_code, account, license_arn, license_tail, customer_identifier,
           due_ms, created_ms, updated_ms)
         SELECT ?4, ?5, ?2, ?3, ?6, ?1, ?7, ?8, ?8, ?8 WHERE NOT EXISTS (${match})`,
      )
      .bind(
        ...key,
        arriving.newSubscription,
        arriving.product,
        customer.licenseArn,
        customer.customerIdentifier,
        now,
      ),
    db
      .prepare(
        `UPDATE subscriptions SET
           version = version + (license_tail IS NULL AND ?1 IS NOT NULL OR customer_identifier IS NULL AND ?5 IS NOT NULL),
           due_ms = CASE WHEN license_tail IS NULL AND ?1 IS NOT NULL THEN ?6 ELSE due_ms END,
           license_arn = coalesce(license_arn, ?4), license_tail = coalesce(license_tail, ?1),
           customer_identifier = coalesce(customer_identifier, ?5) WHERE id = (${match})`,
      )
      .bind(...key, customer.licenseArn, customer.customerIdentifier, now),
    db
      .prepare(
        `INSERT INTO registrations (id, token_sha256, subscription, offer_type_hint, created_ms)
         SELECT ?4, ?5, (${match}), ?6, ?7 WHERE true ON CONFLICT (token_sha256) DO NOTHING`,
      )
      .bind(...key, arriving.newRegistration, arriving.tokenSha256, arriving.offerTypeHint, now),
    db
      .prepare(
        `SELECT r.id, r.subscription, c.subscription IS NOT NULL AS registered FROM registrations r
         LEFT JOIN contacts c ON c.subscription = r.subscription WHERE r.token_sha256 = ?`,
      )
      .bind(arriving.tokenSha256),
  ])
  const row = results.at(-1)?.results[0]
  if (!row || !isSubscriptionId(row.subscription))
    throw new Error('a registration was not there after it was written')
  return { registration: row.id, subscription: row.subscription, registered: row.registered === 1 }
}

/** What a token that was resolved before stands for; undefined: it was not. */
export async function findByToken(
  db: D1Database,
  tokenSha256: string,
): Promise<(Arrived & { readonly product: string }) | undefined> {
  const row = await db
    .prepare(
      `SELECT r.id AS registration, s.id AS subscription, s.product, c.subscription IS NOT NULL AS registered
       FROM registrations r JOIN subscriptions s ON s.id = r.subscription
       LEFT JOIN contacts c ON c.subscription = s.id WHERE r.token_sha256 = ?`,
    )
    .bind(tokenSha256)
    .first<{ registration: string; subscription: SubscriptionId; product: string; registered: number }>()
  return row === null ? undefined : { ...row, registered: row.registered === 1 }
}

/** What a page of a session shows. */
export interface Registered {
  readonly subscription: SubscriptionId
  readonly product: string
  readonly account: string
  readonly state: 'pending' | 'active' | 'ending' | 'ended'
  readonly detail: string
  readonly plan: string | null
  readonly workspace: string | null
  /** Null: nobody has filled in the form. */
  readonly email: string | null
}

/** The subscription of a registration; undefined when there is no such registration. */
export async function findRegistered(db: D1Database, registration: string): Promise<Registered | undefined> {
  const row = await db
    .prepare(
      `SELECT s.id AS subscription, s.product, s.account, s.state, s.detail, s.plan, s.workspace, c.email FROM registrations r
       JOIN subscriptions s ON s.id = r.subscription LEFT JOIN contacts c ON c.subscription = s.id WHERE r.id = ?`,
    )
    .bind(registration)
    .first<Registered>()
  return row ?? undefined
}

/**
 * A registration for somebody who did not bring a token but signed in: its session may see what his may. `id` is used
 * when there is none yet.
 */
export async function registrationOf(
  db: D1Database,
  subscription: SubscriptionId,
  id: string,
  now: number,
): Promise<string> {
  const row = await db
    .prepare(
      `INSERT INTO registrations (id, token_sha256, subscription, created_ms) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (token_sha256) DO UPDATE SET subscription = subscription RETURNING id`,
    )
    .bind(id, bySignIn(subscription), subscription, now)
    .first<{ id: string }>()
  return row?.id ?? id
}

/** In the place of a token's SHA-256, which never looks like it. */
const bySignIn = (subscription: SubscriptionId): string => `signed in: ${subscription}`

/**
 * Writes how to reach the buyer: once, or again with what was corrected; nobody is signed in by an address that is nobody's
 * any more, and no page is open that was opened by it, but the one this comes from. `told`: what is written in the same batch.
 */
export async function keepContact(
  db: D1Database,
  registration: string,
  subscription: SubscriptionId,
  contact: { readonly email: string; readonly fields: Readonly<Record<string, string>> },
  now: number,
  told: readonly D1PreparedStatement[] = [],
): Promise<void> {
  await db.batch([
    db
      .prepare(
        `DELETE FROM sign_ins WHERE email = (SELECT email FROM contacts WHERE subscription = ?1 AND email <> ?2 COLLATE NOCASE)
           COLLATE NOCASE AND NOT EXISTS
             (SELECT 1 FROM contacts c WHERE c.email = sign_ins.email COLLATE NOCASE AND c.subscription <> ?1)`,
      )
      .bind(subscription, contact.email),
    db
      .prepare(
        `DELETE FROM registrations WHERE token_sha256 = ?3 AND id <> ?4
           AND EXISTS (SELECT 1 FROM contacts WHERE subscription = ?1 AND email <> ?2 COLLATE NOCASE)`,
      )
      .bind(subscription, contact.email, bySignIn(subscription), registration),
    db
      .prepare(
        `INSERT INTO contacts (subscription, email, fields, created_ms, updated_ms) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (subscription) DO UPDATE SET email = ?2, fields = ?3, updated_ms = ?4`,
      )
      .bind(subscription, contact.email, JSON.stringify(contact.fields), now),
    db
      .prepare('UPDATE registrations SET completed_ms = coalesce(completed_ms, ?) WHERE id = ?')
      .bind(now, registration),
    db
      .prepare('UPDATE subscriptions SET erased_ms = NULL WHERE id = ? AND erased_ms IS NOT NULL')
      .bind(subscription),
    ...told,
  ])
}
