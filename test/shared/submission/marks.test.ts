/** Money §8: the mark of an unanswered attempt in every row of the table, and the rows that are about more than one record. */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { batchRequest } from '../../../shared/aws/batch-meter-usage.ts'
import { HOUR_MS } from '../../../shared/hour.ts'
import type { Call } from '../../../shared/submission/plan.ts'
import { event, ids, openWith } from '../ledger/subject.ts'
import {
  answerAll,
  callAt,
  INTERVAL_MS,
  lost,
  minutes,
  NOW,
  openEngine,
  receiptOf,
  record,
  records,
  refused,
  run,
  settled,
  subscription,
  type Answer,
} from './support.ts'

type Reply = (call: Call) => Answer

/** Answers of one record's attempts, in order; then its settlement. */
function follow(replies: readonly Reply[], over: Parameters<typeof record>[1] = {}) {
  const { engine } = openEngine()
  const only = record(1, over)
  engine.offer([only], NOW)
  let now = NOW
  for (const reply of replies) {
    now = Math.max(now, engine.nextWake() ?? 0)
    const call = callAt(engine, now)
    engine.answered(call.attempt, reply(call), now)
  }
  return settled(engine, now)[only.key]
}

const all =
  (status: Parameters<typeof answerAll>[1]): Reply =>
  (call) =>
    answerAll(call, status)
const say =
  (name: string, status?: number): Reply =>
  () =>
    refused(name, status)
const silence: Reply = () => lost

/** Every answer that leaves a record waiting. */
const BETWEEN: readonly [string, Reply][] = [
  ['CustomerNotSubscribed (row 4)', all('CustomerNotSubscribed')],
  ['UnprocessedRecords (row 5)', all('Unprocessed')],
  ['Throttling (row 5)', say('ThrottlingException')],
  ['a 500 (row 6)', say('InternalServiceErrorException', 500)],
  ['AccessDenied (row 9)', say('AccessDeniedException')],
  ['an unknown name (row 9)', say('BrandNewException')],
]
test.each(BETWEEN)(
  'the mark never fades by itself: after a lost answer and then %s a refusal is `doubtful`',
  (_name, between) => {
    expect(follow([silence, between, say('InvalidLicenseException')])).toMatchObject({
      state: 'doubtful',
      unanswered: true,
    })
  },
)

test.each(BETWEEN.filter(([name]) => !name.includes('row 6')))(
  'without a lost answer, after %s a refusal is `parked`',
  (_name, between) => {
    expect(follow([between, say('InvalidLicenseException')])).toMatchObject({
      state: 'parked',
      unanswered: false,
    })
  },
)

test('a lost answer that is followed by Success is billed: the receipt is AWS’s word', () => {
  expect(follow([silence, all('Success')])).toMatchObject({ state: 'billed', unanswered: true })
})

test('before activation is known nothing is frozen, so nothing can be refused: it waits (row 3)', () => {
  const sql = openNodeSql(':memory:')
  const ledger = openWith(sql, {}, {}, { activation: null })
  ledger.take(ids(event(NOW - HOUR_MS, 5)), NOW)
  ledger.runDue(NOW + HOUR_MS)
  expect(ledger.offers(10)).toEqual([])
  expect(ledger.status().waiting).toBe('activation')
  sql.close()
})

test('CustomerNotSubscribed is alerted at once, and once; the reconciler is told whom to ask about (row 4)', () => {
  const { engine } = openEngine()
  engine.offer(
    records(2, { identity: record(1).identity }).map((one, n) => ({
      ...one,
      key: `${one.key}${n}`,
      dimension: `d${n}`,
      subscription: record(1).subscription,
    })),
    NOW,
  )
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'CustomerNotSubscribed'), NOW)
  expect(engine.alarms(NOW)).toMatchObject([{ subject: 'not-subscribed:l-00000000000000000000000000000001' }])
  expect(engine.alarms(NOW + minutes(1))).toEqual([])
  expect(engine.unsubscribed(NOW)).toEqual([record(1).subscription])
  engine.asked([record(1).subscription], NOW)
  expect(engine.unsubscribed(NOW + minutes(15) - 1)).toEqual([])
  expect(engine.unsubscribed(NOW + minutes(15))).toEqual([record(1).subscription])
})

type Wire = ReturnType<typeof batchRequest>['UsageRecords'][number]
const result = (usage: Wire, more: object = {}) => ({
  UsageRecord: usage,
  MeteringRecordId: receiptOf(usage),
  Status: 'Success',
  ...more,
})
const UNREADABLE: readonly [string, (usage: Wire) => object][] = [
  ['in neither list', () => ({ Results: [], UnprocessedRecords: [] })],
  ['in both lists', (usage) => ({ Results: [result(usage)], UnprocessedRecords: [usage] })],
  ['twice in one list', (usage) => ({ Results: [result(usage), result(usage)], UnprocessedRecords: [] })],
  [
    'of an unknown status',
    (usage) => ({ Results: [result(usage, { Status: 'Maybe' })], UnprocessedRecords: [] }),
  ],
  [
    'of another quantity',
    (usage) => ({ Results: [result({ ...usage, Quantity: usage.Quantity + 1 })], UnprocessedRecords: [] }),
  ],
]
test.each(UNREADABLE)('a record %s counts as unanswered (row 6)', (_name, body) => {
  const reply: Reply = (call) => {
    const [usage] = batchRequest(call.records).UsageRecords
    return { ok: true, value: usage === undefined ? {} : body(usage) }
  }
  expect(follow([reply, all('DuplicateRecord')])).toMatchObject({ state: 'doubtful', unanswered: true })
})

test('answers are matched by account, license, dimension and hour, whatever their order and the spelling of the license', () => {
  const { engine } = openEngine()
  const sent = records(5)
  engine.offer(sent, NOW)
  const call = callAt(engine, NOW)
  const usages = batchRequest(call.records).UsageRecords
  const Results = usages.map((usage, n) => ({
    UsageRecord: {
      ...usage,
      LicenseArn: usage.LicenseArn?.replace('::294406891311:license:', ':us-east-1:1:license/'),
    },
    MeteringRecordId: receiptOf(usage),
    Status: n === 1 ? 'DuplicateRecord' : 'Success',
  }))
  engine.answered(
    call.attempt,
    { ok: true, value: { Results: Results.reverse(), UnprocessedRecords: [] } },
    NOW,
  )
  const ended = settled(engine, NOW)
  for (const [n, one] of call.records.entries())
    expect(ended[one.key]).toMatchObject({
      state: n === 1 ? 'parked' : 'billed',
      receipt: receiptOf(usages[n] ?? { Timestamp: 0, Dimension: '', Quantity: 0 }),
    })
})

test.each([false, true])(
  'a stopped lane parks and halves nothing, however long, until the deadline (row 9; unanswered: %s)',
  (before) => {
    const { engine } = openEngine()
    const sent = records(25, { deadline: NOW + minutes(30) })
    engine.offer(sent, NOW)
    let now = NOW
    if (before) {
      engine.answered(callAt(engine, now).attempt, lost, now)
      now = engine.nextWake() ?? 0
    }
    const { end, calls } = run(engine, () => refused('DisabledApiException'), now)
    expect(calls.slice(1).every((call) => call.keys.length === 1)).toBe(true)
    const states = engine
      .offer(sent, end)
      .map((one) => (one.kind === 'settled' ? one.settlement.state : one.kind))
    expect(new Set(states)).toEqual(new Set([before ? 'doubtful' : 'expired']))
  },
)

test('three different dimensions refused within a minute stop none of them; the third of one dimension does (row 8)', () => {
  const { engine } = openEngine()
  const sick = [1, 2, 3].map((n) => record(n, { dimension: `d${n}` }))
  engine.offer(sick, NOW)
  run(engine, () => refused('InvalidUsageDimensionException'), NOW, NOW + minutes(1))
  expect(engine.backlog(NOW).stops).toEqual([])
})

test('three refusals of one dimension that take longer than a minute do not stop it (row 8)', () => {
  const { engine } = openEngine()
  for (const [n, at] of [0, 31_000, 60_000].entries()) {
    engine.offer([record(n + 1)], NOW + at)
    const call = callAt(engine, NOW + at)
    engine.answered(call.attempt, refused('InvalidTagException'), NOW + at)
  }
  expect(engine.backlog(NOW).stops).toEqual([])
  engine.offer([record(9)], NOW + 61_000)
  engine.answered(callAt(engine, NOW + 61_000).attempt, refused('InvalidTagException'), NOW + 61_000)
  expect(engine.backlog(NOW).stops).toHaveLength(1)
})

test('halves and probes together take at most a fifth of the calls, however many batches are bad (row 8)', () => {
  const { engine } = openEngine()
  const bad = Array.from({ length: 500 }, (_, n) =>
    record(n + 1, { dimension: `d${n}`, subscription: subscription(n % 20) }),
  )
  const good = Array.from({ length: 5_000 }, (_, n) =>
    record(n + 1_000, { subscription: subscription(n % 20) }),
  )
  const poison = new Set(bad.filter((_, n) => n % 5 === 0).map((one) => one.key))
  engine.offer([...bad, ...good], NOW)
  const spent: { at: number; alone: boolean }[] = []
  run(
    engine,
    (call, now) => {
      const halving = call.records.some((one) => one.dimension.startsWith('d'))
      spent.push({ at: now, alone: halving && call.records.length < 25 })
      return call.records.some((one) => poison.has(one.key))
        ? refused('InvalidUsageDimensionException')
        : answerAll(call, 'Success')
    },
    NOW,
    NOW + 20_000,
  )
  const halves = spent.filter((one) => one.alone)
  for (const [n, half] of halves.entries())
    expect((halves[n + 1]?.at ?? Number.MAX_SAFE_INTEGER) - half.at).toBeGreaterThanOrEqual(5 * INTERVAL_MS)
  expect(halves.length).toBeGreaterThan(20)
})
