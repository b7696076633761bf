/** When hours freeze, and what their records are (money §3, §5). */
import { expect, test } from 'vitest'
import { type Hour, MINUTE_MS } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import {
  at,
  ACCOUNT,
  dimension,
  event,
  type Home,
  hours,
  ids,
  LICENSE,
  openWith,
  orderOf,
  product,
  recordsOf,
  termsOf,
  word,
} from './subject.ts'

export function freezeSuite(home: Home): void {
  test.each([
    ['an hour: its end and 10 minutes', '2026-11-21T10:30', 10, '2026-11-21T11:10'],
    ['no lateness: its end', '2026-11-21T10:30', 0, '2026-11-21T11:00'],
    ['20 h of lateness: its start and 20 h', '2026-11-21T10:30', 20 * 60, '2026-11-22T06:00'],
    ['an hour before the last of a month', '2026-11-30T22:30', 10, '2026-11-30T23:10'],
    ['the last hour of a month: 03:00 on the 1st', '2026-11-30T23:30', 10, '2026-12-01T03:00'],
    ['the first hour of a month waits for it', '2026-12-01T00:30', 10, '2026-12-01T03:00'],
    ['the second too', '2026-12-01T01:30', 10, '2026-12-01T03:00'],
    ['the third does not have to', '2026-12-01T02:30', 10, '2026-12-01T03:10'],
    ['long lateness at the end of a month: the guard', '2026-11-30T15:30', 20 * 60, '2026-12-01T03:00'],
    ['the last hour of a leap February', '2028-02-29T23:30', 10, '2028-03-01T03:00'],
    ['28 February of a leap year is no month’s end', '2028-02-28T23:30', 10, '2028-02-29T00:10'],
    ['the last hour of a common February', '2027-02-28T23:30', 10, '2027-03-01T03:00'],
    ['the last hour of a year', '2026-12-31T23:30', 10, '2027-01-01T03:00'],
  ])('%s (money §5)', (_, used, lateness, freezes) =>
    home.use((sql) => {
      const ledger = openWith(sql, {}, { latenessMs: lateness * MINUTE_MS })
      ledger.runDue(at(used) - hours(2))
      ledger.take(ids(event(used, 3)), at(used))
      expect(new Date(ledger.nextWake() ?? 0).toISOString()).toBe(new Date(at(freezes)).toISOString())
      ledger.runDue(at(freezes) - 1)
      expect(recordsOf(ledger)).toEqual([])
      ledger.runDue(at(freezes))
      expect(recordsOf(ledger)).toEqual([[`${used.slice(0, 13)}:00`, 3, 'waiting']])
      expect(ledger.nextWake()).toBe(null)
    }),
  )

  test.each([
    ['10:09:59.999 past the hour is in time', '2026-11-21T11:09:59.999', '2026-11-21T10:00'],
    ['10 minutes past the hour goes into the next', '2026-11-21T11:10', '2026-11-21T11:00'],
  ])('usage of the hour before that arrives %s (money §5)', (_, arrives, hour) =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T10:30', 3)), at(arrives))
      ledger.runDue(at('2026-11-21T13:00'))
      expect(recordsOf(ledger)).toEqual([[hour, 3, 'waiting']])
      expect(ledger.audit()).toEqual([])
    }),
  )

  test('an object without open usage arms nothing, and its runs write nothing (money §7)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      expect([ledger.nextWake(), ledger.runDue(at('2026-11-21T00:00'))]).toEqual([null, { nextWake: null }])
      const before = sql.all('SELECT total_changes() AS changes')
      ledger.runDue(at('2026-11-21T00:00'))
      expect(sql.all('SELECT total_changes() AS changes')).toEqual(before)
    }))

  test('a record has its whole form: key, stamp, deadline, price in millionths (money §5)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '1000' }, {}, { activation: at('2026-11-21T10:10:00.001') })
      ledger.take(ids(event('2026-11-21T10:30', 2999)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      expect(ledger.offers(10)).toEqual([
        {
          key: `us-east-1|license|l-9d01d15f86334a8894365cd7350556ff|${ACCOUNT}|api_calls|${at('2026-11-21T10:00')}`,
          subscription: 'sub_0000000000000000000001',
          product: 'skillsmith',
          productCode: 'skillsmithcodeskillsmith1',
          identity: {
            fromHour: 0,
            region: 'us-east-1',
            kind: 'license',
            licenseArn: LICENSE,
            account: ACCOUNT,
          },
          dimension: 'api_calls',
          hour: at('2026-11-21T10:00'),
          timestamp: at('2026-11-21T10:10:01'),
          quantity: 2,
          deadline: at('2026-11-22T10:10:01'),
          final: false,
          price: '100000',
        },
      ])
    }))

  test.each([
    ['on the second', '2026-11-21T10:10:00.000', '2026-11-21T10:10:00', '2026-11-21T10:00'],
    ['just behind a second', '2026-11-21T10:10:00.001', '2026-11-21T10:10:01', '2026-11-21T10:00'],
    ['in the last moment of an hour', '2026-11-21T10:59:59.001', '2026-11-21T11:00:00', '2026-11-21T11:00'],
  ])('an activation %s stamps its first record rounded up (money §5)', (_, activation, stamp, hour) =>
    home.use((sql) => {
      const ledger = openWith(sql, {}, {}, { activation: at(activation) })
      ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T11:01'))
      ledger.runDue(at('2026-11-21T13:00'))
      expect(ledger.offers(10).map((record) => [record.timestamp, record.hour, record.quantity])).toEqual([
        [at(stamp), at(hour), 3],
      ])
    }),
  )

  test('an hour that AWS no longer takes gets no record: its usage is billed in the first that may freeze (money §4, §10)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(
        ids(event('2026-11-20T10:30', 3), event('2026-11-21T08:30', 4)),
        at('2026-11-20T10:31') + hours(22),
      )
      ledger.runDue(at('2026-11-21T10:00'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T08:00', 7, 'waiting']])
    }))

  test.each([
    ['to the millisecond before 24 h', -1, [['2026-11-20T10:00', 3, 'waiting']]],
    ['at 24 h', 0, [['2026-11-20T11:00', 3, 'waiting']]],
  ])(
    'an hour that waited for its activation %s gets the record AWS still takes (facts §2.2: 24 hours or more are refused)',
    (_, off, records) =>
      home.use((sql) => {
        const ledger = openLedger(sql, termsOf(product([dimension()])))
        ledger.order(orderOf({ activation: null }), at('2026-11-20T10:00'))
        ledger.take(ids(event('2026-11-20T10:30', 3)), at('2026-11-20T10:31'))
        ledger.order(
          orderOf({ version: 2, activation: at('2026-11-20T09:00') }),
          at('2026-11-21T10:00') + off,
        )
        ledger.runDue(at('2026-11-21T10:10'))
        expect(recordsOf(ledger)).toEqual(records)
        expect(ledger.audit()).toEqual([])
      }),
  )

  test('what is beyond 2³¹−1 stays open and goes into the next hours (money §3, G.3 row 17)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T10:30', 5_000_000_000)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      expect(ledger.usage(at('2026-11-01T00:00') as never).dimensions[0]).toMatchObject({
        due: '5000000000',
        frozen: '2147483647',
        open: '2852516353',
      })
      expect(ledger.nextWake()).toBe(at('2026-11-21T12:10'))
      ledger.runDue(at('2026-11-21T14:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 2_147_483_647, 'waiting'],
        ['2026-11-21T11:00', 2_147_483_647, 'waiting'],
        ['2026-11-21T12:00', 705_032_706, 'waiting'],
      ])
      expect([ledger.nextWake(), ledger.audit()]).toEqual([null, []])
    }))

  test('a heartbeat dimension gets a zero record for each closed hour, before the end only (money §5, facts §2.6)', () =>
    home.use((sql) => {
      const terms = termsOf(product([dimension({ block: '10' })], { heartbeat: 'api_calls' }))
      const ledger = openLedger(sql, terms)
      ledger.order(orderOf({ activation: at('2026-11-21T09:30') }), at('2026-11-21T09:30'))
      expect(ledger.nextWake()).toBe(at('2026-11-21T10:10'))
      ledger.take(ids(event('2026-11-21T10:30', 25)), at('2026-11-21T10:31'))
      const end = {
        at: at('2026-11-21T12:30'),
        takeUntil: at('2026-11-21T12:40'),
        cause: 'deprovisioned',
      } as const
      ledger.order(orderOf({ version: 2, activation: at('2026-11-21T09:30'), end }), end.at)
      ledger.runDue(at('2026-11-21T20:00'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T09:00', 0, 'waiting'],
        ['2026-11-21T10:00', 2, 'waiting'],
        ['2026-11-21T11:00', 0, 'waiting'],
      ])
      expect(ledger.nextWake()).toBe(null)
    }))

  test('a spike waits until a quarter of its window is left, then is offered (money §5 *Spikes*)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, {}, { spike: 20 })
      ledger.take(ids(event('2026-11-20T10:30', 5)), at('2026-11-20T10:31'))
      ledger.runDue(at('2026-11-20T11:10'))
      ledger.handed(ledger.offers(10))
      ledger.take(ids(event('2026-11-21T10:30', 100)), at('2026-11-21T10:31'))
      ledger.take(ids(event('2026-11-21T11:30', 2001)), at('2026-11-21T11:31'))
      ledger.runDue(at('2026-11-21T12:10'))
      expect(ledger.offers(10).map((record) => record.quantity)).toEqual([100])
      expect(ledger.nextWake()).toBe(at('2026-11-22T05:00'))
      ledger.runDue(at('2026-11-22T05:00') - 1)
      expect(ledger.offers(10)).toHaveLength(1)
      ledger.runDue(at('2026-11-22T05:00'))
      expect(ledger.offers(10)).toHaveLength(2)
    }))

  test('zero records measure no spike: the first usage behind them is sent like any other (money §5 *Spikes*)', () =>
    home.use((sql) => {
      const ledger = openLedger(
        sql,
        termsOf(product([dimension()], { heartbeat: 'api_calls' }), { spike: 20 }),
      )
      ledger.order(orderOf({ activation: at('2026-11-21T08:00') }), at('2026-11-21T08:00'))
      ledger.runDue(at('2026-11-21T10:10'))
      ledger.take(ids(event('2026-11-21T10:30', 5)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      expect(ledger.offers(9).map((record) => record.quantity)).toEqual([0, 0, 5])
    }))

  test('an identity follows its first hour, and frozen records keep theirs (money §10)', () =>
    home.use((sql) => {
      const legacy = {
        fromHour: 0 as Hour,
        region: 'us-east-1',
        kind: 'product-account',
        productCode: 'code',
        account: ACCOUNT,
      } as const
      const license = {
        fromHour: at('2026-11-21T11:00') as Hour,
        region: 'us-east-1',
        kind: 'license',
        licenseArn: LICENSE,
        account: ACCOUNT,
      } as const
      const kinds = [
        { fromHour: 0, kind: legacy.kind },
        { fromHour: license.fromHour, kind: license.kind },
      ]
      const ledger = openWith(sql, {}, {}, { identities: [legacy], kinds })
      ledger.take(ids(event('2026-11-21T10:30', 1)), at('2026-11-21T10:31'))
      ledger.take(ids(event('2026-11-21T11:30', 2)), at('2026-11-21T11:31'))
      ledger.runDue(at('2026-11-21T15:00'))
      expect(ledger.offers(10).map((record) => [record.identity.kind, record.quantity])).toEqual([
        ['product-account', 1],
      ])
      expect([ledger.status().waiting, ledger.nextWake()]).toEqual(['license', null])

      ledger.order(orderOf({ version: 2, identities: [legacy, license], kinds }), at('2026-11-21T15:30'))
      expect(ledger.offers(10).map((record) => [record.identity.kind, record.quantity])).toEqual([
        ['product-account', 1],
        ['license', 2],
      ])
    }))

  test('usage of a licensed subscription from before its identity’s first hour belongs to that hour (money §10)', () =>
    home.use((sql) => {
      const identities = [
        {
          fromHour: at('2026-11-21T12:00') as Hour,
          region: 'us-east-1',
          kind: 'license',
          licenseArn: LICENSE,
          account: ACCOUNT,
        } as const,
      ]
      const ledger = openWith(sql, {}, {}, { activation: at('2026-11-21T10:20'), identities })
      ledger.take(ids(event('2026-11-21T10:30', 1), event('2026-11-21T12:30', 2)), at('2026-11-21T12:31'))
      ledger.runDue(at('2026-11-21T13:10'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T12:00', 3, 'waiting']])
    }))

  test('nothing freezes while held, and a held dimension alone stays behind (money §9 *hold*)', () =>
    home.use((sql) => {
      const open = () =>
        openLedger(sql, termsOf(product([dimension(), dimension({}, { key: 'also_calls' })])))
      let ledger = open()
      ledger.order(orderOf(), at('2026-11-21T10:00'))
      ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T10:31'))
      sql.all(
        "INSERT INTO holds (id, dimension, since, who, why) VALUES (1, NULL, 0, 'ada', 'x'), (2, 'api_calls', 0, 'ada', 'x')",
      )
      ledger = open()
      expect(ledger.runDue(at('2026-11-21T12:00'))).toEqual({ nextWake: null })
      expect([recordsOf(ledger), ledger.status().waiting]).toEqual([[], 'hold'])
      sql.all('UPDATE holds SET released_at = 1 WHERE id = 1')
      ledger = open()
      ledger.runDue(at('2026-11-21T12:00'))
      expect(ledger.records({ limit: 9 }).map((record) => record.dimension)).toEqual(['also_calls'])
      sql.all('UPDATE holds SET released_at = 1')
      ledger = open()
      ledger.runDue(at('2026-11-21T13:00'))
      expect(
        ledger.records({ limit: 9 }).map((record) => [record.dimension, record.hour, record.quantity]),
      ).toEqual([
        ['also_calls', at('2026-11-21T10:00'), 3],
        ['api_calls', at('2026-11-21T10:00'), 3],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('an invariant that fails stops this subscription with both numbers, and usage is still counted (money §12)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T10:30', 1)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      ledger.take(ids(event('2026-11-21T11:30', 2)), at('2026-11-21T11:31'))
      sql.all('UPDATE periods SET until_hour = ?', at('2026-11-21T09:00'))
      expect(ledger.runDue(at('2026-11-21T12:10'))).toEqual({ nextWake: null })
      expect(ledger.status()).toMatchObject({
        waiting: 'stopped',
        stopped:
          'Every counted hour lies in a period does not hold for calls at 2026-11-21T10:00:00.000Z: expected a period, found none. Freezing has stopped for this subscription alone; nothing was lost. An operator has to look at it with npm run audit.',
      })
      expect(word(ledger.take(ids(event('2026-11-21T12:30', 1)), at('2026-11-21T12:31')))).toBe('counted')
      expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 1, 'waiting']])
    }))
}
