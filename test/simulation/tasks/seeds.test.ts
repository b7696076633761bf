/** The simulation of tasks in the gate: a few seeds of every shape, and that a seed repeats itself (money §13). */
import { expect, test } from 'vitest'
import { openRandom } from '../random.ts'
import { judgeSeed, type Plan, worldOf } from './judged.ts'
import { meterOpener } from './runtime/open-meter.ts'
import { runSeed } from './runtime/seed.ts'
import { SHAPES } from './worlds/world.ts'

const heavy: Plan = { choice: { level: 'heavy' }, shape: null }

test.each(SHAPES)(
  'no unit of a cluster is lost or doubled in a world of the shape %s, whatever goes wrong (money §11)',
  async (shape) => {
    for (let seed = 1; seed <= 3; seed++)
      expect((await judgeSeed(seed, { ...heavy, shape })).wrong, `seed ${seed}`).toEqual([])
  },
)

test('a seed of task life repeats itself exactly: the same calls and the same bill from the same number', async () => {
  const live = async () => {
    const world = worldOf(7, null)
    const open = meterOpener(world.metering, world.dimensions, openRandom(7, 'starts'))
    const { history, faults } = await runSeed(open, world, heavy)
    // Folders and ledgers are named at random, by the container itself.
    const calls = history.aws.calls.map(({ file: _file, token: _token, ...call }) => call)
    return { calls, bill: history.aws.records, faults, endedAt: history.endedAt }
  }
  expect(await live()).toEqual(await live())
})
