/** Links to sign in and sessions in D1. What is secret comes here as its SHA-256 only. Times are wall time, epoch ms. */
import { DAY_MS, MINUTE_MS } from '../../shared/hour.ts'
import type { LifecycleState } from '../../shared/lifecycle.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'

/** A link can be used so long. */
export const LINK_MS = 15 * MINUTE_MS

/** Links asked for within `LINK_MS`, for one address, and from one place: an office has one address on the internet. */
const PER_PERSON_MAX = 5
const PER_PLACE_MAX = 30

/** The longest session is over by then. */
const KEPT_MS = DAY_MS
const SWEPT_MAX = 500

/** Somebody asks for a link. */
export interface Asking {
  /** `sgn_…` */
  readonly id: string
  readonly tokenSha256: string
  readonly browserSha256: string
  /** As it was typed: it is looked for, and not stored. */
  readonly email: string
  readonly personMac: string
  readonly placeMac: string
  readonly now: number
}

/**
 * Writes down that a link was asked for: one statement, the same whether or not anybody has this address. Answers the
 * address as it was registered, null when nobody did, and undefined when it is asked for too often.
 */
export async function askSignIn(db: D1Database, asking: Asking): Promise<string | null | undefined> {
  const recent = (column: string, value: string): string =>
    `(SELECT count(*) FROM sign_ins WHERE ${column} = ${value} AND asked_ms > ?7 - ${LINK_MS})`
  const row = await db
    .prepare(
      `INSERT INTO sign_ins (id, token_sha256, browser_sha256, email, person_mac, place_mac, asked_ms)
       SELECT ?1, ?2, ?3, (SELECT email FROM contacts WHERE email = ?4 COLLATE NOCASE ORDER BY updated_ms DESC LIMIT 1),
         ?5, ?6, ?7
       WHERE ${recent('person_mac', '?5')} < ${PER_PERSON_MAX} AND ${recent('place_mac', '?6')} < ${PER_PLACE_MAX}
       RETURNING email`,
    )
    .bind(
      asking.id,
      asking.tokenSha256,
      asking.browserSha256,
      asking.email,
      asking.personMac,
      asking.placeMac,
      asking.now,
    )
    .first<{ email: string | null }>()
  return row === null ? undefined : row.email
}

/** A link as the browser that asked for it brings it back. */
export interface Link {
  readonly tokenSha256: string
  readonly browserSha256: string
}

const USABLE = `token_sha256 = ?1 AND browser_sha256 = ?2 AND used_ms IS NULL AND asked_ms > ?3 - ${LINK_MS}
  AND EXISTS (SELECT 1 FROM contacts c WHERE c.email = sign_ins.email COLLATE NOCASE)`

/** A link that can be used now by this browser, and whose it is; looking uses nothing up. */
export async function findLink(
  db: D1Database,
  link: Link,
  now: number,
): Promise<{ readonly id: string; readonly email: string } | undefined> {
  const row = await db
    .prepare(`SELECT id, email FROM sign_ins WHERE ${USABLE}`)
    .bind(link.tokenSha256, link.browserSha256, now)
    .first<{ id: string; email: string }>()
  return row ?? undefined
}

/** Uses a link: of several who try at once, one is answered true. */
export async function consumeLink(db: D1Database, link: Link, now: number): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE sign_ins SET used_ms = ?3 WHERE ${USABLE}`)
    .bind(link.tokenSha256, link.browserSha256, now)
    .run()
  return meta.changes === 1
}

/** Who signed in; undefined when he signed out, was erased, or never did. */
export async function findSignedIn(db: D1Database, id: string): Promise<string | undefined> {
  const row = await db
    .prepare('SELECT email FROM sign_ins WHERE id = ? AND used_ms IS NOT NULL')
    .bind(id)
    .first<{ email: string }>()
  return row?.email
}

export async function endSignIn(db: D1Database, id: string): Promise<void> {
  await db.prepare('DELETE FROM sign_ins WHERE id = ?').bind(id).run()
}

/** Forgets links and sessions that are over. */
export async function sweepSignIns(db: D1Database, now: number): Promise<void> {
  await db
    .prepare(
      `DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins WHERE asked_ms < ? LIMIT ${SWEPT_MAX})`,
    )
    .bind(now - KEPT_MS)
    .run()
}

/** A subscription in the list of whoever registered it. */
export interface Mine {
  readonly id: SubscriptionId
  readonly product: string
  readonly productCode: string
  readonly account: string
  readonly state: LifecycleState
  readonly detail: string
  readonly workspace: string | null
  /** Business time. */
  readonly createdMs: number
}

/** AWS lets an account have a hundred agreements of a product. */
const MINE_MAX = 300

/** All that was registered with this address, the newest first. */
export async function subscriptionsOf(db: D1Database, email: string): Promise<readonly Mine[]> {
  const { results } = await db
    .prepare(
      `SELECT s.id, s.product, s.product_code AS productCode, s.account, s.state, s.detail, s.workspace,
         s.created_ms AS createdMs
       FROM contacts c JOIN subscriptions s ON s.id = c.subscription WHERE c.email = ? COLLATE NOCASE
       ORDER BY s.created_ms DESC, s.rowid DESC LIMIT ${MINE_MAX}`,
    )
    .bind(email)
    .all<Mine>()
  return results
}
