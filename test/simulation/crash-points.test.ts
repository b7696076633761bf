/** Crash points (money §13): the lives of crash-lives.ts, killed at each kind of write and message. `.ci/run` takes every one. */
import { expect, test } from 'vitest'
import { crashEverywhere } from './crash-points.ts'

const ACTS = ['retry', 'move', 'write off', 'evidence', 'hold', 'release', 'void', 'bill aside', 'drop aside']

const KINDS = [
  // Take, orders, freeze with its hand-over and read model, settle, repair, and giving a successor the month.
  ...['take', 'order', 'alarm', 'settle', ...ACTS, 'replay', 'month given'].flatMap((act) => [
    `ledger: ${act}, a write`,
    `ledger: answer to ${act} leaves`,
  ]),
  'ledger: start, a write',
  'ledger: answer to parked leaves',
  'ledger: the alarm leaves',
  ...['offer', 'letting go', 'month given'].map((asked) => `ledger: call of ${asked} leaves`),
  'ledger: call of the read model leaves',
  // Offer, send and settle, and what repair asks.
  ...['enlist', 'offer', 'alarm', 'letting go', 'run by cron'].flatMap((act) => [
    `submitter: ${act}, a write`,
    `submitter: answer to ${act} leaves`,
  ]),
  'submitter: start, a write',
  'submitter: answer to visit by cron leaves',
  'submitter: the alarm leaves',
  'submitter: call of AWS leaves',
  'submitter: call of settle leaves',
]

const kindsOf = (labels: Iterable<string>, when: 'before' | 'after'): string[] =>
  [
    ...new Set(
      [...labels]
        .filter((label) => label.includes(` ${when} `))
        .map((label) => label.replace(` ${when} `, ' ').replace(/ to \w+(, \w+)*$/, '')),
    ),
  ].sort()

test('whichever write or message an object dies at, before or after it, nothing is lost, nothing doubled, and an act of repair is done once (G.2 faults 3 to 6)', async () => {
  const { kinds, failed } = await crashEverywhere('kind')
  expect(failed).toEqual([])
  expect(kindsOf(kinds.keys(), 'before')).toEqual(KINDS.toSorted())
  expect(kindsOf(kinds.keys(), 'after')).toEqual(KINDS.toSorted())
  // A freeze is a write of the alarm's: hours become records with their lines.
  expect(
    [...kinds.keys()].filter((label) => /ledger: alarm, after .*\blines, .*records/.test(label)),
  ).not.toEqual([])
}, 180_000)
