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
