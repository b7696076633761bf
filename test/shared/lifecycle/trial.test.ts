/** Free trials: length, reminders, grace, conversion, to the millisecond (issue's trials; money §4 *Trial*). */
import { expect, test } from 'vitest'
import { accessOf } from '../../../shared/lifecycle/access.ts'
import type { LifecycleEvent } from '../../../shared/lifecycle/events.ts'
import { trialOf, type Paid } from '../../../shared/lifecycle/trial.ts'
import { lifecycleOf } from '../../../shared/lifecycle.ts'
import { DAY, deprovisioned, ended, MINUTE, T0, updated, USAGE } from './events.ts'

const DAY_MS = DAY * MINUTE
const POLICY = { days: 14, graceDays: 3, remindDaysBefore: [7, 3, 1] }
const FACT = { startsAt: T0, days: null }
const END = T0 + 14 * DAY_MS
const GRACE = END + 3 * DAY_MS

test('AWS’s length counts, the config’s where AWS tells none', () => {
  expect(trialOf({ startsAt: T0, days: 30 }, POLICY, null, T0).trial.endsAt).toBe(T0 + 30 * DAY_MS)
  expect(trialOf(FACT, POLICY, null, T0).trial).toEqual({
    endsAt: END,
    graceUntil: GRACE,
    converted: false,
    paid: null,
    reminder: null,
  })
})

test.each([
  [END - 7 * DAY_MS - 1, null, END - 7 * DAY_MS],
  [END - 7 * DAY_MS, 7, END - 3 * DAY_MS],
  [END - 3 * DAY_MS - 1, 7, END - 3 * DAY_MS],
  [END - 3 * DAY_MS, 3, END - DAY_MS],
  [END - DAY_MS, 1, END],
  [END - 1, 1, END],
  [END, null, GRACE],
  [GRACE, null, null],
])('at %i the reminder of %j days is due, and the next change is at %j', (now, reminder, changesAt) => {
  const found = trialOf(FACT, POLICY, null, now)
  expect([found.trial.reminder, found.changesAt]).toEqual([reminder, changesAt])
})

test('a trial shorter than a reminder’s days has no such reminder, not even at its start', () => {
  expect(trialOf({ startsAt: T0, days: 7 }, POLICY, null, T0).trial.reminder).toBeNull()
  expect(trialOf({ startsAt: T0, days: 7 }, POLICY, null, T0 + 4 * DAY_MS).trial.reminder).toBe(3)
})

test.each<[string, Paid, number, number]>([
  [
    'in the trial, under its own license: it stops being one',
    { at: END - DAY_MS, how: 'same' },
    END - DAY_MS,
    END - DAY_MS,
  ],
  [
    'in the trial, by another purchase: this one stays a trial until its end',
    { at: END - DAY_MS, how: 'other' },
    END,
    END,
  ],
  ['in the days of grace: they end there', { at: END + DAY_MS, how: 'other' }, END, END + DAY_MS],
  ['behind them: nothing of them changes', { at: GRACE + DAY_MS, how: 'same' }, END, GRACE],
])('who pays %s (money §4)', (_, paid, endsAt, graceUntil) => {
  expect(trialOf(FACT, POLICY, paid, END).trial).toMatchObject({
    endsAt,
    graceUntil,
    converted: true,
    reminder: null,
  })
})

const why = (events: readonly LifecycleEvent[], now: number, paid: Paid | null = null) => {
  const life = lifecycleOf(events, USAGE, now)
  const { granted, why } = accessOf(
    life,
    { trial: trialOf(FACT, POLICY, paid, now).trial, nothingEntitled: false },
    now,
  )
  return [granted, why]
}
const ON = [updated(0)]
/** As AWS ends a trial nobody paid for. */
const EXPIRED = [...ON, ended(14 * DAY, 'EXPIRED'), deprovisioned(14 * DAY + 1)]

test('three days of grace outlast the license AWS has taken back, to the millisecond; then access is over', () => {
  expect(why(ON, END - 1)).toEqual([true, 'trial'])
  expect(why(EXPIRED, END + 2 * MINUTE)).toEqual([true, 'grace'])
  expect(why(EXPIRED, GRACE - 1)).toEqual([true, 'grace'])
  expect(why(EXPIRED, GRACE)).toEqual([false, 'trial-over'])
})

test('an event of the end that is late changes nothing: grace has begun by the clock already', () => {
  expect(why(ON, END + MINUTE)).toEqual([true, 'grace'])
})

test('a trial that AWS lets go on is a purchase once grace is over: the same agreement is paid for', () => {
  expect(why(ON, GRACE)).toEqual([true, 'active'])
})

test.each(['CANCELLED', 'TERMINATED'])(
  'a trial that ends as %s ends at once: there is no grace for it',
  (status) => {
    const events = [...ON, ended(60, status), deprovisioned(61)]
    expect(why(events, T0 + 62 * MINUTE)).toEqual([false, 'ended'])
    expect(why([...ON, ended(14 * DAY + 5, status), deprovisioned(14 * DAY + 6)], END + 30 * MINUTE)).toEqual(
      [false, 'ended'],
    )
  },
)

test('a license taken back in the middle of a trial, with nothing said before, ends access', () => {
  expect(why([...ON, deprovisioned(60)], T0 + 61 * MINUTE)).toEqual([false, 'ended'])
})

test('who pays under the same license never waits: trial, then active; its end is an end', () => {
  const paid: Paid = { at: END - DAY_MS, how: 'same' }
  expect(why(ON, END - DAY_MS, paid)).toEqual([true, 'active'])
  expect(why([...ON, ended(20 * DAY), deprovisioned(20 * DAY + 1)], T0 + 21 * DAY_MS, paid)).toEqual([
    false,
    'ended',
  ])
})

test('who pays under another license leaves the trial behind: it is over at its end, though AWS said REPLACED', () => {
  const paid: Paid = { at: END - DAY_MS, how: 'other' }
  const replaced = [...ON, ended(13 * DAY, 'REPLACED')]
  expect(why(replaced, END - 1, paid)).toEqual([true, 'trial'])
  expect(why(replaced, END, paid)).toEqual([false, 'trial-over'])
})
