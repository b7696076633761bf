/** Records, an engine on node:sqlite, and AWS's answers in its own JSON. For the tests of the Submitter's engine. */
import { openNodeSql, type NodeSql } from '../../../container/sql.ts'
import { batchRequest, type WireRecord } from '../../../shared/aws/batch-meter-usage.ts'
import type { CallFailure } from '../../../shared/aws/failure.ts'
import { HOUR_MS, hourOf, MINUTE_MS } from '../../../shared/hour.ts'
import { err, ok, type Result } from '../../../shared/result.ts'
import type { Call } from '../../../shared/submission/plan.ts'
import type { FrozenRecord, Settlement } from '../../../shared/submission/record.ts'
import { openSubmission, type Submission } from '../../../shared/submission/submission.ts'
import { identityKey, type Identity, type SubscriptionId } from '../../../shared/subscription.ts'

export const NOW = Date.UTC(2026, 10, 21, 10, 12)
export const REGION = 'us-east-1'
export const INTERVAL_MS = 1_000 / 9

export interface Opened {
  readonly sql: NodeSql
  readonly engine: Submission
}

export function openEngine(sql = openNodeSql(':memory:')): Opened {
  return { sql, engine: openSubmission(sql, { region: REGION, ratePerSecond: 9 }) }
}

export const subscription = (n: number): SubscriptionId => `sub_${String(n).padStart(22, '0')}`

export const license = (n: number): Identity => ({
  kind: 'license',
  fromHour: hourOf(0),
  region: REGION,
  licenseArn: `arn:aws:license-manager::294406891311:license:l-${n.toString(16).padStart(32, '0')}`,
  account: String(n).padStart(12, '0'),
})

/** The n-th record: by default of the n-th subscription, for the hour before NOW, one unit at a dollar. */
export function record(n: number, over: Partial<FrozenRecord> = {}): FrozenRecord {
  const identity = over.identity ?? license(n)
  const dimension = over.dimension ?? 'api_calls_1k'
  const hour = over.hour ?? hourOf(NOW - HOUR_MS)
  return {
    key: `${identityKey(identity)}|${dimension}|${hour}`,
    subscription: subscription(n),
    product: 'skillsmith',
    productCode: 'prodcode0000000000000001',
    identity,
    dimension,
    hour,
    timestamp: hour,
    quantity: 1,
    deadline: hour + 24 * HOUR_MS,
    final: false,
    price: '1000000',
    ...over,
  }
}

export const records = (count: number, over: Partial<FrozenRecord> = {}): FrozenRecord[] =>
  Array.from({ length: count }, (_, n) => record(n + 1, over))

export type Answer = Result<unknown, CallFailure>
export type Status = 'Success' | 'DuplicateRecord' | 'CustomerNotSubscribed' | 'Unprocessed'

export const refused = (name: string, status = 400): Answer =>
  err({ kind: 'refused', name, message: 'no', status })

export const lost: Answer = err({ kind: 'unreachable', cause: 'timeout', message: 'no answer' })

/** AWS's answer to a call, each record by itself. */
export function answerEach(call: Call, statusOf: (record: WireRecord) => Status): Answer {
  const sent = batchRequest(call.records).UsageRecords
  const unprocessed = sent.filter((usage) => statusOf(usage) === 'Unprocessed')
  const results = sent
    .filter((usage) => statusOf(usage) !== 'Unprocessed')
    .map((usage) => ({ UsageRecord: usage, MeteringRecordId: receiptOf(usage), Status: statusOf(usage) }))
  return ok({ Results: results, UnprocessedRecords: unprocessed })
}

export const answerAll = (call: Call, status: Status): Answer => answerEach(call, () => status)

export const receiptOf = (usage: WireRecord): string =>
  `r-${usage.CustomerAWSAccountId ?? usage.CustomerIdentifier}-${usage.Dimension}-${usage.Timestamp}`

/** Everything that is settled, by key, as it would go to the Ledgers. */
export function settled(engine: Submission, now: number): Record<string, Settlement> {
  const all = [...engine.unsettled(1_000, now).values()].flat()
  return Object.fromEntries(all.map((settlement) => [settlement.key, settlement]))
}

/** One call that must be possible. */
export function callAt(engine: Submission, now: number): Call {
  const call = engine.next(now)
  if (call === undefined) throw new Error(`nothing may go at ${new Date(now).toISOString()}`)
  return call
}

export interface Run {
  readonly calls: readonly { readonly at: number; readonly keys: readonly string[] }[]
  readonly end: number
}

/** Makes calls at the rate until nothing is due before `until`. Time moves by itself and never stands still for ever. */
export function run(
  engine: Submission,
  aws: (call: Call, now: number) => Answer,
  from = NOW,
  until = from + 40 * HOUR_MS,
): Run {
  const calls: { at: number; keys: string[] }[] = []
  let now = from
  for (let idle = 0; idle < 50;) {
    const call = engine.next(now)
    if (call !== undefined) {
      idle = 0
      calls.push({ at: now, keys: call.records.map((one) => one.key) })
      engine.answered(call.attempt, aws(call, now), now)
      now += Math.ceil(INTERVAL_MS)
      continue
    }
    for (const [id, list] of engine.unsettled(100, now)) engine.confirmed(id, list)
    const wake = engine.nextWake()
    if (wake === null || wake > until) return { calls, end: now }
    idle = wake > now ? 0 : idle + 1
    now = Math.max(now, wake)
  }
  throw new Error(`stuck at ${new Date(now).toISOString()}`)
}

export const minutes = (count: number): number => count * MINUTE_MS
