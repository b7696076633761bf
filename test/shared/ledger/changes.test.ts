/** What the read model is told has changed: all of it, found without looking through a year (money §7 *Size*). */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import type { Sql, SqlRow, SqlValue } from '../../../shared/sql.ts'
import { answer, letGo, signed } from './repair.ts'
import { at, dimension, event, ids, openWith, orderOf, product, termsOf } from './subject.ts'
import { keys, values } from './month.ts'

const START = at('2026-11-01T00:00')

/** A ledger over thirty days, one record each six hours, and every statement it is asked from here on. */
function longLived() {
  const sql = openNodeSql(':memory:')
  const asked: [string, readonly SqlValue[]][] = []
  const watched: Sql = {
    ...sql,
    all: <R extends SqlRow>(text: string, ...params: readonly SqlValue[]): R[] => {
      asked.push([text, params])
      return sql.all<R>(text, ...params)
    },
    transaction: (work) => sql.transaction(work),
    script: (text) => sql.script(text),
  }
  const ledger = openWith(watched)
  for (let hour = 0; hour < 720; hour += 6) {
    const now = START + hour * HOUR_MS
    ledger.take(ids(event(now, 3)), now)
    ledger.runDue(now + 2 * HOUR_MS)
    answer(
      ledger,
      hour === 12 ? { state: 'parked', reason: 'InvalidTag' } : { receipt: 'r' },
      now + 2 * HOUR_MS,
    )
  }
  return { sql, ledger, asked, now: START + 30 * DAY_MS }
}

test('what changed is found by its hours: neither records nor usage are looked through (money §7 *Size*)', () => {
  const { sql, ledger, asked, now } = longLived()
  const revision = ledger.revision()
  ledger.changes(revision)
  ledger.take(ids(event(now, 3)), now)
  asked.length = 0
  expect(ledger.changes(revision).days).toMatchObject([{ day: now, counted: '3' }])
  const plans = asked
    .filter(([text]) => /revision > \?/.test(text))
    .map(([text, params]) =>
      sql
        .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, ...params)
        .map(({ detail }) => detail)
        .join('; '),
    )
  expect(plans).toEqual([
    expect.stringMatching(/^SEARCH records USING INDEX records_by_hour \(hour>\?\)/),
    expect.stringMatching(/^SEARCH usage USING PRIMARY KEY \(hour>\?\)/),
  ])
  const [bound] = asked.find(([text]) => /FROM records .*revision > \?/.test(text))?.[1] ?? []
  expect(Number(bound)).toBeGreaterThan(now - 3 * DAY_MS)
  sql.close()
})

test('a record of weeks ago that a person ends is among what changed (money §7 *Size*)', () => {
  const { sql, ledger, now } = longLived()
  const revision = ledger.revision()
  expect(ledger.changes(revision)).toMatchObject({ openRecords: [], closedKeys: [] })
  const [row] = ledger.records({ limit: 1, state: 'parked' })
  if (row === undefined) throw new Error('nothing is parked')
  const [record, seen] = [row.key, { state: row.state, settledAt: row.settledAt }]
  ledger.repair(signed({ kind: 'write off', record, seen }), now, letGo(record))
  expect(ledger.changes(revision).openRecords).toMatchObject([{ key: record, state: 'written off' }])
  expect(ledger.changes(revision).openRecords).toHaveLength(1)
  expect(ledger.changes(ledger.revision()).openRecords).toEqual([])
  // Whoever begins again, as a read model that was lost does, is told everything.
  const all = ledger.changes(0)
  expect([all.openRecords.length, all.closedKeys.length, all.days.length]).toEqual([1, 119, 30])
  sql.close()
})

test('what was held up to a reading of 0 is told, though the reading falls in the next day (money §7 *Size*)', () => {
  const sql = openNodeSql(':memory:')
  const charge = { kind: 'time-weighted', meter: 'storage_gb' } as const
  const ledger = openLedger(sql, termsOf(product([{ ...dimension(), key: 'storage', charge }])))
  ledger.order(orderOf(), START)
  const report = (time: number, value: number): void => {
    for (const { event: each } of values([time], 'storage_gb', value, 'db-1')) ledger.take(ids(each), time)
  }
  report(START + 20 * HOUR_MS, 72)
  ledger.runDue(START + 22 * HOUR_MS)
  const { revision, clock } = ledger.changes(0)
  report(START + DAY_MS + 30 * MINUTE_MS, 0)
  expect(ledger.changes(revision, clock).days).toMatchObject([
    { day: START, counted: '0.4' },
    { day: START + DAY_MS, counted: '0.05' },
  ])
  sql.close()
})

const HOLDS = { kind: 'time-weighted', meter: 'storage_gb', holdForHours: 1 } as const
const SEES = { kind: 'unique', meter: 'people' } as const

test('what was held before an activation is told, though by its own clock that hour had not begun (money §5, §7)', () => {
  const sql = openNodeSql(':memory:')
  const ledger = openLedger(sql, termsOf(product([{ ...dimension(), charge: HOLDS }])))
  ledger.order(orderOf({ activation: null }), START)
  for (const { event: each } of values([START + 90 * MINUTE_MS], 'storage_gb', 360))
    ledger.take(ids(each), each.time)
  ledger.runDue(START + 3 * HOUR_MS)
  const activation = START + 5 * HOUR_MS
  ledger.order(orderOf({ version: 2, activation }), activation - 4 * MINUTE_MS)
  const { revision, clock } = ledger.changes(0)
  ledger.runDue(activation + 70 * MINUTE_MS)
  expect(ledger.changes(revision, clock).days).toMatchObject([{ day: START, counted: '0.5' }])
  sql.close()
})

test('usage a few minutes ahead of the clock, behind a cut of price, is told at once (money §4, §5, §7)', () => {
  const sql = openNodeSql(':memory:')
  const ledger = openLedger(sql, termsOf(product([{ ...dimension(), charge: SEES }])))
  const endsAt = START + 2 * HOUR_MS
  ledger.order(orderOf({ trial: { endsAt, graceUntil: endsAt } }), START)
  const { revision, clock } = ledger.changes(0)
  const now = endsAt - 3 * MINUTE_MS
  for (const { event: each } of keys([now + 4 * MINUTE_MS], 'people', 'ann')) ledger.take(ids(each), now)
  expect(ledger.changes(revision, clock).days).toMatchObject([{ day: START, counted: '1' }])
  sql.close()
})

test('everything is told whole to a read model that was set back: days of months still kept, and what is open (money §4, §7)', () => {
  const { sql, ledger } = longLived()
  const all = ledger.changes(null)
  const since = ledger.changes(0)
  expect([all.allFrom, all.closedKeys, all.openRecords]).toEqual([
    at('2026-10-01T00:00'),
    [],
    since.openRecords,
  ])
  expect(all.days).toEqual(since.days)
  ledger.runDue(at('2027-01-20T00:00'))
  expect(ledger.changes(null)).toMatchObject({ allFrom: at('2026-12-01T00:00'), days: [] })
  expect(ledger.changes(null).openRecords).toHaveLength(1)
  sql.close()
})
