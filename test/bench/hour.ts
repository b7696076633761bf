/**
 * What an hour costs as buyers become more: 1 000, 10 000 and 100 000 active subscriptions with two dimensions each, from
 * the event to the receipt, and one that is idle. `node test/bench/hour.ts`, about two minutes.
 */
import { openNodeSql } from '../../container/sql.ts'
import { HOUR_MS } from '../../shared/hour.ts'
import { type Ledger, openLedger } from '../../shared/ledger/ledger.ts'
import { batchRequest } from '../../shared/aws/batch-meter-usage.ts'
import { ok } from '../../shared/result.ts'
import type { FrozenRecord } from '../../shared/submission/record.ts'
import { openSubmission, type Submission } from '../../shared/submission/submission.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { dimension, orderOf, product, settlement, termsOf } from '../shared/ledger/subject.ts'
import { print } from './line.ts'

const COUNTS = [1_000, 10_000, 100_000] as const
const METERS = ['calls', 'pages'] as const

/** A subscription's hour among 100 000 against one among 1 000, at most: the index of the line grows, nothing else. */
const LINEAR_MAX = 1.5

const START = Date.parse('2026-11-02T00:00Z')
const NOW = START + 2 * HOUR_MS
const UNDONE = new Error('undone')
const TERMS = termsOf(product(METERS.map((meter) => dimension({ meter }, { key: meter }))))

const unit = 'us a subscription and hour'
const costs = new Map<number, number>()
const home = openNodeSql(':memory:')
openLedger(home, TERMS)
for (const count of COUNTS) {
  const sql = openNodeSql(':memory:')
  const submission = openSubmission(sql, { region: 'us-east-1', ratePerSecond: 9 })
  const began = performance.now()
  for (let at = 0; at < count; at += 1) meterHour(at, submission)
  sendAll(submission, count * METERS.length)
  costs.set(count, ((performance.now() - began) * 1000) / count)
  sql.close()
}
const base = costs.get(1_000) ?? Number.NaN
for (const [count, value] of costs)
  print({
    id: `hour-${count}`,
    value,
    unit,
    ratio: value / base,
    base: 'hour-1000',
    ok: value / base <= LINEAR_MAX,
  })

home.transaction(() =>
  openLedger(home, TERMS).order(orderOf({ activation: START, agreementStart: START }), START),
)
const wakes = openLedger(home, TERMS).runDue(NOW).nextWake === null ? 0 : 1
print({ id: 'hour-idle', value: wakes, unit: 'wakes', ratio: wakes, base: 'none', ok: wakes === 0 })
home.close()

/** One Ledger's hour, in a database that is empty again behind it. */
function meterHour(at: number, submission: Submission): void {
  try {
    home.transaction(() => {
      const ledger = openLedger(home, TERMS)
      const account = String(at).padStart(12, '0')
      const licenseArn = `arn:aws:license-manager::294406891311:license:l-${at.toString(16).padStart(32, '0')}`
      const [identity] = orderOf().identities
      if (identity === undefined) throw new Error('the order names no identity')
      ledger.order(
        orderOf({
          activation: START,
          agreementStart: START,
          account,
          identities: [{ ...identity, kind: 'license', licenseArn, account }],
        }),
        START,
      )
      const events = METERS.map((meter) => ({
        source: 'bench',
        id: meter,
        meter,
        time: START,
        kind: 'quantity' as const,
        quantity: 7_000_000n,
      }))
      ledger.take({ kind: 'ids', events }, START)
      ledger.runDue(NOW)
      handOver(ledger, submission, `sub_${String(at).padStart(22, '0')}`)
      throw UNDONE
    })
  } catch (thrown) {
    if (thrown !== UNDONE) throw thrown
  }
}

/** The Ledger's part up to the receipt; the Submitter's copies stay and are sent with all others. */
function handOver(ledger: Ledger, submission: Submission, subscription: SubscriptionId): void {
  const records = ledger.offers(100)
  if (records.length !== METERS.length) throw new Error(`${records.length} records were frozen`)
  submission.offer(
    records.map((record) => ({ ...record, subscription })),
    NOW,
  )
  ledger.handed(records)
  ledger.settle(
    records.map((record) => settlement(record)),
    NOW,
  )
}

/** Sends every copy in as many calls as it takes, every answer a receipt. */
function sendAll(submission: Submission, count: number): void {
  let sent = 0
  for (let call = submission.next(NOW); call !== undefined; call = submission.next(NOW)) {
    submission.answered(call.attempt, ok(receipts(call.records)), NOW)
    sent += call.records.length
  }
  if (sent !== count) throw new Error(`${sent} of ${count} records were sent`)
  for (;;) {
    const results = submission.unsettled(1_000, NOW)
    if (results.size === 0) return
    for (const [subscription, list] of results) submission.confirmed(subscription, list)
  }
}

function receipts(records: readonly FrozenRecord[]): unknown {
  const Results = batchRequest(records).UsageRecords.map((usage) => ({
    UsageRecord: usage,
    MeteringRecordId: 'receipt',
    Status: 'Success',
  }))
  return { Results, UnprocessedRecords: [] }
}
