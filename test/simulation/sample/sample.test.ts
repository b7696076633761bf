/** The model of AWS's sample does what its published behaviour says, fault by fault; the same oracle judges it. */
import { expect, test } from 'vitest'
import { runSampleSeed, addTallies, lineOf, type Tally, tallyOf } from './compare.ts'
import type { FaultName } from '../faults.ts'

async function under(one: FaultName, seeds = 4): Promise<Tally> {
  const tallies: Tally[] = []
  for (let seed = 0; seed < seeds; seed++) tallies.push(await runSampleSeed(seed, { one }))
  return tallies.reduce(addTallies)
}

test('without faults the sample bills every unit (G.4)', async () => {
  const { exact, inFull, due } = await runSampleSeed(1, { level: 'none' })
  expect([exact, inFull, due > 1_000]).toEqual([1, 1, true])
})

test('what AWS hands back as unprocessed is marked as done and is gone (peers §6 3)', async () => {
  const { lost, shown, extra } = await under('aws-unprocessed')
  expect([lost > 0, shown, extra]).toEqual([true, 0, 0])
})

test('an answer that was lost is marked as failed though AWS bills it (G.4)', async () => {
  const { inFull, seeds, misread } = await under('aws-reply-lost')
  expect([inFull === seeds, misread > 0]).toEqual([true, true])
})

test('usage written again after it was metered is billed again (G.4: no event id)', async () => {
  const { extra, over } = await under('client-redelivered')
  expect([extra > 0, over > 0]).toEqual([true, true])
})

test('one line of the table: a seed is exact when what is due is billed or shown, and nothing else is', () => {
  const lost = tallyOf({ due: 200, lost: 10, shown: 10, extra: 0, misread: 0 })
  const gone = tallyOf({ due: 200, lost: 10, shown: 4, extra: 0, misread: 0 })
  const twice = tallyOf({ due: 200, lost: 0, shown: 0, extra: 2, misread: 0 })
  expect(lineOf('light', 'ours', [lost, gone, twice].reduce(addTallies))).toBe(
    '| light | ours | 1 of 3 | 0 | 2 | 1 | 2.33 % / 1.00 % | 0.33 % | 0 |',
  )
})
