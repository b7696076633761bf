/** What counts as a failure of metering, and for how long. */
import { expect, test } from 'vitest'
import { HOUR_MS } from '../../../shared/hour.ts'
import {
  answerAll,
  callAt,
  lost,
  minutes,
  NOW,
  openEngine,
  record,
  records,
  refused,
  run,
} from './support.ts'

test('a refused call and one without an answer count once each, a throttled one and a taken one not at all', () => {
  const { engine } = openEngine()
  engine.offer(records(3), NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('ThrottlingException'), NOW)
  expect(engine.backlog(NOW).failures).toBe(0)
  const second = NOW + minutes(5)
  engine.answered(callAt(engine, second).attempt, lost, second)
  expect(engine.backlog(second).failures).toBe(1)
  const third = second + minutes(5)
  engine.answered(callAt(engine, third).attempt, refused('AccessDeniedException'), third)
  expect(engine.backlog(third).failures).toBe(2)
  const fourth = third + minutes(6)
  const taken = callAt(engine, fourth)
  engine.answered(taken.attempt, answerAll(taken, 'Success'), fourth)
  expect(engine.backlog(fourth).failures).toBe(2)
})

test('a record that ends unbilled counts once, and the calls that were halved to find it do not', () => {
  const { engine } = openEngine()
  engine.offer(records(25), NOW)
  const { calls, end } = run(engine, (call) =>
    call.records.some(({ key }) => key === record(7).key)
      ? refused('InvalidLicenseException')
      : answerAll(call, 'Success'),
  )
  expect(calls.length).toBeGreaterThan(5)
  expect(engine.backlog(end).failures).toBe(1)
})

test('a record that expires unsent counts when it does, and no longer than an hour', () => {
  const { engine } = openEngine()
  const { deadline } = record(1)
  engine.offer([record(1)], NOW)
  engine.sweep(deadline)
  expect(engine.backlog(deadline).failures).toBe(1)
  expect(engine.backlog(deadline + HOUR_MS - 1).failures).toBe(1)
  expect(engine.backlog(deadline + HOUR_MS).failures).toBe(0)
})

test('a database from before failures were counted takes answers and ends of what it held, and counts them from then on', () => {
  const before = openEngine()
  before.sql.script('drop trigger attempts_failed; drop trigger copies_failed; drop table failures')
  before.engine.offer(records(60), NOW)
  const unanswered = callAt(before.engine, NOW)
  const taken = callAt(before.engine, NOW + 200)
  before.engine.answered(taken.attempt, answerAll(taken, 'Success'), NOW + 300)
  const refusal = callAt(before.engine, NOW + 400)
  before.engine.answered(refusal.attempt, refused('AccessDeniedException'), NOW + 500)
  const { engine } = openEngine(before.sql)
  expect(engine.backlog(NOW + 600).failures).toBe(0)
  engine.abandon([], NOW + 600)
  expect(engine.backlog(NOW + 600)).toMatchObject({ failures: 1, waiting: 60 - taken.records.length })
  const { end } = run(engine, (call) => answerAll(call, 'DuplicateRecord'), NOW + 600)
  // One call without an answer, then each record that is not billed.
  expect(engine.backlog(end)).toMatchObject({ failures: 1 + 60 - taken.records.length, waiting: 0 })
  expect(unanswered.records.length).toBe(25)
})

test.each([-1, -60_001, 0, 59_999])('an answer at %d ms of the epoch is stored and counted', (at) => {
  const { engine } = openEngine()
  engine.offer([record(1)], at)
  engine.answered(callAt(engine, at).attempt, lost, at)
  expect(engine.backlog(at)).toMatchObject({ failures: 1, waiting: 1 })
})
