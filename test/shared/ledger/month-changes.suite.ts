/** Months in which something changes: plan, trial, price, lateness, against bills computed by hand (money §3, §4). */
import { expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { DimensionTerms } from '../../../shared/ledger/terms.ts'
import {
  bill,
  billed,
  keys,
  openMonth,
  quantities,
  type Sent,
  timesOf,
  values,
  walk,
  WALK_MS,
} from './month.ts'
import { at, dimension, event, type Home, hours, ids, orderOf, product, termsOf } from './subject.ts'

const OFFICE = [8, 9, 10, 11, 12, 13, 14, 15]
const midnights = (month: string, first: number, last: number): number[] =>
  timesOf(month, first, last, [0]).map((time) => time - 20 * 60_000)

const people = (month: string, first: number, last: number, count: number, from = 0): Sent[] =>
  Array.from({ length: count }, (_, i) =>
    keys(timesOf(month, first, last, [OFFICE[i % 8] ?? 8]), 'users', `user-${from + i}`),
  ).flat()

const users: DimensionTerms = {
  key: 'users',
  price: '25.00',
  metered: true,
  charge: { kind: 'unique', meter: 'users' },
  allowances: {},
}
const calls = (more: Parameters<typeof dimension>[0] = {}): DimensionTerms =>
  dimension({ meter: 'api_calls', block: '1000', ...more }, { key: 'calls' })
const storage: DimensionTerms = {
  key: 'storage',
  price: '0.50',
  metered: true,
  charge: { kind: 'time-weighted', meter: 'storage_gb' },
  allowances: {},
}

const shown = (ledger: Ledger, month: string, key: string) =>
  ledger.usage(monthOf(at(`${month}-15T00:00`))).dimensions.find((each) => each.dimension === key)

export function monthChangesSuite(home: Home): void {
  test(
    'team until the 15th, enterprise from the 16th: nobody is billed under both, what is included changes with the hour (money §4 Plan)',
    () =>
      home.use((sql) => {
        const ledger = openMonth(sql, 'subscription', '2026-11-01T00:00', {
          plans: [
            { fromHour: 0, plan: 'team' },
            { fromHour: at('2026-11-16T00:00'), plan: 'enterprise' },
          ],
        })
        walk(ledger, '2026-11-01T00:00', '2026-12-01T04:00', [
          ...people('2026-11', 1, 30, 10),
          ...people('2026-11', 20, 30, 2, 10),
          ...quantities(timesOf('2026-11', 1, 30, OFFICE), 'api_calls', 150),
          ...values(midnights('2026-11', 1, 30), 'storage_gb', 12),
        ])
        // Ten people were billed as team users in the first half, two came in the second.
        // Calls: 15 days x 1200 = 18 000, of which team includes 10 000: 8 thousands; enterprise includes them all.
        // Storage: 2 GB beyond team's 10 for 15 of 30 days is 1 GB-month; enterprise includes 100 GB.
        expect(billed(ledger, '2026-11')).toEqual({
          team_users: 10,
          enterprise_users: 2,
          api_calls_1k: 8,
          storage_gb_month: 1,
        })
        // 10 x $25 + 2 x $69 + 8 x $0.10 + 1 x $0.50
        expect(10 * 25 + 2 * 69 + 8 * 0.1 + 0.5).toBeCloseTo(389.3, 9)
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test(
    'a trial until the 15th, then paid under the same license: what the trial used is priced 0 by AWS, and the paid half begins anew (money §4 Trial)',
    () =>
      home.use((sql) => {
        const sold = product([users, calls({ included: { amount: '5000', per: 'month' } }), storage])
        const ledger = openLedger(sql, termsOf(sold))
        const trial = { endsAt: at('2026-11-16T00:00'), graceUntil: at('2026-11-16T00:00') }
        ledger.order(orderOf({ trial }), at('2026-11-01T00:00'))
        walk(ledger, '2026-11-01T00:00', '2026-12-01T04:00', [
          ...people('2026-11', 1, 30, 4),
          ...quantities(timesOf('2026-11', 1, 30, OFFICE), 'api_calls', 100),
          ...values(midnights('2026-11', 1, 30), 'storage_gb', 8),
        ])
        const paid = ledger
          .records({ limit: 1000 })
          .filter((record) => record.hour >= at('2026-11-16T00:00'))
          .reduce<Record<string, number>>(
            (units, { dimension: key, quantity }) => ({ ...units, [key]: (units[key] ?? 0) + quantity }),
            {},
          )
        // Each half alone: 4 people; 15 x 800 = 12 000 calls less 5000 are 7 thousands; 8 GB for 15 of 30 days are 4.
        expect(paid).toEqual({ users: 4, calls: 7, storage: 4 })
        expect(billed(ledger, '2026-11')).toEqual({ users: 8, calls: 14, storage: 8 })
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test(
    'days of grace between trial and paid are counted and never billed (money §4 Trial)',
    () =>
      home.use((sql) => {
        const ledger = openLedger(sql, termsOf(product([users, calls(), storage])))
        const trial = { endsAt: at('2026-11-11T00:00'), graceUntil: at('2026-11-14T00:00') }
        ledger.order(orderOf({ trial }), at('2026-11-01T00:00'))
        walk(ledger, '2026-11-01T00:00', '2026-12-01T04:00', [
          ...people('2026-11', 11, 13, 3),
          ...people('2026-11', 14, 30, 1),
          ...quantities(timesOf('2026-11', 1, 30, OFFICE), 'api_calls', 100),
          ...values(midnights('2026-11', 1, 30), 'storage_gb', 30),
        ])
        // Trial: 10 days x 800 = 8 thousands, 30 GB x 10 / 30 = 10. Grace: 3 days, nothing.
        // Paid: 17 days x 800 = 13.6 thousands, 30 GB x 17 / 30 = 17, and the one person who stayed.
        expect(billed(ledger, '2026-11')).toEqual({ users: 1, calls: 8 + 13, storage: 10 + 17 })
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test(
    'a price that changes by config at 12:30 on the 16th is in force from 13:00, and a thousand begun at the old one is not finished at the new (money §4)',
    () =>
      home.use((sql) => {
        const all = quantities(timesOf('2026-11', 1, 30, OFFICE), 'api_calls', 105)
        const before = openLedger(sql, termsOf(product([calls()])))
        before.order(orderOf(), at('2026-11-01T00:00'))
        const change = at('2026-11-16T12:30')
        walk(
          before,
          '2026-11-01T00:00',
          '2026-11-16T12:00',
          all.filter((each) => each.at < change),
        )
        before.take(
          ids(
            ...all
              .filter((each) => each.at >= at('2026-11-16T12:00') && each.at < change)
              .map((each) => each.event),
          ),
          change - 1,
        )
        const dearer = { ...calls({ block: '500' }), price: '0.08' }
        const after = openLedger(sql, termsOf(product([dearer]), {}, 'config-2'))
        after.runDue(change)
        walk(
          after,
          '2026-11-16T13:00',
          '2026-12-01T04:00',
          all.filter((each) => each.at >= change),
        )
        const units = (config: string): number =>
          after
            .records({ limit: 1000 })
            .reduce((sum, each) => sum + (each.config === config ? each.quantity : 0), 0)
        // Old price: 15 days x 8 hours + 5 hours (08 to 12) = 125 hours x 105 = 13 125, 13 thousands; 125 are left over.
        // New price: 3 hours (13 to 15) + 14 days x 8 hours = 115 hours x 105 = 12 075, 24 times 500.
        expect([units('config-1'), units('config-2')]).toEqual([13, 24])
        expect(shown(after, '2026-11', 'calls')).toMatchObject({
          counted: '25200',
          due: '37',
          open: '0',
          owed: '0',
        })
        expect(after.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test(
    'a deploy that changes no charge bills nobody and nothing twice (money §4)',
    () =>
      home.use((sql) => {
        const peak: DimensionTerms = {
          key: 'seats',
          price: '1.00',
          metered: true,
          charge: { kind: 'max', meter: 'seats', window: 'month' },
          allowances: {},
        }
        const sold = product([users, calls({ included: { amount: '10000', per: 'month' } }), storage, peak])
        const all = [
          ...people('2026-11', 1, 30, 3),
          ...quantities(timesOf('2026-11', 1, 30, OFFICE), 'api_calls', 100),
          ...values(midnights('2026-11', 1, 30), 'storage_gb', 5),
          ...values(midnights('2026-11', 1, 30), 'seats', 7),
        ]
        const before = openLedger(sql, termsOf(sold))
        before.order(orderOf(), at('2026-11-01T00:00'))
        const deploy = at('2026-11-10T00:00')
        walk(
          before,
          '2026-11-01T00:00',
          '2026-11-10T00:00',
          all.filter((each) => each.at < deploy),
        )
        const after = openLedger(sql, termsOf(sold, {}, 'config-2'))
        walk(
          after,
          '2026-11-10T00:00',
          '2026-12-01T04:00',
          all.filter((each) => each.at >= deploy),
        )
        // 3 people; 24 000 calls less 10 000; 5 GB all month; a highest of 7 seats.
        expect(billed(after, '2026-11')).toEqual({ users: 3, calls: 14, storage: 5, seats: 7 })
        expect(after.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test(
    'late usage over a month’s end: in the month until 03:00, by itself until the 2nd 06:00 at what that month included, then set aside (money §4, §5)',
    () =>
      home.use((sql) => {
        const sold = product([calls({ block: '1', included: { amount: '1000', per: 'month' } })])
        const ledger = openLedger(sql, termsOf(sold))
        ledger.order(orderOf(), at('2026-11-01T00:00'))
        const late = (arrives: string, amount: number): Sent => ({
          at: at(arrives),
          event: event('2026-11-20T10:30', amount, { meter: 'api_calls' }),
        })
        walk(ledger, '2026-11-01T00:00', '2026-12-02T08:00', [
          ...quantities([at('2026-11-10T10:20')], 'api_calls', 900),
          late('2026-12-01T02:30', 300),
          late('2026-12-01T04:30', 40),
          late('2026-12-02T05:30', 2),
          late('2026-12-02T06:05', 7),
          ...quantities([at('2026-12-01T10:20')], 'api_calls', 1001),
        ])
        // November: 900 + 300 = 1200, 1000 included: 200 in its last hour. 40 and 2 are November's too, but AWS has closed
        // it, so December's hours carry them; of December's own 1001 calls one is beyond what it includes.
        expect(billed(ledger, '2026-11')).toEqual({ calls: 200 })
        expect(billed(ledger, '2026-12')).toEqual({ calls: 40 + 2 + 1 })
        expect(shown(ledger, '2026-11', 'calls')).toMatchObject({
          counted: '1242',
          covered: '1000',
          due: '242',
        })
        expect(ledger.usage(monthOf(at('2026-11-01T00:00'))).setAside).toMatchObject([
          { reason: 'month-closed', amount: '7' },
        ])
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test(
    'storage that is held over a month’s end weighs by the days of each month it is held in (money §2)',
    () =>
      home.use((sql) => {
        const ledger = openLedger(sql, termsOf(product([storage])))
        ledger.order(orderOf({ activation: at('2027-01-30T00:00') }), at('2027-01-30T00:00'))
        walk(
          ledger,
          '2027-01-30T00:00',
          '2027-02-03T02:00',
          values(midnights('2027-01', 30, 34), 'storage_gb', 868),
        )
        bill(ledger, at('2027-03-01T04:00'))
        // 868 GB: a day of January's 31 is 28 GB-months, one of February's 28 is 31. Two days of the one, and of the
        // other until the reading of 00:00 on the 3rd has held for 25 hours: 3 days and 1 hour, 93 + 31 / 24 = 94.29.
        expect(billed(ledger, '2027-01')).toEqual({ storage: 56 })
        expect(billed(ledger, '2027-02')).toEqual({ storage: 94 })
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test.each([
    ['the 31st of January', '2027-01-31T13:40', '2027-02'],
    ['the 29th of a leap February', '2028-02-29T23:10', '2028-03'],
    ['the 31st of December', '2026-12-31T00:00', '2027-01'],
  ])(
    'a contract begun on %s is granted that month whole, and the next again on the 1st: months are calendar months in UTC, not days since the start (money §3, §4)',
    (_, begins, second) =>
      home.use((sql) => {
        const sold = product([
          calls({ block: '1', included: { amount: '100', per: 'month' } }),
          dimension({ meter: 'api_calls', included: { amount: '250', per: 'term' } }, { key: 'term_calls' }),
        ])
        const ledger = openLedger(sql, termsOf(sold))
        ledger.order(orderOf({ activation: at(begins), agreementStart: at(begins) }), at(begins))
        const first = at(begins)
        const days = timesOf(second, 1, 2, [10])
        walk(ledger, `${begins.slice(0, 13)}:00`, `${second}-03T08:00`, [
          ...quantities([first + 60_000], 'api_calls', 120),
          ...quantities(days, 'api_calls', 80),
        ])
        // By the month: 120 less 100; then 160 less 100. By the term, which knows no months: 280 less 250.
        expect(billed(ledger, begins.slice(0, 7))).toEqual({ calls: 20 })
        expect(billed(ledger, second)).toEqual({ calls: 60, term_calls: 30 })
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test(
    'a term is a life: what it includes is granted anew to the life after an end, a month is not (money §3, §6)',
    () =>
      home.use((sql) => {
        const sold = product([
          calls({ block: '1', included: { amount: '100', per: 'month' } }),
          dimension({ meter: 'api_calls', included: { amount: '100', per: 'term' } }, { key: 'term_calls' }),
        ])
        const ledger = openLedger(sql, termsOf(sold))
        ledger.order(orderOf(), at('2026-11-01T00:00'))
        walk(
          ledger,
          '2026-11-01T00:00',
          '2026-11-10T12:00',
          quantities([at('2026-11-10T10:20')], 'api_calls', 90),
        )
        const end = {
          at: at('2026-11-10T12:00'),
          takeUntil: at('2026-11-10T12:10'),
          cause: 'deprovisioned' as const,
        }
        ledger.order(orderOf({ version: 2, end }), at('2026-11-10T12:00'))
        bill(ledger, at('2026-11-10T12:10'))
        const again = { version: 3, life: 2, activation: at('2026-11-20T00:00') }
        ledger.order(orderOf(again), at('2026-11-20T00:00'))
        walk(
          ledger,
          '2026-11-20T00:00',
          '2026-11-21T00:00',
          quantities([at('2026-11-20T10:20')], 'api_calls', 90),
        )
        // The month: 180 less 100. Each life's term: 90 of 100.
        expect(billed(ledger, '2026-11')).toEqual({ calls: 80 })
        expect(ledger.audit()).toEqual([])
      }),
    WALK_MS,
  )

  test.each([
    ['spring forward in New York', '2026-03-08'],
    ['fall back in New York', '2026-11-01'],
    ['spring forward in Berlin', '2026-03-29'],
  ])(
    'a day on which clocks %s has 24 hours, each with its own record (money §4)',
    (_, day) =>
      home.use((sql) => {
        const ledger = openLedger(sql, termsOf(product([calls({ block: '1' })])))
        const begins = at(`${day}T00:00`)
        ledger.order(orderOf({ activation: begins, agreementStart: begins }), begins)
        const times = Array.from({ length: 24 }, (_none, hour) => begins + hours(hour) + 20 * 60_000)
        walk(ledger, `${day}T00:00`, `${day}T23:59`, quantities(times, 'api_calls', 1))
        bill(ledger, begins + hours(25))
        expect(
          ledger
            .records({ limit: 100 })
            .map((record) => record.hour)
            .toReversed(),
        ).toEqual(times.map((time) => time - 20 * 60_000))
      }),
    WALK_MS,
  )
}
