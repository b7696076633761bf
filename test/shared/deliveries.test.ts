/** When a delivery is tried again, and where a decision goes (design §5.5). */
import { expect, test } from 'vitest'
import { channelsOf, DECISION_KINDS, nextAttempt } from '../../shared/deliveries.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../shared/hour.ts'
import { textOf } from '../support/repository.ts'

const at = (attempts: number, over: Partial<Parameters<typeof nextAttempt>[0]> = {}): number | null =>
  nextAttempt({ id: 'dlv_1', attempts, now: 0, giveUpAt: 100 * DAY_MS, askedMs: 0, ...over })

test.each([
  [1, MINUTE_MS],
  [2, 5 * MINUTE_MS],
  [3, 15 * MINUTE_MS],
  [4, 30 * MINUTE_MS],
  [5, HOUR_MS],
  [6, 2 * HOUR_MS],
  [7, 4 * HOUR_MS],
  [8, 6 * HOUR_MS],
  [50, 6 * HOUR_MS],
])('after failure %i the pause is %i ms and up to a quarter more', (attempts, pause) => {
  const next = at(attempts) ?? 0
  expect(next).toBeGreaterThanOrEqual(pause)
  expect(next).toBeLessThan(pause * 1.25)
  expect(at(attempts)).toBe(next)
})

test('deliveries that failed together are not tried together again', () => {
  const ids = Array.from({ length: 1_000 }, (_, i) => `dlv_${i}`)
  const quarters = Map.groupBy(ids, (id) => Math.floor(((at(1, { id }) ?? 0) - MINUTE_MS) / (MINUTE_MS / 16)))
  expect(new Set(quarters.keys())).toEqual(new Set([0, 1, 2, 3]))
  for (const group of quarters.values()) expect(group.length).toBeGreaterThan(180)
})

test('the last attempt is made when the day is over, and none behind it', () => {
  const giveUpAt = DAY_MS
  expect(at(8, { now: DAY_MS - HOUR_MS, giveUpAt })).toBe(DAY_MS)
  expect(at(9, { now: DAY_MS, giveUpAt })).toBeNull()
})

test('in vain, a delivery is tried eleven times, the last when its day is over', () => {
  let now = 0
  let attempts = 0
  for (let next: number | null = 0; next !== null; attempts += 1) {
    now = next
    next = at(attempts + 1, { now, giveUpAt: DAY_MS })
  }
  expect([attempts, now]).toEqual([11, DAY_MS])
})

test.each([
  [30_000, MINUTE_MS],
  [HOUR_MS, HOUR_MS],
  [10 * DAY_MS, 6 * HOUR_MS],
])('a receiver that asks for %i ms gets at least %i and at most six hours', (askedMs, least) => {
  expect(at(1, { askedMs })).toBeGreaterThanOrEqual(least)
  expect(at(1, { askedMs })).toBeLessThanOrEqual(6 * HOUR_MS)
})

test('a decision goes to the channels of its kind that are set up', () => {
  expect(channelsOf('subscription.granted', ['webhook', 'sns', 'mail'])).toEqual(['webhook', 'sns', 'mail'])
  expect(channelsOf('subscription.granted', ['mail'])).toEqual(['mail'])
  expect(channelsOf('subscription.advisory', ['webhook', 'sns', 'mail'])).toEqual(['webhook', 'sns'])
  expect(channelsOf('subscription.granted', [])).toEqual([])
})

test('docs/webhooks.md names every type a webhook may have, and no other', () => {
  const table = textOf('docs/webhooks.md').matchAll(/^\| (`[a-z.`, -]+`) \|/gm)
  const named = [...table].flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', '))
  const kinds = DECISION_KINDS.filter((kind) => channelsOf(kind, ['webhook']).length > 0)
  expect(new Set(named)).toEqual(new Set(kinds))
})
