/**
 * The outbox in D1 (design §5.5): one row a decision and channel, written in the batch that decides. The row is the truth
 * about a delivery; a queue only carries its id. It holds no address and no name.
 */
import {
  channelsOf,
  GIVE_UP_AFTER_MS,
  type Channel,
  type Decision,
  type DecisionKind,
  type Impersonal,
} from '../../shared/deliveries.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'

/** The change that the decisions are about. */
export interface Announced {
  readonly subscription: SubscriptionId
  /** The version the change writes: the rows are written only if it did. Null: whatever version there is. */
  readonly version: number | null
  /** What `GET /v1/subscriptions/{id}` answers from this change on. */
  readonly view: { readonly [name: string]: Impersonal }
  /** The channels that are set up (`channelsSetUp`); the others get nothing, now or later. */
  readonly channels: readonly Channel[]
}

/** Fills `body`: everything that is told but who is told. */
export interface Told {
  readonly subscription: Announced['view']
  readonly version: number | null
  readonly decision: Decision['data']
}

const ADD = `INSERT INTO outbox (id, subscription, channel, kind, key, at_ms, body, stale_ms, next_ms, give_up_ms, created_ms)
  SELECT 'dlv_' || lower(hex(randomblob(16))), value ->> 'subscription', value ->> 'channel', value ->> 'kind',
    value ->> 'key', value ->> 'at', value ->> 'body', value ->> 'staleAt', ?2, ?2 + ${GIVE_UP_AFTER_MS}, ?2
  FROM json_each(?1)`

/** A decision that is there already stays as it is, whatever its delivery has come to. */
const ONCE = 'ON CONFLICT (subscription, key, channel) DO NOTHING'

/**
 * The statements that put decisions into the outbox: none, or one for the caller's batch, behind the statement that
 * changes the subscription. They write nothing when that one did not. `now` is business time.
 */
export function outboxStatements(
  db: D1Database,
  announced: Announced,
  decisions: readonly Decision[],
  now: number,
): D1PreparedStatement[] {
  const { subscription, version, view, channels } = announced
  const rows = decisions.flatMap(({ kind, key, at, data, staleAt }) => {
    const told: Told = { subscription: view, version, decision: data }
    const body = JSON.stringify(told)
    return channelsOf(kind, channels).map((channel) => ({
      subscription,
      channel,
      kind,
      key,
      at,
      body,
      staleAt: staleAt ?? null,
    }))
  })
  if (rows.length === 0) return []
  return [
    db
      .prepare(
        `${ADD} WHERE EXISTS (SELECT 1 FROM subscriptions WHERE id = ?3 AND (?4 IS NULL OR version = ?4)) ${ONCE}`,
      )
      .bind(JSON.stringify(rows), now, subscription, version),
  ]
}

/** Something the people who run the deployment are told; about no one subscription. */
export interface Alert {
  readonly kind: Exclude<DecisionKind, Decision['kind']>
  /** The same alert has the same key; with the hour in it, it comes again in the next. */
  readonly key: string
  readonly data: Decision['data']
}

/** The statement that puts an alert into the outbox, unless it is there. Undefined: no channel for it is set up. */
export function alertStatement(
  db: D1Database,
  { kind, key, data }: Alert,
  channels: readonly Channel[],
  now: number,
): D1PreparedStatement | undefined {
  const body = JSON.stringify({ subscription: {}, version: null, decision: data } satisfies Told)
  const rows = channelsOf(kind, channels).map((channel) => ({
    subscription: '',
    channel,
    kind,
    key,
    at: now,
    body,
    staleAt: null,
  }))
  if (rows.length === 0) return undefined
  return db.prepare(`${ADD} WHERE true ${ONCE}`).bind(JSON.stringify(rows), now)
}
