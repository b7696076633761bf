/** The kinds of charge where a month, a price or a life is cut (money §3, §4). */
import { expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { DimensionTerms } from '../../../shared/ledger/terms.ts'
import type { Charge } from '../../../shared/seller.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
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
  sequence,
  termsOf,
  word,
  words,
} from './subject.ts'

const NOVEMBER = monthOf(at('2026-11-01T00:00'))
const PLANS = { plans: ['free', 'team', 'enterprise'], defaultPlan: 'free' }

const charged = (charge: Charge, more: Partial<Omit<DimensionTerms, 'charge'>> = {}): DimensionTerms => ({
  key: 'units',
  price: '1.00',
  metered: true,
  allowances: {},
  ...more,
  charge,
})

const report = (time: string, more: { key: string } | { value: number; series?: string }): UsageEvent => {
  const { id } = event(time, 0)
  const known = { source: 'key-1', id, meter: 'm', time: at(time) }
  return 'key' in more
    ? { ...known, kind: 'key', key: more.key }
    : { ...known, kind: 'value', value: BigInt(more.value) * 1_000_000n, series: more.series ?? 'one' }
}

/** [hour, dimension, quantity], oldest first. */
const billed = (ledger: Ledger): [string, string, number][] =>
  ledger
    .records({ limit: 1000 })
    .map((record): [string, string, number] => [
      new Date(record.hour).toISOString().slice(5, 13),
      record.dimension,
      record.quantity,
    ])
    .reverse()

/** Takes each event when it happens, and runs what is due each hour until `until`. */
function live(ledger: Ledger, until: string, ...events: readonly UsageEvent[]): void {
  const left = events.toSorted((a, b) => a.time - b.time)
  const first = left[0]?.time ?? at(until)
  for (let now = first; now <= at(until); now += hours(1)) {
    while (left[0] !== undefined && left[0].time <= now) ledger.take(ids(left.shift() as UsageEvent), now)
    ledger.runDue(now)
  }
}

export function kindsSuite(home: Home): void {
  test('a key belongs to the hour in which it was first counted, whatever earlier hour brings it later (money §3 unique)', () =>
    home.use((sql) => {
      const users = charged({ kind: 'unique', meter: 'm' })
      const ledger = openLedger(sql, termsOf(product([users]), { latenessMs: hours(2) }))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(report('2026-11-21T11:10', { key: 'ann' })), at('2026-11-21T11:11'))
      ledger.take(ids(report('2026-11-21T10:50', { key: 'ann' })), at('2026-11-21T11:12'))
      ledger.runDue(at('2026-11-21T18:00'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T11:00', 1, 'waiting']])
    }))

  test('a key that was only shown under one plan is billed under the next: it was not billed yet (money §4 *Plan*)', () =>
    home.use((sql) => {
      const users = charged({ kind: 'unique', meter: 'm' }, { plan: 'team' })
      const ledger = openLedger(sql, termsOf(product([users], PLANS)))
      ledger.order(
        orderOf({ plans: [{ fromHour: at('2026-11-21T11:00'), plan: 'team' }] }),
        at('2026-11-01T00:00'),
      )
      const seen = ['2026-11-21T10:10', '2026-11-21T11:10', '2026-11-21T12:10']
      live(ledger, '2026-11-21T14:10', ...seen.map((time) => report(time, { key: 'ann' })))
      expect(billed(ledger)).toEqual([['11-21T11', 'units', 1]])
      expect(ledger.audit()).toEqual([])
    }))

  test.each([
    ['once a month, is billed already: nothing of it is set aside', 'once-a-month' as const, []],
    ['under each plan, was not billed under its own: it is set aside', 'bill' as const, ['price-changed 1']],
  ])(
    'a late key of the plan before, counted under the next and due %s (money §4 *Plan*)',
    (_, onPlanChange, aside) =>
      home.use((sql) => {
        const users = (plan: string) =>
          charged({ kind: 'unique', meter: 'm', onPlanChange }, { key: `${plan}_users`, plan })
        const sold = product([users('team'), users('enterprise')], { ...PLANS, defaultPlan: 'team' })
        const ledger = openLedger(sql, termsOf(sold))
        const plans = [{ fromHour: at('2026-11-21T12:00'), plan: 'enterprise' }]
        ledger.order(orderOf({ plans }), at('2026-11-01T00:00'))
        live(ledger, '2026-11-21T13:20', report('2026-11-21T12:10', { key: 'ann' }))
        const late = report('2026-11-21T11:10', { key: 'ann' })
        expect(word(ledger.take(ids(late), at('2026-11-21T13:20')))).toBe('counted')
        ledger.runDue(at('2026-11-21T15:10'))
        expect(ledger.usage(NOVEMBER).setAside.map(({ reason, amount }) => `${reason} ${amount}`)).toEqual(
          aside,
        )
        expect(billed(ledger)).toEqual([['11-21T12', 'enterprise_users', 1]])
        expect(ledger.audit()).toEqual([])
      }),
  )

  test('keys are kept 40 days after their month’s end, then let go: so long a late one is known (money §4 *Late usage*)', () =>
    home.use((sql) => {
      const users = charged({ kind: 'unique', meter: 'm' })
      const ledger = openLedger(sql, termsOf(product([users]), { lateAcrossMonthsMs: hours(720) }))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      live(ledger, '2026-11-29T12:10', report('2026-11-29T10:10', { key: 'ann' }))
      const kept = (): number => sql.all('SELECT 1 FROM unique_keys').length
      for (const now of ['2026-12-01T04:00', '2026-12-30T10:00']) ledger.runDue(at(now))
      ledger.take(
        ids(report('2026-11-30T10:10', { key: 'ann' }), report('2026-11-30T10:10', { key: 'bob' })),
        at('2026-12-30T10:00'),
      )
      for (const now of ['2026-12-30T12:00', '2027-01-01T04:00', '2027-01-09T23:59', '2027-01-31T23:30'])
        ledger.runDue(at(now))
      expect([billed(ledger).map(([, , units]) => units), kept()]).toEqual([[1, 1], 2])
      ledger.runDue(at('2027-02-01T04:00'))
      expect([kept(), ledger.audit()]).toEqual([0, []])
    }))

  test('max of the month is the highest of a period: a new price begins anew, and so does a month (money §3 max, §4)', () =>
    home.use((sql) => {
      const seats = (price: string) => charged({ kind: 'max', meter: 'm', window: 'month' }, { price })
      const first = openLedger(sql, termsOf(product([seats('1.00')])))
      first.order(orderOf(), at('2026-11-01T00:00'))
      live(
        first,
        '2026-11-21T12:20',
        report('2026-11-21T10:10', { value: 5 }),
        report('2026-11-21T11:10', { value: 4, series: 'two' }),
      )
      const dearer = openLedger(sql, termsOf(product([seats('2.00')]), {}, 'config-2'))
      dearer.runDue(at('2026-11-21T12:20'))
      live(
        dearer,
        '2026-12-02T12:20',
        report('2026-11-21T12:30', { value: 6 }),
        report('2026-11-21T13:30', { value: 3 }),
        report('2026-12-01T13:30', { value: 2 }),
      )
      expect(billed(dearer)).toEqual([
        ['11-21T10', 'units', 5],
        ['11-21T11', 'units', 4],
        ['11-21T12', 'units', 1],
        ['11-21T13', 'units', 3],
        ['12-01T13', 'units', 2],
      ])
      expect(dearer.audit()).toEqual([])
    }))

  test('a level is subtracted from the highest, an amount from the keys, and unlimited leaves nothing due (money §3 `included`)', () =>
    home.use((sql) => {
      const allowances = {
        team: { level: '4' },
        enterprise: 'unlimited' as const,
      }
      const seats = charged({ kind: 'max', meter: 'm', window: 'hour', included: 'plan' }, { allowances })
      const ledger = openLedger(sql, termsOf(product([seats], { ...PLANS, defaultPlan: 'team' })))
      ledger.order(
        orderOf({ plans: [{ fromHour: at('2026-11-21T12:00'), plan: 'enterprise' }] }),
        at('2026-11-01T00:00'),
      )
      live(
        ledger,
        '2026-11-21T14:20',
        report('2026-11-21T10:10', { value: 3 }),
        report('2026-11-21T10:10', { value: 2, series: 'two' }),
        report('2026-11-21T11:10', { value: 4 }),
        report('2026-11-21T12:10', { value: 9000 }),
      )
      expect(billed(ledger)).toEqual([['11-21T10', 'units', 1]])
    }))

  test.each([
    ['carry', [1]],
    ['drop', [1]],
    ['up', [1, 1]],
  ] as const)(
    'where a subscription ends within a block, %s: %j is sent (money §3 *At a period’s end*)',
    (remainder, sent) =>
      home.use((sql) => {
        const ledger = openWith(sql, { block: '10', remainder })
        ledger.take(ids(event('2026-11-21T10:30', 15)), at('2026-11-21T10:31'))
        ledger.runDue(at('2026-11-21T11:10'))
        const end = {
          at: at('2026-11-21T12:30'),
          takeUntil: at('2026-11-21T12:40'),
          cause: 'deprovisioned',
        } as const
        ledger.order(orderOf({ version: 2, end }), end.at)
        ledger.runDue(end.takeUntil)
        expect(recordsOf(ledger).map(([, units]) => units)).toEqual(sent)
        expect([ledger.nextWake(), ledger.audit()]).toEqual([null, []])
      }),
  )

  test.each([
    ['carry', [1, 2]],
    ['drop', [1, 2]],
    ['up', [1, 1, 2]],
  ] as const)('where a plan changes within a block, %s: %j is sent (money §3, §4)', (remainder, sent) =>
    home.use((sql) => {
      const allowances = { team: { amount: '1', per: 'month' as const } }
      const calls = dimension({ block: '10', remainder, included: 'plan' }, { allowances })
      const ledger = openLedger(sql, termsOf(product([calls], PLANS)))
      const plans = [{ fromHour: at('2026-11-21T13:00'), plan: 'team' }]
      ledger.order(orderOf({ plans }), at('2026-11-01T00:00'))
      ledger.take(ids(event('2026-11-21T10:30', 15)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T12:00'))
      ledger.take(ids(event('2026-11-21T13:30', 26)), at('2026-11-21T13:31'))
      ledger.runDue(at('2026-11-21T15:00'))
      expect(recordsOf(ledger).map(([, units]) => units)).toEqual(sent)
      expect(ledger.audit()).toEqual([])
    }),
  )

  test('an included amount of a month is neither cut by a start nor by an end within it; the amount in force in an hour is what is spent (money §3 sum)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([dimension({}, { includedFrom: 'prepaid' })])))
      const activation = at('2026-11-21T09:40')
      ledger.order(orderOf({ activation, amounts: { prepaid: '100' } }), activation)
      ledger.take(ids(event('2026-11-21T10:30', 90)), at('2026-11-21T10:31'))
      // A larger contract counts from the next hour on, whole.
      ledger.order(orderOf({ version: 2, activation, amounts: { prepaid: '120' } }), at('2026-11-21T11:20'))
      for (const [time, amount] of [
        ['2026-11-21T11:25', 15],
        ['2026-11-21T12:05', 20],
        ['2026-11-21T13:05', 3],
      ] as const)
        ledger.take(ids(event(time, amount)), at(time))
      ledger.runDue(at('2026-11-21T14:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T11:00', 5, 'waiting'],
        ['2026-11-21T13:00', 3, 'waiting'],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('a reading holds 25 h where nothing else is said: to the millisecond, then it counts 0 and is named (money §3 time-weighted)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([charged({ kind: 'time-weighted', meter: 'm' })])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      // In November 720 of a value for an hour are a unit.
      live(ledger, '2026-11-22T10:59', report('2026-11-21T10:00', { value: 720 }))
      expect(ledger.status().silent).toEqual([])
      ledger.runDue(at('2026-11-22T11:00'))
      expect(ledger.status().silent).toEqual([{ meter: 'm', series: 'one', lastMs: at('2026-11-21T10:00') }])
      for (const hour of [12, 13, 14]) ledger.runDue(at(`2026-11-22T${hour}:10`))
      expect(billed(ledger).reduce((sum, [, , units]) => sum + units, 0)).toBe(25)
    }))

  test('a duplicate of a value has its series too: another series under the same id is a conflict (money §1)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([charged({ kind: 'max', meter: 'm', window: 'hour' })])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      const sent = report('2026-11-21T10:10', { value: 5 })
      const other = { ...sent, series: 'two' } as UsageEvent
      const renamed = { ...sent, meter: 'n' } as UsageEvent
      const later = { ...sent, time: sent.time + 1 } as UsageEvent
      expect(words(ledger.take(ids(sent, sent, other, renamed, later), at('2026-11-21T10:11')))).toEqual([
        'counted',
        'duplicate',
        'conflict',
        'conflict',
        'conflict',
      ])
    }))

  test('a client without its counter begins a new epoch at 1, however high the old one was, and counts (money §1 *Sequence*)', () =>
    home.use((sql) => {
      const start = at('2026-01-01T00:00')
      const ledger = openWith(sql, {}, {}, { activation: start, agreementStart: start })
      ledger.take(sequence(900, [event('2026-09-01T10:00', 1)]), at('2026-09-01T10:01'))
      const now = at('2026-11-21T10:00')
      ledger.runDue(now)
      expect(word(ledger.take(sequence(1, [event(now, 1)]), now))).toBe('too-old')
      expect(word(ledger.take(sequence(1, [event(now, 1)], 'epoch-2'), after(now, 1)))).toBe('counted')
      expect(ledger.usage(NOVEMBER).dimensions[0]?.counted).toBe('1')
    }))
}
