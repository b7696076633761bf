/** Keys a person bills after all: each is billed once for its own month, whichever month it is charged in (money §4, §9). */
import { expect, test } from 'vitest'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { Order } from '../../../shared/ledger/order.ts'
import type { RepairWork } from '../../../shared/ledger/repair.ts'
import type { DimensionTerms } from '../../../shared/ledger/terms.ts'
import type { Charge } from '../../../shared/seller.ts'
import type { Sql } from '../../../shared/sql.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { signed, wordOf } from './repair.ts'
import { at, type Home, hourText, ids, orderOf, product, termsOf, words } from './subject.ts'

type UniqueCharge = Extract<Charge, { kind: 'unique' }>

const users = (key: string, charge: Partial<UniqueCharge> = {}, plan?: string): DimensionTerms => ({
  key,
  price: '25.00',
  metered: true,
  allowances: {},
  ...(plan === undefined ? {} : { plan }),
  charge: { kind: 'unique', meter: 'users', ...charge },
})

const ONE = product([users('users')])

const twoPlans = (charge: Partial<UniqueCharge> = {}) =>
  product([users('team', charge, 'team'), users('big', charge, 'big')], {
    plans: ['team', 'big'],
    defaultPlan: 'team',
  })

const openWith = (sql: Sql, sold = ONE, order: Partial<Order> = {}): Ledger => {
  const ledger = openLedger(sql, termsOf(sold))
  ledger.order(orderOf(order), at('2026-11-01T00:00'))
  return ledger
}

let sent = 0

/** Each key of `names` at `time`, taken at `now`: one word an answer. */
function take(ledger: Ledger, names: string, time: string, now = time): string[] {
  const events = names.split(' ').map((key): UsageEvent => {
    sent += 1
    return { source: 'app', id: `key-${sent}`, meter: 'users', time: at(time), kind: 'key', key }
  })
  return words(ledger.take(ids(...events), at(now)))
}

const onUsage = (ledger: Ledger, work: RepairWork, now: string): string =>
  wordOf(ledger.repair(signed(work), at(now)))

function voidHours(ledger: Ledger, from: string, to: string, now: string): void {
  expect(onUsage(ledger, { kind: 'void', source: 'app', from: at(from), to: at(to) }, now)).toBe('done')
}

/** Bills whatever is set aside. */
function billAsides(ledger: Ledger, now: string): void {
  for (const row of ledger.parked({ limit: 100 }).rows)
    if (row.kind === 'aside')
      expect(onUsage(ledger, { kind: 'bill aside', aside: row.aside }, now)).toBe('done')
}

/** [dimension, hour, quantity] of every record, oldest first. */
const billed = (ledger: Ledger): [string, string, number][] =>
  ledger
    .records({ limit: 1_000 })
    .map((record): [string, string, number] => [record.dimension, hourText(record.hour), record.quantity])
    .reverse()

export function repairKeysSuite(home: Home): void {
  test('a key that its month has counted is not billed for it again when a person bills its void in the next (money §4: "No user is billed twice for one month")', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      take(ledger, 'ann', '2026-11-30T10:20')
      ledger.runDue(at('2026-11-30T12:00'))
      take(ledger, 'ann bob', '2026-11-30T22:20')
      voidHours(ledger, '2026-11-30T22:00', '2026-11-30T23:00', '2026-11-30T22:40')
      ledger.runDue(at('2026-12-01T04:00'))
      billAsides(ledger, '2026-12-01T04:05')
      ledger.runDue(at('2026-12-01T06:00'))
      expect(billed(ledger)).toEqual([
        ['users', '2026-11-30T10:00', 1],
        ['users', '2026-12-01T03:00', 1],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('a key set aside behind a change of plan and counted later under the other plan is not billed for that month again (money §4 Plan)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, twoPlans())
      ledger.runDue(at('2026-11-30T09:00'))
      const plans = [{ fromHour: at('2026-11-30T12:00'), plan: 'big' }] as never
      ledger.order(orderOf({ version: 2, plans }), at('2026-11-30T11:30'))
      ledger.runDue(at('2026-11-30T14:00'))
      take(ledger, 'ann bob', '2026-11-30T10:20', '2026-11-30T14:01')
      take(ledger, 'ann', '2026-11-30T15:20')
      ledger.runDue(at('2026-12-01T04:00'))
      billAsides(ledger, '2026-12-01T04:05')
      ledger.runDue(at('2026-12-01T06:00'))
      expect(billed(ledger)).toEqual([
        ['big', '2026-11-30T15:00', 1],
        ['big', '2026-12-01T03:00', 1],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test.each([
    ['is not billed again', 'team', 1],
    ['is billed', 'big', 2],
  ])(
    'where each plan bills its own, a key that one plan has counted %s when its void is billed under %s in the next month (money §4 Plan)',
    (_, plan, units) =>
      home.use((sql) => {
        const ledger = openWith(sql, twoPlans({ onPlanChange: 'bill' }))
        take(ledger, 'ann', '2026-11-30T10:20')
        ledger.runDue(at('2026-11-30T12:00'))
        take(ledger, 'ann', '2026-11-30T22:20')
        voidHours(ledger, '2026-11-30T22:00', '2026-11-30T23:00', '2026-11-30T22:40')
        const plans = [{ fromHour: at('2026-12-01T00:00'), plan }] as never
        ledger.order(orderOf({ version: 2, plans }), at('2026-11-30T22:50'))
        ledger.runDue(at('2026-12-01T04:00'))
        billAsides(ledger, '2026-12-01T04:05')
        ledger.runDue(at('2026-12-01T06:00'))
        expect(billed(ledger).reduce((sum, [, , quantity]) => sum + quantity, 0)).toBe(units)
        expect(ledger.audit()).toEqual([])
      }),
  )

  test('a key a person has billed for a month is not counted in it again by late usage (money §4)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      take(ledger, 'ann', '2026-11-30T22:20')
      voidHours(ledger, '2026-11-30T22:00', '2026-11-30T23:00', '2026-11-30T22:40')
      ledger.runDue(at('2026-12-01T04:00'))
      billAsides(ledger, '2026-12-01T04:05')
      expect(take(ledger, 'ann bob', '2026-11-30T21:20', '2026-12-01T08:00')).toEqual(['counted', 'counted'])
      ledger.runDue(at('2026-12-01T10:00'))
      expect(billed(ledger)).toEqual([
        ['users', '2026-12-01T03:00', 1],
        ['users', '2026-12-01T07:00', 1],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('a key used before the activation is one of the month its usage is charged in, and is billed with that one (money §4, §5)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(ONE))
      ledger.order(
        orderOf({ agreementStart: at('2026-11-30T20:00'), activation: null }),
        at('2026-11-30T20:00'),
      )
      take(ledger, 'ann', '2026-11-30T22:20')
      const order = { version: 2, agreementStart: at('2026-11-30T20:00'), activation: at('2026-12-01T00:10') }
      ledger.order(orderOf(order), at('2026-12-01T00:11'))
      voidHours(ledger, '2026-11-30T22:00', '2026-11-30T23:00', '2026-12-01T00:12')
      take(ledger, 'ann', '2026-12-01T01:20')
      ledger.runDue(at('2026-12-01T04:00'))
      billAsides(ledger, '2026-12-01T04:05')
      ledger.runDue(at('2026-12-01T06:00'))
      expect(billed(ledger)).toEqual([['users', '2026-12-01T01:00', 1]])
      expect(ledger.audit()).toEqual([])
    }))

  test('a key of November that a person bills in December and again in January is billed once for November (money §4)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      take(ledger, 'ann', '2026-11-30T21:20')
      take(ledger, 'ann bob', '2026-11-30T22:20')
      voidHours(ledger, '2026-11-30T21:00', '2026-11-30T23:00', '2026-11-30T22:40')
      for (const now of ['2026-12-01T04:05', '2027-01-01T04:05']) {
        ledger.runDue(at(now))
        const [row] = ledger.parked({ limit: 1 }).rows
        if (row?.kind === 'aside') onUsage(ledger, { kind: 'bill aside', aside: row.aside }, now)
        ledger.runDue(at(now.replace('T04', 'T06')))
      }
      expect(billed(ledger).map(([, , quantity]) => quantity)).toEqual([1, 1])
      expect(ledger.audit()).toEqual([])
    }))
}
