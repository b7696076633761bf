/** Charges, periods, cuts and late usage (money §3, §4). */
import { expect, test } from 'vitest'
import { HOUR_MS, monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import {
  after,
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
  termsOf,
  word,
} from './subject.ts'

const usageOf = (ledger: Ledger, month: string) => ledger.usage(monthOf(at(month)))
const quantities = (ledger: Ledger): number[] => recordsOf(ledger).map(([, quantity]) => quantity)

export function periodSuite(home: Home): void {
  test.each([
    ['down: the remainder waits', {}, [0, 0, 1]],
    ['up: the first unit opens a block', { round: 'up' as const }, [1, 0, 1]],
  ])('a block of 1000, rounded %s (money §3)', (_, charge, units) =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '1000', ...charge })
      const billed = [400, 500, 300].map((amount, i) => {
        const time = at('2026-11-21T10:30') + hours(i)
        ledger.take(ids(event(time, amount)), time)
        ledger.runDue(time + hours(1))
        return Number(usageOf(ledger, '2026-11-21T00:00').dimensions[0]?.frozen)
      })
      expect(billed.map((total, i) => total - (billed[i - 1] ?? 0))).toEqual(units)
      expect(ledger.audit()).toEqual([])
    }),
  )

  test.each([
    ['carry', [0, 1]],
    ['drop', [0, 0]],
    ['up', [1, 1]],
  ] as const)('at a month’s end what is begun of a block: %s (money §3)', (remainder, units) =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '1000', remainder })
      ledger.take(ids(event('2026-11-29T10:30', 600)), at('2026-11-29T10:31'))
      ledger.runDue(at('2026-12-02T00:00'))
      const november = Number(usageOf(ledger, '2026-11-29T00:00').dimensions[0]?.frozen)
      ledger.take(ids(event('2026-12-02T10:30', 600)), at('2026-12-02T10:31'))
      ledger.runDue(at('2027-01-02T00:00'))
      expect([november, Number(usageOf(ledger, '2026-12-02T00:00').dimensions[0]?.frozen)]).toEqual(units)
      expect(ledger.audit()).toEqual([])
    }),
  )

  test('a period that rounds up wakes at its end for what is only begun (money §3)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '1000', remainder: 'up' })
      ledger.take(ids(event('2026-11-29T10:30', 600)), at('2026-11-29T10:31'))
      ledger.runDue(at('2026-11-29T11:10'))
      expect([quantities(ledger), ledger.nextWake()]).toEqual([[], at('2026-12-01T03:00')])
      ledger.runDue(at('2026-12-01T03:00'))
      expect(recordsOf(ledger)).toEqual([['2026-11-30T23:00', 1, 'waiting']])
      expect(ledger.nextWake()).toBe(null)
    }))

  test('an included amount a month is spent hour by hour and granted anew on the 1st (money §3)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { included: { amount: '1000', per: 'month' } })
      for (const [time, amount] of [
        ['2026-11-29T10:30', 900],
        ['2026-11-29T11:30', 300],
        ['2026-12-01T00:30', 1001],
      ] as const) {
        ledger.take(ids(event(time, amount)), at(time))
        ledger.runDue(after(at(time), 40))
      }
      ledger.runDue(at('2026-12-01T04:00'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-29T11:00', 200, 'waiting'],
        ['2026-12-01T00:00', 1, 'waiting'],
      ])
      expect(usageOf(ledger, '2026-11-29T00:00').dimensions[0]).toMatchObject({
        counted: '1200',
        covered: '1000',
        includedLeft: '0',
        due: '200',
        billed: '0',
      })
    }))

  test('an included amount a term is granted once (money §3)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { included: { amount: '1000', per: 'term' } })
      for (const time of ['2026-11-29T10:30', '2026-12-02T10:30', '2027-01-02T10:30'])
        ledger.take(ids(event(time, 600)), at(time))
      ledger.runDue(at('2027-01-03T00:00'))
      expect(quantities(ledger)).toEqual([200, 600])
    }))

  test('earlier usage that arrives late takes the included amount first, and the sum stays the same (money §3, §12)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { included: { amount: '1000', per: 'month' } })
      ledger.take(ids(event('2026-11-21T10:30', 1500)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      ledger.take(ids(event('2026-11-20T10:30', 700)), at('2026-11-21T12:00'))
      ledger.runDue(at('2026-11-21T13:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 500, 'waiting'],
        ['2026-11-21T11:00', 700, 'waiting'],
      ])
    }))

  test.each([
    ['before 03:00 the month’s last hour takes it', '2026-12-01T02:59:59.999', 'counted', '2026-11-30T23:00'],
    ['from 03:00 it is billed in the new month', '2026-12-01T03:00', 'counted', '2026-12-01T02:00'],
    ['until 24 h after AWS closed the month', '2026-12-02T05:59:59.999', 'counted', '2026-12-02T05:00'],
    ['from then on it is set aside', '2026-12-02T06:00', 'counted', null],
  ])('late usage of a month: %s (money §4)', (_, arrives, answer, hour) =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.runDue(at(arrives))
      expect(word(ledger.take(ids(event('2026-11-15T10:30', 5)), at(arrives)))).toBe(answer)
      ledger.runDue(at(arrives) + 3 * HOUR_MS)
      expect(recordsOf(ledger)).toEqual(hour === null ? [] : [[hour, 5, 'waiting']])
      expect(usageOf(ledger, '2026-11-15T00:00').setAside).toEqual(
        hour === null
          ? [{ hour: at('2026-11-15T10:00'), meter: 'calls', reason: 'month-closed', amount: '5' }]
          : [],
      )
      expect(ledger.audit()).toEqual([])
    }),
  )

  test('late usage never crosses a cut into another price: it is set aside (money §4)', () =>
    home.use((sql) => {
      const allowances = { team: { amount: '10', per: 'month' as const }, enterprise: 'unlimited' as const }
      const sold = product([dimension({ included: 'plan' }, { allowances })], {
        plans: ['team', 'enterprise'],
        defaultPlan: 'team',
      })
      const ledger = openLedger(sql, termsOf(sold))
      ledger.order(orderOf(), at('2026-11-20T00:00'))
      ledger.take(ids(event('2026-11-21T10:30', 15)), at('2026-11-21T10:31'))
      ledger.order(
        orderOf({ version: 2, plans: [{ fromHour: at('2026-11-21T11:00'), plan: 'enterprise' }] }),
        at('2026-11-21T10:40'),
      )
      ledger.take(ids(event('2026-11-21T10:50', 2)), at('2026-11-21T11:09'))
      ledger.take(ids(event('2026-11-21T10:55', 3), event('2026-11-21T11:05', 900)), at('2026-11-21T11:10'))
      ledger.runDue(at('2026-11-21T14:00'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 7, 'waiting']])
      expect(usageOf(ledger, '2026-11-21T00:00').setAside).toEqual([
        { hour: at('2026-11-21T10:00'), meter: 'calls', reason: 'price-changed', amount: '3' },
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('a trial has its own included amount, and its late usage is kept as trial and never billed (money §4)', () =>
    home.use((sql) => {
      const ledger = openWith(
        sql,
        { included: { amount: '10', per: 'month' } },
        {},
        { trial: { endsAt: at('2026-11-21T10:20'), graceUntil: at('2026-11-21T10:20') } },
      )
      ledger.take(ids(event('2026-11-21T09:30', 8), event('2026-11-21T10:59', 8)), at('2026-11-21T11:00'))
      ledger.take(ids(event('2026-11-21T11:01', 12)), at('2026-11-21T11:05'))
      ledger.take(ids(event('2026-11-21T10:40', 100)), at('2026-11-21T11:10'))
      ledger.runDue(at('2026-11-21T14:00'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 6, 'waiting'],
        ['2026-11-21T11:00', 2, 'waiting'],
      ])
      expect(usageOf(ledger, '2026-11-21T00:00').setAside).toMatchObject([{ reason: 'trial', amount: '100' }])
    }))

  test('a changed charge is in force from the next hour, and each record names its config (money §4)', () =>
    home.use((sql) => {
      const first = openWith(sql, { block: '10' })
      first.take(ids(event('2026-11-21T10:10', 25)), at('2026-11-21T10:11'))
      const ledger = openLedger(sql, termsOf(product([dimension({ block: '100' })]), {}, 'config-2'))
      ledger.take(
        ids(event('2026-11-21T10:30', 10), event('2026-11-21T11:01', 250)),
        at('2026-11-21T10:59:30'),
      )
      ledger.runDue(at('2026-11-21T12:10'))
      expect(ledger.records({ limit: 5 }).map((record) => [record.config, record.quantity])).toEqual([
        ['config-2', 2],
        ['config-1', 3],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('a new config that changes nothing of a price carries its remainder on (money §3)', () =>
    home.use((sql) => {
      openWith(sql, { block: '1000' }).take(ids(event('2026-11-21T10:10', 600)), at('2026-11-21T10:11'))
      const ledger = openLedger(sql, termsOf(product([dimension({ block: '1000' })]), {}, 'config-2'))
      ledger.take(ids(event('2026-11-21T12:30', 600)), at('2026-11-21T12:31'))
      ledger.runDue(at('2026-11-21T14:00'))
      expect(quantities(ledger)).toEqual([1])
    }))

  test('a meter may feed two dimensions; one that is only entitled is counted and shown, never billed (money §3)', () =>
    home.use((sql) => {
      const sold = product([
        dimension(),
        dimension({ block: '10' }, { key: 'api_tens' }),
        dimension({ meter: 'seats' }, { key: 'team_users', metered: false }),
      ])
      const ledger = openLedger(sql, termsOf(sold))
      ledger.order(orderOf(), at('2026-11-20T00:00'))
      ledger.take(
        ids(event('2026-11-21T10:30', 25), event('2026-11-21T10:30', 4, { meter: 'seats' })),
        at('2026-11-21T10:31'),
      )
      ledger.runDue(at('2026-11-21T11:10'))
      expect(ledger.records({ limit: 9 }).map((record) => [record.dimension, record.quantity])).toEqual([
        ['api_calls', 25],
        ['api_tens', 2],
      ])
      expect(usageOf(ledger, '2026-11-21T00:00').dimensions[2]).toMatchObject({
        dimension: 'team_users',
        counted: '4',
        due: '0',
        frozen: '0',
      })
    }))

  test('an included amount that is unknown is never 0: the dimension waits, and parks when none was ever known (money §3)', () =>
    home.use((sql) => {
      const sold = product([
        dimension({}, { includedFrom: 'calls_prepaid' }),
        dimension({}, { key: 'all_calls' }),
      ])
      const ledger = openLedger(sql, termsOf(sold))
      ledger.order(orderOf({ amounts: { calls_prepaid: null } }), at('2026-11-21T00:00'))
      ledger.take(ids(event('2026-11-21T10:30', 25)), at('2026-11-21T10:31'))
      expect(ledger.runDue(at('2026-11-21T23:00'))).toEqual({ nextWake: null })
      expect(ledger.records({ limit: 9 }).map((record) => record.dimension)).toEqual(['all_calls'])

      ledger.order(orderOf({ version: 2, amounts: { calls_prepaid: '20' } }), at('2026-11-21T23:30'))
      expect(ledger.records({ limit: 9 }).map((record) => [record.dimension, record.quantity])).toEqual([
        ['all_calls', 25],
        ['api_calls', 5],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('at half of its window an amount that went missing is the last known, marked estimated; what is learnt late stays owed (money §3, §12)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([dimension({}, { includedFrom: 'calls_prepaid' })])))
      ledger.order(orderOf({ amounts: { calls_prepaid: '20' } }), at('2026-11-21T00:00'))
      ledger.order(orderOf({ version: 2, amounts: { calls_prepaid: null } }), at('2026-11-21T09:30'))
      ledger.take(ids(event('2026-11-21T10:30', 25)), at('2026-11-21T10:31'))
      expect(ledger.runDue(at('2026-11-21T11:10'))).toEqual({ nextWake: at('2026-11-21T22:00') })
      ledger.runDue(at('2026-11-21T22:00'))
      expect(sql.all('SELECT quantity, estimated FROM records')).toMatchObject([
        { quantity: 5, estimated: 1 },
      ])

      ledger.order(orderOf({ version: 3, amounts: { calls_prepaid: '24' } }), at('2026-11-21T22:30'))
      expect(usageOf(ledger, '2026-11-21T00:00').dimensions[0]).toMatchObject({
        due: '1',
        frozen: '5',
        open: '0',
        owed: '4',
      })
      ledger.take(ids(event('2026-11-21T22:40', 6)), at('2026-11-21T22:41'))
      ledger.runDue(at('2026-11-22T00:00'))
      expect(quantities(ledger)).toEqual([5, 2])
      expect(ledger.audit()).toEqual([])
    }))
}
