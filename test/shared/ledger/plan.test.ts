/** A dimension that belongs to a plan (shared/seller.ts: charged only while the subscription has this plan). */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { monthOf } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import { at, dimension, event, ids, orderOf, product, recordsOf, termsOf } from './subject.ts'

test('a dimension of a plan is charged, and its included amount spent, only in hours of that plan; other usage is shown (money §4)', () => {
  const sql = openNodeSql(':memory:')
  const dimensions = [
    dimension({ block: '10', included: { amount: '10', per: 'month' } }, { plan: 'enterprise' }),
  ]
  const sold = product(dimensions, { plans: ['team', 'enterprise'], defaultPlan: 'team' })
  const ledger = openLedger(sql, termsOf(sold))
  ledger.order(
    orderOf({ plans: [{ fromHour: at('2026-11-21T11:00'), plan: 'enterprise' }] }),
    at('2026-11-21T09:00'),
  )
  ledger.take(ids(event('2026-11-21T10:30', 35)), at('2026-11-21T10:31'))
  ledger.take(ids(event('2026-11-21T11:30', 42)), at('2026-11-21T11:31'))
  ledger.runDue(at('2026-11-21T14:00'))
  expect(recordsOf(ledger)).toEqual([['2026-11-21T11:00', 3, 'waiting']])
  expect(ledger.usage(monthOf(at('2026-11-21T00:00'))).dimensions[0]).toMatchObject({
    counted: '77',
    covered: '10',
    due: '3',
    frozen: '3',
    open: '0',
  })
  expect(ledger.audit()).toEqual([])
  sql.close()
})
