/** Whose turn a call is (money §7 *Order*, §8 rows 7 to 9): halves and probes beside the line, and who may share a call. */
import { expect, test } from 'vitest'
import { BATCH_MAX } from '../../../shared/aws/batch-meter-usage.ts'
import { hourOf } from '../../../shared/hour.ts'
import type { Call } from '../../../shared/submission/plan.ts'
import {
  answerAll,
  callAt,
  INTERVAL_MS,
  minutes,
  NOW,
  openEngine,
  record,
  records,
  refused,
  REGION,
  settled,
  type Opened,
} from './support.ts'

const OTHER = { productCode: 'prodcode0000000000000002' }
const TURN_MS = Math.ceil(5 * INTERVAL_MS)
const keysOf = (call: Call | undefined) => call?.records.map((one) => one.key)
const numbers = (...ns: readonly number[]) => ns.map((n) => record(n).key)

/** A batch of these records that AWS refuses: its two halves wait. */
function halved({ engine }: Opened, sent: readonly ReturnType<typeof record>[], now = NOW) {
  engine.offer(sent, now)
  const call = callAt(engine, now)
  expect(call.records).toHaveLength(sent.length)
  engine.answered(call.attempt, refused('InvalidLicenseException'), now)
}

/** Three records of one dimension that AWS refuses: the dimension stands still, and holds none of them. */
function stopped({ engine }: Opened, dimension: string, from: number, over: object = {}) {
  for (const n of [from, from + 1, from + 2]) {
    engine.offer([record(n, { dimension, deadline: NOW + minutes(20), ...over })], NOW)
    engine.answered(callAt(engine, NOW).attempt, refused('InvalidUsageDimensionException'), NOW)
  }
}

test('a half takes every fifth call at most, and the one after it has its turn at that very moment (row 8)', () => {
  const opened = openEngine()
  halved(opened, records(4))
  expect(keysOf(callAt(opened.engine, NOW))).toEqual(numbers(1, 2))
  expect(opened.engine.ready(NOW + TURN_MS - 1)).toBe(false)
  expect(keysOf(callAt(opened.engine, NOW + TURN_MS))).toEqual(numbers(3, 4))
})

test.each([
  ['a batch of the line', {}, NOW],
  ['a record with little time left', { deadline: NOW + minutes(1) }, NOW],
])('%s takes no turn of the halves (row 8)', (_name, over, now) => {
  const opened = openEngine()
  halved(opened, records(2))
  opened.engine.offer([record(9, { ...OTHER, deadline: NOW + minutes(2), ...over })], now)
  expect(keysOf(callAt(opened.engine, now))).toEqual(numbers(9))
  expect(keysOf(callAt(opened.engine, now))).toEqual(numbers(1))
})

test('the probe of a stopped lane takes no turn of another lane’s halves (rows 8, 9)', () => {
  const opened = openEngine()
  opened.engine.offer([record(9, OTHER)], NOW)
  opened.engine.answered(callAt(opened.engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  const later = NOW + minutes(5)
  opened.engine.offer(records(2), later)
  const batch = callAt(opened.engine, NOW + 1)
  opened.engine.answered(batch.attempt, refused('InvalidLicenseException'), NOW + 1)
  expect(keysOf(callAt(opened.engine, later))).toEqual(numbers(9))
  expect(keysOf(callAt(opened.engine, later))).toEqual(numbers(1))
})

test('a half is sent in its own order, without what a stop holds by now (rows 7, 8)', () => {
  const opened = openEngine()
  const [first, second, third] = [1, 2, 3].map((n) => record(n, { deadline: NOW + minutes(600 - n) }))
  const sick = record(4, { dimension: 'sick', deadline: NOW + minutes(600) })
  const rest = [5, 6, 7, 8].map((n) => record(n, { deadline: NOW + minutes(700) }))
  if (first === undefined || second === undefined || third === undefined) throw new Error('three are made')
  halved(opened, [first, second, third, sick, ...rest])
  stopped(opened, 'sick', 21)
  expect(keysOf(callAt(opened.engine, NOW))).toEqual([third.key, second.key, first.key])
})

test.each([
  ['the line', 0],
  ['a half', 4],
])('a final record of %s takes nobody along who has less than two minutes left (money §7)', (_name, more) => {
  const opened = openEngine()
  const short = record(1, { deadline: NOW + minutes(2) })
  const final = record(2, { final: true, deadline: NOW + minutes(60) })
  const rest = Array.from({ length: more / 2 }, (_, n) => record(n + 3))
  const now = NOW + 1
  if (more > 0) halved(opened, [short, final, ...rest])
  else opened.engine.offer([short, final], NOW)
  expect(keysOf(callAt(opened.engine, now))).toEqual([final.key])
  expect(keysOf(callAt(opened.engine, now))).toEqual([short.key])
})

test('with less than two minutes left the records of a half do not wait for its turn: they go alone (money §7)', () => {
  const opened = openEngine()
  halved(opened, records(4, { deadline: NOW + minutes(3) }))
  const half = callAt(opened.engine, NOW + minutes(1))
  expect(keysOf(half)).toEqual(numbers(1, 2))
  expect(keysOf(callAt(opened.engine, NOW + minutes(1) + 1))).toEqual(numbers(3))
  expect(keysOf(callAt(opened.engine, NOW + minutes(1) + 1))).toEqual(numbers(4))
})

test('finals and others share a call, and it has 25 records at most (facts §2.1)', () => {
  const { engine } = openEngine()
  engine.offer(records(20, { final: true }), NOW)
  engine.offer(
    Array.from({ length: 20 }, (_, n) => record(n + 50)),
    NOW,
  )
  expect(callAt(engine, NOW).records).toHaveLength(BATCH_MAX)
  expect(callAt(engine, NOW).records).toHaveLength(40 - BATCH_MAX)
})

test('two kinds of identity of one product never share a call (money §7)', () => {
  const { engine } = openEngine()
  const { productCode } = record(1)
  const other = record(2, {
    identity: {
      kind: 'product-account',
      fromHour: hourOf(0),
      region: REGION,
      productCode,
      account: '000000000002',
    },
  })
  engine.offer([record(1), other, record(3)], NOW)
  const calls = [callAt(engine, NOW), callAt(engine, NOW)]
  expect(new Set(calls.map((call) => keysOf(call)?.join()))).toEqual(
    new Set([numbers(1, 3).join(), other.key]),
  )
})

test('past their deadline no records go, however many end at once (row 10)', () => {
  const { engine } = openEngine()
  engine.offer(records(2_100, { deadline: NOW + 1 }), NOW)
  expect(engine.next(NOW + 1)).toBeUndefined()
})

test('what stands still is probed by one call at a time, and two stops take turns (row 8)', () => {
  const opened = openEngine()
  const { engine } = opened
  stopped(opened, 'one', 1)
  stopped(opened, 'two', 11)
  engine.offer([record(4, { dimension: 'one' }), record(5, { dimension: 'one' })], NOW)
  engine.offer([record(14, { dimension: 'two' })], NOW)
  expect(engine.ready(NOW)).toBe(false)
  const due = NOW + minutes(5)
  expect(keysOf(callAt(engine, due))).toEqual([record(4, { dimension: 'one' }).key])
  expect(engine.ready(due + TURN_MS - 1)).toBe(false)
  expect(keysOf(callAt(engine, due + TURN_MS))).toEqual([record(14, { dimension: 'two' }).key])
  expect(engine.ready(due + minutes(5) - 1)).toBe(false)
})

test('a stop or a lane that stands still and has nothing to be probed by holds up nobody (rows 8, 9)', () => {
  const opened = openEngine()
  const { engine } = opened
  stopped(opened, 'sick', 1)
  const due = NOW + minutes(5)
  engine.offer([record(30)], due)
  expect(keysOf(callAt(engine, due))).toEqual(numbers(30))

  engine.offer([record(31, { deadline: due + 1, productCode: 'prodcode0000000000000000' })], due)
  engine.answered(callAt(engine, due).attempt, refused('AccessDeniedException'), due)
  engine.offer([record(32)], due + minutes(5))
  expect(keysOf(callAt(engine, due + minutes(5)))).toEqual(numbers(32))
})

test('a record that was refused once travels alone ever after, takes no turn of the halves, and no batch is short for it (money §7)', () => {
  const opened = openEngine()
  const { engine } = opened
  halved(opened, records(4, { deadline: NOW + minutes(600) }))
  const half = callAt(engine, NOW)
  expect(keysOf(half)).toEqual(numbers(1, 2))
  engine.answered(half.attempt, answerAll(half, 'CustomerNotSubscribed'), NOW)
  const later = NOW + minutes(15)
  engine.offer([record(9, { deadline: NOW + minutes(500) })], later)
  engine.offer(
    Array.from({ length: BATCH_MAX }, (_, n) => record(n + 10, { deadline: NOW + minutes(700) })),
    later,
  )
  const batch = callAt(engine, later)
  expect(batch.records).toHaveLength(BATCH_MAX)
  expect(keysOf(batch)?.filter((key) => numbers(1, 2, 3, 4).includes(key))).toEqual([])
  expect(keysOf(callAt(engine, later))).toEqual(numbers(1))
  expect(keysOf(callAt(engine, later))).toEqual(numbers(2))
  expect(keysOf(callAt(engine, later))).toEqual(numbers(3, 4))
})

test('while a lane stands still its stops are not probed beside it (rows 8, 9)', () => {
  const opened = openEngine()
  const { engine } = opened
  stopped(opened, 'sick', 1)
  engine.offer([record(4, { dimension: 'sick' })], NOW)
  expect(engine.ready(NOW)).toBe(false)
  engine.offer([record(30, { deadline: NOW + minutes(30) })], NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  expect(keysOf(callAt(engine, NOW + minutes(5)))).toEqual(numbers(30))
  expect(engine.ready(NOW + minutes(6))).toBe(false)
})

test('a lane’s probe that is refused over its record opens the lane: AWS takes our calls again (rows 7, 9)', () => {
  const { engine } = openEngine()
  engine.offer(records(2), NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  expect(engine.backlog(NOW).lanes).toMatchObject([{ reason: 'AccessDeniedException', message: 'no' }])
  const due = NOW + minutes(5)
  engine.answered(callAt(engine, due).attempt, refused('InvalidLicenseException'), due)
  expect(engine.ready(due)).toBe(true)
  expect(engine.backlog(due).lanes).toEqual([])
})

test('a stop is opened by its probe alone, not by a batch that was on its way when it began (row 8)', () => {
  const opened = openEngine()
  const { engine } = opened
  engine.offer([record(4, { dimension: 'sick' })], NOW)
  const early = callAt(engine, NOW)
  stopped(opened, 'sick', 1)
  engine.answered(early.attempt, answerAll(early, 'Success'), NOW)
  expect(engine.backlog(NOW).stops).toMatchObject([{ subject: 'sick' }])
})

test('each record that is refused alone ends, also behind the one that makes its dimension stand still (row 7)', () => {
  const { engine } = openEngine()
  const calls = [1, 2, 3, 4].map((n) => {
    engine.offer([record(n)], NOW)
    return callAt(engine, NOW)
  })
  for (const call of calls) engine.answered(call.attempt, refused('InvalidUsageDimensionException'), NOW)
  expect(Object.values(settled(engine, NOW)).map(({ state }) => state)).toEqual(Array(4).fill('parked'))
})

test('the next probe of a stop is five minutes behind the answer to the last (row 8)', () => {
  const opened = openEngine()
  const { engine } = opened
  stopped(opened, 'sick', 1)
  engine.offer([record(4, { dimension: 'sick' })], NOW)
  expect(engine.ready(NOW)).toBe(false)
  const probe = callAt(engine, NOW + minutes(5))
  engine.answered(probe.attempt, refused('InvalidUsageDimensionException'), NOW + minutes(6))
  expect(engine.ready(NOW + minutes(6))).toBe(false)
  expect(engine.ready(NOW + minutes(11) - 1)).toBe(false)
  expect(engine.ready(NOW + minutes(11))).toBe(true)
})

test('a lane is not opened by a batch on its way that is refused over a record (rows 7, 9)', () => {
  const { engine } = openEngine()
  engine.offer(records(2), NOW)
  const early = callAt(engine, NOW)
  engine.offer([record(3)], NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  engine.answered(early.attempt, refused('InvalidLicenseException'), NOW)
  expect(engine.backlog(NOW).lanes).toMatchObject([{ reason: 'AccessDeniedException' }])
})

test('a record too large for any call goes alone: AWS says what becomes of it (facts §2.1)', () => {
  const { engine } = openEngine()
  engine.offer([record(1, { dimension: 'd'.repeat(999_990), key: 'large' }), record(2)], NOW)
  const sizes = [callAt(engine, NOW), callAt(engine, NOW)].map((call) => call.records.length)
  expect(sizes).toEqual([1, 1])
})

test('a call outside a probe that AWS takes opens neither a lane nor a stop (rows 8, 9)', () => {
  const opened = openEngine()
  const { engine } = opened
  engine.offer([record(30), record(31, OTHER)], NOW)
  const [taken, denied] = [callAt(engine, NOW), callAt(engine, NOW)]
  engine.offer([record(32)], NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  engine.answered(taken.attempt, answerAll(taken, 'Success'), NOW)
  engine.answered(denied.attempt, answerAll(denied, 'Success'), NOW)
  expect(engine.backlog(NOW).lanes).toMatchObject([{ reason: 'AccessDeniedException' }])
  expect(engine.ready(NOW)).toBe(false)
})
