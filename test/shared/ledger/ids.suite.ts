/** What stands under an id, for how long, and what is kept of usage that was refused (money §1). */
import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, monthOf } from '../../../shared/hour.ts'
import { at, event, type Home, ids, openWith, orderOf, sequence, word, words } from './subject.ts'

const NOW = at('2026-11-21T10:20')
const START = at('2026-01-01T00:00')
const long = { activation: START, agreementStart: START }

export function idsSuite(home: Home): void {
  test('an id is known for 35 days from its receipt, whatever day it was received on (money §1 *Any id*)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, {}, {}, long)
      const sent = Array.from({ length: 36 }, (_, day) => event(NOW + day * DAY_MS, 1))
      const taken: string[] = []
      for (let day = 0; day <= 71; day += 1) {
        const now = NOW + day * DAY_MS
        ledger.runDue(now)
        const [one, old] = [sent[day], sent[day - 35]]
        if (one !== undefined) ledger.take(ids(one), now)
        if (old !== undefined) taken.push(word(ledger.take(ids(old), now)))
      }
      expect(taken).toEqual(Array<string>(36).fill('duplicate'))
    }))

  test('a sequence is known for 35 days from its receipt, whatever day it was received on (money §1 *Sequence*)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, {}, {}, long)
      const sent = Array.from({ length: 36 }, (_, day) => [event(NOW + day * DAY_MS, 1)])
      const taken: string[] = []
      for (let day = 0; day <= 71; day += 1) {
        const now = NOW + day * DAY_MS
        ledger.runDue(now)
        const [batch, old] = [sent[day], sent[day - 35]]
        if (batch !== undefined) ledger.take(sequence(day, batch), now)
        if (old !== undefined) taken.push(word(ledger.take(sequence(day - 35, old), now)))
      }
      expect(taken).toEqual(Array<string>(36).fill('duplicate'))
    }))

  test('a refused event takes no id: the corrected one is counted, behind it in one batch too (money §1)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const good = event(NOW, 4)
      const wrong = { ...good, meter: 'cals' }
      const other = { ...good, quantity: 5_000_000n } as typeof good
      expect(words(ledger.take(ids(wrong, good, other, good, wrong), NOW))).toEqual([
        'unknown-meter',
        'counted',
        'conflict',
        'duplicate',
        'conflict',
      ])
      expect(ledger.usage(monthOf(NOW)).dimensions[0]?.counted).toBe('4')
    }))

  test('a retry is a duplicate beside another content under its id, in any place of a batch (money §1)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event(NOW, 4)
      const other = { ...sent, quantity: 5_000_000n } as typeof sent
      ledger.take(ids(sent), NOW)
      expect(words(ledger.take(ids(other, sent), NOW))).toEqual(['conflict', 'duplicate'])
      expect(words(ledger.take(ids(sent, other), NOW))).toEqual(['duplicate', 'conflict'])
    }))

  test('every content refused under one id is kept with its own amount: their values are what is missing (money §1 *Refused usage is kept*)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = [1, 20, 300, 300].map((amount) => event(NOW, amount, { id: 'always the same' }))
      expect(words(ledger.take(ids(...sent), NOW))).toEqual(['counted', 'conflict', 'conflict', 'conflict'])
      ledger.take(ids(...sent.slice(1, 2)), NOW + HOUR_MS)
      const kept = ledger.usage(monthOf(NOW)).refused
      expect(kept.map(({ reason, amount, times }) => [reason, amount, times])).toEqual([
        ['conflict', '20', 2],
        ['conflict', '300', 2],
      ])
      const first = ledger.parked({ limit: 1 })
      const rest = ledger.parked({ limit: 9, ...(first.next === null ? {} : { after: first.next }) })
      const amounts = [...first.rows, ...rest.rows].map((row) => row.kind === 'refused' && row.amount)
      expect(amounts.toSorted((a, b) => Number(a) - Number(b))).toEqual(['20', '300'])
    }))

  test('what is refused for its end is kept with source, reason, hour, meter and amount, a sequence too (money §1)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const end = { at: NOW, takeUntil: NOW, cause: 'deprovisioned' } as const
      ledger.order(orderOf({ version: 2, end }), NOW)
      const late = event(NOW - HOUR_MS, 7)
      expect(words(ledger.take(sequence(3, [late, event(NOW, 2, { meter: 'cals' })]), NOW + 1))).toEqual([
        'ended',
        'unknown-meter',
      ])
      expect(ledger.usage(monthOf(NOW)).refused).toMatchObject([
        { source: 'key-1', reason: 'ended', meter: 'calls', hour: at('2026-11-21T09:00'), amount: '7' },
        {
          source: 'key-1',
          reason: 'unknown-meter',
          meter: 'cals',
          hour: at('2026-11-21T10:00'),
          amount: '2',
        },
      ])
    }))
}
