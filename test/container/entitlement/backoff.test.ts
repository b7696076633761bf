/** When a start asks again: alone soon, together spread, and never longer than 30 minutes. */
import { expect, test } from 'vitest'
import { START_WITHIN_MS, startPause } from '../../../container/entitlement/backoff.ts'

test('pauses grow from 2 to 90 seconds at most, with full jitter (java-integration-example)', () => {
  const most = (attempts: number) => startPause({ attempts, elapsedMs: 0 }, 1 - Number.EPSILON)
  expect([1, 2, 3, 6, 7, 100].map((attempts) => Math.round(most(attempts) ?? 0))).toEqual([
    2_000, 4_000, 8_000, 64_000, 90_000, 90_000,
  ])
  expect(startPause({ attempts: 9, elapsedMs: 0 }, 0)).toBe(100)
})

test.each([
  ['a second before the end', { elapsedMs: START_WITHIN_MS - 1_000 }, 1_000],
  ['at the end', { elapsedMs: START_WITHIN_MS }, null],
  ['after it', { elapsedMs: START_WITHIN_MS + 1 }, null],
  ['with a wish of AWS’s', { elapsedMs: 0, afterMs: 30_000 }, 75_000],
])('%s the pause is as long as what is left, and then there is none', (_, tried, expected) => {
  expect(startPause({ attempts: 12, ...tried }, 0.5)).toBe(expected)
})

/** A generator of the test's own, so that each seed is the same wherever it runs. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

/** When the last of so many tasks was answered, ms after they all started at once; null: one gave up. */
function lastOf(tasks: number, callsASecond: number, random: () => number): number | null {
  const waiting = Array.from({ length: tasks }, () => ({ at: 0, attempts: 0 }))
  let [tokens, since, last] = [callsASecond, 0, 0]
  while (waiting.length > 0) {
    let first = 0
    for (let i = 1; i < waiting.length; i++) if ((waiting[i]?.at ?? 0) < (waiting[first]?.at ?? 0)) first = i
    const task = waiting[first]
    if (task === undefined) break
    tokens = Math.min(callsASecond, tokens + ((task.at - since) / 1_000) * callsASecond)
    since = task.at
    if (tokens >= 1) {
      tokens -= 1
      last = task.at
      waiting.splice(first, 1)
      continue
    }
    task.attempts += 1
    const pause = startPause({ attempts: task.attempts, elapsedMs: task.at }, random())
    if (pause === null) return null
    task.at += pause
  }
  return last
}

test.each([1, 2, 3])(
  '1,000 tasks that start at once at 5 calls a second are all up in 10 minutes (seed %i)',
  (seed) => {
    expect(lastOf(1_000, 5, randomOf(seed))).toBeLessThanOrEqual(10 * 60_000)
  },
)
