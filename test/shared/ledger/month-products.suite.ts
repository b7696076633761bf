/** A whole month of each of Skillsmith's products, hour by hour, against bills computed by hand (money §3, §11). */
import { expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import { billed, keys, openMonth, quantities, type Sent, timesOf, values, walk, WALK_MS } from './month.ts'
import { at, dimension, type Home, orderOf, product, termsOf } from './subject.ts'

const OFFICE = [8, 9, 10, 11, 12, 13, 14, 15]

/** Ten people at work every day, 1200 calls a day; 12 GB are stored until the 15th and 20 GB from the 16th on. */
function everyday(month: string, days: number): Sent[] {
  return [
    ...quantities(timesOf(month, 1, days, OFFICE), 'api_calls', 150),
    ...values(
      timesOf(month, 1, 15, [0]).map((time) => time - 20 * 60_000),
      'storage_gb',
      12,
    ),
    ...values(
      timesOf(month, 16, days, [0]).map((time) => time - 20 * 60_000),
      'storage_gb',
      20,
    ),
  ]
}

const people = (month: string, first: number, last: number, names: readonly string[]): Sent[] =>
  names.flatMap((name, i) => keys(timesOf(month, first, last, [OFFICE[i % 8] ?? 8, 16]), 'users', name))

const TEN = ['ada', 'ben', 'cleo', 'dan', 'eve', 'finn', 'gil', 'hana', 'ida', 'jon']

export function monthProductsSuite(home: Home): void {
  /*
   * Calls: 1200 a day. 10 000 are included in the team plan, so of 30 days' 36 000 there are 26 000 beyond it:
   * 26 thousands at $0.10. The last days of a month that do not fill a thousand wait.
   *   31 days: 37 200 - 10 000 = 27 200, 27 thousands.   28 days: 33 600 - 10 000 = 23 600, 23.   29: 24 800, 24.
   * Storage: 10 GB are included, so 2 GB count for 15 days and 10 GB for the rest.
   *   30 days: (2 x 15 + 10 x 15) / 30 = 180 / 30 = 6 GB-months.   31 days: (30 + 160) / 31 = 6.13, 6.
   *   28 days: (30 + 130) / 28 = 5.71, 5.   29 days: (30 + 140) / 29 = 5.86, 5.
   * Users: ten people are ten units at $25, in however many hours they appear.
   */
  const lengths = [
    ['of 30 days', '2026-11', 30, '2026-12-01', 26, 6, 250 + 2.6 + 3],
    ['of 31 days', '2026-12', 31, '2027-01-01', 27, 6, 250 + 2.7 + 3],
    ['of 28 days, a February', '2027-02', 28, '2027-03-01', 23, 5, 250 + 2.3 + 2.5],
    ['of 29 days, a leap February', '2028-02', 29, '2028-03-01', 24, 5, 250 + 2.4 + 2.5],
  ] as const
  test.each(home.everyMonth ? lengths : lengths.slice(0, 1))(
    'the subscription product meters users, calls and storage: a month %s is the bill made by hand (money §3, §2)',
    (_, month, days, next, calls, storage, dollars) =>
      home.use((sql) => {
        const ledger = openMonth(sql, 'subscription', `${month}-01T00:00`)
        walk(ledger, `${month}-01T00:00`, `${next}T04:00`, [
          ...everyday(month, days),
          ...people(month, 1, days, TEN),
        ])
        const units = billed(ledger, month)
        expect(units).toEqual({ team_users: 10, api_calls_1k: calls, storage_gb_month: storage })
        expect(10 * 25 + calls * 0.1 + storage * 0.5).toBeCloseTo(dollars, 9)
        expect(ledger.audit()).toEqual([])
        expect(billed(ledger, next.slice(0, 7))).toEqual({})
      }),
    WALK_MS,
  )

  test(
    'contract with consumption: seats are never metered, calls and storage beyond the plan are (money §3)',
    () =>
      home.use((sql) => {
        const ledger = openMonth(sql, 'contract', '2026-11-01T00:00', {
          plans: [{ fromHour: 0, plan: 'team' }],
          amounts: { team_users: '10', enterprise_users: '0' },
        })
        walk(ledger, '2026-11-01T00:00', '2026-12-01T04:00', everyday('2026-11', 30))
        // The same calls and storage as in the subscription's 30 days; the seats are in the contract.
        expect(billed(ledger, '2026-11')).toEqual({ api_calls_1k: 26, storage_gb_month: 6 })
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test(
    'the container’s custom metering is a plain sum: each call is a unit (money §11)',
    () =>
      home.use((sql) => {
        const sold = product([dimension({ meter: 'api_calls' }, { key: 'api_call', price: '0.0001' })])
        const ledger = openLedger(sql, termsOf(sold))
        ledger.order(orderOf(), at('2026-11-01T00:00'))
        walk(
          ledger,
          '2026-11-01T00:00',
          '2026-12-01T04:00',
          quantities(timesOf('2026-11', 1, 30, OFFICE), 'api_calls', 150),
        )
        // 30 days x 8 hours x 150 calls = 36 000 calls, at $0.0001 each $3.60.
        expect(billed(ledger, '2026-11')).toEqual({ api_call: 36_000 })
        const [shown] = ledger.usage(monthOf(at('2026-11-01T00:00'))).dimensions
        expect(shown).toMatchObject({ counted: '36000', due: '36000', billed: '36000', open: '0', owed: '0' })
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test(
    'ten people active in one hour, in many or late in the month are ten units, $250 (issue: ten active users)',
    () =>
      home.use((sql) => {
        const ledger = openMonth(sql, 'subscription', '2026-11-01T00:00')
        walk(ledger, '2026-11-01T00:00', '2026-12-01T04:00', [
          ...people('2026-11', 3, 3, TEN.slice(0, 4)),
          ...people('2026-11', 1, 30, TEN.slice(4, 9)),
          ...people('2026-11', 30, 30, TEN.slice(9)),
        ])
        expect(billed(ledger, '2026-11')).toEqual({ team_users: 10 })
        expect(10 * 25).toBe(250)
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test(
    'what a plan includes is spent hour by hour, and the thousands begun wait for the next (money §3)',
    () =>
      home.use((sql) => {
        const ledger = openMonth(sql, 'subscription', '2026-11-01T00:00')
        const times = timesOf('2026-11', 2, 2, [8, 9, 10, 11, 12])
        walk(ledger, '2026-11-01T00:00', '2026-11-03T00:00', quantities(times, 'api_calls', 3_400))
        // 3400, 6800 and 10 200 in all after three hours: 200 beyond 10 000. Then 3600 and 7000: 3 thousands, then 7.
        expect(
          ledger
            .records({ limit: 9 })
            .map((record) => [new Date(record.hour).toISOString().slice(11, 13), record.quantity])
            .toReversed(),
        ).toEqual([
          ['11', 3],
          ['12', 4],
        ])
        expect(ledger.usage(monthOf(at('2026-11-02T00:00'))).dimensions).toContainEqual(
          expect.objectContaining({
            dimension: 'api_calls_1k',
            covered: '10000',
            includedLeft: '0',
            due: '7',
          }),
        )
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )
}
