/** D1: registrations, workspaces and sign-ins. All that is personal is here, and can be erased. Times are epoch ms. */
import { sql } from 'drizzle-orm'
import { check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { subscriptions } from './schema.ts'

/** One row a resolved token: the pending registration a session cookie points at. The token itself is never stored. */
export const registrations = sqliteTable(
  'registrations',
  {
    id: text().primaryKey(),
    tokenSha256: text('token_sha256').notNull().unique(),
    subscription: text()
      .notNull()
      .references(() => subscriptions.id),
    /** The offer type the browser sent: a hint, never trusted. */
    offerTypeHint: text('offer_type_hint'),
    createdMs: integer('created_ms').notNull(),
    completedMs: integer('completed_ms'),
  },
  (t) => [index('registrations_subscription').on(t.subscription)],
)

/** Personal data of the people who registered, apart from everything else so that it can be erased. */
export const contacts = sqliteTable(
  'contacts',
  {
    subscription: text()
      .primaryKey()
      .references(() => subscriptions.id),
    email: text().notNull(),
    /** The other fields of seller.config.ts's form as JSON. */
    fields: text().notNull().default('{}'),
    createdMs: integer('created_ms').notNull(),
    updatedMs: integer('updated_ms').notNull(),
  },
  (t) => [index('contacts_email').on(sql`${t.email} collate nocase`)],
)

/** What a buyer wrote on his status page: personal data, for people write names. Shown to him and to the seller. */
export const feedback = sqliteTable(
  'feedback',
  {
    number: integer().primaryKey({ autoIncrement: true }),
    subscription: text()
      .notNull()
      .references(() => subscriptions.id),
    kind: text({ enum: ['question', 'problem', 'idea', 'praise'] }).notNull(),
    /** How likely he is to recommend the product, 0 to 10; null: he did not say. */
    score: integer(),
    message: text().notNull(),
    /** Business time. */
    createdMs: integer('created_ms').notNull(),
  },
  (t) => [
    index('feedback_subscription').on(t.subscription, t.createdMs),
    index('feedback_created').on(t.createdMs, t.kind),
    check('feedback_score', sql`${t.score} between 0 and 10`),
  ],
)

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
