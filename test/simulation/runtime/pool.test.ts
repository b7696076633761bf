/** The pool's databases are one set for a whole process: seeds that are asked for at once run one after the other. */
import { expect, test } from 'vitest'
import { openCoverage } from '../coverage.ts'
import { worldOf } from '../judged.ts'
import { openPool } from './pool.ts'
import { runSeed } from './seed.ts'

test('a seed asked for while another runs waits for it, and both are as if they were alone', async () => {
  const world = worldOf(3, 'dense')
  const pool = await openPool(world.sold[0])
  const run = () => runSeed(pool, world, { choice: { level: 'mixed' } }, openCoverage())
  const alone = await run()
  expect(await Promise.all([run(), run()])).toEqual([alone, alone])
})
