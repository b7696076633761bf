/** What of a month is handed over and what is not, and a dimension that goes on under another meter (money §4). */
import { expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import type { Order } from '../../../shared/ledger/order.ts'
import type { Sql } from '../../../shared/sql.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { billed, keys, quantities, walk } from './month.ts'
import {
  at,
  dimension,
  event,
  type Home,
  ids,
  orderOf,
  product,
  recordsOf,
  SUBSCRIPTION,
  termsOf,
} from './subject.ts'

const OLD = SUBSCRIPTION as SubscriptionId
const NEW = 'sub_0000000000000000000002' as SubscriptionId
const RENEWED = '2026-11-10T12:00'
const ASKED = at('2026-11-10T13:10')
const ASK = { month: monthOf(at(RENEWED)), after: 0 }

const USERS = { ...dimension({}, { key: 'users' }), charge: { kind: 'unique', meter: 'users' } } as const
const SOLD = product([USERS, dimension({ block: '10', included: { amount: '100', per: 'month' } })])

function open(
  sql: Sql,
  subscription: SubscriptionId,
  order: Partial<Order>,
  keySecret = 'a secret of the tests',
) {
  const ledger = openLedger(sql, { ...termsOf(SOLD), subscription, keySecret })
  const told = orderOf({ subscription, ...order })
  ledger.order(told, told.activation ?? at('2026-10-01T00:00'))
  return ledger
}

const renewed = (sql: Sql, keySecret?: string) =>
  open(sql, NEW, { activation: at(RENEWED), agreementStart: at(RENEWED), predecessor: OLD }, keySecret)

export function handedSuite(home: Home): void {
  test('of what is included only what the running month spent is handed over, whatever earlier months did (money §4)', async () => {
    const answer = await home.use((sql) => {
      const october = at('2026-10-01T00:00')
      const ledger = open(sql, OLD, { activation: october, agreementStart: october })
      walk(ledger, '2026-10-01T00:00', RENEWED, [
        ...quantities([at('2026-10-05T10:20')], 'calls', 70),
        ...quantities([at('2026-11-05T10:20')], 'calls', 40),
      ])
      return ledger.giveMonth(NEW, ASK, ASKED)
    })
    expect(answer).toMatchObject({ covered: { api_calls: '40000000' } })
  })

  test('what a trial left of a block is no one’s: the successor begins its own (money §4 Trial)', async () => {
    const trial = { endsAt: at('2026-11-20T00:00'), graceUntil: at('2026-11-20T00:00') }
    const answer = await home.use((sql) => {
      const ledger = open(sql, OLD, { trial })
      walk(ledger, '2026-11-01T00:00', RENEWED, quantities([at('2026-11-05T10:20')], 'calls', 109))
      return ledger.giveMonth(NEW, ASK, ASKED)
    })
    await home.use((sql) => {
      const ledger = renewed(sql)
      ledger.takeOver({ predecessor: OLD, ...ASK }, answer, ASKED)
      walk(ledger, '2026-11-10T13:00', '2026-12-01T04:00', quantities([at('2026-11-21T10:20')], 'calls', 101))
      expect(billed(ledger, '2026-11')).toEqual({})
    })
  })

  test('keys that were hashed under another secret are not taken over: nobody would be known by them (money §4)', async () => {
    const answer = await home.use((sql) => {
      const ledger = open(sql, OLD, {}, 'another secret')
      walk(ledger, '2026-11-01T00:00', RENEWED, keys([at('2026-11-03T10:20')], 'users', 'ada'))
      return ledger.giveMonth(NEW, ASK, ASKED)
    })
    await home.use((sql) => {
      const ledger = renewed(sql)
      ledger.runDue(ASKED)
      ledger.takeOver({ predecessor: OLD, ...ASK }, answer, ASKED)
      expect(JSON.stringify(ledger.status())).toContain('keeps its keys under another secret')
    })
  })

  test('a dimension that another meter feeds from 13:00 on takes of each meter its own hours (money §4)', () =>
    home.use((sql) => {
      const of = (meter: string, config: string) =>
        openLedger(
          sql,
          termsOf(
            product([
              dimension({ meter }),
              dimension({ meter: meter === 'calls' ? 'jobs' : 'calls' }, { key: 'other', metered: false }),
            ]),
            {},
            config,
          ),
        )
      const before = of('calls', 'config-1')
      before.order(orderOf(), at('2026-11-21T00:00'))
      const both = (time: string, calls: number, jobs: number) =>
        ids(event(time, calls), event(time, jobs, { meter: 'jobs' }))
      before.take(both('2026-11-21T11:30', 1, 10), at('2026-11-21T11:31'))
      before.runDue(at('2026-11-21T12:10'))
      const later = of('jobs', 'config-2')
      later.runDue(at('2026-11-21T12:30'))
      later.take(both('2026-11-21T12:40', 2, 20), at('2026-11-21T12:41'))
      later.runDue(at('2026-11-21T13:10'))
      later.take(both('2026-11-21T13:40', 4, 40), at('2026-11-21T13:41'))
      later.runDue(at('2026-11-21T14:10'))
      expect(recordsOf(later).map(([hour, units]) => [hour, units])).toEqual([
        ['2026-11-21T11:00', 1],
        ['2026-11-21T12:00', 2],
        ['2026-11-21T13:00', 40],
      ])
      expect(later.audit()).toEqual([])
    }))
}
