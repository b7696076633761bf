/** The time of an event: G.3 rows 25 to 28 and 31. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readTime, readTimeText } from '../../../shared/usage/time.ts'

const at = Date.UTC(2026, 10, 21, 10, 15)

test.each([
  ['2026-11-21T10:15:00Z', at],
  ['2026-11-21t10:15:00z', at],
  ['2026-11-21T10:15:00.5Z', at + 500],
  ['2026-11-21T10:15:00.123456789Z', at + 123],
  ['2026-11-21T10:15:00.999999999Z', at + 999],
  ['2026-11-22T00:15:00+14:00', at],
  ['2026-11-20T22:15:00-12:00', at],
  ['2026-11-21T10:15:00-00:00', at],
  ['2026-11-21T15:45:00.000+05:30', at],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ['2026-12-31T23:59:59.999Z', Date.UTC(2027, 0, 1) - 1],
  ['2000-01-01T00:00:00Z', Date.UTC(2000, 0, 1)],
  ['2099-12-31T23:59:59Z', Date.UTC(2100, 0, 1) - 1000],
])('G.3 row 27: RFC 3339 with a zone is read to the millisecond: %s', (text, ms) => {
  expect(readTimeText(text)).toEqual({ ok: true, value: ms })
})

test.each([
  ['2026-02-30T00:00:00Z', 'bad-time'],
  ['2026-02-29T00:00:00Z', 'bad-time'],
  ['2026-04-31T00:00:00Z', 'bad-time'],
  ['2026-00-10T00:00:00Z', 'bad-time'],
  ['2026-13-10T00:00:00Z', 'bad-time'],
  ['2026-11-00T00:00:00Z', 'bad-time'],
  ['2026-11-32T00:00:00Z', 'bad-time'],
  ['2026-11-21T24:00:00Z', 'bad-time'],
  ['2026-11-21T23:60:00Z', 'bad-time'],
  ['2016-12-31T23:59:60Z', 'bad-time'],
  ['2026-11-21T10:15:00+24:00', 'bad-time'],
  ['2026-11-21T10:15:00+1400', 'bad-time'],
  ['2026-11-21T10:15:00.Z', 'bad-time'],
  ['2026-11-21T10:15Z', 'bad-time'],
  ['2026-11-21 10:15:00Z', 'bad-time'],
  [' 2026-11-21T10:15:00Z', 'bad-time'],
  ['2026-11-21T10:15:00Z\n', 'bad-time'],
  ['2026-W47-6T10:15:00Z', 'bad-time'],
  ['Sat, 21 Nov 2026 10:15:00 GMT', 'bad-time'],
  ['now', 'bad-time'],
  ['', 'bad-time'],
  ['1763720100000', 'bad-time'],
  ['٢026-11-21T10:15:00Z', 'bad-time'],
  ['0000-01-01T00:00:00Z', 'bad-time'],
  ['9999-12-31T23:59:59Z', 'bad-time'],
  ['-001-01-01T00:00:00Z', 'bad-time'],
  ['-000001-01-01T00:00:00Z', 'bad-time'],
  ['+002026-11-21T10:15:00Z', 'bad-time'],
  ['2026-11-21T10:15:00', 'time-without-zone'],
  ['2026-11-21T10:15:00.123', 'time-without-zone'],
  ['2026-11-21 10:15:00', 'time-without-zone'],
  ['2026-11-21', 'time-without-zone'],
  [undefined, 'time-missing'],
  [null, 'time-missing'],
  [true, 'bad-time'],
  [[], 'bad-time'],
  [{}, 'bad-time'],
])(
  'G.3 rows 25, 28, 31: a time that does not exist, or not for certain, is refused: %j is %s',
  (value, code) => {
    expect(readTime(value)).toMatchObject({ ok: false, error: { code } })
    expect(readTimeText(value)).toMatchObject({ ok: false, error: { code } })
  },
)

test.each([
  [at / 1000, at],
  [at, at],
  [1_000_000_000, 1_000_000_000_000],
  [9_999_999_999, 9_999_999_999_000],
  [1_000_000_000_000, 1_000_000_000_000],
  [9_999_999_999_999, 9_999_999_999_999],
])('G.3 row 26: 10 digits are seconds and 13 are milliseconds: %d', (value, ms) => {
  expect(readTime(value)).toEqual({ ok: true, value: ms })
})

test.each([
  ['microseconds', at * 1000],
  ['nanoseconds', at * 1e6],
  ['a fraction of a second', at / 1000 + 0.5],
  ['a fraction of a millisecond', at + 0.5],
  ['zero', 0],
  ['below zero', -at],
  ['the number before 10 digits', 999_999_999],
  ['11 digits', 10_000_000_000],
  ['the number before 13 digits', 999_999_999_999],
  ['14 digits', 10_000_000_000_000],
  ['Excel days', 46_347],
  ['more than a double', Infinity],
])('G.3 row 26: a number whose unit is not certain is refused, not guessed: %s', (_name, value) => {
  expect(readTime(value)).toMatchObject({ ok: false, error: { code: 'time-unit' } })
})

test('a number is no time where the form allows text only', () => {
  expect(readTimeText(at)).toMatchObject({ ok: false, error: { code: 'bad-time' } })
})

test('each instant that toISOString writes is read back as itself', () => {
  const noon = {
    min: new Date('2000-01-01T00:00:00Z'),
    max: new Date('2099-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }
  fc.assert(
    fc.property(fc.date(noon), (date) => {
      expect(readTime(date.toISOString())).toEqual({ ok: true, value: date.getTime() })
    }),
  )
})

test('any text at all is read or refused, and what is read lies between 2000 and 2099', () => {
  const digits = fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  fc.assert(
    fc.property(fc.oneof(fc.string(), digits, fc.anything()), (value) => {
      const read = readTimeText(value)
      if (!read.ok) return
      expect(read.value).toBeGreaterThanOrEqual(Date.UTC(1999, 11, 31))
      expect(read.value).toBeLessThan(Date.UTC(2100, 0, 2))
    }),
    { numRuns: 1000 },
  )
})
