/** Confirmed copies in their narrow rows: what is asked of a key is answered as before (money §7 (5), §9, §10). */
import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, hourOf } from '../../../shared/hour.ts'
import { letGo } from '../../../shared/submission/let-go.ts'
import type { FrozenRecord } from '../../../shared/submission/record.ts'
import { copiesOf } from '../../../shared/submission/restore.ts'
import { answerAll, callAt, NOW, openEngine, type Opened, record, settled, type Status } from './support.ts'

const hourAgo = (hours: number, over: Partial<FrozenRecord> = {}): FrozenRecord => {
  const hour = hourOf(NOW - hours * HOUR_MS)
  return record(1, { hour, timestamp: hour, deadline: hour + DAY_MS, ...over })
}

/** Sends these records in one call, and has their Ledger acknowledge what became of them. */
function confirmAll({ engine }: Opened, records: readonly FrozenRecord[], status: Status = 'Success') {
  engine.offer(records, NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, status), NOW)
  const results = settled(engine, NOW)
  for (const { subscription } of records) engine.confirmed(subscription, Object.values(results))
  return results
}

test('a confirmed copy leaves its wide row, and what its hours share is written once', () => {
  const opened = openEngine()
  confirmAll(
    opened,
    [1, 2, 3].map((hours) => hourAgo(hours)),
  )
  const [count] = opened.sql.all(
    `select (select count(*) from copies) as copies, (select count(*) from confirmed) as confirmed,
       (select count(*) from sold) as sold`,
  )
  expect(count).toEqual({ copies: 0, confirmed: 3, sold: 1 })
})

test('an offer for a confirmed key is answered with its result, and with `differs` for another quantity (money §7)', () => {
  const opened = openEngine()
  const result = confirmAll(opened, [hourAgo(1)])[hourAgo(1).key]
  const offer = (over: Partial<FrozenRecord> = {}) => opened.engine.offer([{ ...hourAgo(1), ...over }], NOW)
  expect(offer()).toEqual([{ key: hourAgo(1).key, kind: 'settled', settlement: result }])
  expect(offer({ quantity: 2 })).toEqual([{ key: hourAgo(1).key, kind: 'differs', quantity: 1 }])
  expect(offer({ timestamp: hourAgo(1).hour + 1_000 })[0]?.kind).toBe('differs')
  expect(opened.engine.ready(NOW)).toBe(false)
})

test('a confirmed key is let go, given back in its next round, sent anew and confirmed again (money §9)', () => {
  const opened = openEngine()
  const first = confirmAll(opened, [hourAgo(1)], 'DuplicateRecord')[hourAgo(1).key]
  expect(letGo(opened.sql, [{ key: hourAgo(1).key, round: 0 }], NOW)[0]?.answer).toBe('let go')
  const again = confirmAll(opened, [hourAgo(1, { round: 1 })])[hourAgo(1).key]
  expect([first?.state, again?.state]).toEqual(['parked', 'billed'])
  expect(again?.attempt).toBeGreaterThan(first?.attempt ?? 0)
  expect(opened.sql.all('select offered, open from windows')).toEqual([{ offered: 1, open: 0 }])
  expect(opened.engine.offer([hourAgo(1, { round: 1 })], NOW)[0]?.kind).toBe('settled')
})

test('an account whose hour is confirmed takes no record of another kind of identity in it (money §10)', () => {
  const opened = openEngine()
  confirmAll(opened, [hourAgo(1)])
  const identity = {
    kind: 'product-account',
    productCode: hourAgo(1).productCode,
    account: '000000000001',
    region: 'us-east-1',
    fromHour: hourOf(0),
  } as const
  const other = (hours: number) =>
    hourAgo(hours, { identity, key: `other|api_calls_1k|${hourAgo(hours).hour}` })
  expect(opened.engine.offer([other(1)], NOW)[0]?.kind).toBe('refused')
  expect(opened.engine.offer([other(2)], NOW)[0]?.kind).toBe('taken')
})

test('copies are shown in the order of their keys, confirmed or waiting, whole as they were offered (money §9)', () => {
  const opened = openEngine()
  confirmAll(opened, [hourAgo(3), hourAgo(1)])
  opened.engine.offer([hourAgo(2)], NOW)
  const shown: FrozenRecord[] = []
  let after: string | null = ''
  while (after !== null) {
    const page = copiesOf(opened.sql, hourAgo(1).subscription, after, 1)
    shown.push(...page.copies.map((copy) => copy.record))
    after = page.next
  }
  expect(shown).toEqual([hourAgo(3), hourAgo(2), hourAgo(1)])
})

test('a copy is deleted only where its narrow row holds the same result', () => {
  const opened = openEngine()
  opened.engine.offer([hourAgo(1)], NOW)
  const call = callAt(opened.engine, NOW)
  opened.engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  expect(() => opened.sql.all('delete from copies')).toThrow('only a confirmed copy may be deleted')
})
