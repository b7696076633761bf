/** A remainder that goes on from month to month, and how an earlier month is shown meanwhile (money §3, §4, §12). */
import { expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import { at, event, type Home, ids, openWith, recordsOf } from './subject.ts'

export function monthsSuite(home: Home): void {
  test('what a month left of a block is whole two months later, whenever in its month it was used (money §3 carry)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '1000' })
      for (const [time, calls] of [
        ['2026-11-10T10:30', 300],
        ['2026-11-20T10:30', 300],
        ['2027-01-10T10:30', 399],
        ['2027-01-20T10:30', 1],
      ] as const) {
        ledger.take(ids(event(time, calls)), at(time))
        ledger.runDue(at(time) + 45 * 60_000)
      }
      expect(recordsOf(ledger)).toEqual([['2027-01-20T10:00', 1, 'waiting']])
      expect(ledger.audit()).toEqual([])
    }))

  test('late usage of a month that goes on behind its end is shown open until it is frozen (money §4, §12)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '1000' })
      const shown = () => ledger.usage(monthOf(at('2026-11-10T00:00'))).dimensions[0]
      ledger.take(ids(event('2026-11-10T10:30', 900)), at('2026-11-10T10:31'))
      ledger.runDue(at('2026-11-10T11:10'))
      ledger.runDue(at('2026-12-01T04:10'))
      ledger.take(ids(event('2026-11-30T20:30', 150)), at('2026-12-01T04:20'))
      expect(shown()).toMatchObject({ counted: '1050', due: '1', frozen: '0', open: '1', owed: '0' })
      ledger.runDue(at('2026-12-01T05:10'))
      expect(recordsOf(ledger)).toEqual([['2026-12-01T04:00', 1, 'waiting']])
      expect(shown()).toMatchObject({ due: '1', frozen: '1', open: '0', owed: '0' })
      expect(ledger.audit()).toEqual([])
    }))
}
