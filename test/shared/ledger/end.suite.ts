/** The end of a subscription (money §6). */
import { expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import type { Ledger } from '../../../shared/ledger/ledger.ts'
import type { FrozenRecord } from '../../../shared/submission/record.ts'
import {
  after,
  at,
  event,
  type Home,
  ids,
  openWith,
  orderOf,
  recordsOf,
  settlement,
  word,
} from './subject.ts'

const endAt = (time: number, takeMinutes = 10, cause: 'deprovisioned' | 'presumed' = 'deprovisioned') => ({
  at: time,
  takeUntil: after(time, takeMinutes),
  cause,
})

export function endSuite(home: Home): void {
  test.each([
    ['at 14:58', '2026-11-21T14:58', '2026-11-21T14:00', '2026-11-21T15:58'],
    ['on the hour', '2026-11-21T14:00', '2026-11-21T14:00', '2026-11-21T15:00'],
    ['at 23:50 on the last day', '2026-11-30T23:50', '2026-11-30T23:00', '2026-12-01T00:50'],
    ['at 05:55 on the 1st', '2026-12-01T05:55', '2026-12-01T05:00', '2026-12-01T06:55'],
  ])(
    'Deprovisioned %s: every hour freezes with the final take, deadline end + 60 minutes (money §6)',
    (_, end, last, deadline) =>
      home.use((sql) => {
        const ledger = openWith(sql)
        ledger.take(ids(event(at(end) - HOUR_MS, 3)), at(end) - HOUR_MS)
        ledger.take(ids(event(at(end), 4)), at(end))
        ledger.order(orderOf({ version: 2, end: endAt(at(end)) }), at(end))
        expect(word(ledger.take(ids(event(at(end) - MINUTE_MS, 5)), after(at(end), 10) - 1))).toBe('counted')
        ledger.runDue(after(at(end), 10) - 1)
        expect(recordsOf(ledger).map(([hour]) => hour)).not.toContain(last)
        ledger.runDue(after(at(end), 10))
        const offers = ledger.offers(10)
        expect(offers.reduce((sum, record) => sum + record.quantity, 0)).toBe(12)
        expect(offers.every((record) => record.final && record.deadline <= at(deadline))).toBe(true)
        expect(recordsOf(ledger).at(-1)?.[0]).toBe(last)
        expect([ledger.nextWake(), ledger.audit()]).toEqual([null, []])
      }),
  )

  test('Deprovisioned two hours late: what was counted meanwhile freezes too, and AWS decides (money §6)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      for (const hour of [12, 13, 14]) {
        const time = at(`2026-11-21T${hour}:30`)
        ledger.take(ids(event(time, hour)), time)
      }
      const end = {
        at: at('2026-11-21T12:40'),
        takeUntil: at('2026-11-21T14:45'),
        cause: 'deprovisioned',
      } as const
      ledger.order(orderOf({ version: 2, end }), at('2026-11-21T14:40'))
      expect(word(ledger.take(ids(event('2026-11-21T12:41', 1)), at('2026-11-21T14:41')))).toBe('ended')
      ledger.runDue(at('2026-11-21T14:45'))
      expect(ledger.offers(9).map((record) => [record.quantity, record.deadline])).toEqual([
        [12, at('2026-11-21T13:40')],
        [13, at('2026-11-21T13:40')],
        [14, at('2026-11-21T13:40')],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test.each([
    ['timed at the end, in the last moment of the final take', 0, 10 * MINUTE_MS - 1, 'counted'],
    ['timed one millisecond behind the end', 1, 0, 'ended'],
    ['arriving when the final take is over', 0, 10 * MINUTE_MS, 'ended'],
  ])('usage %s is answered as it should be and kept (money §6 (2))', (_, timed, arrives, answer) =>
    home.use((sql) => {
      const end = at('2026-11-21T14:58')
      const ledger = openWith(sql)
      ledger.order(orderOf({ version: 2, end: endAt(end) }), end)
      expect(word(ledger.take(ids(event(end + timed, 1)), end + arrives))).toBe(answer)
      const kept = sql.all('SELECT reason FROM refused')
      expect(kept).toEqual(answer === 'counted' ? [] : [{ reason: 'ended' }])
    }),
  )

  test.each([
    ['lies after it', 1, 0],
    ['came too late for its last record', 0, 10 * MINUTE_MS],
  ])('refused usage is told why: it %s (money §6 (2))', (why, timed, arrives) =>
    home.use((sql) => {
      const end = at('2026-11-21T14:58')
      const ledger = openWith(sql)
      ledger.order(orderOf({ version: 2, end: endAt(end) }), end)
      expect(ledger.take(ids(event(end + timed, 1)), end + arrives)).toMatchObject([
        {
          code: 'ended',
          message: `The subscription ended at 2026-11-21T14:58:00Z, and usage timed ${new Date(end + timed).toISOString().replace('.000', '')} ${why}. It is kept; nothing more can be billed for it.`,
        },
      ])
    }),
  )

  test('on Ended alone, hours already closed freeze and go; the current one does not (money §6)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-30T23:30', 3)), at('2026-11-30T23:31'))
      ledger.take(ids(event('2026-12-01T00:03', 4)), at('2026-12-01T00:04'))
      ledger.order(orderOf({ version: 2, ending: { at: at('2026-12-01T00:05') } }), at('2026-12-01T00:05'))
      expect(recordsOf(ledger)).toEqual([['2026-11-30T23:00', 3, 'waiting']])
      expect(ledger.offers(1)[0]?.final).toBe(false)
      ledger.order(
        orderOf({
          version: 3,
          ending: { at: at('2026-12-01T00:05') },
          end: endAt(at('2026-12-01T00:50'), 5, 'presumed'),
        }),
        at('2026-12-01T00:50'),
      )
      ledger.runDue(at('2026-12-01T00:55'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-30T23:00', 3, 'waiting'],
        ['2026-12-01T00:00', 4, 'waiting'],
      ])
    }))

  test.each([
    [
      'is on offer',
      (ledger: Ledger, offered: FrozenRecord[], end: () => void) => (end(), ledger.handed(offered)),
    ],
    [
      'was handed',
      (ledger: Ledger, offered: FrozenRecord[], end: () => void) => (ledger.handed(offered), end()),
    ],
  ])(
    'an end shortens the deadline of what waits and %s: it is offered again (money §6 (4), §7)',
    (_, happen) =>
      home.use((sql) => {
        const ledger = openWith(sql)
        ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T10:31'))
        ledger.runDue(at('2026-11-21T11:10'))
        const offered = ledger.offers(10)
        happen(ledger, offered, () =>
          ledger.order(orderOf({ version: 2, end: endAt(at('2026-11-21T11:30')) }), at('2026-11-21T11:30')),
        )
        expect(ledger.offers(10)).toEqual([{ ...offered[0], deadline: at('2026-11-21T12:30'), final: true }])
        ledger.handed(ledger.offers(10))
        expect(ledger.offers(10)).toEqual([])
      }),
  )

  test.each([
    ['before the final freeze', '2026-11-21T10:45'],
    ['after it', '2026-11-21T11:50'],
  ])('what expires after an end, %s, stays where it is with its value (money §9)', (_, settled) =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T09:30', 3)), at('2026-11-21T09:31'))
      ledger.runDue(at('2026-11-21T10:10'))
      const [record] = ledger.offers(1)
      if (record === undefined) throw new Error('no record')
      ledger.order(orderOf({ version: 2, end: endAt(at('2026-11-21T10:40')) }), at('2026-11-21T10:40'))
      ledger.settle([settlement(record, { state: 'expired', receipt: null })], at(settled))
      ledger.runDue(at('2026-11-21T12:00'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T09:00', 3, 'expired']])
      expect(ledger.audit()).toEqual([])
    }),
  )

  test('a later License Updated opens a new life; its first hour is billed in the next where AWS has it already (money §6)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '10' })
      ledger.take(ids(event('2026-11-21T10:30', 25)), at('2026-11-21T10:31'))
      ledger.order(orderOf({ version: 2, end: endAt(at('2026-11-21T10:35')) }), at('2026-11-21T10:35'))
      ledger.order(
        orderOf({ version: 3, life: 2, activation: at('2026-11-21T10:50') }),
        at('2026-11-21T10:50'),
      )
      expect(word(ledger.take(ids(event('2026-11-21T10:40', 1)), at('2026-11-21T10:51')))).toBe('ended')
      expect(word(ledger.take(ids(event('2026-11-21T10:55', 30)), at('2026-11-21T10:56')))).toBe('counted')
      ledger.runDue(at('2026-11-21T12:10'))
      expect(ledger.offers(9).map((record) => [record.quantity, record.timestamp, record.final])).toEqual([
        [2, at('2026-11-21T10:00'), true],
        [3, at('2026-11-21T11:00'), false],
      ])
      expect([ledger.audit(), ledger.nextWake()]).toEqual([[], null])
    }))

  test('an older order that comes after a newer changes nothing (money §7: the highest version wins)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const end = endAt(at('2026-11-21T14:58'))
      ledger.order(orderOf({ version: 3, end }), at('2026-11-21T14:58'))
      ledger.order(orderOf({ version: 2 }), at('2026-11-21T14:59'))
      expect(word(ledger.take(ids(event('2026-11-21T15:00', 5)), at('2026-11-21T15:00')))).toBe('ended')
    }))

  test('an order of a new life ends the one before, whose end was never told (money §7: the highest version wins)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T10:30', 2)), at('2026-11-21T10:31'))
      ledger.order(
        orderOf({ version: 9, life: 2, activation: at('2026-11-21T10:50') }),
        at('2026-11-21T10:50'),
      )
      ledger.order(orderOf({ version: 8, end: endAt(at('2026-11-21T10:35')) }), at('2026-11-21T10:51'))
      expect(word(ledger.take(ids(event('2026-11-21T10:55', 3)), at('2026-11-21T10:56')))).toBe('counted')
      ledger.runDue(at('2026-11-21T12:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 2, 'waiting'],
        ['2026-11-21T11:00', 3, 'waiting'],
      ])
      expect(ledger.status()).toMatchObject({ orderVersion: 9, life: 2, ended: false })
    }))
}
