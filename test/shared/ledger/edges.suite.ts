/** The edges of freezing and of the end: earlier guards, activations, zero records, spikes, final takes, new lives (money §5, §6). */
import { expect, test } from 'vitest'
import { MINUTE_MS, monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import {
  after,
  at,
  dimension,
  event,
  type Home,
  hours,
  ids,
  openWith,
  orderOf,
  product,
  recordsOf,
  settlement,
  termsOf,
  word,
} from './subject.ts'
import { signed } from './repair.ts'

const endAt = (iso: string, takeMinutes = 10, cause: 'deprovisioned' | 'presumed' = 'deprovisioned') => ({
  at: at(iso),
  takeUntil: after(at(iso), takeMinutes),
  cause,
})

/** [quantity, deadline] of what is on offer, earliest hour first. */
const offered = (ledger: Ledger): [number, string][] =>
  ledger
    .offers(99)
    .toSorted((a, b) => a.timestamp - b.timestamp)
    .map(({ quantity, deadline }) => [quantity, new Date(deadline).toISOString().slice(0, 16)])

export function edgesSuite(home: Home): void {
  test.each([
    ['earlier', '2026-12-01T01:00', '2026-11-30T23:30', '2026-12-01T01:00'],
    ['earlier, for an hour of long lateness', '2026-12-01T01:00', '2026-11-30T20:30', '2026-12-01T01:00'],
    ['before the hour is over: at its end', '2026-11-30T22:00', '2026-11-30T23:30', '2026-12-01T00:00'],
    [
      'before many hours are over: each at its end',
      '2026-11-30T12:00',
      '2026-11-30T20:30',
      '2026-11-30T21:00',
    ],
    ['later: it stays at 03:00', '2026-12-01T04:00', '2026-11-30T23:30', '2026-12-01T03:00'],
  ])('the guard a Submitter asks for, %s (money §5)', (_, guard, used, freezes) =>
    home.use((sql) => {
      const guards = new Map([[monthOf(at(used)) as number, at(guard)]])
      const ledger = openWith(sql, {}, { latenessMs: hours(19), guards })
      ledger.runDue(at(used) - hours(1))
      ledger.take(ids(event(used, 3)), at(used))
      expect(new Date(ledger.nextWake() ?? 0).toISOString().slice(0, 16)).toBe(freezes)
      ledger.runDue(at(freezes) - 1)
      expect(recordsOf(ledger)).toEqual([])
      ledger.runDue(at(freezes))
      expect(recordsOf(ledger)).toEqual([[`${used.slice(0, 13)}:00`, 3, 'waiting']])
    }),
  )

  test('usage of the whole month that comes before the guard is billed in its month, by the last hour (money §5)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.runDue(at('2026-12-01T02:50'))
      const late = ['2026-11-03T10:30', '2026-11-30T22:30', '2026-11-30T23:30', '2026-12-01T00:30']
      for (const [i, time] of late.entries()) ledger.take(ids(event(time, 10 ** i)), at('2026-12-01T02:59'))
      ledger.runDue(at('2026-12-01T03:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-30T23:00', 111, 'waiting'],
        ['2026-12-01T00:00', 1000, 'waiting'],
      ])
    }))

  test('an activation within the last second of an hour begins in the next: AWS sees one record of that hour (money §5)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, {}, {}, { activation: at('2026-11-21T10:59:59.001') })
      ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T11:01'))
      ledger.take(ids(event('2026-11-21T11:30', 4)), at('2026-11-21T11:31'))
      ledger.runDue(at('2026-11-21T13:00'))
      expect(
        ledger.offers(9).map(({ key, timestamp, quantity }) => [key.split('|').at(-1), timestamp, quantity]),
      ).toEqual([[String(at('2026-11-21T11:00')), at('2026-11-21T11:00'), 7]])
    }))

  test('what is fixed at freeze stays: later usage, orders, prices and results change no identity, stamp, quantity, line or config (money §5)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '10' })
      ledger.take(ids(event('2026-11-21T10:30', 25)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      const [before] = ledger.records({ limit: 9 })
      if (before === undefined) throw new Error('no record')
      const again = openLedger(sql, termsOf(product([dimension({ block: '1' })]), {}, 'config-2'))
      again.take(ids(event('2026-11-21T10:40', 99)), at('2026-11-21T11:11'))
      again.order(orderOf({ version: 2, end: endAt('2026-11-21T11:20') }), at('2026-11-21T11:20'))
      again.settle([settlement(before)], at('2026-11-21T11:21'))
      again.runDue(at('2026-11-21T12:00'))
      const [now] = again.records({ limit: 9, state: 'billed' })
      expect(now).toEqual({
        ...before,
        deadline: at('2026-11-21T12:20'),
        final: true,
        state: 'billed',
        receipt: `receipt of ${before.key}`,
        settledAt: before.timestamp + hours(1),
      })
    }))

  test('zero records go for one dimension, never where the buyer’s plan lacks it, nor in our days of grace (money §5)', () =>
    home.use((sql) => {
      const sold = product([dimension({}, { plan: 'team' }), dimension({}, { key: 'others' })], {
        plans: ['team', 'free'],
        defaultPlan: 'team',
        heartbeat: 'api_calls',
      })
      const ledger = openLedger(sql, termsOf(sold))
      const trial = { endsAt: at('2026-11-21T10:00'), graceUntil: at('2026-11-21T12:00') }
      const plans = [
        { fromHour: 0, plan: 'team' },
        { fromHour: at('2026-11-21T13:00'), plan: 'free' },
        { fromHour: at('2026-11-21T15:00'), plan: 'team' },
      ]
      ledger.order(orderOf({ activation: at('2026-11-21T09:00'), trial, plans }), at('2026-11-21T09:00'))
      ledger.runDue(at('2026-11-21T16:59'))
      expect(ledger.records({ limit: 99 }).map((record) => record.dimension)).toEqual(
        Array<string>(3).fill('api_calls'),
      )
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T09:00', 0, 'waiting'],
        ['2026-11-21T12:00', 0, 'waiting'],
        ['2026-11-21T15:00', 0, 'waiting'],
      ])
    }))

  test('an hour that ends with the subscription is closed and gets its zero record (money §5)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([dimension()], { heartbeat: 'api_calls' })))
      ledger.order(orderOf({ activation: at('2026-11-21T09:00') }), at('2026-11-21T09:00'))
      const activation = at('2026-11-21T09:00')
      ledger.order(
        orderOf({ version: 2, activation, end: endAt('2026-11-21T11:00') }),
        at('2026-11-21T11:00'),
      )
      ledger.runDue(at('2026-11-21T15:00'))
      expect(recordsOf(ledger).map(([hour]) => hour)).toEqual(['2026-11-21T09:00', '2026-11-21T10:00'])
    }))

  test.each([
    ['7 days before, in the same hour, counts', '2026-11-14T10:30', [100]],
    ['one hour more does not: what is left is the highest', '2026-11-14T09:30', [1]],
  ])('the highest that a spike is measured by: a record %s (money §5 *Spikes*)', (_, high, held) =>
    home.use((sql) => {
      const ledger = openWith(sql)
      for (const [time, amount] of [
        [high, 100],
        ['2026-11-20T10:30', 1],
        ['2026-11-21T10:30', 21],
      ] as const) {
        ledger.take(ids(event(time, amount)), at(time))
        ledger.runDue(after(at(time), 40))
      }
      const sent = ledger.offers(9).map((record) => record.quantity)
      expect(sent.includes(21)).toBe(held[0] === 100)
    }),
  )

  test('at a month’s end a spike waits until a quarter of the time to 06:00 is left (money §5 *Spikes*)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-30T10:30', 1)), at('2026-11-30T10:31'))
      ledger.runDue(at('2026-11-30T11:10'))
      ledger.handed(ledger.offers(9))
      ledger.take(ids(event('2026-11-30T18:30', 500)), at('2026-11-30T18:31'))
      ledger.runDue(at('2026-11-30T19:10'))
      expect([ledger.offers(9), ledger.nextWake()]).toEqual([[], at('2026-12-01T03:00')])
      ledger.runDue(at('2026-12-01T03:00'))
      expect(offered(ledger)).toEqual([[500, '2026-12-01T06:00']])
    }))

  test('an end lets a spike go: with an hour left nobody is waited for, before it and behind it (money §5, §6 (4))', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T08:30', 1)), at('2026-11-21T08:31'))
      ledger.runDue(at('2026-11-21T09:10'))
      ledger.take(ids(event('2026-11-21T10:30', 500)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      expect(offered(ledger).map(([quantity]) => quantity)).toEqual([1])
      ledger.take(ids(event('2026-11-21T11:30', 20_000)), at('2026-11-21T11:31'))
      ledger.order(orderOf({ version: 2, end: endAt('2026-11-21T11:40') }), at('2026-11-21T11:40'))
      ledger.runDue(at('2026-11-21T11:50'))
      expect(offered(ledger)).toEqual([
        [1, '2026-11-21T12:40'],
        [500, '2026-11-21T12:40'],
        [20_000, '2026-11-21T12:40'],
      ])
    }))

  test('the final take of 30 minutes is waited for whatever the lateness; hours before the last freeze in their time (money §6 (2), (3))', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T13:55', 2)), at('2026-11-21T13:56'))
      ledger.order(orderOf({ version: 2, end: endAt('2026-11-21T14:05', 30) }), at('2026-11-21T14:05'))
      expect(ledger.nextWake()).toBe(at('2026-11-21T14:10'))
      ledger.runDue(at('2026-11-21T14:10'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T13:00', 2, 'waiting']])
      expect(word(ledger.take(ids(event('2026-11-21T14:04', 3)), at('2026-11-21T14:35') - 1))).toBe('counted')
      ledger.runDue(at('2026-11-21T14:35') - 1)
      expect(recordsOf(ledger)).toHaveLength(1)
      ledger.runDue(at('2026-11-21T14:35'))
      expect(offered(ledger)).toEqual([
        [2, '2026-11-21T15:05'],
        [3, '2026-11-21T15:05'],
      ])
    }))

  test('a final take that outlasts the hour is waited for: usage up to the end has no later hour (money §6 (2))', () =>
    home.use((sql) => {
      const ledger = openWith(sql, {}, { latenessMs: 0 })
      ledger.order(orderOf({ version: 2, end: endAt('2026-11-21T14:58', 30) }), at('2026-11-21T14:58'))
      ledger.take(ids(event('2026-11-21T14:57', 2)), at('2026-11-21T14:59'))
      expect(word(ledger.take(ids(event('2026-11-21T14:56', 3)), at('2026-11-21T15:27')))).toBe('counted')
      ledger.runDue(at('2026-11-21T15:28'))
      expect(offered(ledger)).toEqual([[5, '2026-11-21T15:58']])
      expect(ledger.audit()).toEqual([])
    }))

  test('an end never gives a record more time than AWS does (money §6 (4), facts §2.2)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-20T15:30', 2)), at('2026-11-20T15:31'))
      ledger.runDue(at('2026-11-20T16:10'))
      ledger.order(orderOf({ version: 2, end: endAt('2026-11-21T14:50') }), at('2026-11-21T14:50'))
      expect(offered(ledger)).toEqual([[2, '2026-11-21T15:00']])
    }))

  test('an hour that AWS takes no more, and no later hour follows, gets its record all the same: tried, and parked with its value (money §6 (4), (5))', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T14:30', 7)), at('2026-11-21T14:31'))
      ledger.order(orderOf({ version: 2, end: endAt('2026-11-21T14:58') }), at('2026-11-21T14:58'))
      ledger.repair(signed({ kind: 'hold', dimension: null }), at('2026-11-21T14:59'))
      ledger.runDue(at('2026-11-22T15:00'))
      const release = signed({ kind: 'release', what: { kind: 'subscription' } })
      expect(ledger.repair(release, at('2026-11-22T15:00')).ok).toBe(true)
      ledger.runDue(at('2026-11-22T15:00'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T14:00', 7, 'waiting']])
      expect(offered(ledger)).toEqual([[7, '2026-11-21T15:58']])
      expect(ledger.audit()).toEqual([])
    }))

  test('a life that is over leaves its begun block as residue: the next life begins its own (money §3, §6)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '10' })
      ledger.take(ids(event('2026-11-21T10:30', 25)), at('2026-11-21T10:31'))
      ledger.order(orderOf({ version: 2, end: endAt('2026-11-21T10:35') }), at('2026-11-21T10:35'))
      const again = { version: 3, life: 2, activation: at('2026-11-21T10:50') }
      ledger.order(orderOf(again), at('2026-11-21T10:50'))
      ledger.take(ids(event('2026-11-21T10:55', 36)), at('2026-11-21T10:56'))
      ledger.runDue(at('2026-11-21T12:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 2, 'waiting'],
        ['2026-11-21T11:00', 3, 'waiting'],
      ])
      expect(ledger.usage(monthOf(at('2026-11-01T00:00'))).dimensions[0]).toMatchObject({
        due: '5',
        residue: '5',
      })
    }))

  test('a new life takes usage from 5 minutes before its License Updated on; before that it is behind the end (money §5, §6)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.order(orderOf({ version: 2, end: endAt('2026-11-21T10:00') }), at('2026-11-21T10:00'))
      const activation = at('2026-11-21T12:20')
      ledger.order(orderOf({ version: 3, life: 2, activation }), activation)
      const opens = activation - 5 * MINUTE_MS
      expect(word(ledger.take(ids(event(opens - 1, 1)), activation))).toBe('ended')
      expect(word(ledger.take(ids(event(opens, 2)), activation))).toBe('counted')
      ledger.runDue(at('2026-11-21T13:10'))
      expect(ledger.offers(9).map(({ timestamp, quantity }) => [timestamp, quantity])).toEqual([
        [activation, 2],
      ])
    }))

  test('ended at 23:50 on the last day and bought again at 23:55: the new life’s first usage is billed in the next month’s first hour (money §6)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { included: { amount: '10', per: 'month' } })
      ledger.take(ids(event('2026-11-30T23:40', 15)), at('2026-11-30T23:41'))
      ledger.order(orderOf({ version: 2, end: endAt('2026-11-30T23:50') }), at('2026-11-30T23:50'))
      ledger.order(
        orderOf({ version: 3, life: 2, activation: at('2026-11-30T23:55') }),
        at('2026-11-30T23:55'),
      )
      ledger.take(ids(event('2026-11-30T23:57', 12)), at('2026-11-30T23:58'))
      ledger.runDue(at('2026-12-01T00:00'))
      ledger.runDue(at('2026-12-01T01:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-30T23:00', 5, 'waiting'],
        ['2026-12-01T00:00', 2, 'waiting'],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('Deprovisioned two hours late: all freezes at once, under a deadline that is over; what comes now is refused and kept (money §6)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      for (const [time, amount] of [
        ['2026-11-21T12:30', 1],
        ['2026-11-21T13:30', 2],
        ['2026-11-21T14:30', 4],
      ] as const)
        ledger.take(ids(event(time, amount)), at(time))
      ledger.order(orderOf({ version: 2, end: endAt('2026-11-21T12:40') }), at('2026-11-21T14:40'))
      expect(offered(ledger)).toEqual([
        [1, '2026-11-21T13:40'],
        [2, '2026-11-21T13:40'],
        [4, '2026-11-21T13:40'],
      ])
      expect(ledger.offers(9).every((record) => record.final)).toBe(true)
      expect(word(ledger.take(ids(event('2026-11-21T12:35', 8)), at('2026-11-21T14:41')))).toBe('ended')
      expect(ledger.usage(monthOf(at('2026-11-01T00:00'))).refused).toMatchObject([
        { reason: 'ended', amount: '8' },
      ])
      expect([ledger.nextWake(), ledger.audit()]).toEqual([null, []])
    }))

  test('Deprovisioned at 05:55 on the 1st: the month before keeps its 06:00, the new month has end + 60 minutes (money §6)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, {}, { latenessMs: hours(19) })
      ledger.take(ids(event('2026-11-30T23:30', 1)), at('2026-11-30T23:31'))
      ledger.take(ids(event('2026-12-01T05:50', 2), event('2026-11-30T10:30', 4)), at('2026-12-01T05:51'))
      ledger.order(orderOf({ version: 2, end: endAt('2026-12-01T05:55') }), at('2026-12-01T05:55'))
      ledger.take(ids(event('2026-11-30T22:00', 8)), at('2026-12-01T05:59'))
      ledger.runDue(at('2026-12-01T06:05'))
      expect(offered(ledger)).toEqual([
        [1, '2026-12-01T06:00'],
        [12, '2026-12-01T06:55'],
        [2, '2026-12-01T06:55'],
      ])
      expect([ledger.nextWake(), ledger.audit()]).toEqual([null, []])
    }))

  test('never Deprovisioned: 45 minutes after Ended the rest freezes with a final take of 5 minutes, deadline end + 60 (money §6)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const ending = { at: at('2026-11-21T14:10') }
      ledger.take(ids(event('2026-11-21T13:30', 1), event('2026-11-21T14:05', 2)), at('2026-11-21T14:06'))
      ledger.order(orderOf({ version: 2, ending }), ending.at)
      expect(recordsOf(ledger)).toEqual([['2026-11-21T13:00', 1, 'waiting']])
      ledger.take(ids(event('2026-11-21T14:50', 4)), at('2026-11-21T14:51'))
      const end = endAt('2026-11-21T14:55', 5, 'presumed')
      ledger.order(orderOf({ version: 3, ending, end }), end.at)
      expect(word(ledger.take(ids(event('2026-11-21T14:55', 8)), end.takeUntil - 1))).toBe('counted')
      expect(word(ledger.take(ids(event('2026-11-21T14:55', 16)), end.takeUntil))).toBe('ended')
      expect(offered(ledger)).toEqual([
        [1, '2026-11-21T15:55'],
        [14, '2026-11-21T15:55'],
      ])
      expect([ledger.nextWake(), ledger.audit()]).toEqual([null, []])
    }))
}
