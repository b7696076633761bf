/** Money §7: the hand-off between Ledger and Submitter, and what survives a death in between. */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { DAY_MS, HOUR_MS, hourOf } from '../../../shared/hour.ts'
import { confirmedOf } from '../../../shared/submission/confirmed.ts'
import type { Identity } from '../../../shared/subscription.ts'
import {
  answerAll,
  callAt,
  license,
  minutes,
  NOW,
  openEngine,
  record,
  records,
  refused,
  REGION,
  settled,
  subscription,
} from './support.ts'

const OTHER = { productCode: 'prodcode0000000000000002' }

test('a record is offered as often as you like and sent once', () => {
  const { engine } = openEngine()
  const all = records(3)
  for (let n = 0; n < 3; n++)
    expect(engine.offer(all, NOW)).toEqual(all.map((one) => ({ key: one.key, kind: 'taken' })))
  expect(callAt(engine, NOW).records).toHaveLength(3)
  engine.offer(all, NOW)
  expect(engine.next(NOW)).toBeUndefined()
})

test.each([
  ['quantity', { quantity: 2 }],
  ['stamp', { timestamp: record(1).timestamp + 1_000 }],
  ['identity', { identity: license(2), key: record(1).key }],
  ['subscription', { subscription: subscription(7) }],
  ['dimension', { dimension: 'storage' }],
  ['product', OTHER],
  ['Region', { identity: { ...license(1), region: 'eu-west-1' } }],
  ['account', { identity: { ...license(1), account: '000000000009' } as Identity }],
  ['license', { identity: { ...license(2), account: '000000000001' } as Identity }],
])('a known key with another %s is answered `differs`, and the copy stays as it was', (_name, change) => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  expect(engine.offer([record(1, { ...change, key: record(1).key })], NOW)).toEqual([
    { key: record(1).key, kind: 'differs', quantity: 1 },
  ])
  expect(callAt(engine, NOW).records).toEqual([record(1)])
})

test('an end tightens the copy, and an older offer that comes later loosens nothing', () => {
  const { engine } = openEngine()
  const tight = record(1, { deadline: NOW + HOUR_MS, final: true })
  engine.offer([record(1)], NOW)
  engine.offer([tight], NOW)
  engine.offer([record(1)], NOW)
  expect(callAt(engine, NOW).records).toEqual([tight])
})

test.each([
  ['its deadline', { deadline: NOW + HOUR_MS }],
  ['its place before all others', { final: true }],
])('an end that changes %s alone tightens the copy by that (money §6)', (_name, change) => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  engine.offer([record(1, change)], NOW)
  expect(callAt(engine, NOW).records).toEqual([record(1, change)])
})

test('a record that pauses longer than an end leaves it has its try at the deadline (money §6 (4))', () => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'CustomerNotSubscribed'), NOW)
  const final = record(1, { final: true, deadline: NOW + minutes(5) })
  engine.offer([final], NOW)
  expect(engine.next(NOW + minutes(5) - 1)).toBeUndefined()
  expect(callAt(engine, NOW + minutes(5)).records).toEqual([final])
})

test('an offer of a settled or confirmed key is answered with its result', () => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  const before = engine.offer([record(1)], NOW)
  const results = settled(engine, NOW)
  engine.confirmed(subscription(1), Object.values(results))
  expect(before).toEqual([{ key: record(1).key, kind: 'settled', settlement: results[record(1).key] }])
  expect(engine.offer([record(1)], NOW)).toEqual(before)
  expect(engine.unsettled(10, NOW).size).toBe(0)
})

test('a copy is confirmed only by the very attempt and subscription it was settled for', () => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  engine.confirmed(subscription(1), [{ key: record(1).key, attempt: call.attempt + 1 }])
  engine.confirmed(subscription(2), [{ key: record(1).key, attempt: call.attempt }])
  expect(engine.unsettled(10, NOW).size).toBe(1)
})

test('a process that dies between attempt and answer leaves the record unanswered', () => {
  const sql = openNodeSql(':memory:')
  const before = openEngine(sql).engine
  before.offer([record(1)], NOW)
  const first = callAt(before, NOW)

  const after = openEngine(sql).engine
  after.abandon([], NOW)
  const wake = after.nextWake() ?? 0
  const second = callAt(after, wake)
  expect(second.records).toEqual(first.records)
  expect(second.attempt).toBeGreaterThan(first.attempt)
  after.answered(second.attempt, answerAll(second, 'DuplicateRecord'), wake)
  expect(settled(after, wake)[record(1).key]).toMatchObject({ state: 'doubtful', unanswered: true })
})

test('an attempt that is being made is not given up; one that was given up takes no late answer (G.2 fault 17)', () => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  const call = callAt(engine, NOW)
  engine.abandon([call.attempt], NOW)
  expect(engine.next(NOW + minutes(1))).toBeUndefined()
  engine.abandon([], NOW)
  engine.answered(call.attempt, refused('InvalidLicenseException'), NOW)
  expect(settled(engine, NOW)).toEqual({})
})

test('an attempt number is never used twice, also after old attempts are deleted', () => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  engine.confirmed(subscription(1), Object.values(settled(engine, NOW)))
  const later = NOW + 10 * DAY_MS
  engine.sweep(later)
  const hour = hourOf(later - HOUR_MS)
  engine.offer([record(1, { hour, timestamp: hour, deadline: hour + DAY_MS })], later)
  expect(callAt(engine, later).attempt).toBe(call.attempt + 1)
})

test('confirmed copies go 48 hours after their deadline, and never one that is not confirmed', () => {
  const { sql, engine } = openEngine()
  engine.offer([record(1), record(2)], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  engine.confirmed(subscription(1), Object.values(settled(engine, NOW)))
  const keys = () => [
    ...sql.all<{ key: string }>('select key from copies').map((row) => row.key),
    ...confirmedOf(sql, subscription(1), '', 9).map((row) => row.key),
  ]

  engine.sweep(record(1).deadline + 2 * DAY_MS - 1)
  expect(keys()).toEqual([record(2).key, record(1).key])
  engine.sweep(record(1).deadline + 2 * DAY_MS)
  expect(keys()).toEqual([record(2).key])
  expect(() => sql.all('delete from copies')).toThrow(/only a confirmed copy/)
  expect(() => sql.all('update copies set quantity = 9')).toThrow(/never changes/)
})

test('a Ledger that fails is asked again later and holds up nobody', () => {
  const { engine } = openEngine()
  engine.offer([record(1), record(2)], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  engine.delayed(subscription(1), NOW)
  expect([...engine.unsettled(10, NOW).keys()]).toEqual([subscription(2)])
  engine.confirmed(subscription(2), Object.values(settled(engine, NOW)))
  const wake = engine.nextWake() ?? 0
  expect(wake).toBeGreaterThan(NOW)
  expect([...engine.unsettled(10, wake).keys()]).toEqual([subscription(1)])
})

test('each failure of a Ledger makes the pause longer, and an answer ends it (money §7)', () => {
  const { engine } = openEngine()
  engine.offer([record(1), record(2, { subscription: subscription(1), ...OTHER })], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  for (let n = 0; n < 9; n++) engine.delayed(subscription(1), NOW)
  expect(engine.unsettled(10, NOW + minutes(2)).size).toBe(0)
  expect(engine.unsettled(10, NOW + minutes(5)).size).toBe(1)
  engine.confirmed(subscription(1), Object.values(settled(engine, NOW + minutes(5))))
  const other = callAt(engine, NOW)
  engine.answered(other.attempt, answerAll(other, 'Success'), NOW)
  expect(engine.unsettled(10, NOW).size).toBe(1)
})

test('a sweep takes nothing that is younger: attempts of the last five days, windows of the last two (money §7 (5))', () => {
  const { sql, engine } = openEngine()
  engine.offer([record(1)], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  engine.confirmed(subscription(1), Object.values(settled(engine, NOW)))
  const count = () =>
    sql.all('select (select count(*) from attempts) as attempts, (select count(*) from windows) as windows')
  engine.sweep(record(1).deadline + 2 * DAY_MS - 1)
  expect(count()).toEqual([{ attempts: 1, windows: 1 }])
  engine.sweep(record(1).deadline + 2 * DAY_MS)
  expect(count()).toEqual([{ attempts: 1, windows: 0 }])
  engine.sweep(NOW + 5 * DAY_MS - 1)
  expect(count()).toEqual([{ attempts: 1, windows: 0 }])
  engine.sweep(NOW + 5 * DAY_MS)
  expect(count()).toEqual([{ attempts: 0, windows: 0 }])
})

test('a container’s record is refused plainly: only its own task meters it (money §11)', () => {
  const { engine } = openEngine()
  const { fromHour, region } = license(1)
  const task = { kind: 'task', fromHour, region, productCode: 'code', task: 'task/a', startedAt: 0 } as const
  expect(engine.offer([record(1, { identity: task })], NOW)).toMatchObject([
    { kind: 'refused', reason: 'only its own task may meter what a container used' },
  ])
  expect(engine.next(NOW)).toBeUndefined()
})

test('a record of another Region is refused: AWS would bill it beside ours', () => {
  const { engine } = openEngine()
  const far = record(1, { identity: { ...license(1), region: 'eu-west-1' } })
  expect(engine.offer([far], NOW)).toMatchObject([{ kind: 'refused' }])
  expect(engine.next(NOW)).toBeUndefined()
})

test('two kinds of identity for one product, account and hour never meet, also across subscriptions (money §10)', () => {
  const { engine } = openEngine()
  const old = record(1, {
    identity: {
      kind: 'product-account',
      fromHour: hourOf(0),
      region: REGION,
      productCode: record(1).productCode,
      account: '000000000001',
    },
    subscription: subscription(8),
  })
  expect(engine.offer([record(1), old], NOW)).toMatchObject([{ kind: 'taken' }, { kind: 'refused' }])
  const next = hourOf(NOW)
  expect(engine.offer([{ ...old, key: 'next', hour: next, timestamp: next }], NOW)).toMatchObject([
    { kind: 'taken' },
  ])
})

test('a customer identifier is of the account its order names: its hour takes no license beside it (money §10)', () => {
  const { engine } = openEngine()
  const customer = {
    kind: 'product-customer',
    fromHour: hourOf(0),
    region: REGION,
    productCode: record(1).productCode,
    customerIdentifier: 'c1',
  } as const
  const old = record(7, { identity: customer, account: '000000000001' })
  expect(engine.offer([old, record(1), record(2)], NOW)).toMatchObject([
    { kind: 'taken' },
    { kind: 'refused' },
    { kind: 'taken' },
  ])
  expect(engine.offer([{ ...old, account: '000000000009' }], NOW)).toMatchObject([{ kind: 'taken' }])
})

test('two spellings of one license are one key: AWS would take the hour once (money §10)', () => {
  const spelled = {
    ...license(1),
    licenseArn: `arn:aws:license-manager:us-east-1:9:license/L-${'0'.repeat(31)}1`,
  }
  expect(record(1, { identity: spelled as Identity }).key).toBe(record(1).key)
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  expect(engine.offer([record(1, { identity: spelled as Identity })], NOW)).toMatchObject([{ kind: 'taken' }])
  expect(callAt(engine, NOW).records).toEqual([record(1)])
})

test('a visit is due after 90 quiet minutes, after 6 hours for one with nothing open (money §7)', () => {
  const { engine } = openEngine()
  engine.enlist(subscription(1), NOW)
  engine.enlist(subscription(2), NOW)
  expect(engine.visits(10, 1_000, NOW + minutes(90) - 1)).toEqual([])
  expect(engine.visits(1, 1_000, NOW + minutes(90))).toHaveLength(1)
  expect(engine.visits(10, 1_000, NOW + minutes(90))).toHaveLength(2)
  engine.visited(subscription(1), true, NOW)
  engine.visited(subscription(2), false, NOW)
  expect(engine.visits(10, 1_000, NOW + minutes(90))).toEqual([subscription(1)])
  expect(engine.visits(10, 1_000, NOW + 6 * HOUR_MS)).toHaveLength(2)
})

test('around a month end Ledgers that cannot be reached keep nobody from the first visit, and are tried again (money §7)', () => {
  const { engine } = openEngine()
  const since = Date.UTC(2026, 10, 30, 20)
  for (let n = 0; n < 25; n++) engine.enlist(subscription(n), since)
  const first = engine.visits(10, 10, since)
  for (const one of first) engine.visited(one, undefined, since)
  const second = engine.visits(10, 10, since + minutes(1))
  for (const one of second) engine.visited(one, undefined, since + minutes(1))
  const third = engine.visits(10, 10, since + minutes(2))
  expect(new Set([...first, ...second, ...third]).size).toBe(25)
  for (const one of third) engine.visited(one, true, since + minutes(2))
  expect(engine.visits(10, 10, since + minutes(5) - 1)).toEqual([])
  expect(engine.visits(10, 10, since + minutes(5))).toEqual(first)
})

test('around a month end everyone is visited once, whatever the bound (money §7)', () => {
  const { engine } = openEngine()
  const since = Date.UTC(2026, 10, 30, 20)
  for (let n = 0; n < 30; n++) engine.enlist(subscription(n), since - minutes(1))
  for (let n = 0; n < 30; n++) engine.visited(subscription(n), false, since - minutes(1))
  expect(engine.visits(10, 1_000, since - 1)).toEqual([])
  const all = engine.visits(10, 1_000, since)
  expect(all).toHaveLength(30)
  for (const one of all) engine.visited(one, false, since)
  expect(engine.visits(10, 1_000, since + minutes(1))).toEqual([])
  expect(engine.visits(10, 1_000, Date.UTC(2026, 11, 1, 5, 29))).toHaveLength(10 + 20)
})
