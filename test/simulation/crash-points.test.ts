/** Crash points, enumerated (money §13): the small life of crash-points.ts, killed at each write and message in turn. */
import { expect, test } from 'vitest'
import { crashEverywhere } from './crash-points.ts'

test('whichever write or message an object dies at, before or after it, nothing is lost and nothing doubled (G.2 faults 3 to 6)', async () => {
  const { points, failed } = await crashEverywhere()
  expect(failed).toEqual([])
  const objects = new Set([...points.keys()].map((label) => label.split(':')[0]))
  expect(objects).toEqual(new Set(['ledger 0', 'submitter us-east-1']))
  expect([...points.values()].reduce((sum, times) => sum + times, 0)).toBeGreaterThan(250)
}, 180_000)
