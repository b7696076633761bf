/** Holding and releasing, spikes, voiding, what was set aside and what was refused (money §4, §5, §9, §12). */
import { expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import type { ParkedRow, RepairWork } from '../../../shared/ledger/repair.ts'
import { seenOf, sentenceOf, signed, withAside, withResult, wordOf } from './repair.ts'
import {
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
  termsOf,
  word,
} from './subject.ts'

const HOLD: RepairWork = { kind: 'hold', dimension: null }
const RELEASE: RepairWork = { kind: 'release', what: { kind: 'subscription' } }

export function repairUsageSuite(home: Home): void {
  test('while a subscription is held its usage is counted, nothing freezes and nothing wakes it; released, all of it freezes (money §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.repair(signed(HOLD), at('2026-11-21T10:00'))
      expect(word(ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T10:31')))).toBe('counted')
      expect([ledger.status().waiting, ledger.nextWake()]).toEqual(['hold', null])
      ledger.runDue(at('2026-11-22T09:00'))
      expect(recordsOf(ledger)).toEqual([])

      const now = at('2026-11-22T09:30')
      expect(wordOf(ledger.repair(signed(RELEASE), now))).toBe('done')
      expect((ledger.nextWake() ?? now + 1) <= now).toBe(true)
      ledger.runDue(now)
      expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 3, 'waiting']])
      expect(ledger.audit()).toEqual([])
    }))

  test('a hold goes on through the end of the subscription: no final hour freezes until it is released (money §6, §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.repair(signed(HOLD), at('2026-11-21T10:00'))
      ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T10:31'))
      const end = {
        at: at('2026-11-21T10:58'),
        takeUntil: at('2026-11-21T11:08'),
        cause: 'deprovisioned' as const,
      }
      ledger.order(orderOf({ version: 2, end }), at('2026-11-21T10:58'))
      ledger.runDue(at('2026-11-21T11:30'))
      expect([recordsOf(ledger), ledger.status().waiting]).toEqual([[], 'hold'])
      ledger.repair(signed(RELEASE), at('2026-11-21T11:40'))
      ledger.runDue(at('2026-11-21T11:40'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 3, 'waiting']])
    }))

  test('a held dimension stays behind and the others freeze; released it catches up at once (money §9)', () =>
    home.use((sql) => {
      const sold = product([dimension(), dimension({ meter: 'bytes' }, { key: 'storage' })])
      const ledger = openLedger(sql, termsOf(sold))
      ledger.order(orderOf(), at('2026-11-20T00:00'))
      ledger.repair(signed({ kind: 'hold', dimension: 'storage' }), at('2026-11-21T10:00'))
      ledger.take(
        ids(event('2026-11-21T10:30', 3), event('2026-11-21T10:30', 5, { meter: 'bytes' })),
        at('2026-11-21T10:31'),
      )
      ledger.runDue(at('2026-11-21T11:10'))
      const frozen = () => ledger.records({ limit: 9 }).map((row) => [row.dimension, row.quantity])
      expect([frozen(), ledger.nextWake()]).toEqual([[['api_calls', 3]], null])

      const now = at('2026-11-21T12:00')
      const what = { kind: 'dimension', dimension: 'storage' } as const
      ledger.repair(signed({ kind: 'release', what }), now)
      expect(ledger.nextWake()).toBe(now)
      ledger.runDue(now)
      expect(frozen()).toEqual([
        ['api_calls', 3],
        ['storage', 5],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('what is held cannot be held again, nor released twice; an unknown dimension not at all (money §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const works: RepairWork[] = [
        RELEASE,
        HOLD,
        HOLD,
        { kind: 'hold', dimension: 'api_calls' },
        { kind: 'hold', dimension: 'seats' },
        RELEASE,
        RELEASE,
      ]
      expect(works.map((work) => wordOf(ledger.repair(signed(work), at('2026-11-21T10:00'))))).toEqual([
        'changed',
        'done',
        'changed',
        'done',
        'not-found',
        'done',
        'changed',
      ])
    }))

  test('a stopped ledger goes on by a person’s word alone, and only when every invariant holds again (money §12)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, null)
      ledger.stop('two numbers differ', at('2026-11-21T12:00'))
      const release = (): string =>
        sentenceOf(
          ledger.repair(signed({ kind: 'release', what: { kind: 'stopped' } }), at('2026-11-21T12:30')),
        )
      sql.all("UPDATE tallies SET frozen = '4'")
      expect(release()).toMatch(/expected 4, found 3/)
      ledger.runDue(at('2026-11-21T15:00'))
      expect(ledger.status().stopped).toBe('two numbers differ')

      sql.all("UPDATE tallies SET frozen = '3'")
      expect(release()).toMatch(/^The Ledger goes on/)
      ledger.take(ids(event('2026-11-21T15:30', 2)), at('2026-11-21T15:31'))
      ledger.runDue(at('2026-11-21T16:10'))
      expect([ledger.status().stopped, recordsOf(ledger).length, ledger.audit()]).toEqual([null, 2, []])
    }))

  test('a spike waits for a person until a quarter of its window is left, also while all else is held (money §5, §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T09:30', 1)), at('2026-11-21T09:31'))
      ledger.take(ids(event('2026-11-21T10:30', 21)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      expect(ledger.offers(9).map((record) => record.quantity)).toEqual([1])
      const waits = ledger.parked({ limit: 9 }).rows
      expect(waits).toMatchObject([
        {
          kind: 'record',
          holdUntil: at('2026-11-22T04:00'),
          dollars: '2.10',
          open: ['release', 'write off'],
        },
      ])
      ledger.repair(signed(HOLD), at('2026-11-21T12:00'))
      expect(ledger.nextWake()).toBe(at('2026-11-22T04:00'))
      ledger.runDue(at('2026-11-22T03:59'))
      expect(ledger.offers(9).length).toBe(1)
      ledger.runDue(at('2026-11-22T04:00'))
      expect(ledger.offers(9).map((record) => record.quantity)).toEqual([1, 21])
    }))

  test('twenty times the highest of seven days is no spike; a person may let one go at once, or write it off (money §5, §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      for (const [hour, calls] of [1, 20, 401].entries()) {
        const time = at('2026-11-21T09:30') + hours(hour)
        ledger.take(ids(event(time, calls)), time)
      }
      ledger.runDue(at('2026-11-21T12:10'))
      expect(ledger.offers(9).map((record) => record.quantity)).toEqual([1, 20])
      const { record, seen } = seenOf(ledger, 2)
      const what = { kind: 'spike', record } as const
      const gone = [{ key: record, round: 0, answer: 'let go' }] as const
      const now = at('2026-11-21T12:30')
      expect(wordOf(ledger.repair(signed({ kind: 'release', what }), now))).toBe('done')
      expect(ledger.offers(9).map((each) => each.quantity)).toEqual([1, 20, 401])
      expect([
        wordOf(ledger.repair(signed({ kind: 'release', what }), now)),
        wordOf(ledger.repair(signed({ kind: 'write off', record, seen }), now, gone)),
      ]).toEqual(['changed', 'not-allowed'])

      ledger.take(ids(event('2026-11-21T12:30', 9_000)), now)
      ledger.runDue(at('2026-11-21T13:10'))
      const spike = seenOf(ledger, 3)
      const written = ledger.repair(signed({ kind: 'write off', ...spike }), at('2026-11-21T13:11'), [
        { key: spike.record, round: 0, answer: 'let go' },
      ])
      expect([wordOf(written), recordsOf(ledger)[3]?.[2], ledger.audit()]).toEqual([
        'done',
        'written off',
        [],
      ])
    }))

  const VOID: RepairWork = {
    kind: 'void',
    source: 'key-2',
    from: at('2026-11-21T09:00'),
    to: at('2026-11-21T12:00'),
  }

  test('a void takes one source’s usage out of hours not yet frozen, whole; what is frozen stays (money §9, §12)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const other = { source: 'key-2' }
      ledger.take(
        ids(event('2026-11-21T09:30', 1), event('2026-11-21T09:30', 2, other)),
        at('2026-11-21T09:31'),
      )
      ledger.runDue(at('2026-11-21T10:10'))
      ledger.take(
        ids(
          event('2026-11-21T10:30', 4),
          event('2026-11-21T10:30', 8, other),
          event('2026-11-21T11:01', 16, other),
        ),
        at('2026-11-21T11:02'),
      )
      const before = ledger.status().revision
      const done = ledger.repair(signed(VOID), at('2026-11-21T11:05'))
      expect(done.ok && [done.value.value, done.value.sentence]).toEqual([
        { amount: '24', of: 'calls', dollars: null },
        '24 calls of source key-2 from 2026-11-21T09:00:00Z to 2026-11-21T12:00:00Z is void: kept, and never billed. What is frozen already stays. What AWS has of it is corrected by a billing adjustment: 2 calls of 2026-11-21T09:00:00Z.',
      ])
      expect(ledger.changes(before).days).toMatchObject([{ counted: '7' }])
      ledger.runDue(at('2026-11-21T12:10'))
      expect(recordsOf(ledger).map((row) => row[1])).toEqual([3, 4])
      expect(ledger.usage(monthOf(at('2026-11-21T00:00'))).setAside).toMatchObject([
        { reason: 'voided', amount: '8' },
        { reason: 'voided', amount: '16' },
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('a void leaves the keys and values that others reported too, and what its source reports anew counts (money §3, §9)', () =>
    home.use((sql) => {
      const users = {
        ...dimension({}, { key: 'users' }),
        charge: { kind: 'unique', meter: 'users' },
      } as const
      const seats = {
        ...dimension({}, { key: 'seats' }),
        charge: { kind: 'max', meter: 'seats', window: 'hour' },
      } as const
      const ledger = openLedger(sql, termsOf(product([users, seats])))
      ledger.order(orderOf(), at('2026-11-20T00:00'))
      const time = at('2026-11-21T10:30')
      const key = (source: string, name: string) =>
        ({ source, id: `${source} ${name}`, meter: 'users', time, kind: 'key', key: name }) as const
      const value = (source: string, high: bigint) =>
        ({
          source,
          id: `${source} v`,
          meter: 'seats',
          time,
          kind: 'value',
          value: high,
          series: 's',
        }) as const
      ledger.take(
        ids(
          key('key-2', 'ann'),
          key('key-2', 'bob'),
          key('key-1', 'ann'),
          value('key-2', 9_000_000n),
          value('key-1', 5_000_000n),
        ),
        time,
      )
      expect(wordOf(ledger.repair(signed(VOID), time + 1))).toBe('done')
      ledger.take(ids({ ...key('key-2', 'cid'), id: 'again' }), time + 2)
      ledger.runDue(at('2026-11-21T11:10'))
      const frozen = ledger.records({ limit: 9 }).map((row) => [row.dimension, row.quantity])
      expect(Object.fromEntries(frozen)).toEqual({ seats: 5, users: 2 })
      expect(ledger.audit()).toEqual([])
    }))

  test('a void reaches a held dimension, whose hours are not frozen though others are (money §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.repair(signed({ kind: 'hold', dimension: 'api_calls' }), at('2026-11-21T08:00'))
      ledger.take(ids(event('2026-11-21T09:30', 5, { source: 'key-2' })), at('2026-11-21T09:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      expect(wordOf(ledger.repair(signed(VOID), at('2026-11-21T11:11')))).toBe('done')
      const what = { kind: 'dimension', dimension: 'api_calls' } as const
      ledger.repair(signed({ kind: 'release', what }), at('2026-11-21T11:12'))
      ledger.runDue(at('2026-11-21T11:12'))
      expect([recordsOf(ledger), ledger.audit()]).toEqual([[], []])
    }))

  test.each([
    ['nothing of that source', { source: 'key-3' }, 'not-found'],
    ['half an hour', { from: at('2026-11-21T09:30') }, 'not-allowed'],
    ['no hour', { to: at('2026-11-21T09:00') }, 'not-allowed'],
    ['frozen hours only', { to: at('2026-11-21T10:00') }, 'not-allowed'],
  ])('a void of %s is refused (money §9)', (_, more, answered) =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T09:30', 1, { source: 'key-2' })), at('2026-11-21T09:31'))
      ledger.runDue(at('2026-11-21T10:10'))
      expect(wordOf(ledger.repair(signed({ ...VOID, ...more }), at('2026-11-21T10:11')))).toBe(answered)
    }),
  )

  const asideOf = (rows: readonly ParkedRow[]) => {
    const row = rows.find((each) => each.kind === 'aside')
    if (row === undefined) throw new Error('nothing is set aside')
    return row.aside
  }

  test('usage set aside is charged by a person in the earliest open hour, and its origin is shown (money §4, §9)', () =>
    home.use((sql) => {
      const ledger = withAside(sql)
      const aside = asideOf(ledger.parked({ limit: 9 }).rows)
      expect(aside).toMatchObject({ meter: 'calls', reason: 'price-changed', amount: '5', source: 'key-1' })
      expect(wordOf(ledger.repair(signed({ kind: 'bill aside', aside }), at('2026-11-21T13:20')))).toBe(
        'done',
      )
      ledger.runDue(at('2026-11-21T14:10'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T13:00', 5, 'waiting']])
      expect(sql.all("SELECT source FROM usage WHERE counted <> '0'")).toEqual([
        { source: 'set aside 2026-11-21T10:00:00Z price-changed key-1' },
      ])
      expect([ledger.parked({ limit: 9 }).rows, ledger.audit()]).toEqual([[], []])
      const again = ledger.repair(signed({ kind: 'bill aside', aside }), at('2026-11-21T14:11'))
      expect(wordOf(again)).toBe('changed')
    }))

  test('usage set aside and dropped is never billed, and more of it that comes later waits anew (money §4, §9)', () =>
    home.use((sql) => {
      const ledger = withAside(sql)
      const aside = asideOf(ledger.parked({ limit: 9 }).rows)
      ledger.repair(signed({ kind: 'drop aside', aside }), at('2026-11-21T13:20'))
      expect(ledger.parked({ limit: 9 }).rows).toEqual([])
      ledger.take(ids(event('2026-11-21T10:40', 2)), at('2026-11-21T13:30'))
      expect(asideOf(ledger.parked({ limit: 9 }).rows).amount).toBe('2')
      expect(wordOf(ledger.repair(signed({ kind: 'bill aside', aside }), at('2026-11-21T13:40')))).toBe(
        'changed',
      )
      ledger.runDue(at('2026-11-21T14:10'))
      expect([recordsOf(ledger), ledger.audit()]).toEqual([[], []])
    }))

  test.each(['trial', 'grace'] as const)('usage of the %s is never billed, by nobody (money §4)', (reason) =>
    home.use((sql) => {
      const ledger = withAside(sql)
      sql.all('UPDATE set_aside SET reason = ?', reason)
      const [row] = ledger.parked({ limit: 9 }).rows
      expect(row).toMatchObject({ kind: 'aside', open: ['drop aside'] })
      const aside = asideOf(ledger.parked({ limit: 9 }).rows)
      const billed = ledger.repair(signed({ kind: 'bill aside', aside }), at('2026-11-21T13:20'))
      expect(sentenceOf(billed)).toMatch(/never billed/)
    }),
  )

  test('a void taken back by billing what it set aside is charged once (money §9, §12)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T10:30', 8, { source: 'key-2' })), at('2026-11-21T10:31'))
      ledger.repair(signed(VOID), at('2026-11-21T10:35'))
      const aside = asideOf(ledger.parked({ limit: 9 }).rows)
      ledger.repair(signed({ kind: 'bill aside', aside }), at('2026-11-21T10:40'))
      ledger.runDue(at('2026-11-21T11:10'))
      expect([recordsOf(ledger).map((row) => row[1]), ledger.audit()]).toEqual([[8], []])
    }))

  test.each([
    ['while it lasts', '2026-11-21T10:40', '2026-11-21T12:10', 'done', [['2026-11-21T10:00', 8]]],
    ['behind it', '2026-11-21T13:15', '2026-11-21T15:10', 'not-allowed', []],
  ])(
    'usage of a trial that was voided is billed %s: %s (money §4 *Trial*)',
    (_, now, until, word_, records) =>
      home.use((sql) => {
        const trial = { endsAt: at('2026-11-21T12:00'), graceUntil: at('2026-11-21T12:00') }
        const ledger = openWith(sql, {}, {}, { trial })
        ledger.take(ids(event('2026-11-21T10:30', 8, { source: 'key-2' })), at('2026-11-21T10:31'))
        ledger.repair(signed(VOID), at('2026-11-21T10:35'))
        ledger.runDue(at(now))
        const [row] = ledger.parked({ limit: 9 }).rows
        const open = word_ === 'done' ? ['bill aside', 'drop aside'] : ['drop aside']
        expect(row).toMatchObject({ kind: 'aside', open })
        const aside = asideOf(ledger.parked({ limit: 9 }).rows)
        expect(wordOf(ledger.repair(signed({ kind: 'bill aside', aside }), at(now)))).toBe(word_)
        ledger.runDue(at(until))
        expect(recordsOf(ledger).map(([hour, units]) => [hour, units])).toEqual(records)
        expect(ledger.audit()).toEqual([])
      }),
  )

  test('usage of a trial that came too late to be told from a repetition is never billed behind it (money §4 *Trial*)', () =>
    home.use((sql) => {
      const trial = { endsAt: at('2026-09-10T00:00'), graceUntil: at('2026-09-10T00:00') }
      const began = { activation: at('2026-09-01T00:00'), agreementStart: null }
      const ledger = openWith(sql, {}, {}, { ...began, trial })
      const old = event('2026-09-02T10:30', 4)
      ledger.take(ids(old), at('2026-11-21T10:31'))
      const replay = { kind: 'replay', source: old.source, event: old.id } as const
      expect(wordOf(ledger.repair(signed(replay), at('2026-11-21T10:32')))).toBe('done')
      const aside = asideOf(ledger.parked({ limit: 9 }).rows)
      const billed = ledger.repair(signed({ kind: 'bill aside', aside }), at('2026-11-21T10:33'))
      expect(sentenceOf(billed)).toBe('Usage of the trial is never billed behind it (money §4). Drop it.')
    }))

  test('refused usage is replayed once its reason is gone, counted once, and leaves the list (money §1, §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const refused = event('2026-11-21T10:30', 4, { meter: 'bytes' })
      expect(word(ledger.take(ids(refused), at('2026-11-21T10:31')))).toBe('unknown-meter')
      const replay = { kind: 'replay', source: refused.source, event: refused.id } as const
      expect(wordOf(ledger.repair(signed(replay), at('2026-11-21T10:32')))).toBe('not-allowed')

      const sold = product([dimension(), dimension({ meter: 'bytes' }, { key: 'storage' })])
      const later = openLedger(sql, termsOf(sold, {}, 'config-2'))
      expect(later.parked({ limit: 9 }).rows).toMatchObject([
        { kind: 'refused', event: refused.id, amount: '4' },
      ])
      expect(wordOf(later.repair(signed(replay), at('2026-11-21T11:05')))).toBe('done')
      expect(wordOf(later.repair(signed(replay), at('2026-11-21T11:06')))).toBe('changed')
      expect([later.parked({ limit: 9 }).rows, later.audit()]).toEqual([[], []])
      expect(later.usage(monthOf(refused.time)).dimensions.map((each) => each.counted)).toEqual(['0', '4'])
    }))

  test('usage too old to be told from a repetition is replayed into what a person bills or drops (money §1, §4, §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, {}, {}, { activation: at('2026-09-01T00:00'), agreementStart: null })
      const old = event('2026-09-02T10:30', 4)
      expect(word(ledger.take(ids(old), at('2026-11-21T10:31')))).toBe('too-old')
      const replay = { kind: 'replay', source: old.source, event: old.id } as const
      expect(wordOf(ledger.repair(signed(replay), at('2026-11-21T10:32')))).toBe('done')
      expect(asideOf(ledger.parked({ limit: 9 }).rows)).toMatchObject({ reason: 'month-closed', amount: '4' })
      expect(ledger.audit()).toEqual([])
    }))

  test('acts are open while hours pass: a hold of a day ends with every hour billed in time (money §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.repair(signed(HOLD), at('2026-11-21T00:00'))
      for (let hour = 0; hour < 20; hour += 1) {
        const time = at('2026-11-21T00:30') + hours(hour)
        ledger.take(ids(event(time, 1)), time)
      }
      ledger.repair(signed(RELEASE), at('2026-11-21T23:00'))
      ledger.runDue(at('2026-11-21T23:00'))
      expect([recordsOf(ledger).length, ledger.audit()]).toEqual([20, []])
    }))
}
