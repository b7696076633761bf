/** The line of waiting copies: each call finds the most urgent at once, however many wait, pause or are held. */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { monthOf } from '../../../shared/hour.ts'
import type { Sql, SqlRow, SqlValue } from '../../../shared/sql.ts'
import { openSubmission } from '../../../shared/submission/submission.ts'
import {
  answerAll,
  callAt,
  minutes,
  NOW,
  openEngine,
  record,
  records,
  refused,
  REGION,
  run,
  type Answer,
} from './support.ts'
import type { Call } from '../../../shared/submission/plan.ts'

/** The port, noting each statement that was run with how SQLite goes about it. */
function openWatched() {
  const sql = openNodeSql(':memory:')
  const plans = new Map<string, string[]>()
  const watched: Sql = {
    all<R extends SqlRow>(text: string, ...params: readonly SqlValue[]): R[] {
      if (!plans.has(text) && /\bcopies\b/.test(text))
        plans.set(
          text,
          sql.all<{ detail: string }>(`explain query plan ${text}`, ...params).map((row) => row.detail),
        )
      return sql.all<R>(text, ...params)
    },
    transaction: (fn) => sql.transaction(fn),
    script: (text) => sql.script(text),
  }
  return { engine: openSubmission(watched, { region: REGION, ratePerSecond: 9 }), plans }
}

test('no statement of a run walks all copies: each goes by an index or by key', () => {
  const { engine, plans } = openWatched()
  const sick = records(8, { dimension: 'sick' })
  engine.offer([...records(60), ...sick, record(3, { final: true, deadline: NOW + minutes(1) })], NOW)
  const poison = new Set(sick.map((one) => one.key))
  const aws = (call: Call, now: number): Answer =>
    now < NOW + minutes(1)
      ? refused('ThrottlingException')
      : call.records.some((one) => poison.has(one.key))
        ? refused('InvalidUsageDimensionException')
        : answerAll(call, now % 3 === 0 ? 'CustomerNotSubscribed' : 'Success')
  const { end } = run(engine, aws, NOW, NOW + minutes(40))
  engine.ready(end)
  engine.abandon([], end)
  engine.sweep(end)
  engine.alarms(end)
  engine.backlog(end)
  engine.guard(monthOf(NOW), end)
  // What is settled or not subscribed is little, and has an index of its own.
  const walks = [...plans].filter(([, plan]) =>
    plan.some((detail) =>
      /^SCAN copies(?! USING (COVERING )?INDEX copies_(settled|not_subscribed))/.test(detail),
    ),
  )
  expect(walks).toEqual([])
  expect(plans.size).toBeGreaterThan(15)
})

test('a record that is paused or held stands in nobody’s way, and is in its old place when that is over', () => {
  const { engine } = openEngine()
  engine.offer(records(50, { deadline: NOW + minutes(600) }), NOW)
  const first = callAt(engine, NOW)
  engine.answered(first.attempt, refused('ThrottlingException'), NOW)
  const second = callAt(engine, NOW)
  expect(second.records.some((one) => first.records.includes(one))).toBe(false)
  engine.answered(second.attempt, answerAll(second, 'Success'), NOW)
  expect(engine.next(NOW)).toBeUndefined()
  for (const [id, list] of engine.unsettled(100, NOW)) engine.confirmed(id, list)
  expect(callAt(engine, engine.nextWake() ?? 0).records).toEqual(first.records)
})

test('what a stop holds goes again, most urgent first, when its probe is taken', () => {
  const { engine } = openEngine()
  const sick = Array.from({ length: 60 }, (_, n) =>
    record(n + 1, { dimension: 'sick', deadline: NOW + minutes(600) + n * 1_000 }),
  )
  engine.offer(sick, NOW)
  const broken = run(engine, () => refused('InvalidUsageDimensionException'), NOW, NOW + minutes(1))
  expect(engine.ready(broken.end)).toBe(false)
  const healed = run(engine, (call) => answerAll(call, 'Success'), NOW + minutes(6))
  const [probe, ...rest] = healed.calls.filter((call) => call.keys.length > 0)
  expect(probe?.keys).toHaveLength(1)
  const sent = rest.flatMap((call) => call.keys)
  const untouched = sick.slice(25).map((one) => one.key)
  expect(sent.filter((key) => untouched.includes(key))).toEqual(
    untouched.filter((key) => key !== probe?.keys[0]),
  )
  expect(engine.backlog(healed.end)).toMatchObject({ waiting: 0, stops: [] })
})

test('under a backlog of several products and kinds the batches are at least 24 of 25 full on average', () => {
  const { engine } = openEngine()
  const kinds = ['prodcode0000000000000001', 'prodcode0000000000000002'].flatMap((productCode, product) =>
    Array.from({ length: 400 }, (_, n) =>
      record(1_000 * product + n + 1, { productCode, deadline: NOW + minutes(60 + (n % 7)) }),
    ),
  )
  engine.offer(kinds, NOW)
  const { calls } = run(engine, (call) => answerAll(call, 'Success'))
  expect(800 / calls.length).toBeGreaterThanOrEqual(24)
})
