/** Money §7 *Order*: what is said of the backlog before it happens, against what then happens. */
import { expect, test } from 'vitest'
import { HOUR_MS, hourOf } from '../../../shared/hour.ts'
import { forecastLost } from '../../../shared/submission/forecast.ts'
import {
  answerAll,
  callAt,
  INTERVAL_MS,
  lost,
  minutes,
  NOW,
  openEngine,
  record,
  records,
  refused,
  run,
  settled,
  subscription,
} from './support.ts'

test('what will not make it is named in advance with its value, and that is what then expires', () => {
  const { engine } = openEngine()
  const deadline = NOW + minutes(2) + 10_000
  // Ten seconds of full batches and two minutes of single records: about 9 × 10 × 25 + 9 × 120.
  const all = Array.from({ length: 4_000 }, (_, n) =>
    record(n + 1, { deadline, quantity: n + 1, subscription: subscription(n % 20) }),
  )
  engine.offer(all, NOW)
  engine.offer(records(50, { dimension: 'later', deadline: NOW + minutes(60) }), NOW)
  const { lost: missing } = engine.backlog(NOW)

  const { end } = run(engine, (call) => answerAll(call, 'Success'))
  const expired = Object.values(settledAll(engine, all, end)).filter((one) => one.state === 'expired')
  // The test's calls are 112 ms apart, the plan's 111.1.
  expect(Math.abs(missing.records - expired.length)).toBeLessThan(40)
  expect(expired.length).toBeGreaterThan(400)
  // The least valuable are the ones: of quantities 1, 2, 3, … the first.
  const count = missing.records
  expect(missing).toMatchObject({ valued: count, value: `${(count * (count + 1)) / 2}.000000000000` })
  expect(missing.named.map((one) => one.key)).toEqual(
    all
      .slice(count - 100, count)
      .reverse()
      .map((one) => one.key),
  )
})

function settledAll(
  engine: ReturnType<typeof openEngine>['engine'],
  all: ReturnType<typeof records>,
  now: number,
) {
  const answers = engine.offer(all, now)
  return answers.flatMap((answer) => (answer.kind === 'settled' ? [answer.settlement] : []))
}

test.each([
  ['all in time', [[12, 250]], [0]],
  ['one batch too many, but for two that go alone in the last two minutes', [[12, 275]], [23]],
  [
    'what is lost takes no turn from what comes later',
    [
      [12, 500],
      [22, 500],
    ],
    [248, 298],
  ],
])('a call every minute, records by their deadline in minutes: %s', (_name, groups, expected) => {
  const queue = groups.map(([deadline = 0, count = 0]) => ({
    final: false,
    deadline: NOW + minutes(deadline),
    records: count,
  }))
  expect(forecastLost(queue, minutes(1), NOW)).toEqual(expected)
})

test('the last batch that goes before its deadline is counted, the first after it is not', () => {
  const group = (deadline: number) => [{ final: false, deadline, records: 2 }]
  expect(forecastLost(group(NOW), 1_000, NOW)).toEqual([2])
  expect(forecastLost(group(NOW + 1), 1_000, NOW)).toEqual([1])
  expect(forecastLost(group(NOW + 1_000), 1_000, NOW)).toEqual([1])
  expect(forecastLost(group(NOW + 1_001), 1_000, NOW)).toEqual([0])
})

test('final records are tried whatever the time, and take their turns first (money §6)', () => {
  const final = { final: true, deadline: NOW - 1, records: 100 }
  const other = { final: false, deadline: NOW + minutes(1), records: 60 }
  expect(forecastLost([final, other], 1_000, NOW)).toEqual([0, 60])
  expect(forecastLost([{ ...final, records: 10 }, other], 1_000, NOW)).toEqual([0, 10])
})

test('the backlog takes as long as the calls of the last five minutes say, not as long as was planned', () => {
  const { engine } = openEngine()
  engine.offer(records(100), NOW)
  expect(engine.backlog(NOW)).toMatchObject({ waiting: 100, drainMs: Math.ceil(4 * INTERVAL_MS) })
  const throttled = callAt(engine, NOW)
  engine.answered(throttled.attempt, refused('ThrottlingException'), NOW)
  expect(engine.backlog(NOW)).toMatchObject({
    waiting: 100,
    intervalMs: null,
    drainMs: null,
    lost: { records: 100 },
  })
  const taken = callAt(engine, NOW)
  engine.answered(taken.attempt, answerAll(taken, 'Success'), NOW)
  expect(engine.backlog(NOW)).toMatchObject({
    waiting: 75,
    drainMs: Math.ceil(3 * 2 * INTERVAL_MS),
    lost: { records: 0 },
  })
  expect(engine.backlog(NOW + minutes(5))).toMatchObject({ drainMs: Math.ceil(3 * INTERVAL_MS) })
})

test('what a stopped product keeps back is said with its deadline, and is not called lost: it can be opened', () => {
  const { engine } = openEngine()
  const sick = record(1)
  engine.offer([sick, record(2, { productCode: 'prodcode0000000000000002' })], NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  const backlog = engine.backlog(NOW)
  expect(backlog.lanes).toMatchObject([
    { product_code: sick.productCode, records: 1, deadline: sick.deadline },
  ])
  expect(backlog.lost.records).toBe(0)
  expect(engine.alarms(NOW)[0]?.message).toContain('1 record waits, the first until 2026-11-22T09:00Z')
})

test('a window raises its alarm at 50, 75 and 92 % once each, to the millisecond', () => {
  const { engine } = openEngine()
  const hour = hourOf(NOW)
  engine.offer(
    [1, 2].map((n) => record(n, { hour, timestamp: hour, deadline: hour + 24 * HOUR_MS })),
    NOW,
  )
  const raised: [number, string][] = []
  const steps = [12, 18, 22.08].map((hours) => hour + hours * HOUR_MS)
  for (const step of steps)
    for (const now of [step - 1, step, step + minutes(1)])
      for (const alarm of engine.alarms(now)) raised.push([now, alarm.subject])
  const closes = '2026-11-22T10:00Z'
  expect(raised).toEqual([
    [steps[0], `danger:50:${closes}`],
    [steps[1], `danger:75:${closes}`],
    [steps[2], `danger:92:${closes}`],
  ])
  expect(engine.backlog(steps[2] ?? 0).danger).toEqual([
    { percent: 92, records: 2 },
    { percent: 75, records: 0 },
    { percent: 50, records: 0 },
  ])
})

test('two windows are two alarms: the second is heard although the first stands', () => {
  const { engine } = openEngine()
  const first = hourOf(NOW - HOUR_MS)
  engine.offer(
    [first, hourOf(NOW)].map((hour, n) =>
      record(n + 1, { hour, timestamp: hour, deadline: hour + 24 * HOUR_MS }),
    ),
    NOW,
  )
  expect(engine.alarms(first + 12 * HOUR_MS)).toHaveLength(1)
  expect(engine.alarms(first + 13 * HOUR_MS)).toHaveLength(1)
})

test('the backlog shows each alarm with since when and until when it was true; one that comes back begins anew', () => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  engine.alarms(NOW)
  engine.alarms(NOW + minutes(1))
  expect(engine.backlog(NOW + minutes(2)).alarms).toMatchObject([
    {
      subject: `lane:${record(1).productCode}:AccessDeniedException`,
      since: NOW,
      last: NOW + minutes(1),
      over: false,
    },
  ])
  const wake = engine.nextWake() ?? 0
  const probe = callAt(engine, wake)
  engine.answered(probe.attempt, answerAll(probe, 'Success'), wake)
  engine.alarms(wake)
  expect(engine.backlog(wake).alarms).toMatchObject([{ since: NOW, last: NOW + minutes(1), over: true }])

  engine.offer([record(2)], wake)
  engine.answered(callAt(engine, wake).attempt, refused('AccessDeniedException'), wake)
  expect(engine.alarms(wake)).toHaveLength(1)
  expect(engine.backlog(wake).alarms).toMatchObject([{ since: wake, last: wake, over: false }])
})

test('an unanswered call counts against the rate, one that was halved does not', () => {
  const { engine } = openEngine()
  engine.offer(records(75), NOW)
  for (const answer of [lost, refused('InvalidTagException')])
    engine.answered(callAt(engine, NOW).attempt, answer, NOW)
  expect(engine.backlog(NOW).intervalMs).toBeCloseTo(2 * INTERVAL_MS)
  expect(settled(engine, NOW)).toEqual({})
})

test('the counts of what waits are true whatever becomes of the copies', () => {
  const { sql, engine } = openEngine()
  const check = (): void => {
    const [held] = sql.all<{ open: number; windows: number; offered: number; copies: number }>(
      `select (select count(*) from copies where result is null) as open, (select sum(open) from windows) as windows,
         (select sum(offered) from windows) as offered,
         (select count(*) from copies) + (select count(*) from confirmed) as copies`,
    )
    expect([held?.windows, held?.offered]).toEqual([held?.open, held?.copies])
  }
  engine.offer(records(60), NOW)
  check()
  engine.offer([record(3, { final: true, deadline: NOW + minutes(30) })], NOW)
  check()
  for (const status of ['Success', 'DuplicateRecord'] as const) {
    const call = callAt(engine, NOW)
    engine.answered(call.attempt, answerAll(call, status), NOW)
    check()
  }
  const parked = Object.values(settled(engine, NOW)).find((one) => one.state === 'parked')
  const again = records(60).find((one) => one.key === parked?.key)
  engine.offer(again === undefined ? [] : [{ ...again, round: 1 }], NOW)
  check()
  run(engine, () => refused('ThrottlingException'))
  check()
})
