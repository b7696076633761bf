/** Usage that had to wait, for an order, an identity or a month: none of it is lost (money §4, §5, §6, §7, §10). */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { DAY_MS, type Hour } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import type { Sql } from '../../../shared/sql.ts'
import {
  ACCOUNT,
  at,
  dimension,
  event,
  ids,
  LICENSE,
  openWith,
  orderOf,
  product,
  recordsOf,
  sequence,
  termsOf,
  word,
} from './subject.ts'

function withSql(work: (sql: Sql) => void): void {
  const sql = openNodeSql(':memory:')
  try {
    work(sql)
  } finally {
    sql.close()
  }
}

test('usage that waited for an order is billed also when the first order is of a second life (money §7: counted and waits)', () =>
  withSql((sql) => {
    const ledger = openLedger(sql, termsOf(product([dimension()])))
    ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T10:31'))
    ledger.order(orderOf({ version: 7, life: 2, activation: at('2026-11-21T10:40') }), at('2026-11-21T11:00'))
    ledger.take(ids(event('2026-11-21T10:50', 4)), at('2026-11-21T11:01'))
    ledger.runDue(at('2026-11-21T12:10'))
    expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 7, 'waiting']])
    expect(ledger.audit()).toEqual([])
  }))
