/** Money §7 *Order*: who goes first, and who travels together. */
import { expect, test } from 'vitest'
import { BATCH_MAX, batchRequest } from '../../../shared/aws/batch-meter-usage.ts'
import { HOUR_MS, hourOf } from '../../../shared/hour.ts'
import { hashFraction, resumeAt } from '../../../shared/submission/pause.ts'
import {
  answerAll,
  callAt,
  lost,
  minutes,
  NOW,
  openEngine,
  record,
  records,
  REGION,
  refused,
  run,
  settled,
} from './support.ts'

test('the earliest deadline goes first; equal deadlines: the larger quantity × price', () => {
  const { engine } = openEngine()
  const rows = [
    record(1, { deadline: NOW + minutes(90) }),
    record(2, { deadline: NOW + minutes(60), quantity: 2 }),
    record(3, { deadline: NOW + minutes(60), quantity: 1, price: '2500000.5' }),
    record(4, { deadline: NOW + minutes(60), quantity: 2_147_483_647, price: '0.000001' }),
  ]
  engine.offer(rows, NOW)
  const keys = callAt(engine, NOW).records.map((one) => one.key)
  expect(keys).toEqual([3, 2, 4, 1].map((n) => rows[n - 1]?.key))
})

test('final records go before all others, whatever their deadline (money §6)', () => {
  const { engine } = openEngine()
  const final = record(99, { final: true, deadline: NOW + minutes(59) })
  engine.offer([...records(30, { deadline: NOW + minutes(10) }), final], NOW)
  expect(callAt(engine, NOW).records[0]?.key).toBe(final.key)
})

test('a final record goes before those of another product, whatever their deadline (money §6)', () => {
  const { engine } = openEngine()
  const final = record(99, {
    final: true,
    deadline: NOW + minutes(59),
    productCode: 'prodcode0000000000000002',
  })
  engine.offer([...records(30, { deadline: NOW + minutes(10) }), final], NOW)
  expect(callAt(engine, NOW).records).toMatchObject([{ key: final.key }])
})

test('a record in its pause holds up nobody (money §7)', () => {
  const { engine } = openEngine()
  engine.offer(records(1), NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('ThrottlingException'), NOW)
  const later = record(2, { deadline: record(2).deadline + 1 })
  engine.offer([later], NOW)
  expect(callAt(engine, NOW).records).toMatchObject([{ key: later.key }])
})

test('batches are full across subscriptions, of one product and one kind of identity', () => {
  const { engine } = openEngine()
  const legacy = Array.from({ length: 30 }, (_, n) =>
    record(n + 200, {
      identity: {
        kind: 'product-customer',
        fromHour: hourOf(0),
        region: REGION,
        productCode: 'legacy0000000000000000001',
        customerIdentifier: `c${n}`,
      },
      productCode: 'legacy0000000000000000001',
    }),
  )
  engine.offer([...records(60), ...legacy, record(300, { productCode: 'prodcode0000000000000002' })], NOW)
  const sizes: number[] = []
  for (let call = engine.next(NOW); call !== undefined; call = engine.next(NOW)) {
    sizes.push(call.records.length)
    expect(new Set(call.records.map((one) => `${one.productCode}|${one.identity.kind}`)).size).toBe(1)
    expect(batchRequest(call.records).ProductCode).toBe(
      call.productCode.startsWith('legacy') ? call.productCode : undefined,
    )
  }
  expect(sizes.sort((a, b) => b - a)).toEqual([25, 25, 25, 10, 5, 1])
})

test('a record with less than two minutes left travels alone', () => {
  const { engine } = openEngine()
  engine.offer(records(3, { deadline: NOW + minutes(2) - 1 }), NOW)
  engine.offer([record(4, { deadline: NOW + minutes(2) }), record(5, { deadline: NOW + minutes(2) })], NOW)
  const sizes = Array.from({ length: 4 }, () => callAt(engine, NOW).records.length)
  expect(sizes).toEqual([1, 1, 1, 2])
})

test('a call stays below 1 MB', () => {
  const { engine } = openEngine()
  engine.offer(
    Array.from({ length: 30 }, (_, n) => record(n + 1, { dimension: `${'d'.repeat(50_000)}${n}` })),
    NOW,
  )
  const call = callAt(engine, NOW)
  expect(call.records.length).toBeLessThan(BATCH_MAX)
  expect(new TextEncoder().encode(JSON.stringify(batchRequest(call.records))).length).toBeLessThan(1_000_000)
})

test('after a pause the records of one batch travel together again', () => {
  const { engine } = openEngine()
  engine.offer(records(25), NOW)
  engine.answered(callAt(engine, NOW).attempt, lost, NOW)
  expect(callAt(engine, engine.nextWake() ?? 0).records).toHaveLength(25)
})

test('a pause doubles from 2 s to 5 min, half of it jitter, and never passes the deadline', () => {
  for (let n = 1; n < 40; n++) {
    const pause = resumeAt(0, n, 'seed', 24 * HOUR_MS)
    const full = Math.min(300_000, 2_000 * 2 ** (n - 1))
    expect(pause).toBeGreaterThanOrEqual(full / 2)
    expect(pause).toBeLessThanOrEqual(full)
    expect(resumeAt(0, n, 'seed', 24 * HOUR_MS)).toBe(pause)
    expect(resumeAt(0, n, 'seed', 10_000)).toBeLessThanOrEqual(2_500)
    expect(resumeAt(0, n, 'seed', 500)).toBeLessThanOrEqual(500)
  }
  const spread = Array.from({ length: 1_000 }, (_, n) => hashFraction(`sub_${n}`))
  for (const tenth of Array.from({ length: 10 }, (_, n) => n / 10))
    expect(spread.filter((at) => at >= tenth && at < tenth + 0.1).length).toBeGreaterThan(50)
})

test('after an outage of 23 h 50 min everything still lands (G.2 fault 15)', () => {
  const { engine } = openEngine()
  const all = records(60, { hour: hourOf(NOW), timestamp: hourOf(NOW), deadline: hourOf(NOW) + 24 * HOUR_MS })
  engine.offer(all, NOW)
  const recovered = hourOf(NOW) + 24 * HOUR_MS - minutes(10)
  const { end } = run(engine, (call, now) => (now < recovered ? lost : answerAll(call, 'Success')))
  expect(
    engine.offer(all, end).every((one) => one.kind === 'settled' && one.settlement.state === 'billed'),
  ).toBe(true)
})

test('a throttling storm of 5 h drains before the deadlines (G.2 fault 10)', () => {
  const { engine } = openEngine()
  const all = records(60)
  engine.offer(all, NOW)
  const over = NOW + 5 * HOUR_MS
  const { end, calls } = run(engine, (call, now) =>
    now < over ? refused('ThrottlingException') : answerAll(call, 'Success'),
  )
  expect(
    engine.offer(all, end).every((one) => one.kind === 'settled' && one.settlement.state === 'billed'),
  ).toBe(true)
  expect(calls.length).toBeLessThan(5 * 5 * 40)
})

test('month end: the last day goes first, its deadline is 06:00 UTC on the 1st (G.2 fault 16)', () => {
  const { engine } = openEngine()
  const first = Date.UTC(2026, 11, 1)
  const oldHour = hourOf(first - 12 * HOUR_MS)
  const newHour = hourOf(first)
  const young = records(40, { hour: newHour, timestamp: newHour, deadline: newHour + 24 * HOUR_MS })
  const closing = Array.from({ length: 40 }, (_, n) =>
    record(n + 100, { hour: oldHour, timestamp: oldHour, deadline: first + 6 * HOUR_MS }),
  )
  engine.offer([...young, ...closing], first + 5 * HOUR_MS + minutes(50))
  const sent = run(
    engine,
    (call) => answerAll(call, 'Success'),
    first + 5 * HOUR_MS + minutes(50),
  ).calls.flatMap((call) => call.keys)
  expect(new Set(sent.slice(0, 40))).toEqual(new Set(closing.map((one) => one.key)))
})

test('an alarm that went down is raised again when its cause comes back', () => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  expect(engine.alarms(NOW)).toHaveLength(1)
  const wake = engine.nextWake() ?? 0
  const probe = callAt(engine, wake)
  engine.answered(probe.attempt, answerAll(probe, 'Success'), wake)
  expect(engine.alarms(wake)).toEqual([])
  expect(Object.values(settled(engine, wake))).toMatchObject([{ state: 'billed' }])
  engine.offer([record(2)], wake)
  engine.answered(callAt(engine, wake).attempt, refused('AccessDeniedException'), wake)
  expect(engine.alarms(wake)).toHaveLength(1)
})
