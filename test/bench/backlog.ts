/**
 * After an outage of 23 hours with 100 000 customers and two dimensions 4.6 million records wait: whether each is sent
 * before its deadline under a virtual clock, how full the calls are, and what a call costs with ever more waiting.
 * `node test/bench/backlog.ts [scale]`: the engine runs with 1/scale of the customers at 1/scale of the rate (default
 * 100, half a minute; 1 takes a quarter of an hour and 5 GB); orders that miss are a model of the same queue.
 */
import { openNodeSql } from '../../container/sql.ts'
import { batchRequest } from '../../shared/aws/batch-meter-usage.ts'
import { HOUR_MS, hourOf } from '../../shared/hour.ts'
import { ok } from '../../shared/result.ts'
import type { Call } from '../../shared/submission/plan.ts'
import { openSubmission, type Submission } from '../../shared/submission/submission.ts'
import { median, print } from './line.ts'
import { BACK, DIMENSIONS, missedBy, OUTAGE, recordsOf, REGION } from './outage.ts'

const CUSTOMERS = 100_000
const RATE = 9

/** What a call may cost with a hundred times as many copies waiting, as a ratio. */
const GROWTH_MAX = 3

const scale = Number(process.argv[2] ?? 100)

const engine = runOutage(CUSTOMERS / scale, RATE / scale)
const all = (CUSTOMERS / scale) * DIMENSIONS.length * 2 * OUTAGE.length
print({
  id: `backlog-missed-1:${scale}`,
  value: engine.missed,
  unit: 'records',
  ratio: engine.missed / all,
  base: 'all records',
  ok: engine.missed === 0 && engine.sent === all,
})
print({
  id: 'backlog-drained',
  value: engine.drainedMs / 60_000,
  unit: 'minutes',
  ratio: engine.drainedMs / engine.forecastMs,
  base: 'what was forecast without new hours',
  ok: true,
})
print({
  id: 'backlog-tightest',
  value: engine.tightestMs / 60_000,
  unit: 'minutes left',
  ratio: engine.tightestMs / HOUR_MS,
  base: 'the hour that was left at best',
  ok: engine.tightestMs > 0,
})
const fill = engine.backlogRecords / engine.backlogCalls
print({
  id: 'backlog-fill',
  value: fill,
  unit: 'records a call',
  ratio: fill / 25,
  base: '25',
  ok: fill >= 24,
})

const intervalMs = (1_000 / RATE) * scale
for (const [id, missed] of [
  [
    'model-earliest-deadline',
    missedBy((hour, customer, of) => hour + customer / of, CUSTOMERS / scale, intervalMs),
  ],
  [
    'model-newest-first',
    missedBy((hour, customer, of) => -hour + customer / of, CUSTOMERS / scale, intervalMs),
  ],
  ['model-by-customer', missedBy((hour, customer) => customer * 1e14 + hour, CUSTOMERS / scale, intervalMs)],
] as const)
  print({
    id,
    value: missed,
    unit: 'records missed',
    ratio: missed / all,
    base: 'all records',
    ok: id === 'model-earliest-deadline' ? missed === 0 : missed > 0,
  })

const FEW = 1_150
const few = callCost(FEW)
for (const waiting of [10 * FEW, 100 * FEW]) {
  const cost = callCost(waiting)
  print({
    id: `call-with-${waiting}-waiting`,
    value: cost,
    unit: 'microseconds of CPU',
    ratio: cost / few,
    base: `call-with-${FEW}-waiting`,
    ok: cost / few <= GROWTH_MAX,
  })
}

interface Outcome {
  readonly missed: number
  readonly sent: number
  readonly tightestMs: number
  readonly drainedMs: number
  readonly forecastMs: number
  /** Calls made while more than one batch waited, and the records in them. */
  readonly backlogCalls: number
  readonly backlogRecords: number
}

/** The engine from the end of the outage until the day after, new hours joining when they freeze. */
function runOutage(customers: number, rate: number): Outcome {
  const sql = openNodeSql(':memory:')
  const submission = openSubmission(sql, { region: REGION, ratePerSecond: rate })
  const join = (hour: number, now: number): void => {
    for (let customer = 0; customer < customers; customer++) submission.offer(recordsOf(customer, hour), now)
  }
  for (const hour of OUTAGE) join(hour, BACK)
  const forecastMs = submission.backlog(BACK).drainMs ?? 0
  let now = BACK
  let joined = hourOf(BACK)
  let drainedMs = 0
  let backlogCalls = 0
  let backlogRecords = 0
  let sent = 0
  let tightestMs = HOUR_MS
  for (;;) {
    while (joined < BACK + (OUTAGE.length - 1) * HOUR_MS && now >= joined + 70 * 60_000) {
      join(joined, now)
      joined = hourOf(joined + HOUR_MS)
    }
    const call = submission.next(now)
    if (call === undefined) {
      if (drainedMs === 0) drainedMs = now - BACK
      settleAll(submission, now)
      if (joined >= BACK + (OUTAGE.length - 1) * HOUR_MS) break
      now = Math.max(now, joined + 70 * 60_000)
      continue
    }
    submission.answered(call.attempt, taken(call), now)
    sent += call.records.length
    for (const record of call.records) tightestMs = Math.min(tightestMs, record.deadline - now)
    if (drainedMs === 0) {
      backlogCalls += 1
      backlogRecords += call.records.length
    }
    if (backlogCalls % 100 === 0) settleAll(submission, now)
    now += Math.ceil(1_000 / rate)
  }
  const [expired] = sql.all<{ missed: number }>(
    "select (select count(*) from copies where result <> 'billed') + (select count(*) from confirmed where result <> 'billed') as missed",
  )
  sql.close()
  return {
    missed: expired?.missed ?? 0,
    sent,
    tightestMs,
    drainedMs,
    forecastMs,
    backlogCalls,
    backlogRecords,
  }
}

/** Microseconds of CPU a call takes with so many copies waiting: planned, stored, answered, and when to come again. */
function callCost(waiting: number): number {
  const sql = openNodeSql(':memory:')
  const submission = openSubmission(sql, { region: REGION, ratePerSecond: RATE })
  const hours = 20
  for (let n = 0; n < waiting / DIMENSIONS.length; n++)
    submission.offer(recordsOf(Math.floor(n / hours), OUTAGE[n % hours] ?? BACK), BACK)
  const times = Array.from({ length: 40 }, () => {
    const start = process.cpuUsage()
    submission.ready(BACK)
    const call = submission.next(BACK)
    if (call !== undefined) submission.answered(call.attempt, taken(call), BACK)
    submission.nextWake()
    const { user, system } = process.cpuUsage(start)
    return user + system
  })
  sql.close()
  return median(times.slice(-35))
}

/** AWS's answer when it takes everything. */
function taken(call: Call) {
  return ok({
    Results: batchRequest(call.records).UsageRecords.map((UsageRecord, n) => ({
      UsageRecord,
      MeteringRecordId: `r-${call.attempt}-${n}`,
      Status: 'Success',
    })),
    UnprocessedRecords: [],
  })
}

function settleAll(submission: Submission, now: number): void {
  for (;;) {
    const unsettled = submission.unsettled(1_000, now)
    if (unsettled.size === 0) return
    for (const [subscription, results] of unsettled) submission.confirmed(subscription, results)
  }
}
