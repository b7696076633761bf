/** The rows of peaks and readings: order of arrival, what is kept of frozen hours, what a sweep leaves (money §3, §4, §7). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Hour, HOUR_MS, hourOf, MINUTE_MS } from '../../../shared/hour.ts'
import { type Level, maxByHour, timeWeightedByHour } from '../../../shared/ledger/gauge.ts'
import { integralsOf, keepIntegrals, type Stretch } from '../../../shared/ledger/integrals.ts'
import { notePeaks, readPeaks } from '../../../shared/ledger/peaks.ts'
import {
  firstHeldHour,
  noteReadings,
  readReadings,
  silentSeries,
  sweepReadings,
} from '../../../shared/ledger/readings.ts'
import { readState, type State } from '../../../shared/ledger/state.ts'
import type { Sql } from '../../../shared/sql.ts'
import { at, type Home, openWith } from './subject.ts'

const GB = 1_000_000n
const FROM = at('2026-11-20T00:00') as Hour
const METER = 'storage_gb'
const HOLD = 25 * HOUR_MS
const noLevel = (): Level => 0n

const noted = (time: number | string, value: bigint, series = 'db-1', source = 'key-1') => ({
  meter: METER,
  series,
  time: typeof time === 'string' ? at(time) : time,
  life: 1,
  source,
  value,
})

/** A ledger's state of a subscription active since FROM, as of `clock`, frozen up to `frozenUntil`. */
function stateAt(sql: Sql, clock: number, frozenUntil: Hour = FROM): State {
  openWith(sql, {}, {}, { activation: FROM })
  return { ...readState(sql), clock, frozenUntil }
}

const stretch = (until: number): Stretch => ({
  from: FROM,
  until: until as Hour,
  life: 1,
  meter: METER,
  holdForMs: HOLD,
})

export function gaugeSuite(home: Home): void {
  test('peaks and readings are the same in any order and any batches (money §3, §12)', () => {
    const events = fc.array(
      fc.record({
        series: fc.constantFrom('a', 'b'),
        source: fc.constantFrom('key-1', 'key-2'),
        minute: fc.integer({ min: 0, max: 180 }),
        value: fc.bigInt({ min: 0n, max: 10n ** 18n }),
      }),
      { minLength: 1, maxLength: 15 },
    )
    return fc.assert(
      fc.asyncProperty(events, fc.integer({ min: 1, max: 15 }), (some, size) =>
        home.use((sql) => {
          const state = stateAt(sql, FROM + 4 * HOUR_MS)
          const all = some.map((each) =>
            noted(FROM + each.minute * MINUTE_MS, each.value, each.series, each.source),
          )
          for (let i = 0; i < all.length; i += size) {
            noteReadings(sql, all.slice(i, i + size), FROM)
            notePeaks(
              sql,
              all.slice(i, i + size).map((each) => ({ ...each, hour: hourOf(each.time) })),
              1,
            )
          }
          const hold = { holdForMs: HOLD, firstHour: FROM, endsAt: null }
          expect(integralsOf(sql, state, 'gb', [stretch(FROM + 4 * HOUR_MS)], noLevel, FROM)).toEqual(
            timeWeightedByHour(all, hold, noLevel, FROM, FROM + 4 * HOUR_MS),
          )
          const peaks = all.map((each) => ({
            hour: hourOf(each.time),
            series: each.series,
            peak: each.value,
          }))
          expect(maxByHour(readPeaks(sql, state, METER, FROM), 'month', noLevel)).toEqual(
            maxByHour(peaks, 'month', noLevel),
          )
        }),
      ),
      { numRuns: home.runs },
    )
  })

  test('what is kept of frozen hours is what the readings say, late readings and other levels too (money §12)', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('reading' as const),
          series: fc.constantFrom('a', 'b'),
          minute: fc.integer({ min: 0, max: 40 * 60 }),
          value: fc.bigInt({ min: 0n, max: 9n }),
        }),
        fc.record({ kind: fc.constant('freeze' as const), hours: fc.integer({ min: 1, max: 12 }) }),
        fc.record({ kind: fc.constant('level' as const), level: fc.bigInt({ min: 0n, max: 9n }) }),
      ),
      { maxLength: 25 },
    )
    return fc.assert(
      fc.asyncProperty(steps, (some) =>
        home.use((sql) => {
          const known = stateAt(sql, FROM)
          let frozen = FROM
          let included = 0n
          for (const step of some) {
            if (step.kind === 'reading')
              noteReadings(sql, [noted(FROM + step.minute * MINUTE_MS, step.value, step.series)], FROM)
            else if (step.kind === 'level') included = step.level
            else frozen = (frozen + step.hours * HOUR_MS) as Hour
            const state = { ...known, clock: frozen + 20 * MINUTE_MS, frozenUntil: frozen }
            const stretches = [stretch(frozen + HOUR_MS)]
            if (step.kind === 'freeze') keepIntegrals(sql, state, 'gb', stretches, () => included, frozen)
            const kept = integralsOf(sql, state, 'gb', stretches, () => included, FROM)
            expect(kept).toEqual(integralsOf(sql, state, 'gb', stretches, () => included, FROM, true))
          }
        }),
      ),
      { numRuns: home.runs },
    )
  })

  test('an hour’s freeze reads the readings of that hour and one held of each series, however long the month (money §7)', () =>
    home.use((sql) => {
      const known = stateAt(sql, FROM)
      const minutes = Array.from({ length: 48 * 60 }, (_, minute) => FROM + minute * MINUTE_MS)
      noteReadings(
        sql,
        minutes.flatMap((time) => [noted(time, GB, 'a'), noted(time, GB, 'b')]),
        FROM,
      )
      const frozen = (FROM + 47 * HOUR_MS) as Hour
      const before = { ...known, clock: frozen, frozenUntil: frozen }
      keepIntegrals(sql, before, 'gb', [stretch(frozen)], noLevel, frozen)
      const counted = countingRows(sql)
      const state = { ...before, clock: frozen + HOUR_MS, frozenUntil: (frozen + HOUR_MS) as Hour }
      keepIntegrals(counted.sql, state, 'gb', [stretch(frozen + HOUR_MS)], noLevel, state.frozenUntil)
      expect(counted.of('held.series')).toBe(2 * 60)
      const used = integralsOf(counted.sql, state, 'gb', [stretch(frozen + HOUR_MS)], noLevel, FROM)
      expect(counted.of('held.series')).toBe(2 * 60)
      expect([used.size, new Set(used.values()).size]).toEqual([48, 1])
    }))

  test('an open hour is counted up to now, not to the end of what a reading holds (money §3)', () =>
    home.use((sql) => {
      const state = stateAt(sql, at('2026-11-20T10:30'))
      noteReadings(sql, [noted('2026-11-20T10:00', GB)], FROM)
      const used = integralsOf(sql, state, 'gb', [stretch(at('2026-12-01T00:00'))], noLevel, FROM)
      expect([...used]).toEqual([[at('2026-11-20T10:00'), (GB * BigInt(30 * MINUTE_MS) * 377_580n) / 30n]])
    }))

  test.each([
    ['that holds a value keeps the first open hour awake', GB, '2026-11-21T10:59:59.999', '2026-11-21T10:00'],
    ['that holds 0 does not', 0n, '2026-11-21T10:00', null],
    ['that was silent for holdFor does not', GB, '2026-11-22T11:00', null],
    ['that still holds for a ms does', GB, '2026-11-22T10:59:59.999', '2026-11-22T10:00'],
  ] as const)('a series %s (money §7)', (_, value, now, expected) =>
    home.use((sql) => {
      const frozenUntil = hourOf(at(now))
      const state = stateAt(sql, at(now), frozenUntil)
      const time = expected === '2026-11-22T10:00' ? '2026-11-21T09:00:00.001' : '2026-11-21T09:00'
      noteReadings(sql, [noted(time, value)], FROM)
      const hour = firstHeldHour(sql, state, [{ meter: METER, holdForMs: HOLD }])
      expect(hour).toBe(expected === null ? null : at(expected))
    }),
  )

  test('a reading of an hour that has not come up yet wakes for that hour (money §7)', () =>
    home.use((sql) => {
      const state = stateAt(sql, at('2026-11-21T09:30'))
      noteReadings(sql, [noted('2026-11-21T09:20', GB), noted('2026-11-21T08:20', GB)], FROM)
      expect(firstHeldHour(sql, state, [{ meter: METER, holdForMs: HOLD }])).toBe(at('2026-11-21T08:00'))
    }))

  test('a series that held a value and fell silent is named for the alarm, one that was set to 0 is not (money §3)', () =>
    home.use((sql) => {
      stateAt(sql, FROM)
      const times = [noted('2026-11-20T10:00', GB, 'silent'), noted('2026-11-20T10:00', 0n, 'empty')]
      noteReadings(sql, times, FROM)
      const gauge = { meter: METER, holdForMs: HOLD }
      expect(silentSeries(sql, gauge, 1, at('2026-11-21T11:00') - 1)).toEqual([])
      expect(silentSeries(sql, gauge, 1, at('2026-11-21T11:00'))).toEqual([
        { series: 'silent', lastMs: at('2026-11-20T10:00') },
      ])
    }))

  test('readings and peaks of a month go 40 days after its end, what holds into the next month stays (money §4)', () =>
    home.use((sql) => {
      stateAt(sql, FROM)
      const times = ['2026-11-20T10:00', '2026-11-30T23:00', '2026-12-01T01:00', '2026-12-02T10:00']
      noteReadings(
        sql,
        times.map((time) => noted(time, GB)),
        FROM,
      )
      notePeaks(
        sql,
        times.map((time) => ({ ...noted(time, GB), hour: hourOf(at(time)) })),
        1,
      )
      const left = () => [
        sql.all<{ time: number }>('SELECT time FROM readings').map(({ time }) => times.indexOf(isoOf(time))),
        sql.all<{ hour: number }>('SELECT hour FROM peaks').map(({ hour }) => times.indexOf(isoOf(hour))),
      ]
      sweepReadings(sql, at('2027-01-10T00:00') - 1)
      expect(left()).toEqual([
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ])
      sweepReadings(sql, at('2027-01-10T00:00'))
      expect(left()).toEqual([
        [1, 2, 3],
        [2, 3],
      ])
      expect(readReadings(sql, METER, 1, HOLD, at('2026-12-01T00:00'), at('2026-12-01T01:00'))).toEqual([
        { series: 'db-1', time: at('2026-11-30T23:00'), value: GB },
      ])
      sweepReadings(sql, at('2027-03-13T00:00'))
      expect([left(), sql.all('SELECT * FROM last_readings')]).toEqual([[[], []], []])
    }))
}

const isoOf = (time: number): string => new Date(time).toISOString().slice(0, 16)

/** The same port, counting the rows it answers to statements that hold a text. */
function countingRows(sql: Sql): { readonly sql: Sql; readonly of: (text: string) => number } {
  const rows: [string, number][] = []
  return {
    of: (text) => rows.reduce((sum, [statement, count]) => sum + (statement.includes(text) ? count : 0), 0),
    sql: {
      ...sql,
      transaction: (work) => sql.transaction(work),
      script: (text) => sql.script(text),
      all: (statement, ...params) => {
        const answer = sql.all<never>(statement, ...params)
        rows.push([statement, answer.length])
        return answer
      },
    },
  }
}
