/** Keys that were set aside, and what a person's word makes of them: each is billed once a month (money §3, §4, §9). */
import { expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { signed, wordOf } from './repair.ts'
import {
  at,
  dimension,
  type Home,
  hours,
  hourText,
  ids,
  orderOf,
  product,
  recordsOf,
  termsOf,
} from './subject.ts'

const USERS = { ...dimension({}, { key: 'users' }), charge: { kind: 'unique', meter: 'users' } } as const

let made = 0
const seen = (time: string, key: string, source = 'key-1'): UsageEvent => {
  made += 1
  return { source, id: `seen ${made}`, meter: 'users', time: at(time), kind: 'key', key }
}

function billAside(ledger: Ledger, now: number): string {
  const [row] = ledger.parked({ limit: 1 }).rows
  if (row?.kind !== 'aside') throw new Error('nothing is set aside')
  return wordOf(ledger.repair(signed({ kind: 'bill aside', aside: row.aside }), now))
}

export function asideKeysSuite(home: Home): void {
  test('keys of a closed month that a person bills count beside this month’s, each once however often it is billed (money §4, §9)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([USERS])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(seen('2026-11-30T10:10', 'ann')), at('2026-11-30T10:11'))
      for (let now = at('2026-11-30T11:10'); now <= at('2026-12-02T06:10'); now += hours(1))
        ledger.runDue(now)
      ledger.take(
        ids(seen('2026-11-30T12:20', 'bob'), seen('2026-11-30T12:20', 'cyd')),
        at('2026-12-02T06:20'),
      )
      expect(billAside(ledger, at('2026-12-02T06:21'))).toBe('done')
      ledger.take(ids(seen('2026-12-02T06:22', 'cyd')), at('2026-12-02T06:22'))
      ledger.runDue(at('2026-12-02T07:10'))
      expect(recordsOf(ledger).map(([hour, units]) => [hour, units])).toEqual([
        ['2026-11-30T10:00', 1],
        ['2026-12-02T06:00', 3],
      ])
      expect(ledger.parked({ limit: 1 }).rows).toEqual([])

      ledger.take(ids(seen('2026-11-30T13:20', 'cyd')), at('2026-12-02T07:20'))
      if (ledger.parked({ limit: 1 }).rows.length > 0) billAside(ledger, at('2026-12-02T07:21'))
      ledger.runDue(at('2026-12-02T08:10'))
      expect(recordsOf(ledger)).toHaveLength(2)
      expect(ledger.audit()).toEqual([])
    }))

  test('voided keys that a person bills after all count once, beside those that others reported (money §3, §9)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([USERS])))
      ledger.order(orderOf(), at('2026-11-20T00:00'))
      const time = '2026-11-21T10:30'
      ledger.take(
        ids(seen(time, 'ann'), seen(time, 'bob', 'key-2'), seen(time, 'cyd', 'key-2')),
        at('2026-11-21T10:31'),
      )
      const hour = at('2026-11-21T10:00')
      const act = { kind: 'void', source: 'key-2', from: hour, to: hour + hours(1) } as const
      expect(wordOf(ledger.repair(signed(act), at('2026-11-21T10:32')))).toBe('done')
      ledger.take(ids(seen(time, 'bob')), at('2026-11-21T10:33'))
      expect(billAside(ledger, at('2026-11-21T10:34'))).toBe('done')
      ledger.runDue(at('2026-11-21T11:10'))
      expect(recordsOf(ledger)).toEqual([[hourText(hour), 3, 'waiting']])
      expect(ledger.audit()).toEqual([])
    }))

  test('a key used up to 5 minutes before a new life is one of its first hour (money §5, §6)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([USERS])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      const end = {
        at: at('2026-11-21T10:00'),
        takeUntil: at('2026-11-21T10:10'),
        cause: 'deprovisioned' as const,
      }
      ledger.order(orderOf({ version: 2, end }), end.at)
      const activation = at('2026-11-21T12:02')
      ledger.order(orderOf({ version: 3, life: 2, activation }), activation)
      ledger.take(ids(seen('2026-11-21T11:58', 'ann')), activation)
      ledger.runDue(at('2026-11-21T13:10'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T12:00', 1, 'waiting']])
      expect(ledger.audit()).toEqual([])
    }))

  test('a key that a billed and a shown dimension count is due once, under the billed one (money §3)', () =>
    home.use((sql) => {
      const shown = { ...USERS, key: 'shown', metered: false }
      const ledger = openLedger(sql, termsOf(product([shown, USERS])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(seen('2026-11-21T10:30', 'ann')), at('2026-11-21T10:31'))
      for (let now = at('2026-11-21T11:10'); now < at('2026-11-21T14:00'); now += hours(1)) ledger.runDue(now)
      expect(ledger.records({ limit: 9 }).map((row) => [row.dimension, row.quantity])).toEqual([['users', 1]])
    }))

  test('keys counted while the activation is unknown are shown in the hour in which each was first counted (money §5)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([USERS])))
      ledger.order(orderOf({ activation: null }), at('2026-11-20T00:00'))
      ledger.take(
        ids(
          seen('2026-11-21T10:30', 'ann'),
          seen('2026-11-21T11:30', 'ann'),
          seen('2026-11-21T11:30', 'bob'),
        ),
        at('2026-11-21T11:31'),
      )
      const [shown] = ledger.usage(monthOf(at('2026-11-21T00:00'))).dimensions
      expect(shown).toMatchObject({ dimension: 'users', counted: '2' })
    }))
}
