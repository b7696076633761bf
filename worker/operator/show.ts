/** One subscription for the operator: what D1 has of it, and one record of its Ledger by its key. */
import type { RecordRow } from '../../shared/ledger/ledger.ts'
import type { SubscriptionDetail } from '../../shared/operator/wire.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { Shown } from '../db/subscriptions.ts'
import type { Edge } from '../env.ts'
import { linesOf } from './subscriptions.ts'

/** So many records share one hour at most: dimensions of a product times identities. */
const SAME_HOUR_MAX = 200

/** All that D1 knows, and where its Ledger stands. */
export async function showSubscription(edge: Edge, row: Shown): Promise<SubscriptionDetail | undefined> {
  const [lines, { results }] = await Promise.all([
    linesOf(edge, [row]),
    edge.settings.db
      .prepare(
        `SELECT kind, value, region, from_hour_ms AS fromHourMs FROM identities WHERE subscription = ?
         ORDER BY from_hour_ms, kind, value`,
      )
      .bind(row.id)
      .all<SubscriptionDetail['identities'][number]>(),
  ])
  return (
    lines[0] && {
      ...lines[0],
      productCode: row.productCode,
      agreementId: row.agreementId,
      createdMs: row.createdMs,
      identities: results,
    }
  )
}

/** The records of one hour. */
export async function recordsOf(edge: Edge, id: SubscriptionId, hour: number): Promise<RecordRow[]> {
  const rows: RecordRow[] = await edge.settings.ledgers
    .getByName(id)
    .records({ limit: SAME_HOUR_MAX, after: { hour, key: '' } })
  return rows.filter((row) => row.hour === hour)
}
