/** D1: the workspaces of buyers, and how they sign in. What is personal in them can be erased. Times are epoch ms. */
import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * What several purchases of one AWS account share, when a person says so: an application keeps its data by it. Nobody
 * is a member by a row of his own: who is a contact of a subscription in it is.
 */
export const workspaces = sqliteTable(
  'workspaces',
  {
    id: text().primaryKey(),
    account: text().notNull(),
    /** Business time. */
    createdMs: integer('created_ms').notNull(),
  },
  (t) => [index('workspaces_account').on(t.account)],
)

/**
 * One row each time somebody asks for a link to sign in: the link while it can be used, then the session. Neither the
 * link nor what binds it to a browser is stored, only their SHA-256. Wall time; swept after a day.
 */
export const signIns = sqliteTable(
  'sign_ins',
  {
    id: text().primaryKey(),
    tokenSha256: text('token_sha256').notNull().unique(),
    browserSha256: text('browser_sha256').notNull(),
    /** The address as it was registered; null: nobody registered it, so no link was sent. */
    email: text(),
    /** Keyed hashes of the address that was typed and of the one the request came from: what is counted. */
    personMac: text('person_mac').notNull(),
    placeMac: text('place_mac').notNull(),
    askedMs: integer('asked_ms').notNull(),
    usedMs: integer('used_ms'),
  },
  (t) => [
    index('sign_ins_person').on(t.personMac, t.askedMs),
    index('sign_ins_place').on(t.placeMac, t.askedMs),
    index('sign_ins_asked').on(t.askedMs),
    index('sign_ins_email')
      .on(sql`${t.email} collate nocase`)
      .where(sql`${t.email} is not null`),
  ],
)
