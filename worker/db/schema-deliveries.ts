/** D1: what is told to whom, and how the receivers answer. Times are business time, epoch ms. */
import { sql } from 'drizzle-orm'
import { check, index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/**
 * Deliveries: one row a decision and channel (design §5.5). Holds no address: whom it goes to is read when it is sent.
 * Times are business time.
 */
export const outbox = sqliteTable(
  'outbox',
  {
    id: text().primaryKey(),
    /** Empty: about the whole deployment. */
    subscription: text().notNull(),
    channel: text({ enum: ['webhook', 'sns', 'mail'] }).notNull(),
    kind: text().notNull(),
    /** The same decision has the same key. */
    key: text().notNull(),
    /** When it became so. */
    atMs: integer('at_ms').notNull(),
    /** JSON of what is told. */
    body: text().notNull(),
    /** From then on it would be wrong; null: never. */
    staleMs: integer('stale_ms'),
    state: text({ enum: ['waiting', 'delivered', 'parked', 'skipped'] })
      .notNull()
      .default('waiting'),
    attempts: integer().notNull().default(0),
    /** The next attempt; null: nobody has registered yet, or it is over. */
    nextMs: integer('next_ms'),
    /** When a message about this attempt was put into the queue; null: none was. */
    queuedMs: integer('queued_ms'),
    /** A failure from then on parks it. */
    giveUpMs: integer('give_up_ms').notNull(),
    /** What the last attempt came to, in words. */
    outcome: text(),
    createdMs: integer('created_ms').notNull(),
    settledMs: integer('settled_ms'),
  },
  (t) => [
    uniqueIndex('outbox_decision').on(t.subscription, t.key, t.channel),
    index('outbox_waiting')
      .on(t.channel, t.nextMs)
      .where(sql`${t.state} = 'waiting'`),
    index('outbox_parked')
      .on(t.channel, t.settledMs)
      .where(sql`${t.state} = 'parked'`),
    index('outbox_over')
      .on(t.settledMs)
      .where(sql`${t.state} in ('delivered', 'skipped')`),
    check('outbox_channel', sql`${t.channel} in ('webhook', 'sns', 'mail')`),
    check('outbox_state', sql`${t.state} in ('waiting', 'delivered', 'parked', 'skipped')`),
  ],
)

/** How the receiver of each channel answers: while it fails, it gets one attempt at a time, and none before `untilMs`. */
export const receivers = sqliteTable('receivers', {
  channel: text({ enum: ['webhook', 'sns', 'mail'] }).primaryKey(),
  /** Failures since it last took something. */
  failures: integer().notNull(),
  sinceMs: integer('since_ms'),
  untilMs: integer('until_ms'),
})
