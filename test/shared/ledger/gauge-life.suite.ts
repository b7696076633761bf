/** `max` and `time-weighted` through a whole Ledger: wakes, ends, late readings, what a sweep leaves to audit (money §3, §6, §12). */
import { expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS, monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { DimensionTerms } from '../../../shared/ledger/terms.ts'
import type { Charge } from '../../../shared/seller.ts'
import type { Sql } from '../../../shared/sql.ts'
import { bill, billed, keys, quantities, timesOf, values, walk } from './month.ts'
import { at, dimension, type Home, ids, orderOf, product, termsOf } from './subject.ts'

/** In November an hour of 720 GB is one GB-month. */
const GB = 720

const gauge = (charge: Charge): DimensionTerms => ({
  key: 'gauge',
  price: '1.00',
  metered: true,
  charge,
  allowances: {},
})

function open(sql: Sql, charge: Charge): Ledger {
  const ledger = openLedger(sql, termsOf(product([gauge(charge)])))
  ledger.order(orderOf(), at('2026-11-01T00:00'))
  return ledger
}

const held: Charge = { kind: 'time-weighted', meter: 'storage_gb' }
const shown = (ledger: Ledger, month = '2026-11') =>
  ledger.usage(monthOf(at(`${month}-15T00:00`))).dimensions[0]

function report(ledger: Ledger, time: string, value: number, arrives = time, series = 'db-1'): void {
  const [made] = values([at(time)], 'storage_gb', value, series)
  if (made !== undefined) ledger.take(ids(made.event), at(arrives))
}

export function gaugeLifeSuite(home: Home): void {
  test('a ledger with a gauge above zero wakes hourly, and no more once it is at zero or silent (money §7)', () =>
    home.use((sql) => {
      const ledger = open(sql, held)
      report(ledger, '2026-11-10T10:00', GB)
      const wakes: number[] = []
      for (let wake = ledger.nextWake(); wake !== null && wakes.length < 40; wake = ledger.nextWake()) {
        wakes.push(wake)
        bill(ledger, wake)
      }
      const hourly = Array.from({ length: 25 }, (_, hour) => at('2026-11-10T11:10') + hour * HOUR_MS)
      expect(wakes).toEqual(hourly)
      expect(billed(ledger, '2026-11')).toEqual({ gauge: 25 })
      expect(ledger.status().silent).toEqual([
        { meter: 'storage_gb', series: 'db-1', lastMs: at('2026-11-10T10:00') },
      ])
      report(ledger, '2026-11-12T10:00', GB)
      report(ledger, '2026-11-12T11:00', 0)
      bill(ledger, at('2026-11-12T12:10'))
      expect([ledger.nextWake(), ledger.status().silent, ledger.audit()]).toEqual([null, [], []])
      expect(billed(ledger, '2026-11')).toEqual({ gauge: 26 })
    }))

  test('what holds on through our days of grace is billed behind them, and nobody has to wake the ledger (money §4, §7)', () =>
    home.use((sql) => {
      const ledger = open(sql, held)
      const trial = { endsAt: at('2026-11-10T10:00'), graceUntil: at('2026-11-10T14:00') }
      ledger.order(orderOf({ version: 2, trial }), at('2026-11-01T00:00'))
      report(ledger, '2026-11-10T09:00', GB)
      for (let wake = ledger.nextWake(), wakes = 0; wake !== null && wakes < 40; wakes += 1) {
        bill(ledger, wake)
        wake = ledger.nextWake()
      }
      expect(billed(ledger, '2026-11')).toEqual({ gauge: 1 + 20 })
      expect(ledger.audit()).toEqual([])
    }))

  test('a reading of our days of grace that comes when a cut lies behind it holds on into no paid hour (money §4)', () =>
    home.use((sql) => {
      const ledger = open(sql, held)
      const trial = { endsAt: at('2026-11-10T10:00'), graceUntil: at('2026-11-10T14:00') }
      ledger.order(orderOf({ version: 2, trial }), at('2026-11-01T00:00'))
      report(ledger, '2026-11-10T09:00', 0)
      report(ledger, '2026-11-10T14:30', 0, '2026-11-10T14:30', 'db-2')
      bill(ledger, at('2026-11-10T16:10'))
      report(ledger, '2026-11-10T13:00', GB, '2026-11-10T16:20')
      bill(ledger, at('2026-11-12T00:00'))
      expect(billed(ledger, '2026-11')).toEqual({})
      expect(shown(ledger)).toMatchObject({ due: '0', open: '0', unbilled: '0' })
      const aside = ledger.usage(monthOf(at('2026-11-10T00:00'))).setAside
      expect(aside.map(({ hour, reason, amount }) => [hour, reason, amount])).toEqual([
        [at('2026-11-10T13:00'), 'grace', String(GB)],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('what is held ends with the life, at 14:45 inside its hour, and the last record has it (money §6)', () =>
    home.use((sql) => {
      const ledger = open(sql, held)
      report(ledger, '2026-11-10T13:00', 4 * GB)
      bill(ledger, at('2026-11-10T14:10'))
      const end = {
        at: at('2026-11-10T14:45'),
        takeUntil: at('2026-11-10T14:55'),
        cause: 'deprovisioned' as const,
      }
      ledger.order(orderOf({ version: 2, end }), end.at)
      bill(ledger, end.takeUntil)
      expect(ledger.records({ limit: 9 }).map((record) => record.quantity)).toEqual([3, 4])
      expect([ledger.nextWake(), ledger.audit()]).toEqual([null, []])
    }))

  test('an end that is told late takes back what was held beyond it: owed, until later dues use it up (money §6, §12)', () =>
    home.use((sql) => {
      const ledger = open(sql, held)
      report(ledger, '2026-11-10T10:00', GB)
      bill(ledger, at('2026-11-10T13:10'))
      const end = {
        at: at('2026-11-10T11:00'),
        takeUntil: at('2026-11-10T13:20'),
        cause: 'presumed' as const,
      }
      ledger.order(orderOf({ version: 2, end }), at('2026-11-10T13:15'))
      bill(ledger, end.takeUntil)
      expect(shown(ledger)).toMatchObject({ due: '1', frozen: '3', owed: '2', open: '0' })
      expect(ledger.audit()).toEqual([])
    }))

  test('a late lower reading leaves units owed, which the next hours of the period use up (money §12)', () =>
    home.use((sql) => {
      const ledger = open(sql, held)
      report(ledger, '2026-11-10T10:00', 4 * GB)
      bill(ledger, at('2026-11-10T12:10'))
      report(ledger, '2026-11-10T11:00', GB, '2026-11-10T12:20')
      expect(shown(ledger)).toMatchObject({ due: '5', frozen: '8', owed: '3' })
      expect(ledger.audit()).toEqual([])
      bill(ledger, at('2026-11-10T18:10'))
      expect(shown(ledger)).toMatchObject({ due: '11', frozen: '11', owed: '0' })
      expect(ledger.audit()).toEqual([])
    }))

  test.each([
    [
      'hour',
      [
        [10, 5],
        [11, 9],
        [13, 2],
      ],
    ],
    [
      'month',
      [
        [10, 5],
        [11, 4],
        [12, 1],
      ],
    ],
  ] as const)(
    'the highest of the %s, series added up, late values in the earliest open hour (money §3, §4)',
    (window, expected) =>
      home.use((sql) => {
        const ledger = open(sql, { kind: 'max', meter: 'storage_gb', window })
        const later = (hour: number) => at('2026-11-10T00:00') + hour * HOUR_MS + 70 * MINUTE_MS
        report(ledger, '2026-11-10T10:20', 5)
        bill(ledger, later(10))
        report(ledger, '2026-11-10T11:20', 7)
        report(ledger, '2026-11-10T11:50', 2, '2026-11-10T11:50', 'db-2')
        bill(ledger, later(11))
        // Late for 11:00. The hour's highest grows by 1 + 0; so does the month's.
        report(ledger, '2026-11-10T11:30', 8, '2026-11-10T12:30')
        bill(ledger, later(12))
        report(ledger, '2026-11-10T13:20', 2)
        bill(ledger, later(13))
        const found = ledger
          .records({ limit: 9 })
          .map((record) => [new Date(record.hour).getUTCHours(), record.quantity])
          .toReversed()
        expect(found).toEqual(window === 'hour' ? [expected[0], expected[1], [12, 1], expected[2]] : expected)
        expect(ledger.audit()).toEqual([])
      }),
  )

  test('two months on the state of a month is gone, and what it was billed for still holds (money §4, §12)', () =>
    home.use((sql) => {
      const sold = product([
        gauge(held),
        { ...gauge({ kind: 'unique', meter: 'users' }), key: 'users' },
        { ...gauge({ kind: 'max', meter: 'seats', window: 'month' }), key: 'seats' },
        dimension({ meter: 'calls', block: '1000' }),
      ])
      const ledger = openLedger(sql, termsOf(sold))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      walk(ledger, '2026-11-02T08:00', '2026-11-03T00:00', [
        ...values(timesOf('2026-11', 2, 2, [9, 10, 11]), 'storage_gb', 5 * GB),
        ...keys(timesOf('2026-11', 2, 2, [9, 10]), 'users', 'ada'),
        ...values(timesOf('2026-11', 2, 2, [9]), 'seats', 3),
        ...quantities(timesOf('2026-11', 2, 2, [9, 10]), 'calls', 1_700),
      ])
      for (const now of ['2026-11-04T00:00', '2026-12-02T00:00', '2027-01-09T00:00']) bill(ledger, at(now))
      const before = shown(ledger)
      expect(billed(ledger, '2026-11')).toMatchObject({ gauge: 135, users: 1, seats: 3, api_calls: 3 })
      bill(ledger, at('2027-01-15T00:00'))
      bill(ledger, at('2027-03-15T00:00'))
      const left = ['readings', 'peaks', 'unique_keys', 'integrals', 'last_readings'].map(
        (table) => sql.all<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`)[0]?.rows,
      )
      expect(left).toEqual([0, 0, 0, 0, 0])
      expect(ledger.audit()).toEqual([])
      expect(shown(ledger)).toMatchObject({ due: before?.due, frozen: before?.frozen, owed: '0', open: '0' })
      walk(ledger, '2027-03-20T08:00', '2027-03-21T00:00', quantities([at('2027-03-20T09:20')], 'calls', 600))
      // 400 of November's 3400 were left over.
      expect(billed(ledger, '2027-03')).toEqual({ api_calls: 1 })
      expect(ledger.audit()).toEqual([])
    }))
}
