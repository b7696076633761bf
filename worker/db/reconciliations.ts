/** Reconciliations in D1: whose turn it is, what we know of the agreements AWS lists, and what was found. */
import type { AgreementSummary } from '../../shared/aws/agreement.ts'
import { HOUR_MS, MINUTE_MS } from '../../shared/hour.ts'
import { licenseTail } from '../../shared/license.ts'
import type { LifecycleState } from '../../shared/lifecycle.ts'
import { REPAIR_ID } from '../../shared/lifecycle/events.ts'
import type {
  AgreementLine,
  Reconciliations,
  ReconciliationLine,
  RepairLine,
} from '../../shared/operator/wire.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { agreements, reconciliations } from './schema-reconciliations.ts'

export type RunRow = typeof reconciliations.$inferSelect
export type AgreementRow = typeof agreements.$inferSelect

/** A cron run lasts a quarter of an hour at most. */
const LEASE_MS = 15 * MINUTE_MS

/** What a part of a reconciliation adds up to. */
export interface Tally {
  compared: number
  repaired: number
  contradictions: number
  calls: number
}

/** The reconciliation to go on with: one that is not done and that nobody has, or a new one each hour. Undefined: none. */
export async function claimRun(
  db: D1Database,
  first: string,
  now: number,
): Promise<Pick<RunRow, 'number' | 'cursor'> | undefined> {
  const [, claimed] = await db.batch<Pick<RunRow, 'number' | 'cursor'>>([
    db
      .prepare(
        `INSERT INTO reconciliations (started_ms, cursor) SELECT ?1, ?2 WHERE NOT EXISTS
           (SELECT 1 FROM reconciliations WHERE cursor IS NOT NULL OR started_ms > ?1 - ${HOUR_MS})`,
      )
      .bind(now, first),
    db
      .prepare(
        `UPDATE reconciliations SET lease_ms = ?1 + ${LEASE_MS}
         WHERE cursor IS NOT NULL AND (lease_ms IS NULL OR lease_ms <= ?1) RETURNING number, cursor`,
      )
      .bind(now),
  ])
  return claimed?.results[0]
}

/** Where it goes on; `cursor` null: it is done. `until`: nobody goes on with it before; null: the next minute may. */
export interface Progress {
  readonly cursor: string | null
  readonly until: number | null
  readonly stopped: string | null
}

/** Adds to what a reconciliation came to, and keeps where it goes on. Answers the events it has written in all. */
export async function keepProgress(
  db: D1Database,
  number: number,
  { cursor, until, stopped }: Progress,
  { compared, repaired, contradictions, calls }: Tally,
  now: number,
): Promise<number> {
  const row = await db
    .prepare(
      `UPDATE reconciliations SET cursor = ?2, lease_ms = ?3, stopped = coalesce(?4, stopped), compared = compared + ?5,
         repaired = repaired + ?6, contradictions = contradictions + ?7, calls = calls + ?8,
         finished_ms = CASE WHEN ?2 IS NULL THEN ?9 END WHERE number = ?1 RETURNING repaired`,
    )
    .bind(number, cursor, until, stopped, compared, repaired, contradictions, calls, now)
    .first<{ repaired: number }>()
  return row?.repaired ?? 0
}

/** A stored event of an agreement, ours or AWS's. */
export interface SeenEvent {
  readonly detailType: string
  readonly licenseTail: string | null
  readonly timeMs: number
  /** What an Ended says. */
  readonly status: string | null
  /** True: we wrote it in the place of one that never came. */
  readonly isOurs: boolean
}

/** The subscription of an agreement, or of its license. */
export interface SeenSubscription {
  readonly id: SubscriptionId
  readonly account: string
  readonly licenseTail: string | null
  readonly agreementId: string | null
  readonly state: LifecycleState
  readonly endedAt: number | null
}

/** What we know of one agreement. */
export interface Seen {
  readonly events: readonly SeenEvent[]
  readonly subscription: SeenSubscription | null
  /** True: the agreement its chain began with is one we know. */
  readonly ofChain: boolean
  readonly remembered: AgreementRow | null
}

type SeenRow = Omit<SeenEvent, 'isOurs'> & { readonly agreementId: string; readonly isOurs: number }

const EVENTS = `SELECT agreement_id AS agreementId, detail_type AS detailType, license_tail AS licenseTail, time_ms AS timeMs,
    id LIKE '${REPAIR_ID}%' AS isOurs, CASE WHEN detail_type LIKE 'Purchase Agreement Ended%' THEN body ->> '$.detail.agreement.status' END AS status
  FROM inbox WHERE state <> 'kept' AND agreement_id IN (SELECT value FROM json_each(?1))`

const SUBSCRIPTIONS = `SELECT id, account, license_tail AS licenseTail, agreement_id AS agreementId, state,
    detail ->> '$.end.at' AS endedAt FROM subscriptions
  WHERE license_tail IN (SELECT value FROM json_each(?2)) OR agreement_id IN (SELECT value FROM json_each(?1))`

const COLUMNS = `id, product, account, license_tail AS licenseTail, status, updated_ms AS updatedMs, starts_ms AS startsMs,
  checked_ms AS checkedMs, finding, finding_ms AS findingMs`

/** What we know of each of them, in their order. Three queries, however many they are. */
export async function readSeen(
  db: D1Database,
  listed: readonly AgreementSummary[],
): Promise<readonly Seen[]> {
  const ids = JSON.stringify(listed.flatMap((one) => [one.agreementId, one.initialAgreementId ?? []].flat()))
  const tails = JSON.stringify(listed.flatMap(tailsOf))
  const [events, subscriptions, remembered] = await db.batch([
    db.prepare(EVENTS).bind(ids),
    db.prepare(SUBSCRIPTIONS).bind(ids, tails),
    db.prepare(`SELECT ${COLUMNS} FROM agreements WHERE id IN (SELECT value FROM json_each(?1))`).bind(ids),
  ])
  const eventRows = ((events?.results ?? []) as readonly SeenRow[]).map((row) => ({
    ...row,
    isOurs: row.isOurs === 1,
  }))
  const rows = (subscriptions?.results ?? []) as readonly SeenSubscription[]
  const rememberedRows = (remembered?.results ?? []) as readonly AgreementRow[]
  const ofAgreement = (id: string | null) => rows.find(({ agreementId }) => agreementId === id)
  return listed.map((one) => ({
    events: eventRows.filter(({ agreementId }) => agreementId === one.agreementId),
    subscription:
      rows.find((row) => row.licenseTail !== null && tailsOf(one).includes(row.licenseTail)) ??
      ofAgreement(one.agreementId) ??
      null,
    ofChain:
      one.initialAgreementId !== null &&
      (ofAgreement(one.initialAgreementId) !== undefined ||
        eventRows.some(({ agreementId }) => agreementId === one.initialAgreementId)),
    remembered: rememberedRows.find(({ id }) => id === one.agreementId) ?? null,
  }))
}

const tailsOf = ({ licenseArns }: AgreementSummary): readonly string[] =>
  licenseArns.flatMap((arn) => licenseTail(arn) ?? [])

/** Keeps how agreements were seen; what is as it was is not written. */
export async function keepAgreements(db: D1Database, rows: readonly AgreementRow[]): Promise<void> {
  if (rows.length === 0) return
  await db
    .prepare(
      `INSERT OR REPLACE INTO agreements (id, product, account, license_tail, status, updated_ms, starts_ms, checked_ms,
         finding, finding_ms)
       SELECT value ->> 'id', value ->> 'product', value ->> 'account', value ->> 'licenseTail', value ->> 'status',
         value ->> 'updatedMs', value ->> 'startsMs', value ->> 'checkedMs', value ->> 'finding', value ->> 'findingMs'
       FROM json_each(?)`,
    )
    .bind(JSON.stringify(rows))
    .run()
}

/** A contract as we know it: what was entitled, and after which License Updated. */
export interface ContractRow {
  readonly id: SubscriptionId
  readonly agreementId: string
  readonly account: string
  readonly licenseArn: string
  readonly licenseTail: string
  readonly updatedAt: number
  /** JSON (worker/lifecycle/state.ts). */
  readonly entitlements: string
}

/** Contracts that are granted and answered: what is still being asked for is not missed. */
export async function readContracts(
  db: D1Database,
  tails: readonly string[],
): Promise<readonly ContractRow[]> {
  const { results } = await db
    .prepare(
      `SELECT id, agreement_id AS agreementId, account, license_arn AS licenseArn, license_tail AS licenseTail, entitlements,
         detail ->> '$.updatedAt' AS updatedAt FROM subscriptions
       WHERE license_tail IN (SELECT value FROM json_each(?)) AND state IN ('active', 'ending') AND entitlements IS NOT NULL
         AND agreement_id IS NOT NULL AND license_arn IS NOT NULL AND detail -> '$.asking' = 'null'
         AND detail ->> '$.updatedAt' IS NOT NULL`,
    )
    .bind(JSON.stringify(tails))
    .all<ContractRow>()
  return results
}

/**
 * Agreements of subscriptions that go on, of a product, and that no listing of AWS's had; in the order of their ids.
 * `findingMs`: since when AWS says that it does not know it; null: it has not been asked. What another proposed, a channel
 * partner, AWS lists and describes to him alone: it is not among them.
 */
export async function unlistedAgreements(
  db: D1Database,
  product: string,
  seller: string,
  after: string,
  limit: number,
): Promise<readonly Pick<AgreementRow, 'id' | 'findingMs'>[]> {
  const { results } = await db
    .prepare(
      `SELECT agreement_id AS id, (SELECT finding_ms FROM agreements a WHERE a.id = s.agreement_id) AS findingMs
       FROM subscriptions s WHERE product = ?1 AND agreement_id > ?2 AND state <> 'ended'
         AND NOT EXISTS (SELECT 1 FROM agreements a WHERE a.id = s.agreement_id AND a.status <> '${NOT_LISTED}')
         AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.agreement_id = s.agreement_id AND i.state <> 'kept'
           AND i.body ->> '$.detail.proposer.accountId' <> ?4)
       ORDER BY agreement_id LIMIT ?3`,
    )
    .bind(product, after, limit, seller)
    .all<Pick<AgreementRow, 'id' | 'findingMs'>>()
  return results
}

/** The status of an agreement that AWS says it does not know. */
export const NOT_LISTED = 'NOT LISTED'

/** The newest first. */
export async function listRuns(db: D1Database, limit: number): Promise<readonly ReconciliationLine[]> {
  const { results } = await db
    .prepare(
      `SELECT number, started_ms AS startedMs, finished_ms AS finishedMs, compared, repaired, contradictions, calls, stopped
       FROM reconciliations ORDER BY number DESC LIMIT ?`,
    )
    .bind(limit)
    .all<ReconciliationLine>()
  return results
}

/** Events that reconciliations wrote and what has become of them, the newest first. */
export async function listRepairs(db: D1Database, limit: number): Promise<readonly RepairLine[]> {
  const { results } = await db
    .prepare(
      `SELECT id, detail_type AS kind, agreement_id AS agreementId, time_ms AS at, received_ms AS repairedMs, state
       FROM inbox WHERE id >= ?1 AND id < ?1 || '~' ORDER BY received_ms DESC, id LIMIT ?2`,
    )
    .bind(REPAIR_ID, limit)
    .all<RepairLine>()
  return results
}

const LINE = `SELECT id AS agreementId, product, account, license_tail AS licenseTail, status, starts_ms AS startsMs, finding,
  finding_ms AS findingMs FROM agreements a`

/** What a person has to look at, and agreements in force that nobody brought a token for; the oldest first. */
export async function listAgreements(
  db: D1Database,
  limit: number,
): Promise<Pick<Reconciliations, 'contradictions' | 'unknown'>> {
  const [contradictions, unknown] = await db.batch<AgreementLine>([
    db
      .prepare(
        `${LINE} WHERE finding IS NOT NULL AND (status <> '${NOT_LISTED}' OR EXISTS
           (SELECT 1 FROM subscriptions s WHERE s.agreement_id = a.id AND s.state <> 'ended'))
         ORDER BY finding_ms, id LIMIT ?`,
      )
      .bind(limit),
    db
      .prepare(
        `${LINE} WHERE status = 'ACTIVE' AND NOT EXISTS
           (SELECT 1 FROM subscriptions s WHERE s.agreement_id = a.id OR s.license_tail = a.license_tail)
         ORDER BY starts_ms, id LIMIT ?`,
      )
      .bind(limit),
  ])
  return { contradictions: contradictions?.results ?? [], unknown: unknown?.results ?? [] }
}
