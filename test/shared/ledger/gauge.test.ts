/** The arithmetic of `max` and `time-weighted` (money §2 GB-month, §3), against sums made step by step. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS, type Hour, HOUR_MS, hourOf, MINUTE_MS } from '../../../shared/hour.ts'
import {
  type Hold,
  type Level,
  maxByHour,
  type Peak,
  type Reading,
  timeWeightedByHour,
  VALUE_MONTH,
} from '../../../shared/ledger/gauge.ts'
import { at } from './subject.ts'

const GB = 1_000_000n
const FEBRUARY = at('2027-02-01T00:00') as Hour
const nothing = (): Level => 0n

const reading = (time: number | string, value: bigint, series = 'db-1'): Reading => ({
  series,
  time: typeof time === 'string' ? at(time) : time,
  value,
})
const hold = (more: Partial<Hold> = {}): Hold => ({
  holdForMs: 25 * HOUR_MS,
  firstHour: 0 as Hour,
  endsAt: null,
  ...more,
})
const total = (used: ReadonlyMap<number, bigint>): bigint =>
  [...used.values()].reduce((sum, each) => sum + each, 0n)

test.each([
  ['28', '2027-02-01T00:00', '2027-03-01T00:00'],
  ['29', '2028-02-01T00:00', '2028-03-01T00:00'],
  ['30', '2026-11-01T00:00', '2026-12-01T00:00'],
  ['31', '2026-12-01T00:00', '2027-01-01T00:00'],
])('%s days of 1 GB are one unit, to the last millionth (money §2)', (_, from, until) => {
  const readings = []
  for (let time = at(from); time < at(until); time += DAY_MS) readings.push(reading(time, GB))
  const used = timeWeightedByHour(readings, hold(), nothing, at(from) as Hour, at(until))
  expect(total(used)).toBe(VALUE_MONTH)
  expect(VALUE_MONTH).toBe(377_580n * 86_400_000n * GB)
})

test('any split of a month into readings gives the same units (money §2)', () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 28 * DAY_MS - 1 }), { maxLength: 60 })
  fc.assert(
    fc.property(cuts, fc.bigInt({ min: 1n, max: 10n ** 18n }), (times, value) => {
      const readings = [0, ...times].map((time) => reading(FEBRUARY + time, value))
      const used = timeWeightedByHour(
        readings,
        hold({ holdForMs: 28 * DAY_MS }),
        nothing,
        FEBRUARY,
        FEBRUARY + 28 * DAY_MS,
      )
      expect(total(used)).toBe((VALUE_MONTH / GB) * value)
    }),
  )
})

const STEP = 10 * MINUTE_MS
const SPAN = 60

/** The same sum, made step by step from its definition: at each step the last reading of each series, if it still holds. */
function stepByStep(
  readings: readonly Reading[],
  held: Hold,
  level: (hour: Hour) => Level,
  from: number,
  until: number,
) {
  const used = new Map<number, bigint>()
  const first = from > held.firstHour ? from : from - SPAN * STEP
  for (let time = first; time < until && time < (held.endsAt ?? until); time += STEP) {
    let sum = 0n
    for (const series of new Set(readings.map((each) => each.series))) {
      const own = readings.filter((each) => each.series === series && each.time <= time)
      const last = Math.max(...own.map((each) => each.time))
      if (own.length === 0 || last + held.holdForMs <= time) continue
      sum += own
        .filter((each) => each.time === last)
        .reduce((most, { value }) => (value > most ? value : most), 0n)
    }
    if (sum === 0n) continue
    const hour = Math.max(hourOf(time), held.firstHour) as Hour
    const included = level(hour)
    const over = included === 'unlimited' || sum <= included ? 0n : sum - included
    const days = new Date(time).getUTCMonth() === 0 ? 31n : 28n
    used.set(hour, (used.get(hour) ?? 0n) + (over * BigInt(STEP) * 377_580n) / days)
  }
  return used
}

const anyReadings = fc.array(
  fc.record({
    series: fc.constantFrom('a', 'b', 'c'),
    time: fc.integer({ min: -SPAN / 2, max: SPAN }).map((step) => FEBRUARY + step * STEP),
    value: fc.bigInt({ min: 0n, max: 9n }),
  }),
  { maxLength: 12 },
)

test('each hour is the sum over its instants of what all series hold beyond the level of that hour, in any order of arrival (money §3)', () => {
  const end = fc.option(fc.integer({ min: 1, max: SPAN }).map((step) => FEBRUARY + step * STEP))
  const levels = fc.array(fc.oneof(fc.bigInt({ min: 0n, max: 9n }), fc.constant('unlimited' as const)), {
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(
      fc.tuple(anyReadings, fc.integer({ min: 1, max: 24 }), end, levels, fc.integer({ min: -4, max: 4 })),
      ([readings, holdSteps, endsAt, included, opens]) => {
        const level = (hour: Hour): Level =>
          included[(Math.abs(hour - FEBRUARY) / HOUR_MS) % included.length] as Level
        const firstHour = (FEBRUARY + opens * HOUR_MS) as Hour
        const held = hold({ holdForMs: holdSteps * STEP, endsAt, firstHour })
        const from = Math.max(FEBRUARY, firstHour) as Hour
        const until = FEBRUARY + SPAN * STEP
        const used = timeWeightedByHour(readings, held, level, from, until)
        const expected = stepByStep(readings, held, level, from, until)
        expect(used).toEqual(expected)
        expect(timeWeightedByHour(readings.toReversed(), held, level, from, until)).toEqual(used)
      },
    ),
    { numRuns: 400 },
  )
})

test('a stretch cut anywhere is the sum of its parts (money §3)', () => {
  fc.assert(
    fc.property(anyReadings, fc.integer({ min: 1, max: 9 }), (readings, hours) => {
      const cut = (FEBRUARY + hours * HOUR_MS) as Hour
      const until = FEBRUARY + 10 * HOUR_MS
      const level = (): Level => 3n
      const whole = timeWeightedByHour(readings, hold(), level, FEBRUARY, until)
      const parts = [
        ...timeWeightedByHour(readings, hold(), level, FEBRUARY, cut),
        ...timeWeightedByHour(readings, hold(), level, cut, until),
      ]
      expect(new Map(parts)).toEqual(whole)
    }),
  )
})

const weightOfFebruary = 377_580n / 28n
const hours = (count: number, value: bigint): bigint => value * BigInt(count * HOUR_MS) * weightOfFebruary

test.each([
  ['on the hour’s first ms it counts in that hour alone', '2027-02-10T10:00', [['10', hours(1, GB)]]],
  [
    'a ms before it also counts that ms in the hour before',
    at('2027-02-10T10:00') - 1,
    [
      ['09', GB * weightOfFebruary],
      ['10', hours(1, GB)],
    ],
  ],
] as const)('a reading %s', (_, time, expected) => {
  const used = timeWeightedByHour([reading(time, GB)], hold(), nothing, FEBRUARY, at('2027-02-10T11:00'))
  expect([...used].map(([hour, amount]) => [new Date(hour).toISOString().slice(11, 13), amount])).toEqual(
    expected,
  )
})

test('a reading holds at most holdFor, then counts 0 until the next (money §3)', () => {
  const readings = [reading('2027-02-10T10:00', GB), reading('2027-02-12T10:00', GB)]
  const used = timeWeightedByHour(readings, hold(), nothing, FEBRUARY, at('2027-02-13T00:00'))
  expect(total(used)).toBe(hours(25 + 14, GB))
  expect(used.get(at('2027-02-11T10:00'))).toBe(hours(1, GB))
  expect(used.has(at('2027-02-11T11:00'))).toBe(false)
})

test('what a life held ends with it, inside an hour too (money §6)', () => {
  const endsAt = at('2027-02-10T10:15')
  const used = timeWeightedByHour(
    [reading('2027-02-10T09:00', 4n * GB)],
    hold({ endsAt }),
    nothing,
    FEBRUARY,
    at('2027-02-10T12:00'),
  )
  expect([...used.values()]).toEqual([hours(1, 4n * GB), hours(1, GB)])
})

test('what was held before the activation’s hour is charged in it, at the weight of its own month (money §5)', () => {
  const firstHour = FEBRUARY
  const used = timeWeightedByHour(
    [reading('2027-01-31T23:58', GB)],
    hold({ firstHour }),
    nothing,
    firstHour,
    at('2027-02-01T01:00'),
  )
  expect([...used]).toEqual([[firstHour, hours(1, GB) + (GB * BigInt(2 * MINUTE_MS) * 377_580n) / 31n]])
})

test('the level is subtracted before multiplying: an hour below it gives nothing back to an hour above it (money §3)', () => {
  const readings = [reading('2027-02-10T10:00', 2n * GB), reading('2027-02-10T11:00', 6n * GB)]
  const used = timeWeightedByHour(readings, hold(), () => 4n * GB, FEBRUARY, at('2027-02-10T12:00'))
  expect(total(used)).toBe(hours(1, 2n * GB))
})

test('series add up before the level is subtracted (money §3)', () => {
  const readings = [reading('2027-02-10T10:00', 3n * GB, 'a'), reading('2027-02-10T10:00', 3n * GB, 'b')]
  const used = timeWeightedByHour(readings, hold(), () => 4n * GB, FEBRUARY, at('2027-02-10T11:00'))
  expect(total(used)).toBe(hours(1, 2n * GB))
})

const peak = (hour: number, value: bigint, series = 'a'): Peak => ({
  hour: (FEBRUARY + hour * HOUR_MS) as Hour,
  series,
  peak: value,
})
const byHour = (used: ReadonlyMap<number, bigint>) =>
  [...used].map(([hour, amount]) => [(hour - FEBRUARY) / HOUR_MS, amount])

test('max of the hour: each hour’s highest of each series, added up, less the level, never below 0 (money §3)', () => {
  const peaks = [peak(1, 5n), peak(1, 3n), peak(1, 4n, 'b'), peak(2, 2n), peak(3, 9n)]
  expect(byHour(maxByHour(peaks, 'hour', () => 3n))).toEqual([
    [1, 6n],
    [3, 6n],
  ])
})

test('max of the month: the hours add up to the highest of each series, added up, less the level (money §3)', () => {
  const peaks = [peak(1, 5n), peak(2, 4n, 'b'), peak(3, 3n), peak(4, 8n), peak(5, 8n), peak(28 * 24, 6n)]
  expect(byHour(maxByHour(peaks, 'month', () => 3n))).toEqual([
    [1, 2n],
    [2, 4n],
    [4, 3n],
    [28 * 24, 3n],
  ])
})

test('max of the month is the same in any order of arrival, and never taken back hour by hour (money §3, §12)', () => {
  const peaks = fc.array(
    fc.record({
      hour: fc.integer({ min: 0, max: 40 }).map((hour) => (FEBRUARY + hour * HOUR_MS) as Hour),
      series: fc.constantFrom('a', 'b', 'c'),
      peak: fc.bigInt({ min: 0n, max: 30n }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  fc.assert(
    fc.property(peaks, fc.bigInt({ min: 0n, max: 40n }), (some, included) => {
      const used = maxByHour(some, 'month', () => included)
      expect(maxByHour(some.toReversed(), 'month', () => included)).toEqual(used)
      const highest = ['a', 'b', 'c'].map((series) =>
        some
          .filter((each) => each.series === series)
          .reduce((most, each) => (each.peak > most ? each.peak : most), 0n),
      )
      const sum = highest.reduce((a, b) => a + b, 0n)
      expect(total(used)).toBe(sum > included ? sum - included : 0n)
      expect([...used.values()].every((amount) => amount > 0n)).toBe(true)
    }),
  )
})

test('a level that changes within the month is the one in force in each hour, and what was reached stays (money §3)', () => {
  const peaks = [peak(1, 5n), peak(2, 5n), peak(3, 6n)]
  const level = (hour: Hour): Level => (hour < FEBRUARY + 2 * HOUR_MS ? 2n : 4n)
  expect(byHour(maxByHour(peaks, 'month', level))).toEqual([[1, 3n]])
  expect(byHour(maxByHour(peaks, 'hour', () => 'unlimited'))).toEqual([])
})
