/** D1: the only home of lifecycle and inbox, and the read model of usage. Amounts are TEXT, times epoch ms. */
import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/**
 * One row a purchase. `id` is ours. `version` rises with every change; writers say `WHERE version = ?`. The state is
 * computed from all stored events of the agreement (design §5.3), never edited by a form.
 */
export const subscriptions = sqliteTable(
  'subscriptions',
  {
    id: text().primaryKey(),
    version: integer().notNull().default(0),
    /** Product key in seller.config.ts, and the product's code. */
    product: text().notNull(),
    productCode: text('product_code').notNull(),
    account: text().notNull(),
    /** As received; matched by `licenseTail`. Null for a legacy integration. */
    licenseArn: text('license_arn'),
    licenseTail: text('license_tail'),
    customerIdentifier: text('customer_identifier'),
    agreementId: text('agreement_id'),
    state: text({ enum: ['pending', 'active', 'ending', 'ended'] })
      .notNull()
      .default('pending'),
    /** The whole computed state as JSON (worker/lifecycle/state.ts). */
    detail: text().notNull().default('{}'),
    plan: text(),
    /** The subscription it renews or replaces, by a person's word; null: as far as events say (money §4 *Successor*). */
    predecessor: text(),
    /** Where its buyer put it (`workspaces`); null: nobody has said yet. */
    workspace: text(),
    /** When its personal data was erased; null: it was not, or somebody has registered since. */
    erasedMs: integer('erased_ms'),
    /** JSON of the last non-empty GetEntitlements, or null while unknown. */
    entitlements: text(),
    /** When lifecycle has to look again without an event (45 minutes after Ended); null: never. */
    dueMs: integer('due_ms'),
    createdMs: integer('created_ms').notNull(),
    updatedMs: integer('updated_ms').notNull(),
  },
  (t) => [
    uniqueIndex('subscriptions_license').on(t.licenseTail),
    uniqueIndex('subscriptions_agreement').on(t.agreementId),
    index('subscriptions_account').on(t.account, t.product),
    index('subscriptions_customer')
      .on(t.customerIdentifier)
      .where(sql`${t.customerIdentifier} is not null`),
    index('subscriptions_due')
      .on(t.dueMs)
      .where(sql`${t.dueMs} is not null`),
    index('subscriptions_workspace')
      .on(t.workspace)
      .where(sql`${t.workspace} is not null`),
    index('subscriptions_kept')
      .on(sql`${t.detail} ->> '$.end.at'`)
      .where(sql`${t.state} = 'ended' and ${t.erasedMs} is null`),
    // What the metrics count: who pays, since when; trials by their end. A row that cannot be read is in neither.
    index('subscriptions_paying')
      .on(sql`${t.detail} ->> '$.activation'`)
      .where(
        sql`json_valid(${t.detail}) and ${t.state} in ('active', 'ending') and (${t.detail} ->> '$.trial' is null or ${t.detail} ->> '$.trial.paid' = 'same')`,
      ),
    index('subscriptions_trials')
      .on(sql`${t.detail} ->> '$.trial.endsAt'`)
      .where(sql`json_valid(${t.detail}) and ${t.detail} ->> '$.trial.endsAt' is not null`),
    check('subscriptions_state', sql`${t.state} in ('pending', 'active', 'ending', 'ended')`),
  ],
)

/** AWS identities of a subscription, each from an hour on (money §10). `value` is the tail, account or customer. */
export const identities = sqliteTable(
  'identities',
  {
    kind: text({ enum: ['license', 'product-account', 'product-customer'] }).notNull(),
    value: text().notNull(),
    productCode: text('product_code').notNull(),
    region: text().notNull(),
    subscription: text()
      .notNull()
      .references(() => subscriptions.id),
    fromHourMs: integer('from_hour_ms').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.kind, t.value, t.productCode, t.subscription] }),
    index('identities_subscription').on(t.subscription),
    check('identities_hour', sql`${t.fromHourMs} % 3600000 = 0`),
  ],
)

/** Every event AWS sent, stored before it is applied, once by its id. */
export const inbox = sqliteTable(
  'inbox',
  {
    id: text().primaryKey(),
    source: text().notNull(),
    detailType: text('detail_type').notNull(),
    /** The event's own time, epoch ms. */
    timeMs: integer('time_ms').notNull(),
    agreementId: text('agreement_id'),
    licenseTail: text('license_tail'),
    productCode: text('product_code'),
    account: text(),
    /** Of a legacy product's message, trimmed: it names no account, license or agreement. */
    customerIdentifier: text('customer_identifier'),
    body: text().notNull(),
    receivedMs: integer('received_ms').notNull(),
    /** `waiting`: no subscription yet. `kept`: not for us to act on; `note` says why. */
    state: text({ enum: ['waiting', 'applied', 'kept'] }).notNull(),
    note: text(),
  },
  (t) => [
    index('inbox_agreement').on(t.agreementId),
    index('inbox_license').on(t.licenseTail),
    index('inbox_customer')
      .on(t.customerIdentifier)
      .where(sql`${t.customerIdentifier} is not null`),
    index('inbox_waiting')
      .on(t.receivedMs)
      .where(sql`${t.state} = 'waiting'`),
    check('inbox_state', sql`${t.state} in ('waiting', 'applied', 'kept')`),
  ],
)

/** Orders to Ledgers (money §7), written in the transaction that changed the subscription; delivered at least once. */
export const orders = sqliteTable(
  'orders',
  {
    subscription: text()
      .notNull()
      .references(() => subscriptions.id),
    version: integer().notNull(),
    body: text().notNull(),
    createdMs: integer('created_ms').notNull(),
    deliveredMs: integer('delivered_ms'),
  },
  (t) => [
    primaryKey({ columns: [t.subscription, t.version] }),
    index('orders_undelivered')
      .on(t.createdMs)
      .where(sql`${t.deliveredMs} is null`),
  ],
)

/** From which hour which kind of identity is used for a (product, account) (money §10). */
export const switches = sqliteTable(
  'switches',
  {
    productCode: text('product_code').notNull(),
    account: text().notNull(),
    fromHourMs: integer('from_hour_ms').notNull(),
    kind: text({ enum: ['license', 'product-account', 'product-customer'] }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.productCode, t.account, t.fromHourMs] })],
)

/** API keys of the seller's applications. Only the hash is kept; `products` null means every product. */
export const apiKeys = sqliteTable('api_keys', {
  id: text().primaryKey(),
  sha256: text().notNull().unique(),
  name: text().notNull(),
  products: text(),
  createdMs: integer('created_ms').notNull(),
  revokedMs: integer('revoked_ms'),
})

/** What signs webhooks: several at once while one takes another's place. Sealed (worker/keys/seal.ts), never as text. */
export const webhookSecrets = sqliteTable('webhook_secrets', {
  id: text().primaryKey(),
  sealed: text().notNull(),
  name: text().notNull(),
  createdMs: integer('created_ms').notNull(),
  /** Wall time from which it signs no more. */
  revokedMs: integer('revoked_ms'),
})

/**
 * Usage a door refused (money §1): once a source, id and content. What a Ledger refused is here too when it came by the
 * queue, which has no caller to read the answer; else the Ledger keeps it.
 */
export const refusedUsage = sqliteTable(
  'refused_usage',
  {
    number: integer().primaryKey({ autoIncrement: true }),
    door: text({ enum: ['http', 'queue'] }).notNull(),
    source: text().notNull(),
    /** The sender's id; empty when it has none that can be repeated. */
    eventId: text('event_id').notNull(),
    /** Tells contents under one id apart; 53 bits. */
    hash: integer().notNull(),
    reason: text().notNull(),
    message: text().notNull(),
    subscription: text(),
    product: text(),
    /** The meter, or the dimension a shape taken over names; null when it cannot be read. */
    meter: text(),
    /** Decimal text in the meter's unit, and dollars at the prices of that day; null when not known. */
    amount: text(),
    value: text(),
    hourMs: integer('hour_ms'),
    /** The event as JSON, kept 35 days from its last receipt: what a replay takes. */
    event: text(),
    /** The API key it came under, whose products a replay is held to; null: it came by the queue. */
    apiKey: text('api_key'),
    times: integer().notNull(),
    firstMs: integer('first_ms').notNull(),
    lastMs: integer('last_ms').notNull(),
    /** When a replay was counted, or known as counted; null: still refused. */
    replayedMs: integer('replayed_ms'),
  },
  (t) => [
    uniqueIndex('refused_usage_event').on(t.source, t.eventId, t.hash),
    index('refused_usage_open')
      .on(t.number)
      .where(sql`${t.replayedMs} is null`),
    index('refused_usage_last').on(t.lastMs),
    index('refused_usage_content')
      .on(t.lastMs)
      .where(sql`${t.event} is not null`),
    check('refused_usage_door', sql`${t.door} in ('http', 'queue')`),
  ],
)

/** Read model of usage: one row a subscription, dimension and day. Rewritten from the Ledger, never summed in SQL. */
export const usageDays = sqliteTable(
  'usage_days',
  {
    subscription: text().notNull(),
    dimension: text().notNull(),
    dayMs: integer('day_ms').notNull(),
    /** Counted usage of the day in the meter's unit, and units billed in records of that day. */
    counted: text().notNull(),
    billed: text().notNull(),
    /** The Ledger's revision this row was made from; an older one never overwrites it. */
    revision: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.subscription, t.dimension, t.dayMs] })],
)

/** Every record that is not simply billed (money §7). */
export const openRecords = sqliteTable(
  'open_records',
  {
    key: text().primaryKey(),
    subscription: text().notNull(),
    product: text().notNull(),
    dimension: text().notNull(),
    hourMs: integer('hour_ms').notNull(),
    quantity: integer().notNull(),
    state: text().notNull(),
    reason: text(),
    deadlineMs: integer('deadline_ms').notNull(),
    revision: integer().notNull(),
  },
  (t) => [
    index('open_records_subscription').on(t.subscription),
    index('open_records_hour').on(t.hourMs, t.key),
    index('open_records_state').on(t.state, t.hourMs, t.key),
  ],
)
