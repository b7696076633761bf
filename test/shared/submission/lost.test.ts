/** Who is named when not all make it (money §7 *Order*), with one call a minute: the least valuable of each deadline. */
import { expect, test } from 'vitest'
import type { FrozenRecord } from '../../../shared/submission/record.ts'
import { readLost } from '../../../shared/submission/lost.ts'
import { lanesOf } from '../../../shared/submission/stops.ts'
import { openWindows } from '../../../shared/submission/windows.ts'
import { answerAll, callAt, minutes, NOW, openEngine, record, refused, type Opened } from './support.ts'

const OTHER = { productCode: 'prodcode0000000000000002' }
const soon = (n: number, quantity: number, over: Partial<FrozenRecord> = {}) =>
  record(n, { deadline: NOW + minutes(1), quantity, ...over })

/** With less than two minutes left each record goes alone: one call a minute sends one of a minute. */
function lostOf({ sql }: Opened) {
  const { named, ...rest } = readLost(sql, openWindows(sql).toReversed(), lanesOf(sql), minutes(1), NOW)
  return { ...rest, named: named.map(({ key, value }) => [key, value]) }
}

test('the least valuable are named, the most valuable of them first, whatever their product and wherever they wait', () => {
  const opened = openEngine()
  opened.engine.offer([soon(1, 5), soon(3, 4), soon(2, 3, OTHER)], NOW)
  const call = callAt(opened.engine, NOW)
  opened.engine.answered(call.attempt, answerAll(call, 'Unprocessed'), NOW)
  opened.engine.offer([soon(4, 4, OTHER), soon(5, 1, { price: '0.000001' })], NOW)
  expect(lostOf(opened)).toEqual({
    records: 4,
    valued: 4,
    value: '11.000000000001',
    named: [
      [soon(3, 4).key, '4.000000000000'],
      [soon(4, 4).key, '4.000000000000'],
      [soon(2, 3).key, '3.000000000000'],
      [soon(5, 1).key, '0.000000000001'],
    ],
  })
})

test('of two calls left the two most valuable go, and the others are lost by their value, not by where they stand', () => {
  const opened = openEngine()
  const lane = (quantity: number) => ([1, 4, 6].includes(quantity) ? {} : OTHER)
  const all = [6, 1, 4, 7, 2, 5, 3].map((n) =>
    record(n, { deadline: NOW + minutes(2), quantity: n, ...lane(n) }),
  )
  opened.engine.offer(all, NOW)
  expect(lostOf(opened).named.map(([, value]) => Number(value))).toEqual([5, 4, 3, 2, 1])
})

test('the lost of several deadlines are named together, the most valuable first, equal ones by their keys', () => {
  const opened = openEngine()
  const far = (n: number, quantity: number) => record(n, { deadline: NOW + minutes(2), quantity })
  opened.engine.offer([soon(1, 2), soon(6, 4), soon(3, 9), far(4, 3), far(2, 4), far(5, 8)], NOW)
  expect(lostOf(opened).named).toEqual([
    [far(2, 4).key, '4.000000000000'],
    [soon(6, 4).key, '4.000000000000'],
    [far(4, 3).key, '3.000000000000'],
    [soon(1, 2).key, '2.000000000000'],
  ])
})

test('of two deadlines the earlier goes first, and what is lost is of the later', () => {
  const opened = openEngine()
  const later = [2, 3].map((n) => record(n, { deadline: NOW + minutes(2), quantity: n }))
  opened.engine.offer([soon(1, 1), ...later], NOW)
  expect(lostOf(opened)).toMatchObject({ records: 1, named: [[later[0]?.key, '2.000000000000']] })
})

test('finals take their turns first and are never called lost, past their deadline either (money §6)', () => {
  const opened = openEngine()
  opened.engine.offer([soon(1, 9), record(2, { final: true, deadline: NOW + minutes(2) })], NOW)
  expect(lostOf(opened)).toMatchObject({ records: 1, valued: 1, named: [[soon(1, 9).key, '9.000000000000']] })
  opened.engine.offer([record(3, { final: true, deadline: NOW - 1 })], NOW)
  expect(lostOf(opened)).toMatchObject({ records: 1, valued: 1 })
})

test('what stands still takes no turn and is not called lost', () => {
  const opened = openEngine()
  opened.engine.offer([soon(1, 1)], NOW)
  opened.engine.answered(callAt(opened.engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  opened.engine.offer([soon(2, 3, OTHER), soon(3, 2, OTHER)], NOW)
  expect(lostOf(opened)).toEqual({
    records: 1,
    valued: 1,
    value: '2.000000000000',
    named: [[soon(3, 2).key, '2.000000000000']],
  })
})

test('a hundred are named, all are counted and valued', () => {
  const opened = openEngine()
  opened.engine.offer(
    Array.from({ length: 151 }, (_, n) => soon(n + 1, n + 1)),
    NOW,
  )
  const seen = lostOf(opened)
  expect(seen).toMatchObject({ records: 150, valued: 150, value: `${(150 * 151) / 2}.000000000000` })
  expect(seen.named).toHaveLength(100)
  expect(seen.named[0]).toEqual([soon(150, 150).key, '150.000000000000'])
})
