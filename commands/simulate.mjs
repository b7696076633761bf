/**
 * `npm run simulate`: checks that this Node can run TypeScript as it is, then starts the simulation of the money core in
 * test/simulation as a process of its own. Plain JavaScript on purpose.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { goesOn } from './own-node.mjs'

if (goesOn('npm run simulate', 'tollgate', 2)) {
  const main = join(import.meta.dirname, '..', 'test', 'simulation', 'main.ts')
  const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
