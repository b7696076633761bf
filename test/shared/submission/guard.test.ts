/** Money §5: the month's guard is 03:00 UTC on the 1st, and earlier when what is due then takes more than half of the rest. */
import { expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS, monthOf } from '../../../shared/hour.ts'
import { guardOf } from '../../../shared/ledger/closing.ts'
import { DEFAULT_TIMING } from '../../../shared/ledger/terms.ts'
import { heldHours } from '../../../shared/submission/guard.ts'
import { openSubmission } from '../../../shared/submission/submission.ts'
import { openNodeSql } from '../../../container/sql.ts'
import { record, REGION } from './support.ts'

const FIRST = Date.UTC(2026, 11, 1)
const MONTH = monthOf(FIRST - 1)
const NOON = FIRST - 12 * HOUR_MS

/** A Submitter of one call a second, 90 000 records an hour, that was handed `anHour` records of each of the last hours. */
function openAt(heldHours: number, anHour: number, hours = 28) {
  const sql = openNodeSql(':memory:')
  const engine = openSubmission(sql, { region: REGION, ratePerSecond: 1, heldHours })
  for (let n = 1; n <= hours; n++) {
    const hour = NOON - n * HOUR_MS
    const count = anHour
    sql.all(
      `insert into windows (product_code, timestamp, deadline, final, offered, open) values ('p', ?, ?, 0, ?, 0)`,
      hour,
      hour + 24 * HOUR_MS,
      count,
    )
  }
  return { sql, engine }
}

test.each([
  ['nothing was ever handed over', 17, 0, 3],
  ['what is due takes exactly half of the three hours', 1, 135_000, 3],
  ['one record more', 1, 135_001, 3 - 80 / HOUR_MS],
  [
    '17 hours of 20 000: 3.8 hours of quota, and as long again is left',
    17,
    20_000,
    6 - (2 * 17 * 20_000) / 90_000,
  ],
  ['more than any guard could save', 17, 200_000, -12],
])('%s', (_name, held, anHour, hours) => {
  const { engine } = openAt(held, anHour)
  expect(engine.guard(MONTH, NOON)).toBe(FIRST + Math.round(hours * HOUR_MS))
})

test('a Submitter nobody ever handed anything closes at 03:00 (money §5)', () => {
  const { engine } = openAt(17, 0, 0)
  expect(engine.guard(MONTH, NOON)).toBe(FIRST + 3 * HOUR_MS)
})

test('what waits counts as far as it will not be gone by 03:00', () => {
  const { sql, engine } = openAt(1, 0)
  const open = (count: number) =>
    sql.all('update windows set open = ? where timestamp = ?', count, NOON - HOUR_MS)
  sql.all('update windows set deadline = ? where timestamp = ?', FIRST + 6 * HOUR_MS, NOON - HOUR_MS)
  open(15 * 90_000)
  expect(engine.guard(MONTH, NOON)).toBe(FIRST + 3 * HOUR_MS)
  open(15 * 90_000 + 2 * 90_000)
  expect(engine.guard(MONTH, NOON)).toBe(FIRST + 2 * HOUR_MS)
  expect(engine.guard(MONTH, NOON + HOUR_MS)).toBe(FIRST)
  // What closes later goes later.
  sql.all('update windows set deadline = ? where timestamp = ?', FIRST + 6 * HOUR_MS + 1, NOON - HOUR_MS)
  expect(engine.guard(MONTH, NOON)).toBe(FIRST + 3 * HOUR_MS)
})

test('hours of an outage do not make the forecast smaller: the fullest 24 of the last 48 count', () => {
  const whole = openAt(17, 20_000, 47).engine.guard(MONTH, NOON)
  const { sql, engine } = openAt(17, 20_000, 47)
  sql.all('update windows set offered = 1 where timestamp >= ?', NOON - 23 * HOUR_MS)
  expect(engine.guard(MONTH, NOON)).toBe(whole)
})

test('the answer depends on what is stored and on the time alone', () => {
  const { sql } = openAt(17, 20_000)
  const answers = [1, 2].map(() =>
    openSubmission(sql, { region: REGION, ratePerSecond: 1, heldHours: 17 }).guard(MONTH, NOON),
  )
  expect(answers[0]).toBe(answers[1])
})

test('each record that is handed over counts for its hour', () => {
  const sql = openNodeSql(':memory:')
  const engine = openSubmission(sql, { region: REGION, ratePerSecond: 1 / 3_600, heldHours: 1 })
  const hour = monthOf(NOON) + 24 * HOUR_MS
  const offered = Array.from({ length: 75 }, (_, n) => record(n + 1))
  engine.offer(offered, hour)
  // 75 an hour at 25 an hour: three hours of quota for the last hour alone.
  expect(engine.guard(MONTH, offered[0]?.timestamp ?? 0)).toBeLessThan(FIRST + 3 * HOUR_MS)
})

test.each([
  [10, 20, 1],
  [119, 20, 1],
  [180, 20, 1],
  [240, 20, 2],
  [20 * 60, 20, 17],
  [30 * 60, 23, 20],
])(
  'with %i minutes of lateness, frozen within %i h, %i hours of a month wait for 03:00',
  (minutes, within, hours) => {
    expect(heldHours({ latenessMs: minutes * MINUTE_MS, freezeWithinMs: within * HOUR_MS })).toBe(hours)
  },
)

test.each([
  [undefined, 3],
  [-2, -2],
  [3, 3],
  [4, 3],
])('a guard of %s hours that is handed in freezes at %i: never later than 03:00', (handed, hours) => {
  const guards = handed === undefined ? undefined : new Map([[MONTH as number, FIRST + handed * HOUR_MS]])
  const timing = guards === undefined ? DEFAULT_TIMING : { ...DEFAULT_TIMING, guards }
  expect(guardOf(timing, MONTH)).toBe(FIRST + hours * HOUR_MS)
})
