/** How far a void reaches: hours that are frozen for others, and values that others reported beside it (money §9). */
import { expect, test } from 'vitest'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { onRecord, sentenceOf, signed, withResult, wordOf } from './repair.ts'
import {
  at,
  dimension,
  event,
  type Home,
  ids,
  openWith,
  orderOf,
  product,
  recordsOf,
  termsOf,
} from './subject.ts'

const voidOf = (from: string, to: string) =>
  ({ kind: 'void', source: 'key-2', from: at(from), to: at(to) }) as const

export function voidSuite(home: Home): void {
  test('a void reaches the very hour a held dimension stands at, whatever other meters have frozen; the hour before it stays (money §9)', () =>
    home.use((sql) => {
      const users = {
        ...dimension({}, { key: 'users' }),
        charge: { kind: 'unique', meter: 'users' },
      } as const
      const ledger = openLedger(sql, termsOf(product([dimension(), users])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(event('2026-11-21T08:30', 7, { source: 'key-2' })), at('2026-11-21T08:31'))
      ledger.runDue(at('2026-11-21T09:10'))
      ledger.repair(signed({ kind: 'hold', dimension: 'api_calls' }), at('2026-11-21T09:11'))
      ledger.take(ids(event('2026-11-21T09:30', 5, { source: 'key-2' })), at('2026-11-21T09:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      const act = signed(voidOf('2026-11-21T08:00', '2026-11-21T10:00'))
      const done = ledger.repair(act, at('2026-11-21T11:11'))
      expect(done.ok && done.value.value).toMatchObject({ amount: '5', of: 'calls' })
      const what = { kind: 'dimension', dimension: 'api_calls' } as const
      ledger.repair(signed({ kind: 'release', what }), at('2026-11-21T11:12'))
      ledger.runDue(at('2026-11-21T11:12'))
      expect(recordsOf(ledger).map(([, units]) => units)).toEqual([7])
      expect(ledger.audit()).toEqual([])
    }))

  test('behind a void a series holds what others reported of it last (money §3, §9)', () =>
    home.use((sql) => {
      const gauge = {
        ...dimension({}, { key: 'gb' }),
        charge: { kind: 'time-weighted', meter: 'gb' },
      } as const
      const ledger = openLedger(sql, termsOf(product([gauge])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      const read = (time: string, gb: bigint, source: string): UsageEvent => ({
        source,
        id: `${source} ${time}`,
        meter: 'gb',
        time: at(time),
        kind: 'value',
        value: gb * 1_000_000n,
        series: 'db-1',
      })
      ledger.take(
        ids(read('2026-11-21T10:00', 720n, 'key-1'), read('2026-11-21T10:00:01', 72_000n, 'key-2')),
        at('2026-11-21T10:31'),
      )
      const act = signed(voidOf('2026-11-21T10:00', '2026-11-21T11:00'))
      expect(wordOf(ledger.repair(act, at('2026-11-21T10:32')))).toBe('done')
      for (let hour = 11; hour < 24; hour++) ledger.runDue(at(`2026-11-21T${hour}:10`))
      for (let day = 22; day < 25; day++) ledger.runDue(at(`2026-11-${day}T12:10`))
      expect(recordsOf(ledger).reduce((sum, [, units]) => sum + units, 0)).toBe(25)
      expect(ledger.status().silent).toEqual([
        { meter: 'gb', series: 'db-1', lastMs: at('2026-11-21T10:00') },
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('what one source used of one hour is billed by a person as often as it comes late, all of it once (money §4, §9, §12)', () =>
    home.use((sql) => {
      openWith(sql).runDue(at('2026-11-21T11:15'))
      const dearer = openLedger(sql, termsOf(product([dimension({}, { price: '0.20' })]), {}, 'config-2'))
      dearer.runDue(at('2026-11-21T11:30'))
      dearer.runDue(at('2026-11-21T13:10'))
      for (const [calls, now] of [
        [5, '2026-11-21T13:15'],
        [2, '2026-11-21T13:25'],
      ] as const) {
        dearer.take(ids(event('2026-11-21T10:30', calls)), at(now))
        const [row] = dearer.parked({ limit: 1 }).rows
        if (row?.kind !== 'aside') throw new Error('nothing is set aside')
        expect(row.aside.amount).toBe(String(calls))
        const act = signed({ kind: 'bill aside', aside: row.aside })
        expect(wordOf(dearer.repair(act, at(now) + 1))).toBe('done')
      }
      dearer.runDue(at('2026-11-21T14:10'))
      expect([recordsOf(dearer), dearer.audit()]).toEqual([[['2026-11-21T13:00', 7, 'waiting']], []])
    }))

  test('while a ledger has stopped none of its records is moved (money §9, §12)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, { state: 'parked', reason: 'InvalidTag' })
      const [row] = ledger.records({ limit: 1 })
      if (row === undefined) throw new Error('one record is due')
      const stranger = { key: 'nobody’s', attempt: 1, at: row.hour, state: 'parked', receipt: null } as const
      ledger.settle([{ ...stranger, reason: null, unanswered: false }], at('2026-11-21T12:30'))
      expect(ledger.status().waiting).toBe('stopped')
      const moved = onRecord(ledger, 'move', at('2026-11-21T12:40'))
      expect(sentenceOf(moved)).toMatch(/^The Ledger has stopped/)
      expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 3, 'parked']])
    }))
}
