/** Hours and months are UTC's, whatever zone the machine is in and whatever its clocks do (money §4). */
import { afterEach, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, hourOf, monthClosesAt, monthOf, nextMonth } from '../../../shared/hour.ts'
import { at } from './subject.ts'

const zone = process.env['TZ']
afterEach(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

test.each(['America/New_York', 'Europe/Berlin', 'Asia/Kathmandu', 'Pacific/Kiritimati'])(
  'in %s an hour is an hour and a month begins at 00:00 UTC, all year round (money §4, G.2 fault 18)',
  (here) => {
    process.env['TZ'] = here
    expect(new Date(at('2026-07-01T00:00')).getTimezoneOffset()).not.toBe(0)
    for (let time = at('2026-01-01T00:00'); time < at('2027-01-01T00:00'); time += DAY_MS / 4) {
      const text = new Date(time).toISOString()
      expect(monthOf(time)).toBe(at(`${text.slice(0, 7)}-01T00:00`))
      expect(hourOf(time + HOUR_MS - 1)).toBe(time)
    }
    expect(nextMonth(monthOf(at('2026-01-31T23:59')))).toBe(at('2026-02-01T00:00'))
    expect(monthClosesAt(monthOf(at('2028-02-29T23:59')))).toBe(at('2028-03-01T06:00'))
  },
)
