/** Usage that was refused and is counted by a person's word: once, whatever its sender does (money §1). */
import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS, monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { DimensionTerms } from '../../../shared/ledger/terms.ts'
import type { Charge } from '../../../shared/seller.ts'
import type { Sql } from '../../../shared/sql.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { signed, wordOf } from './repair.ts'
import {
  at,
  dimension,
  dump,
  event,
  type Home,
  ids,
  openWith,
  orderOf,
  product,
  sequence,
  termsOf,
  word,
  words,
} from './subject.ts'

const NOW = at('2026-11-21T10:20')
const AHEAD = NOW + 10 * MINUTE_MS
const LATER = NOW + 15 * MINUTE_MS

const replay = (ledger: Ledger, { source, id }: UsageEvent, now: number): string =>
  wordOf(ledger.repair(signed({ kind: 'replay', source, event: id }), now))

const countedIn = (ledger: Ledger): string | undefined => ledger.usage(monthOf(NOW)).dimensions[0]?.counted

const waiting = (ledger: Ledger): unknown[] =>
  ledger
    .parked({ limit: 9 })
    .rows.flatMap((row) => (row.kind === 'refused' ? [[row.reason, row.amount]] : []))

/** People counted once each, and the highest level of each hour. */
const measured = (sql: Sql): Ledger => {
  const charged = (key: string, charge: Charge): DimensionTerms => ({ ...dimension(), key, charge })
  const ledger = openLedger(
    sql,
    termsOf(
      product([
        charged('users', { kind: 'unique', meter: 'people' }),
        charged('peak', { kind: 'max', meter: 'level', window: 'hour' }),
      ]),
    ),
  )
  ledger.order(orderOf(), at('2026-11-01T00:00'))
  return ledger
}

const usedOf = (ledger: Ledger, name: string): string | undefined =>
  ledger.usage(monthOf(NOW)).dimensions.find((row) => row.dimension === name)?.counted

export function replaySuite(home: Home): void {
  test('refused usage whose number is counted later waits for nobody and is not replayed (money §1 *Sequence*, §12)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event(AHEAD, 3)
      expect(words(ledger.take(sequence(2, [sent, event(NOW, 4)]), NOW))).toEqual(['ahead', 'batch-refused'])
      expect(waiting(ledger)).toEqual([['ahead', '3']])
      expect(words(ledger.take(sequence(2, [sent, event(NOW, 4)]), LATER))).toEqual(['counted', 'counted'])
      expect([waiting(ledger), replay(ledger, sent, LATER), countedIn(ledger)]).toEqual([[], 'changed', '7'])
      expect(ledger.audit()).toEqual([])
    }))

  test('what was replayed is passed over when its number comes again, and all else of the batch is counted (money §1 *Sequence*, §12)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event(AHEAD, 3)
      const other = event(NOW, 4)
      ledger.take(sequence(2, [sent, other]), NOW)
      expect([replay(ledger, sent, LATER), countedIn(ledger)]).toEqual(['done', '3'])
      expect(words(ledger.take(sequence(2, [sent, other]), LATER))).toEqual(['counted', 'counted'])
      expect(words(ledger.take(sequence(2, [sent, other]), LATER))).toEqual(['duplicate', 'duplicate'])
      expect([countedIn(ledger), replay(ledger, sent, LATER)]).toEqual(['7', 'changed'])
      expect(ledger.audit()).toEqual([])
    }))

  test('what a client left out of its corrected batch can be replayed, once (money §1 *Refused usage is kept*)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const [sent, other] = [event(AHEAD, 3), event(NOW, 4)]
      ledger.take(sequence(2, [sent, other]), NOW)
      expect(words(ledger.take(sequence(2, [other]), NOW))).toEqual(['counted'])
      expect(waiting(ledger)).toEqual([['ahead', '3']])
      expect([replay(ledger, sent, LATER), replay(ledger, sent, LATER)]).toEqual(['done', 'changed'])
      expect([countedIn(ledger), waiting(ledger)]).toEqual(['7', []])
    }))

  test('of two contents under one id and number one is counted, the other stays a conflict (money §1 *Sequence*)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event(AHEAD, 3)
      const corrected = { ...sent, time: NOW }
      ledger.take(sequence(2, [sent]), NOW)
      expect(word(ledger.take(sequence(2, [corrected]), NOW))).toBe('counted')
      expect([waiting(ledger), replay(ledger, sent, LATER)]).toEqual([[['conflict', '3']], 'not-allowed'])
      ledger.take(sequence(3, [{ ...sent, id: 'b' }]), NOW)
      expect(replay(ledger, { ...sent, id: 'b' }, LATER)).toBe('done')
      expect(words(ledger.take(sequence(3, [{ ...corrected, id: 'b' }]), LATER))).toEqual(['conflict'])
      expect(countedIn(ledger)).toBe('6')
    }))

  test('a client that repeats an event counted by a replay is told it is a duplicate, another content a conflict (money §1 *Any id*)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event(AHEAD + 1234, 3)
      expect(word(ledger.take(ids(sent), NOW))).toBe('ahead')
      expect(replay(ledger, sent, LATER)).toBe('done')
      expect(word(ledger.take(ids(sent), LATER))).toBe('duplicate')
      expect(word(ledger.take(ids({ ...sent, time: AHEAD }), LATER))).toBe('conflict')
      expect(countedIn(ledger)).toBe('3')
    }))

  test('a refused key is kept as its keyed hash alone, replayed once, and known again when its sender repeats it (money §1)', () =>
    home.use((sql) => {
      const ledger = measured(sql)
      const of = { source: 'key-1', meter: 'people', time: AHEAD, kind: 'key' } as const
      const [anna, again] = [
        { ...of, id: 'a', key: 'anna@example.com' },
        { ...of, id: 'b', key: 'bob' },
      ]
      ledger.take(ids({ ...again, id: 'c', time: NOW }), NOW)
      expect(words(ledger.take(ids(anna, again), NOW))).toEqual(['ahead', 'ahead'])
      expect(JSON.stringify(dump(sql))).not.toMatch(/anna|bob/)
      expect([replay(ledger, anna, LATER), replay(ledger, again, LATER)]).toEqual(['done', 'done'])
      expect([usedOf(ledger, 'users'), replay(ledger, anna, LATER)]).toEqual(['2', 'changed'])
      expect(words(ledger.take(ids(anna, again, { ...anna, key: 'eve' }), LATER))).toEqual([
        'duplicate',
        'duplicate',
        'conflict',
      ])
      ledger.take(ids({ ...anna, id: 'd', time: LATER }), LATER)
      ledger.runDue(at('2026-11-21T12:10'))
      expect([usedOf(ledger, 'users'), ledger.audit()]).toEqual(['2', []])
    }))

  test('a refused value is replayed with its series and time, and counted once (money §1, §3)', () =>
    home.use((sql) => {
      const ledger = measured(sql)
      const of = { source: 'key-1', meter: 'level', time: AHEAD, kind: 'value' } as const
      const high = { ...of, id: 'a', value: 7_500_000n, series: 'one' }
      const other = { ...of, id: 'b', value: 2_000_000n, series: 'two' }
      expect(words(ledger.take(sequence(1, [high, other]), NOW))).toEqual(['ahead', 'ahead'])
      expect([replay(ledger, high, LATER), usedOf(ledger, 'peak')]).toEqual(['done', '7.5'])
      expect(words(ledger.take(sequence(1, [high, other]), LATER))).toEqual(['counted', 'counted'])
      expect([usedOf(ledger, 'peak'), replay(ledger, other, LATER)]).toEqual(['9.5', 'changed'])
      expect(ledger.audit()).toEqual([])
    }))

  test('what a refused key said is forgotten 35 days after it was sent last, its refusal stays (money §1)', () =>
    home.use((sql) => {
      const ledger = measured(sql)
      const key = {
        source: 'key-1',
        meter: 'people',
        time: AHEAD,
        kind: 'key',
        id: 'a',
        key: 'anna',
      } as const
      ledger.take(ids(key), NOW)
      const contents = () =>
        sql.all<{ event: string }>('SELECT event FROM refused').map(({ event }) => event !== '')
      ledger.runDue(NOW + 35 * DAY_MS)
      expect(contents()).toEqual([true])
      ledger.runDue(NOW + 35 * DAY_MS + HOUR_MS)
      expect([contents(), replay(ledger, key, NOW + 36 * DAY_MS)]).toEqual([[false], 'not-allowed'])
      expect(waiting(ledger)).toEqual([['ahead', null]])
    }))
}
