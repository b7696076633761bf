/** The simulation in the gate: a few seeds of every shape, and that a seed repeats itself (money §13). */
import { beforeAll, expect, test } from 'vitest'
import { judgeSeed, worldOf, type Plan } from './judged.ts'
import { openPool, type Pool } from './runtime/pool.ts'
import { runSeed } from './runtime/seed.ts'
import { openCoverage } from './coverage.ts'
import { SHAPES } from './worlds/world.ts'

let pool: Pool
beforeAll(async () => {
  pool = await openPool(worldOf(0, 'dense').sold[0])
})

const heavy: Plan = { choice: { level: 'heavy' }, shape: null }

test.each(SHAPES)(
  'no unit is lost or doubled in a world of the shape %s, whatever goes wrong',
  async (shape) => {
    for (let seed = 1; seed <= 4; seed++)
      expect((await judgeSeed(pool, seed, { ...heavy, shape })).wrong, `seed ${seed}`).toEqual([])
  },
  60_000,
)

test('a seed repeats itself exactly: the same history from the same number', async () => {
  const world = worldOf(7, null)
  const first = await runSeed(pool, world, heavy, openCoverage())
  const second = await runSeed(pool, world, heavy, openCoverage())
  expect(second).toEqual(first)
}, 60_000)

test('leaving out one fault that happened leaves all others as they were drawn', async () => {
  const world = worldOf(5, null)
  const all = await runSeed(pool, world, heavy, openCoverage())
  const last = all.faults.at(-1) ?? ''
  const without = await runSeed(pool, world, { ...heavy, without: new Set([last]) }, openCoverage())
  expect(without.faults).not.toContain(last)
  expect(without.faults.slice(0, 3)).toEqual(all.faults.slice(0, 3))
}, 60_000)
