/** Handing over, receipts, moving what expired, and what the tables themselves refuse (money §7, §8, §9, §12). */
import { expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import {
  at,
  dimension,
  event,
  type Home,
  hours,
  ids,
  openWith,
  orderOf,
  product,
  recordsOf,
  settlement,
  termsOf,
} from './subject.ts'

/** A ledger with one record of 3 units in hour 10:00. */
function withRecord(sql: Parameters<typeof openWith>[0], start = '2026-11-21T10:30'): Ledger {
  const ledger = openWith(sql)
  ledger.take(ids(event(start, 3)), at(start))
  ledger.runDue(at(start) + hours(1))
  return ledger
}

export function handOverSuite(home: Home): void {
  test('a record is offered until it is handed, and a settled key is never offered again (money §7 (5))', () =>
    home.use((sql) => {
      const ledger = withRecord(sql)
      const [record] = ledger.offers(10)
      expect(ledger.offers(10)).toEqual([record])
      ledger.handed(ledger.offers(10))
      expect(ledger.offers(10)).toEqual([])
      if (record === undefined) throw new Error('no record')
      ledger.settle([settlement(record)], at('2026-11-21T12:00'))
      ledger.runDue(at('2026-11-22T12:00'))
      expect(ledger.offers(10)).toEqual([])
    }))

  test('a result that overtakes the mark of its hand-over settles the record all the same (money §7)', () =>
    home.use((sql) => {
      const ledger = withRecord(sql)
      const offered = ledger.offers(10)
      ledger.settle(
        offered.map((record) => settlement(record)),
        at('2026-11-21T12:00'),
      )
      ledger.handed(offered)
      expect([recordsOf(ledger), ledger.offers(10)]).toEqual([[['2026-11-21T10:00', 3, 'billed']], []])
    }))

  test('a receipt is written once per (key, attempt), however often it comes; the first result stands (money §7 (4))', () =>
    home.use((sql) => {
      const ledger = withRecord(sql)
      const results = ledger
        .offers(10)
        .map((record) => settlement(record, { attempt: 2, state: 'doubtful', unanswered: true }))
      const again = results.map((result) => ({ ...result, attempt: 3, state: 'parked' as const }))
      const pairs = [
        ledger.settle(results, at('2026-11-21T12:00')),
        ledger.settle(results, at('2026-11-21T13:00')),
        ledger.settle(again, at('2026-11-21T14:00')),
      ]
      expect(pairs.map((list) => list.map((pair) => pair.attempt))).toEqual([[2], [2], [3]])
      expect(sql.all('SELECT attempt, state FROM receipts ORDER BY attempt')).toEqual([
        { attempt: 2, state: 'doubtful' },
        { attempt: 3, state: 'parked' },
      ])
      expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 3, 'doubtful']])
    }))

  test('a result for a key this ledger never had is not acknowledged and stops it (money §12)', () =>
    home.use((sql) => {
      const ledger = withRecord(sql)
      const [record] = ledger.offers(1)
      if (record === undefined) throw new Error('no record')
      expect(
        ledger.settle([settlement({ ...record, key: 'x' }), settlement(record)], at('2026-11-21T12:00')),
      ).toEqual([{ key: record.key, attempt: 1 }])
      expect(ledger.status().stopped).toMatch(
        /^Each settled key is a record of this ledger does not hold for x:/,
      )
    }))

  test('what never reached AWS moves into the earliest open hour as one adjustment, past the charge (money §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '10', included: { amount: '100', per: 'month' } })
      ledger.take(ids(event('2026-11-21T10:30', 139)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      const [record] = ledger.offers(1)
      if (record === undefined) throw new Error('no record')
      ledger.settle(
        [settlement(record, { attempt: 0, state: 'expired', receipt: null })],
        at('2026-11-22T10:00'),
      )
      expect(ledger.nextWake()).toBe(at('2026-11-22T10:10'))
      ledger.take(ids(event('2026-11-22T10:05', 11)), at('2026-11-22T10:06'))
      ledger.runDue(at('2026-11-22T11:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 3, 'moved'],
        ['2026-11-22T09:00', 3, 'waiting'],
        ['2026-11-22T10:00', 2, 'waiting'],
      ])
      expect(ledger.records({ limit: 9 })[1]?.lines).toEqual([
        { kind: 'adjustment', from: record.key, units: 3 },
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test.each([
    ['never sent', { attempt: 0, unanswered: false }, 'moved'],
    ['refused in every attempt', { attempt: 4, unanswered: false }, 'moved'],
    ['after an unanswered attempt', { attempt: 4, unanswered: true }, 'expired'],
  ])('an expired record %s ends as it should (money §8 row 10, §9)', (_, more, state) =>
    home.use((sql) => {
      const ledger = withRecord(sql)
      ledger.settle(
        ledger.offers(1).map((record) => settlement(record, { ...more, state: 'expired', receipt: null })),
        at('2026-11-22T10:00'),
      )
      expect(recordsOf(ledger)[0]?.[2]).toBe(state)
    }),
  )

  test.each([
    ['to the millisecond before 24 h after AWS closed its month', -1, 'moved'],
    ['at 24 h after', 0, 'expired'],
  ])('an expired record crosses a month’s end %s (money §4, §9)', (_, off, state) =>
    home.use((sql) => {
      const ledger = withRecord(sql, '2026-11-30T10:30')
      const now = at('2026-12-02T06:00') + off
      ledger.settle(
        ledger.offers(1).map((record) => settlement(record, { state: 'expired', receipt: null })),
        now,
      )
      expect(recordsOf(ledger)[0]?.[2]).toBe(state)
    }),
  )

  test('an expired record never crosses a cut into another price; with `park` none moves (money §9)', () =>
    home.use((sql) => {
      const parking = openWith(sql, {}, { expired: 'park' })
      parking.take(ids(event('2026-11-21T09:30', 2)), at('2026-11-21T09:31'))
      parking.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T10:31'))
      parking.runDue(at('2026-11-21T11:10'))
      const [first, second] = parking.offers(2)
      if (first === undefined || second === undefined) throw new Error('no records')
      parking.settle([settlement(first, { state: 'expired' })], at('2026-11-21T12:00'))
      const dearer = openLedger(sql, termsOf(product([dimension({}, { price: '0.20' })]), {}, 'config-2'))
      dearer.runDue(at('2026-11-21T15:00'))
      dearer.settle([settlement(second, { state: 'expired' })], at('2026-11-21T15:10'))
      expect(recordsOf(dearer).map((row) => row[2])).toEqual(['expired', 'expired'])
      expect(dearer.audit()).toEqual([])
    }))

  test.each([
    'UPDATE records SET quantity = 4',
    'UPDATE records SET timestamp = timestamp + 1000',
    'UPDATE records SET identity = quote(identity)',
    'DELETE FROM records',
    'DELETE FROM lines',
    'UPDATE lines SET units = 9',
    'DELETE FROM receipts',
    "UPDATE receipts SET state = 'parked'",
    "UPDATE records SET state = 'waiting', settled_at = NULL",
    "UPDATE records SET state = 'lost'",
    'INSERT OR REPLACE INTO records SELECT * FROM records',
    'INSERT OR REPLACE INTO lines SELECT * FROM lines',
    'INSERT OR REPLACE INTO receipts SELECT * FROM receipts',
  ])('the tables refuse: %s (money §5, §12; style, *Money*)', (statement) =>
    home.use((sql) => {
      const ledger = withRecord(sql)
      ledger.settle(
        ledger.offers(1).map((record) => settlement(record)),
        at('2026-11-21T12:00'),
      )
      expect(() => sql.all(statement)).toThrow()
      expect([recordsOf(ledger), ledger.audit()]).toEqual([[['2026-11-21T10:00', 3, 'billed']], []])
    }),
  )

  test('a ledger opens again with what it holds, and refuses another subscription or schema', () =>
    home.use((sql) => {
      withRecord(sql)
      const terms = termsOf(product([dimension()]))
      expect(recordsOf(openLedger(sql, terms))).toEqual([['2026-11-21T10:00', 3, 'waiting']])
      expect(() => openLedger(sql, { ...terms, subscription: 'sub_other' })).toThrow(/belongs to sub_0/)
      sql.all('UPDATE schema_version SET version = 99')
      expect(() => openLedger(sql, terms)).toThrow(/has schema 99, this program 2/)
    }))

  test('records come in pages, newest hour first, each once (style: keyset)', () =>
    home.use((sql) => {
      const sold = product([dimension(), dimension({}, { key: 'also_calls' })])
      const ledger = openLedger(sql, termsOf(sold))
      ledger.order(orderOf(), at('2026-11-20T00:00'))
      for (let hour = 0; hour < 5; hour += 1) {
        const time = at('2026-11-21T10:30') + hours(hour)
        ledger.take(ids(event(time, hour + 1)), time)
      }
      ledger.runDue(at('2026-11-22T00:00'))
      const seen: string[] = []
      let after: { hour: number; key: string } | undefined
      for (;;) {
        const page = ledger.records(after === undefined ? { limit: 3 } : { limit: 3, after })
        const last = page.at(-1)
        if (last === undefined) break
        seen.push(...page.map((record) => `${record.hour} ${record.dimension}`))
        after = { hour: last.hour, key: last.key }
      }
      expect([seen.length, new Set(seen).size]).toEqual([10, 10])
      expect(ledger.records({ limit: 9, state: 'billed' })).toEqual([])
    }))

  test('a duplicate after an unanswered attempt counts as billed, and stays in doubt (money §8 row 2)', () =>
    home.use((sql) => {
      const ledger = withRecord(sql, '2026-11-20T10:30')
      const [record] = ledger.offers(1)
      if (record === undefined) throw new Error('no record')
      const doubtful = { state: 'doubtful', reason: 'conflict', receipt: null, unanswered: true } as const
      ledger.settle([settlement(record, doubtful)], at('2026-11-20T12:00'))

      expect(ledger.usage(monthOf(record.hour)).dimensions[0]?.billed).toBe('3')
      const { days, openRecords, closedKeys } = ledger.changes(0)
      expect([days[0]?.billed, openRecords[0]?.state, closedKeys]).toEqual(['3', 'doubtful', []])
    }))

  test('a record whose deadline passed after an unanswered attempt is not shown as billed (money §8 row 10)', () =>
    home.use((sql) => {
      const ledger = withRecord(sql, '2026-11-20T10:30')
      const [record] = ledger.offers(1)
      if (record === undefined) throw new Error('no record')
      const doubtful = { state: 'doubtful', reason: 'expired', receipt: null, unanswered: true } as const
      ledger.settle([settlement(record, doubtful)], at('2026-11-21T12:00'))

      expect(ledger.usage(monthOf(record.hour)).dimensions[0]?.billed).toBe('0')
      expect(ledger.changes(0).days[0]?.billed).toBe('0')
    }))

  test('the read model is told each day and record that changed since a revision, and nothing else (money §7 *Size*)', () =>
    home.use((sql) => {
      const ledger = withRecord(sql, '2026-11-20T10:30')
      const first = ledger.changes(0)
      const day = { dimension: 'api_calls', day: at('2026-11-20T00:00') }
      expect(first.days).toEqual([{ ...day, counted: '3', billed: '0' }])
      expect(first.openRecords.map((record) => record.state)).toEqual(['waiting'])
      expect(ledger.changes(first.revision)).toEqual({
        revision: first.revision,
        clock: first.clock,
        days: [],
        openRecords: [],
        closedKeys: [],
      })

      const [record] = ledger.offers(1)
      if (record === undefined) throw new Error('no record')
      ledger.settle([settlement(record)], at('2026-11-20T12:00'))
      const second = ledger.changes(first.revision)
      expect([second.days, second.openRecords, second.closedKeys]).toEqual([
        [{ ...day, counted: '3', billed: '3' }],
        [],
        [record.key],
      ])

      ledger.take(ids(event('2026-11-21T10:30', 5)), at('2026-11-21T10:31'))
      expect(ledger.changes(second.revision).days).toEqual([
        { dimension: 'api_calls', day: at('2026-11-21T00:00'), counted: '5', billed: '0' },
      ])
      expect(ledger.usage(monthOf(at('2026-11-21T00:00'))).dimensions[0]).toMatchObject({
        counted: '8',
        due: '8',
        frozen: '3',
        billed: '3',
        open: '5',
      })
    }))
}
