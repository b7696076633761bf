/** An ISO 8601 duration of the clock is read exactly, or refused with what to write. */
import { expect, test } from 'vitest'
import { parseDuration } from '../../../simulator/control/duration.ts'

test.each([
  ['PT1H', 3_600_000],
  ['PT90M', 5_400_000],
  ['PT0.5S', 500],
  ['PT0S', 0],
  ['P1D', 86_400_000],
  ['P1DT12H30M5S', 131_405_000],
  ['P2W', 1_209_600_000],
])('%s lasts %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', 'P', 'PT', 'P1DT', '1H', 'PT1', 'pt1h', 'P1M', 'P1Y', 'PT-1H', 'P1W2D', 'PT1H ', 'PT1.5H'])(
  '%j is no duration of a fixed length',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
  },
)
