/** D1: AWS's agreements as a reconciliation last saw them, and the reconciliations. Times are business time, epoch ms. */
import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** One row a reconciliation: one an hour, in as many parts as it takes. */
export const reconciliations = sqliteTable('reconciliations', {
  number: integer().primaryKey({ autoIncrement: true }),
  startedMs: integer('started_ms').notNull(),
  /** Nobody else goes on with it before; null: nobody has it. */
  leaseMs: integer('lease_ms'),
  /** JSON of where it goes on; null: it is done. */
  cursor: text(),
  finishedMs: integer('finished_ms'),
  /** Agreements and contracts compared, events written, agreements that contradict. */
  compared: integer().notNull().default(0),
  repaired: integer().notNull().default(0),
  contradictions: integer().notNull().default(0),
  /** Calls to AWS. */
  calls: integer().notNull().default(0),
  /** Why it stopped before its end the last time; null: it did not. */
  stopped: text(),
})

/** One row an agreement AWS lists of a product of ours. No state is read from here: the inbox is the truth. */
export const agreements = sqliteTable(
  'agreements',
  {
    id: text().primaryKey(),
    product: text().notNull(),
    account: text(),
    licenseTail: text('license_tail'),
    status: text().notNull(),
    /** AWS's time of its last change. */
    updatedMs: integer('updated_ms'),
    startsMs: integer('starts_ms'),
    /** When its provisioning was last asked for, or its events were first seen to fit. */
    checkedMs: integer('checked_ms').notNull(),
    /** What contradicts, as a sentence, and since when; null: nothing. */
    finding: text(),
    findingMs: integer('finding_ms'),
  },
  (t) => [
    index('agreements_finding')
      .on(t.findingMs)
      .where(sql`${t.finding} is not null`),
    index('agreements_active')
      .on(t.id)
      .where(sql`${t.status} = 'ACTIVE'`),
  ],
)
