/** UTC hours and months, and the two windows in which AWS takes a record. */
import { expect, test } from 'vitest'
import {
  hourFrom,
  hourOf,
  monthClosesAt,
  monthOf,
  nextMonth,
  refusedFrom,
  taskRefusedFrom,
} from '../../shared/hour.ts'

const at = (iso: string): number => Date.parse(`${iso}Z`)

test.each([
  ['2026-11-21T10:00:00', '2026-11-22T10:00:00', 'exactly 24 hours old is refused'],
  ['2026-11-30T04:00:00', '2026-12-01T04:00:00', '24 hours end before the month closes'],
  ['2026-11-30T06:00:00', '2026-12-01T06:00:00', 'both windows end at one instant'],
  [
    '2026-11-30T06:00:01',
    '2026-12-01T06:00:00',
    'the month closes at 06:00, and at that instant it is closed',
  ],
  ['2026-11-30T23:00:00', '2026-12-01T06:00:00', 'the last hour of a month has seven hours'],
  ['2026-12-01T00:00:00', '2026-12-02T00:00:00', 'the first hour of a month has 24 again'],
  ['2028-02-29T23:00:00', '2028-03-01T06:00:00', 'a leap February closes on the 1st of March'],
  ['2026-12-31T22:30:00', '2027-01-01T06:00:00', 'a year ends like any month'],
])('a record stamped %s is refused from %s on: %s (facts §2.3; money §8)', (stamp, refused) => {
  expect(new Date(refusedFrom(at(stamp))).toISOString()).toBe(`${refused}.000Z`)
})

test('a container’s record is refused from 6 hours on, and no close of a month comes before (facts §2.9)', () => {
  for (const stamp of ['2026-11-21T10:00:00', '2026-11-30T23:59:59'])
    expect(taskRefusedFrom(at(stamp)) - at(stamp)).toBe(6 * 3_600_000)
  const last = at('2026-11-30T23:59:59')
  expect(taskRefusedFrom(last)).toBeLessThanOrEqual(monthClosesAt(monthOf(last)))
})

test('an hour holds its first millisecond and not the first of the next', () => {
  const hour = at('2026-11-21T10:00:00')
  expect([hour - 1, hour, hour + 3_599_999, hour + 3_600_000].map(hourOf)).toEqual([
    hour - 3_600_000,
    hour,
    hour,
    hour + 3_600_000,
  ])
  expect([hour - 1, hour, hour + 1].map(hourFrom)).toEqual([hour, hour, hour + 3_600_000])
})

test('months are those of the calendar in UTC, whatever their length', () => {
  for (const [ms, month, next] of [
    ['2028-02-29T23:59:59.999', '2028-02-01T00:00:00', '2028-03-01T00:00:00'],
    ['2027-02-28T23:59:59.999', '2027-02-01T00:00:00', '2027-03-01T00:00:00'],
    ['2026-12-31T23:59:59.999', '2026-12-01T00:00:00', '2027-01-01T00:00:00'],
  ] as const) {
    expect(monthOf(at(ms))).toBe(at(month))
    expect(nextMonth(monthOf(at(ms)))).toBe(at(next))
    expect(monthClosesAt(monthOf(at(ms)))).toBe(at(next) + 6 * 3_600_000)
  }
})
