/** Usage and the cuts of a month: late usage over an end of a month, a trial or a price; orders that come late (money §4). */
import { expect, test } from 'vitest'
import { DAY_MS, type Hour, MINUTE_MS, monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import {
  ACCOUNT,
  at,
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

const NOVEMBER = monthOf(at('2026-11-01T00:00'))
const asideOf = (ledger: Ledger) =>
  ledger.usage(NOVEMBER).setAside.map(({ reason, amount }) => [reason, amount])

/** Two plans that feed one dimension: another allowance is another price. */
const PLANNED = product(
  [
    dimension(
      { included: 'plan' },
      { allowances: { team: { amount: '10', per: 'month' }, enterprise: { amount: '20', per: 'month' } } },
    ),
  ],
  { plans: ['team', 'enterprise', 'bare'], defaultPlan: 'team' },
)

export function lateSuite(home: Home): void {
  test.each([
    [0, '2026-12-01T05:59:59.999', []],
    [0, '2026-12-01T06:00', [['month-closed', '5']]],
    [24, '2026-12-02T05:59:59.999', []],
    [24, '2026-12-02T06:00', [['month-closed', '5']]],
    [720, '2026-12-31T05:59:59.999', []],
    [720, '2026-12-31T06:00', [['month-closed', '5']]],
  ])(
    'with lateAcrossMonths of %i h, counted from 06:00 UTC on the 1st, usage of the 28th that comes at %s is set aside as %j (money §4)',
    (lateHours, arrives, aside) =>
      home.use((sql) => {
        const ledger = openWith(sql, {}, { lateAcrossMonthsMs: hours(lateHours) })
        ledger.runDue(at(arrives))
        expect(word(ledger.take(ids(event('2026-11-28T10:30', 5)), at(arrives)))).toBe('counted')
        ledger.runDue(at(arrives) + hours(2))
        expect(asideOf(ledger)).toEqual(aside)
        expect(recordsOf(ledger).map(([, units]) => units)).toEqual(aside.length === 0 ? [5] : [])
        expect(ledger.usage(NOVEMBER).dimensions[0]?.due).toBe(aside.length === 0 ? '5' : '0')
        expect(ledger.audit()).toEqual([])
      }),
  )

  test.each([
    ['with the new month', '2026-12-01T00:00', '2026-12-01T05:00'],
    ['in the old month', '2026-11-29T00:00', '2026-12-01T05:00'],
    ['in the new month', '2026-12-01T04:00', '2026-12-01T06:30'],
    ['with the new month, and it comes when the month is closed too', '2026-12-01T00:00', '2026-12-03T00:00'],
  ])(
    'late usage over a month’s end is set aside where a price changed %s: it never crosses a cut (money §4)',
    (_, change, arrives) =>
      home.use((sql) => {
        const ledger = openLedger(sql, termsOf(PLANNED))
        ledger.order(
          orderOf({ plans: [{ fromHour: at(change), plan: 'enterprise' }] }),
          at('2026-11-20T00:00'),
        )
        for (let now = at('2026-11-20T00:10'); now <= at(arrives); now += hours(1)) ledger.runDue(now)
        ledger.take(ids(event('2026-11-28T10:30', 30)), at(arrives))
        ledger.runDue(at(arrives) + hours(3))
        expect(asideOf(ledger)).toEqual([['price-changed', '30']])
        expect([recordsOf(ledger), ledger.audit()]).toEqual([[], []])
      }),
  )

  test('late usage of a trial is kept as trial when its month has closed, though the trial goes on (money §4 *Trial*)', () =>
    home.use((sql) => {
      const endsAt = at('2026-12-10T00:00')
      const ledger = openWith(sql, {}, {}, { trial: { endsAt, graceUntil: endsAt } })
      ledger.runDue(at('2026-12-02T06:00'))
      ledger.take(ids(event('2026-11-28T10:30', 5)), at('2026-12-02T06:00'))
      ledger.runDue(at('2026-12-03T00:00'))
      expect([asideOf(ledger), recordsOf(ledger)]).toEqual([[['trial', '5']], []])
    }))

  test('late usage of a trial goes to AWS in the next hour while the trial lasts, which prices it 0 (money §4 *Trial*)', () =>
    home.use((sql) => {
      const endsAt = at('2026-11-25T00:00')
      const ledger = openWith(sql, {}, {}, { trial: { endsAt, graceUntil: endsAt } })
      ledger.runDue(at('2026-11-21T12:10'))
      ledger.take(ids(event('2026-11-21T10:30', 5)), at('2026-11-21T12:10'))
      ledger.runDue(at('2026-11-21T14:00'))
      expect([recordsOf(ledger), asideOf(ledger)]).toEqual([[['2026-11-21T12:00', 5, 'waiting']], []])
    }))

  test('a buyer who pays within the trial ends it with the hour in which that is told, under the same license (money §4 *Trial*)', () =>
    home.use((sql) => {
      const endsAt = at('2026-12-10T00:00')
      const charge = { included: { amount: '10', per: 'month' } } as const
      const ledger = openWith(sql, charge, {}, { trial: { endsAt, graceUntil: endsAt } })
      ledger.take(ids(event('2026-11-21T10:05', 12)), at('2026-11-21T10:06'))
      ledger.order(orderOf({ version: 2 }), at('2026-11-21T10:20'))
      ledger.take(ids(event('2026-11-21T10:50', 4), event('2026-11-21T11:01', 13)), at('2026-11-21T11:02'))
      ledger.runDue(at('2026-11-21T12:10'))
      // The trial's hour: 16 less 10. What is paid has an included amount of its own: 13 less 10.
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 6, 'waiting'],
        ['2026-11-21T11:00', 3, 'waiting'],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('a trial that converts to a new license is billed under the old one to its end and the new one from then on (money §4 *Trial*)', () =>
    home.use((sql) => {
      const endsAt = at('2026-11-21T11:00')
      const trial = { endsAt, graceUntil: endsAt }
      const license = (arn: string, from: number) =>
        ({
          fromHour: from as Hour,
          region: 'us-east-1',
          kind: 'license',
          licenseArn: arn,
          account: ACCOUNT,
        }) as const
      const paid = LICENSE.replace('l-9d', 'l-7a')
      const charge = { included: { amount: '10', per: 'month' } } as const
      const ledger = openWith(sql, charge, {}, { trial })
      const identities = [license(LICENSE, 0), license(paid, endsAt)]
      ledger.order(orderOf({ version: 2, trial, identities }), at('2026-11-21T10:40'))
      ledger.take(ids(event('2026-11-21T10:50', 12), event('2026-11-21T11:01', 13)), at('2026-11-21T11:02'))
      ledger.runDue(at('2026-11-21T12:10'))
      expect(
        ledger
          .offers(9)
          .map(({ identity, quantity }) => [identity.kind === 'license' && identity.licenseArn, quantity]),
      ).toEqual([
        [LICENSE, 2],
        [paid, 3],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('behind an end within a trial there is no grace that was not given: usage is refused as ended (money §4, §6)', () =>
    home.use((sql) => {
      const endsAt = at('2026-12-10T00:00')
      const ledger = openWith(sql, {}, {}, { trial: { endsAt, graceUntil: endsAt } })
      const end = {
        at: at('2026-11-21T10:00'),
        takeUntil: at('2026-11-21T10:10'),
        cause: 'deprovisioned',
      } as const
      ledger.order(orderOf({ version: 2, trial: { endsAt, graceUntil: endsAt }, end }), end.at)
      expect(word(ledger.take(ids(event('2026-11-22T10:30', 5)), at('2026-11-22T10:31')))).toBe('ended')
    }))

  test('a change of plan cuts at its hour, however late the hours on both sides freeze (money §4)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(PLANNED, { latenessMs: hours(10) }))
      const plans = [{ fromHour: at('2026-11-21T11:00'), plan: 'enterprise' }]
      ledger.order(orderOf({ plans }), at('2026-11-21T00:00'))
      ledger.take(
        ids(event('2026-11-21T10:59:59.999', 15), event('2026-11-21T11:00', 28)),
        at('2026-11-21T11:01'),
      )
      ledger.runDue(at('2026-11-22T10:00'))
      // Team includes 10 of the month; enterprise 20, of which 10 are used already.
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 5, 'waiting'],
        ['2026-11-21T11:00', 18, 'waiting'],
      ])
    }))

  test('a plan told for hours that are frozen counts from the first open hour on: no frozen record is touched (money §4, §5)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(PLANNED))
      ledger.order(orderOf(), at('2026-11-21T00:00'))
      ledger.take(ids(event('2026-11-21T10:30', 15)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      const plans = [{ fromHour: at('2026-11-21T10:00'), plan: 'enterprise' }]
      ledger.order(orderOf({ version: 2, plans }), at('2026-11-21T11:20'))
      ledger.take(ids(event('2026-11-21T10:40', 1), event('2026-11-21T11:30', 28)), at('2026-11-21T11:31'))
      ledger.runDue(at('2026-11-21T12:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 5, 'waiting'],
        ['2026-11-21T11:00', 18, 'waiting'],
      ])
      expect(asideOf(ledger)).toEqual([['price-changed', '1']])
      expect(ledger.audit()).toEqual([])
    }))

  test('a plan that names no allowance includes nothing; one the seller does not have makes its dimension wait (money §3, §4)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(PLANNED))
      const plans = [
        { fromHour: 0, plan: 'bare' },
        { fromHour: at('2026-11-21T11:00'), plan: 'gone' },
      ]
      ledger.order(orderOf({ plans }), at('2026-11-21T00:00'))
      ledger.take(ids(event('2026-11-21T10:30', 15), event('2026-11-21T11:00', 28)), at('2026-11-21T11:01'))
      ledger.runDue(at('2026-11-21T23:30'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 15, 'waiting']])
      expect(ledger.status().behind).toMatchObject([{ dimension: 'api_calls', waiting: 'amount' }])
    }))

  test('usage timed ahead is billed in its own hour, never in one before it (money §4)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T10:58', 1), event('2026-11-21T11:03', 2)), at('2026-11-21T10:58'))
      ledger.runDue(at('2026-11-21T12:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 1, 'waiting'],
        ['2026-11-21T11:00', 2, 'waiting'],
      ])
    }))

  test('usage of a meter that is only shown is counted however late it comes: nothing of it is set aside (money §3 *Contract products*)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([dimension({}, { metered: false })])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.runDue(at('2026-12-03T00:00'))
      ledger.take(ids(event('2026-11-28T10:30', 5)), at('2026-12-03T00:00'))
      ledger.runDue(at('2026-12-04T00:00'))
      expect([asideOf(ledger), recordsOf(ledger)]).toEqual([[], []])
      expect(ledger.usage(NOVEMBER).dimensions[0]).toMatchObject({ counted: '5', due: '0' })
    }))

  test('an amount unknown in the last hours of a month is waited for to half of the time to 06:00 on the 1st, no longer (money §3)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([dimension({}, { includedFrom: 'calls_prepaid' })])))
      ledger.order(orderOf({ amounts: { calls_prepaid: '20' } }), at('2026-11-21T00:00'))
      ledger.order(orderOf({ version: 2, amounts: { calls_prepaid: null } }), at('2026-11-30T09:30'))
      ledger.take(ids(event('2026-11-30T20:30', 25)), at('2026-11-30T20:31'))
      ledger.runDue(at('2026-12-01T01:00') - 1)
      expect(recordsOf(ledger)).toEqual([])
      ledger.runDue(at('2026-12-01T01:00'))
      expect(recordsOf(ledger)).toEqual([['2026-11-30T20:00', 5, 'waiting']])
      expect(sql.all('SELECT estimated FROM records')).toEqual([{ estimated: 1 }])
    }))

  test('an event of 34 days ago is late, not too old: it is set aside with its origin (money §1, §4)', () =>
    home.use((sql) => {
      const start = at('2026-09-01T00:00')
      const ledger = openWith(sql, {}, {}, { activation: start, agreementStart: start })
      const now = at('2026-11-21T10:30')
      ledger.runDue(now)
      expect(word(ledger.take(ids(event(now - 34 * DAY_MS, 5)), now + MINUTE_MS))).toBe('too-old')
      expect(word(ledger.take(ids(event(now - 34 * DAY_MS + MINUTE_MS, 5)), now + MINUTE_MS))).toBe('counted')
      expect(ledger.usage(monthOf(at('2026-10-01T00:00'))).setAside).toEqual([
        { hour: at('2026-10-18T10:00'), meter: 'calls', reason: 'month-closed', amount: '5' },
      ])
    }))

  test('a unit that late usage carries back from a frozen month into the one before is open in neither (money §3, §12 *Units*)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '10' })
      ledger.take(ids(event('2026-11-28T10:30', 15)), at('2026-11-28T10:31'))
      ledger.runDue(at('2026-12-01T03:00'))
      ledger.take(ids(event('2026-12-01T03:10', 5)), at('2026-12-01T03:10'))
      ledger.runDue(at('2026-12-01T04:10'))
      expect(recordsOf(ledger).map(([, units]) => units)).toEqual([1, 1])
      ledger.take(ids(event('2026-11-29T10:30', 5)), at('2026-12-01T05:00'))
      ledger.runDue(at('2026-12-01T06:10'))
      const months = [NOVEMBER, monthOf(at('2026-12-01T00:00'))].map(
        (month) => ledger.usage(month).dimensions[0],
      )
      expect(months.map((month) => [month?.due, month?.frozen, month?.open, month?.owed])).toEqual([
        ['2', '1', '0', '0'],
        ['0', '1', '0', '0'],
      ])
      expect(ledger.audit()).toEqual([])
    }))
}
