/** An hour that an order closes before it is over, and a task's window (money §5, §11). */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { hourOf, HOUR_MS } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import { at, dimension, event, ids, orderOf, product, recordsOf, termsOf } from './subject.ts'

const TEN = hourOf(at('2026-11-21T10:00:00'))
const TASK = {
  kind: 'task',
  fromHour: TEN,
  region: 'us-east-1',
  productCode: 'code',
  task: 'task/a',
  startedAt: TEN + 90_400,
} as const

function opened() {
  const terms = termsOf(product([dimension()]))
  const ledger = openLedger(openNodeSql(':memory:'), terms)
  const order = orderOf({ activation: TEN, identities: [TASK] })
  ledger.order(order, TEN)
  return { ledger, order }
}

test('an order closes the hour in progress: what is timed in it later is late usage and goes with the next (money §4, §11)', () => {
  const { ledger, order } = opened()
  ledger.take(ids(event(TEN + 60_000, 3)), TEN + 60_000)
  ledger.order({ ...order, version: order.version + 1, closedUntil: hourOf(TEN + HOUR_MS) }, TEN + 120_000)
  const [record] = ledger.offers(10)
  expect([record?.quantity, record?.hour, record?.timestamp]).toEqual([3, TEN, TEN + 91_000])
  // The task's own window, from its stamp.
  expect(record?.deadline).toBe(TEN + 91_000 + 6 * HOUR_MS)
  ledger.take(ids(event(TEN + 180_000, 4)), TEN + 180_000)
  ledger.runDue(TEN + HOUR_MS + 10 * 60_000)
  expect(recordsOf(ledger)).toHaveLength(1)
  ledger.runDue(TEN + 2 * HOUR_MS + 10 * 60_000)
  expect(ledger.records({ limit: 9 }).map(({ hour, quantity }) => [hour, quantity])).toEqual([
    [TEN + HOUR_MS, 4],
    [TEN, 3],
  ])
  expect(ledger.audit()).toEqual([])
})

test('an hour that is closed stays closed by a later order, and hours after it freeze when they are due (money §5)', () => {
  const { ledger, order } = opened()
  ledger.take(ids(event(TEN + 60_000, 3)), TEN + 60_000)
  const closed = { ...order, version: order.version + 1, closedUntil: hourOf(TEN + HOUR_MS) }
  ledger.order(closed, TEN + 120_000)
  ledger.order({ ...order, version: order.version + 2 }, TEN + 130_000)
  expect(ledger.status().frozenUntil).toBe(TEN + HOUR_MS)
  ledger.take(ids(event(TEN + HOUR_MS + 1, 1)), TEN + HOUR_MS + 1)
  expect(ledger.nextWake()).toBe(TEN + 2 * HOUR_MS + 10 * 60_000)
})
