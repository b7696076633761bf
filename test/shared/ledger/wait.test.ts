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

test('usage as old as may be is billed two months later, where late usage has that long (money §4 lateAcrossMonths)', () =>
  withSql((sql) => {
    const ledger = openWith(
      sql,
      {},
      { lateAcrossMonthsMs: 30 * DAY_MS },
      { activation: at('2026-01-01T00:00'), agreementStart: at('2026-01-01T00:00') },
    )
    ledger.take(ids(event('2026-01-28T10:30', 2)), at('2026-01-28T10:31'))
    ledger.take(ids(event('2026-02-05T10:30', 4)), at('2026-02-05T10:31'))
    ledger.runDue(at('2026-03-02T00:00'))
    expect(word(ledger.take(ids(event('2026-01-28T10:30', 5)), at('2026-03-02T09:00')))).toBe('counted')
    ledger.runDue(at('2026-03-02T12:00'))
    expect(recordsOf(ledger).at(-1)).toEqual(['2026-03-02T08:00', 5, 'waiting'])
    expect(ledger.audit()).toEqual([])
  }))

test('a number that is no longer kept is too old before anything was swept, also with new content (money §1 Sequence)', () =>
  withSql((sql) => {
    const ledger = openWith(sql)
    ledger.take(sequence(7, [event('2026-11-21T10:30', 1)]), at('2026-11-21T10:31'))
    const later = at('2026-11-21T10:30') + 71 * DAY_MS
    expect(word(ledger.take(sequence(7, [event(later, 1)]), later))).toBe('too-old')
    expect(word(ledger.take(sequence(6, [event(later, 1)]), later))).toBe('too-old')
    expect(word(ledger.take(sequence(8, [event(later, 1)]), later))).toBe('counted')
  }))

test('an hour that has not begun is never sent: usage timed ahead of an end freezes with its own hour (money §5, §6)', () =>
  withSql((sql) => {
    const ledger = openWith(sql)
    ledger.take(ids(event('2026-11-21T15:01', 3)), at('2026-11-21T14:57'))
    const end = {
      at: at('2026-11-21T14:56'),
      takeUntil: at('2026-11-21T14:56'),
      cause: 'deprovisioned',
    } as const
    ledger.order(orderOf({ version: 2, end }), at('2026-11-21T14:58'))
    expect(ledger.offers(9)).toEqual([])
    expect(ledger.nextWake()).toBe(at('2026-11-21T15:00'))
    ledger.runDue(at('2026-11-21T15:00'))
    expect(recordsOf(ledger)).toEqual([['2026-11-21T15:00', 3, 'waiting']])
  }))

test('usage that waited three days for its license is billed in the first hour AWS still takes, quiet as that was (money §10)', () =>
  withSql((sql) => {
    const kinds = [{ fromHour: 0, kind: 'license' as const }]
    const ledger = openWith(sql, {}, {}, { identities: [], kinds })
    ledger.take(ids(event('2026-11-18T10:30', 3)), at('2026-11-18T10:31'))
    ledger.runDue(at('2026-11-21T10:20'))
    expect([ledger.status().waiting, recordsOf(ledger)]).toEqual(['license', []])
    ledger.order(
      orderOf({
        version: 2,
        kinds,
        identities: [
          {
            fromHour: 0 as Hour,
            region: 'us-east-1',
            kind: 'license',
            licenseArn: LICENSE,
            account: ACCOUNT,
          },
        ],
      }),
      at('2026-11-21T10:30'),
    )
    expect(recordsOf(ledger)).toEqual([['2026-11-20T11:00', 3, 'waiting']])
    expect(ledger.audit()).toEqual([])
  }))

test('of two identities from one hour on the later in the order counts, however they sort (order.ts: the last wins)', () =>
  withSql((sql) => {
    const license = (digit: string) => LICENSE.replace(/l-.*/, `l-${digit.repeat(32)}`)
    const from = (hour: string, digit: string) =>
      ({
        fromHour: at(hour) as Hour,
        region: 'us-east-1',
        kind: 'license',
        licenseArn: license(digit),
        account: ACCOUNT,
      }) as const
    const ledger = openWith(sql, {}, {}, { identities: [from('2026-11-01T00:00', 'a')] })
    const identities = [
      from('2026-11-01T00:00', 'a'),
      from('2026-11-21T10:00', 'f'),
      from('2026-11-21T10:00', 'b'),
    ]
    ledger.order(orderOf({ version: 2, identities }), at('2026-11-21T09:50'))
    ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T10:31'))
    ledger.runDue(at('2026-11-21T11:10'))
    expect(ledger.offers(9).map((record) => record.identity)).toEqual([from('2026-11-21T10:00', 'b')])
  }))

test('usage shown in its own day moves to that of the activation once it is known (money §5, §7 *Size*)', () =>
  withSql((sql) => {
    const ledger = openLedger(sql, termsOf(product([dimension({ block: '10' })])))
    ledger.order(orderOf({ activation: null }), at('2026-11-20T09:00'))
    ledger.take(ids(event('2026-11-20T10:30', 3)), at('2026-11-20T10:31'))
    const day = { dimension: 'api_calls', billed: '0' }
    const before = ledger.changes(0)
    expect(before.days).toEqual([{ ...day, day: at('2026-11-20T00:00'), counted: '3' }])
    ledger.order(orderOf({ version: 2, activation: at('2026-11-21T09:00') }), at('2026-11-21T09:01'))
    expect(ledger.changes(before.revision).days).toEqual([
      { ...day, day: at('2026-11-20T00:00'), counted: '0' },
      { ...day, day: at('2026-11-21T00:00'), counted: '3' },
    ])
  }))

test('two lives that turn out to be one end as one: usage after their end is refused (money §6, design §5.3: any order)', () =>
  withSql((sql) => {
    const ledger = openWith(sql)
    const presumed = {
      at: at('2026-11-21T10:45'),
      takeUntil: at('2026-11-21T10:50'),
      cause: 'presumed',
    } as const
    ledger.order(orderOf({ version: 2, end: presumed }), presumed.at)
    ledger.order(orderOf({ version: 3, life: 2, activation: at('2026-11-21T11:20') }), at('2026-11-21T11:21'))
    ledger.take(ids(event('2026-11-21T11:30', 2)), at('2026-11-21T11:31'))
    // A License Updated of 10:10 comes only now: the end was never one.
    ledger.order(orderOf({ version: 4 }), at('2026-11-21T11:40'))
    ledger.take(ids(event('2026-11-21T11:45', 3)), at('2026-11-21T11:46'))
    const end = {
      at: at('2026-11-21T12:30'),
      takeUntil: at('2026-11-21T12:40'),
      cause: 'deprovisioned',
    } as const
    ledger.order(orderOf({ version: 5, end }), end.at)
    expect(word(ledger.take(ids(event('2026-11-21T12:31', 9)), at('2026-11-21T12:32')))).toBe('ended')
    ledger.runDue(at('2026-11-21T12:40'))
    expect(recordsOf(ledger)).toEqual([['2026-11-21T11:00', 5, 'waiting']])
    expect(ledger.offers(9).map((record) => [record.final, record.deadline])).toEqual([
      [true, at('2026-11-21T13:30')],
    ])
    expect([ledger.status().ended, ledger.nextWake(), ledger.audit()]).toEqual([true, null, []])
  }))
