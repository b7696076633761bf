/** The charge `unique`: each key once a month, in the hour in which it was first counted (money §1, §3, §4). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS, type Month } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { DimensionTerms } from '../../../shared/ledger/terms.ts'
import type { Charge } from '../../../shared/seller.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { at, type Home, hourText, ids, orderOf, product, termsOf, words } from './subject.ts'

type UniqueCharge = Extract<Charge, { kind: 'unique' }>

const users = (
  key: string,
  charge: Partial<UniqueCharge> = {},
  more: Partial<Omit<DimensionTerms, 'charge'>> = {},
): DimensionTerms => ({
  key,
  price: '25.00',
  metered: true,
  allowances: {},
  ...more,
  charge: { kind: 'unique', meter: 'users', ...charge },
})

let sent = 0
const seen = (time: string | number, key: string, more: Partial<UsageEvent> = {}): UsageEvent => {
  sent += 1
  const known = { source: 'key-1', id: `seen-${sent}`, meter: 'users' }
  return {
    ...known,
    time: typeof time === 'string' ? at(time) : time,
    kind: 'key',
    key,
    ...more,
  } as UsageEvent
}

/** [dimension, hour, quantity] of every record, oldest first. */
const billed = (ledger: Ledger): [string, string, number][] =>
  ledger
    .records({ limit: 10_000 })
    .map((record): [string, string, number] => [record.dimension, hourText(record.hour), record.quantity])
    .reverse()

const unitsOf = (ledger: Ledger, dimension: string): number =>
  billed(ledger)
    .filter(([key]) => key === dimension)
    .reduce((sum, [, , quantity]) => sum + quantity, 0)

/** Runs what is due every hour, so that each hour freezes in its window. */
function runUntil(ledger: Ledger, from: string, until: string): void {
  for (let now = at(from); now <= at(until); now += HOUR_MS) ledger.runDue(now)
}

const TWO_PLANS = product(
  [users('team_users', {}, { plan: 'team' }), users('enterprise_users', {}, { plan: 'enterprise' })],
  {
    plans: ['team', 'enterprise'],
    defaultPlan: 'team',
  },
)

export function keysSuite(home: Home): void {
  test('a user active in many hours of a month is one unit, in the hour first counted (money §3, unique)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([users('team_users')])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      for (let hour = 0; hour < 48; hour += 1) {
        const time = at('2026-11-03T00:10') + hour * HOUR_MS
        ledger.take(
          ids(...['ann', 'bob', 'cyd'].slice(0, 1 + (hour % 3)).map((key) => seen(time, key))),
          time,
        )
        ledger.runDue(time)
      }
      ledger.runDue(at('2026-11-06T00:00'))
      expect(billed(ledger)).toEqual([
        ['team_users', '2026-11-03T00:00', 1],
        ['team_users', '2026-11-03T01:00', 1],
        ['team_users', '2026-11-03T02:00', 1],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('the next month counts each of them again (money §3, §4)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([users('team_users')])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(seen('2026-11-30T23:10', 'ann')), at('2026-11-30T23:11'))
      ledger.take(ids(seen('2026-12-01T00:10', 'ann')), at('2026-12-01T00:11'))
      runUntil(ledger, '2026-12-01T00:30', '2026-12-01T04:30')
      expect(billed(ledger)).toEqual([
        ['team_users', '2026-11-30T23:00', 1],
        ['team_users', '2026-12-01T00:00', 1],
      ])
    }))

  test('nothing that is stored holds the key itself (money §1 *Event shapes*)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([users('team_users')])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(seen('2026-11-03T00:10', 'ann@example.com')), at('2026-11-03T00:11'))
      const tables = sql.all<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 1) <> '_'",
      )
      const stored = tables.map(({ name }) => JSON.stringify(sql.all(`SELECT * FROM ${name}`))).join('')
      expect(stored).not.toContain('ann@example')
      expect(sql.all('SELECT key_hash FROM unique_keys')).toEqual([
        { key_hash: expect.stringMatching(/^[0-9a-f]{32}$/) },
      ])
    }))

  test('after a change of plan a key counted this month is not counted under the other plan (money §4 *Plan*)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(TWO_PLANS))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(seen('2026-11-03T00:10', 'ann')), at('2026-11-03T00:11'))
      const plans = [{ fromHour: at('2026-11-04T00:00'), plan: 'enterprise' }]
      ledger.order(orderOf({ version: 2, plans }), at('2026-11-03T23:30'))
      ledger.take(
        ids(seen('2026-11-04T00:10', 'ann'), seen('2026-11-04T00:10', 'bob')),
        at('2026-11-04T00:11'),
      )
      runUntil(ledger, '2026-11-04T01:10', '2026-12-04T00:10')
      ledger.take(ids(seen('2026-12-04T00:10', 'ann')), at('2026-12-04T00:11'))
      runUntil(ledger, '2026-12-04T01:10', '2026-12-05T00:10')
      expect(billed(ledger)).toEqual([
        ['team_users', '2026-11-03T00:00', 1],
        ['enterprise_users', '2026-11-04T00:00', 1],
        ['enterprise_users', '2026-12-04T00:00', 1],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test("under onPlanChange 'bill' each plan counts its own keys, also when the change is learnt late (money §4 *Plan*)", () =>
    home.use((sql) => {
      const charge = { onPlanChange: 'bill' } as const
      const sold = {
        ...TWO_PLANS,
        dimensions: TWO_PLANS.dimensions.map((each) => ({
          ...each,
          charge: { ...each.charge, ...charge } as Charge,
        })),
      }
      const ledger = openLedger(sql, termsOf(sold))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(
        ids(seen('2026-11-03T00:50', 'ann'), seen('2026-11-03T01:00', 'ann')),
        at('2026-11-03T01:01'),
      )
      const plans = [{ fromHour: at('2026-11-03T01:00'), plan: 'enterprise' }]
      ledger.order(orderOf({ version: 2, plans }), at('2026-11-03T01:05'))
      runUntil(ledger, '2026-11-03T01:10', '2026-11-05T00:10')
      expect(billed(ledger).toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
        ['enterprise_users', '2026-11-03T01:00', 1],
        ['team_users', '2026-11-03T00:00', 1],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test("a trial's keys do not count in the paid month (money §4 *Trial*)", () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([users('team_users')])))
      const endsAt = at('2026-11-05T00:00')
      ledger.order(orderOf({ trial: { endsAt, graceUntil: endsAt } }), at('2026-11-01T00:00'))
      ledger.take(ids(seen('2026-11-03T00:10', 'ann')), at('2026-11-03T00:11'))
      runUntil(ledger, '2026-11-03T01:10', '2026-11-05T00:00')
      ledger.take(ids(seen('2026-11-05T00:00', 'ann')), at('2026-11-05T00:01'))
      runUntil(ledger, '2026-11-05T01:10', '2026-11-06T00:00')
      expect(billed(ledger)).toEqual([
        ['team_users', '2026-11-03T00:00', 1],
        ['team_users', '2026-11-05T00:00', 1],
      ])
      // Late usage of the trial is kept as such, once a key that was not counted there.
      ledger.take(
        ids(
          seen('2026-11-04T23:59', 'bob'),
          seen('2026-11-04T23:59', 'bob'),
          seen('2026-11-04T10:00', 'ann'),
        ),
        at('2026-11-06T00:01'),
      )
      ledger.runDue(at('2026-11-07T00:00'))
      expect(unitsOf(ledger, 'team_users')).toBe(2)
      expect(ledger.usage(at('2026-11-01T00:00') as Month).setAside).toEqual([
        { hour: at('2026-11-04T23:00'), meter: 'users', reason: 'trial', amount: '1' },
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('a key of our days of grace is one in all of them, also when their end is learnt late (money §4 *Trial*)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([users('team_users')])))
      const trial = { endsAt: at('2026-11-05T00:00'), graceUntil: at('2026-11-08T00:00') }
      ledger.order(orderOf({ trial }), at('2026-11-01T00:00'))
      ledger.take(ids(seen('2026-11-05T02:10', 'ann')), at('2026-11-05T02:11'))
      const end = {
        at: at('2026-11-05T00:30'),
        takeUntil: at('2026-11-05T00:40'),
        cause: 'deprovisioned',
      } as const
      ledger.order(orderOf({ version: 2, trial, end }), at('2026-11-05T02:30'))
      ledger.take(
        ids(seen('2026-11-05T04:10', 'ann'), seen('2026-11-05T04:10', 'bob')),
        at('2026-11-05T04:11'),
      )
      ledger.runDue(at('2026-11-06T00:00'))
      const aside = ledger.usage(at('2026-11-01T00:00') as Month).setAside
      expect(
        new Set(aside.map(({ hour, reason, amount }) => `${hourText(hour)} ${reason} ${amount}`)),
      ).toEqual(new Set(['2026-11-05T02:00 grace 1', '2026-11-05T04:00 grace 1']))
      expect(ledger.audit()).toEqual([])
    }))

  test('late keys of a closed month are set aside, in keys, each once (money §4 *Late usage*)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([users('team_users')])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(seen('2026-11-30T10:10', 'ann')), at('2026-11-30T10:11'))
      runUntil(ledger, '2026-11-30T11:10', '2026-12-02T05:10')
      expect(words(ledger.take(ids(seen('2026-11-30T11:10', 'bob')), at('2026-12-02T05:59')))).toEqual([
        'counted',
      ])
      const late = [
        seen('2026-11-30T10:20', 'cyd'),
        seen('2026-11-30T12:20', 'cyd'),
        seen('2026-11-30T12:20', 'ann'),
        seen('2026-11-30T12:20', 'bob'),
      ]
      ledger.take(ids(...late), at('2026-12-02T06:00'))
      ledger.take(ids(seen('2026-11-30T13:20', 'cyd')), at('2026-12-02T06:01'))
      ledger.runDue(at('2026-12-03T00:00'))
      expect(unitsOf(ledger, 'team_users')).toBe(2)
      expect(ledger.usage(at('2026-11-01T00:00') as Month).setAside).toEqual([
        { hour: at('2026-11-30T10:00'), meter: 'users', reason: 'month-closed', amount: '1' },
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('a subscription that ends and begins anew bills a key once in that month (money §4, §6)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([users('team_users')])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(seen('2026-11-10T10:20', 'ann')), at('2026-11-10T10:21'))
      const end = { at: at('2026-11-10T12:00'), takeUntil: at('2026-11-10T12:10'), cause: 'deprovisioned' }
      ledger.order(orderOf({ version: 2, end } as never), at('2026-11-10T12:01'))
      ledger.runDue(at('2026-11-10T12:10'))
      const anew = { agreementStart: at('2026-11-12T09:00'), activation: at('2026-11-12T09:00') }
      ledger.order(orderOf({ version: 3, life: 2, ...anew }), at('2026-11-12T09:01'))
      ledger.take(ids(...['ann', 'bob'].map((key) => seen('2026-11-12T10:20', key))), at('2026-11-12T10:21'))
      ledger.runDue(at('2026-11-12T11:10'))
      expect(billed(ledger)).toEqual([
        ['team_users', '2026-11-10T10:00', 1],
        ['team_users', '2026-11-12T10:00', 1],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('keys counted before anything is known belong to the activation, its hour and its month (money §5)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([users('team_users')])))
      ledger.take(
        ids(
          seen('2026-10-31T22:10', 'ann'),
          seen('2026-10-31T23:10', 'ann'),
          seen('2026-10-31T23:10', 'bob'),
        ),
        at('2026-10-31T23:30'),
      )
      ledger.take(ids(seen('2026-11-01T00:20', 'ann')), at('2026-11-01T00:20'))
      ledger.order(
        orderOf({ life: 2, agreementStart: at('2026-10-31T20:00'), activation: at('2026-11-01T00:10') }),
        at('2026-11-01T00:30'),
      )
      runUntil(ledger, '2026-11-01T01:10', '2026-11-09T00:10')
      ledger.take(ids(seen('2026-11-09T00:20', 'ann')), at('2026-11-09T00:20'))
      runUntil(ledger, '2026-11-09T01:10', '2026-11-10T00:10')
      expect(billed(ledger)).toEqual([['team_users', '2026-11-01T00:00', 2]])
      expect(ledger.audit()).toEqual([])
    }))

  test('included keys are covered first, and what is covered is not due again after a cut of the same price (money §3)', () =>
    home.use((sql) => {
      const included = { amount: '2', per: 'month' } as const
      const terms = termsOf(product([users('team_users', { included })]))
      const ledger = openLedger(sql, terms)
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(
        ids(...['ann', 'bob', 'cyd'].map((key) => seen('2026-11-03T00:10', key))),
        at('2026-11-03T00:11'),
      )
      runUntil(ledger, '2026-11-03T01:10', '2026-11-05T01:10')
      const again = openLedger(sql, { ...terms, config: 'config-2' })
      again.take(
        ids(...['ann', 'cyd', 'dan'].map((key) => seen('2026-11-09T00:10', key))),
        at('2026-11-09T00:11'),
      )
      runUntil(again, '2026-11-09T01:10', '2026-11-10T00:10')
      expect(billed(again)).toEqual([
        ['team_users', '2026-11-03T00:00', 1],
        ['team_users', '2026-11-09T00:00', 1],
      ])
      expect(again.usage(at('2026-11-01T00:00') as Month).dimensions[0]).toMatchObject({
        counted: '4',
        covered: '2',
        due: '2',
        includedLeft: '0',
      })
      expect(again.audit()).toEqual([])
    }))

  test('in any order and however often it comes, each key is due once a month (money §12)', async () => {
    const report = fc.record({
      key: fc.integer({ min: 0, max: 9 }),
      minute: fc.integer({ min: 0, max: 4 * 1440 }),
      lag: fc.integer({ min: 0, max: 300 }),
      run: fc.boolean(),
    })
    const property = fc.asyncProperty(fc.array(report, { minLength: 1, maxLength: 60 }), (reports) =>
      home.use((sql) => {
        const ledger = openLedger(sql, termsOf(product([users('team_users')])))
        ledger.order(orderOf(), at('2026-11-01T00:00'))
        const start = at('2026-11-28T12:00')
        const arrivals = reports
          .map(({ minute, lag, ...rest }) => ({
            ...rest,
            time: start + minute * MINUTE_MS,
            comes: start + (minute + lag) * MINUTE_MS,
          }))
          .sort((a, b) => a.comes - b.comes)
        for (const { time, comes, key, run } of arrivals) {
          ledger.take(ids(seen(time, `user-${key}`)), comes)
          if (run) ledger.runDue(comes)
        }
        ledger.runDue(at('2026-12-05T12:00'))
        const due = new Set(arrivals.map(({ key, time }) => `${key}|${new Date(time).getUTCMonth()}`)).size
        expect(unitsOf(ledger, 'team_users')).toBe(due)
        expect(ledger.audit()).toEqual([])
      }),
    )
    await fc.assert(property, { numRuns: home.runs })
  })
}
