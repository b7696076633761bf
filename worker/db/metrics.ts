/** What the metrics count in D1, one round trip: each statement reads an index, within a bound. Times are business time. */
import { DAY_MS } from '../../shared/hour.ts'

/** What stands in D1 at an instant. */
export interface Counted {
  /** Subscriptions that were paid for and had access 24 h ago, and those of them that ended since without a successor. */
  readonly paying: number
  readonly churned: number
  /** Trials whose time was over within the last 7 days, and those of them whose buyer pays now. */
  readonly trialsOver: number
  readonly converted: number
  /** Questions and problems that buyers wrote within 24 h. */
  readonly tickets: number
  /** Records that are parked, doubtful or expired. */
  readonly parkedRecords: number
  /** Deliveries that were given up and not sent again since. */
  readonly parkedDeliveries: number
  /** Subscriptions of which people were told within 24 h that their usage is held up and its time runs out. */
  readonly heldUp: number
}

/** More than this is not counted on: whoever is told of so many needs no exact number. */
const COUNTED_MAX = 10_000

/** No trial, or one that became a purchase under the same license: the words of the index `subscriptions_paying`. */
const PAYS = `(detail ->> '$.trial' IS NULL OR detail ->> '$.trial.paid' = 'same')`

/**
 * Counts at `now`. An erased subscription that has ended is in neither number of churn. A buyer who went on under another
 * subscription of ours (renewed, replaced, a trial bought) has not churned.
 */
export async function countForMetrics(db: D1Database, now: number): Promise<Counted> {
  const yesterday = now - DAY_MS
  const [pay, ended, trials, tickets, records, deliveries, held] = await db.batch<Record<string, number>>([
    db
      .prepare(
        `SELECT count(*) AS n FROM subscriptions
         WHERE json_valid(detail) AND state IN ('active', 'ending') AND ${PAYS} AND detail ->> '$.activation' <= ?`,
      )
      .bind(yesterday),
    db
      .prepare(
        `SELECT count(*) AS n,
           coalesce(sum(detail ->> '$.successor' IS NULL AND coalesce(detail ->> '$.succeeded', 0) = 0), 0) AS churned
         FROM subscriptions WHERE state = 'ended' AND erased_ms IS NULL AND detail ->> '$.end.at' > ?1
           AND ${PAYS} AND detail ->> '$.activation' <= ?1`,
      )
      .bind(yesterday),
    db
      .prepare(
        `SELECT count(*) AS n, coalesce(sum(detail ->> '$.trial.converted'), 0) AS converted FROM subscriptions
         WHERE json_valid(detail) AND detail ->> '$.trial.endsAt' IS NOT NULL AND detail ->> '$.trial.endsAt' > ? AND detail ->> '$.trial.endsAt' <= ?`,
      )
      .bind(now - 7 * DAY_MS, now),
    db
      .prepare(
        `SELECT count(*) AS n FROM (SELECT 1 FROM feedback
         WHERE created_ms > ? AND kind IN ('question', 'problem') LIMIT ${COUNTED_MAX})`,
      )
      .bind(yesterday),
    db.prepare(
      `SELECT count(*) AS n FROM (SELECT 1 FROM open_records
         WHERE state IN ('parked', 'doubtful', 'expired') LIMIT ${COUNTED_MAX})`,
    ),
    db.prepare(
      `SELECT count(*) AS n FROM (SELECT 1 FROM outbox WHERE state = 'parked' LIMIT ${COUNTED_MAX})`,
    ),
    db
      .prepare(
        `SELECT count(DISTINCT substr(key, ${HELD_UP.length + 1}, ${ID_LENGTH})) AS n FROM outbox
         WHERE subscription = '' AND key > '${HELD_UP}' AND key < '${HELD_UP}~' AND created_ms > ?`,
      )
      .bind(yesterday),
  ])
  const of = (answer: D1Result<Record<string, number>> | undefined, name = 'n'): number =>
    answer?.results[0]?.[name] ?? 0
  return {
    paying: of(pay) + of(ended),
    churned: of(ended, 'churned'),
    trialsOver: of(trials),
    converted: of(trials, 'converted'),
    tickets: of(tickets),
    parkedRecords: of(records),
    parkedDeliveries: of(deliveries),
    heldUp: of(held),
  }
}

/** How the key of such an alarm begins (worker/metering/danger.ts, alarm-notice.ts); the subscription's id follows. */
const HELD_UP = 'alarm:held up:'
const ID_LENGTH = 'sub_'.length + 22
