/** What a contract includes, learnt late: after an estimate, or after none was ever known (money §3, §12). */
import { expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { at, dimension, event, type Home, hours, ids, orderOf, product, termsOf } from './subject.ts'

const END = { at: at('2026-11-03T12:40'), takeUntil: at('2026-11-03T12:50'), cause: 'deprovisioned' } as const
const NOVEMBER = monthOf(at('2026-11-03T12:00'))

export function amountsSuite(home: Home): void {
  test('an amount first learnt after its subscription ended covers what was parked without it: what was frozen beyond is owed (money §3, §12)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([dimension({}, { includedFrom: 'seats' })])))
      ledger.order(orderOf(), at('2026-11-03T09:00'))
      ledger.take(ids(event('2026-11-03T12:10', 30)), at('2026-11-03T12:11'))
      ledger.order(orderOf({ version: 2, end: END }), END.at)
      ledger.runDue(at('2026-11-03T13:10'))
      ledger.order(orderOf({ version: 3, end: END, amounts: { seats: null } }), at('2026-11-03T13:20'))
      expect(ledger.usage(NOVEMBER).dimensions).toMatchObject([{ covered: '0', due: '30', owed: '0' }])
      ledger.order(orderOf({ version: 4, end: END, amounts: { seats: '20' } }), at('2026-11-03T13:30'))
      ledger.runDue(at('2026-11-03T14:10'))
      expect(ledger.records({ limit: 9 })).toMatchObject([
        { quantity: 30, state: 'parked', reason: 'amount-unknown' },
      ])
      expect(ledger.usage(NOVEMBER).dimensions).toMatchObject([
        { covered: '20', due: '10', frozen: '30', owed: '20', open: '0' },
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('an amount learnt to be less than estimated is billed in the next hour, though nothing more is used (money §3)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([dimension({}, { includedFrom: 'seats' })])))
      ledger.order(orderOf({ amounts: { seats: '10' } }), at('2026-11-03T09:00'))
      ledger.order(orderOf({ version: 2, amounts: { seats: null } }), at('2026-11-03T09:10'))
      ledger.take(ids(event('2026-11-03T12:10', 30)), at('2026-11-03T12:11'))
      for (let hour = 13; hour < 35; hour += 1) ledger.runDue(at('2026-11-03T00:10') + hours(hour))
      expect(ledger.usage(NOVEMBER).dimensions).toMatchObject([{ covered: '10', frozen: '20', open: '0' }])
      const told = at('2026-11-04T11:00')
      ledger.order(orderOf({ version: 3, amounts: { seats: '4' } }), told)
      expect(ledger.usage(NOVEMBER).dimensions).toMatchObject([{ covered: '4', frozen: '20', open: '6' }])
      ledger.runDue(ledger.nextWake() ?? told)
      expect(ledger.usage(NOVEMBER).dimensions).toMatchObject([{ covered: '4', frozen: '26', open: '0' }])
      expect(ledger.audit()).toEqual([])
    }))

  test('what waited for an amount waits on while the month is asked for, so that nothing is granted twice (money §4)', () =>
    home.use((sql) => {
      const former = 'sub_0000000000000000000002' as SubscriptionId
      const ledger = openLedger(sql, termsOf(product([dimension({}, { includedFrom: 'seats' })])))
      const told = { activation: at('2026-11-03T10:00'), amounts: { seats: null } }
      ledger.order(orderOf(told), at('2026-11-03T10:00'))
      ledger.take(ids(event('2026-11-03T10:10', 30)), at('2026-11-03T10:11'))
      ledger.runDue(at('2026-11-03T13:10'))
      ledger.order(orderOf({ ...told, version: 2, predecessor: former }), at('2026-11-03T13:20'))
      const amounts = { seats: '20' }
      ledger.order(orderOf({ ...told, version: 3, predecessor: former, amounts }), at('2026-11-03T13:30'))
      ledger.runDue(at('2026-11-03T13:31'))
      expect(ledger.records({ limit: 9 })).toEqual([])
      expect(ledger.nextWake()).toBe(at('2026-11-03T13:32'))
      const ask = { predecessor: former, month: NOVEMBER, after: 0 }
      const page = { kind: 'page', month: NOVEMBER, hashedUnder: '', keys: [], next: null } as const
      ledger.takeOver(ask, { ...page, covered: { api_calls: '15000000' }, left: {} }, at('2026-11-03T13:32'))
      ledger.runDue(at('2026-11-03T13:32'))
      expect(ledger.records({ limit: 9 })).toMatchObject([{ quantity: 25 }])
      expect(ledger.audit()).toEqual([])
    }))
}
