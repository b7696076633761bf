/** Crash points of a task's life (money §13): each kind of write and call in each small life. `.ci/run` takes every point. */
import { expect, test } from 'vitest'
import { crashTasks } from './crash-points.ts'

const KINDS = [
  // The folder is made, found, given a sign of life, marked as closed, claimed and put away.
  ...['a new folder', 'a file', 'a rename', 'a sign of life', 'a commit', 'the tables', 'the opening'].map(
    (what) => `start, ${what}`,
  ),
  'take, a commit',
  'run, a commit',
  'run, a rename',
  'run, a call',
  'stop, a commit',
  'stop, a call',
  // Its answer is written, and behind the last one the mark that its owner ended in order.
  ...['an answer', 'a commit', 'a file', 'a rename'].map((what) => `answer, ${what}`),
]

test('whichever write or call a task dies at, before or after it, no unit is lost or doubled, whoever comes after it (G.2 faults 3 to 7, 31)', async () => {
  const { kinds, runs, failed } = await crashTasks('kind')
  expect(failed).toEqual([])
  expect(runs).toBeGreaterThan(80)
  const before = [...kinds.keys()].filter((label) => label.includes(', before '))
  for (const kind of KINDS) expect(before).toContain(`task: ${kind.replace(', ', ', before ')}`)
}, 120_000)
