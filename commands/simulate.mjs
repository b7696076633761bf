/**
 * `npm run simulate`: checks that this Node can run TypeScript as it is, then starts the simulation of the money core in
 * test/simulation as a process of its own. Plain JavaScript on purpose.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 18)) {
  const main = join(import.meta.dirname, '..', 'test', 'simulation', 'main.ts')
  const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = status ?? 1
} else {
  console.error(
    `tollgate: this is Node ${process.versions.node}, which cannot run TypeScript: run \`npm ci\`, which brings Node 24 ` +
      'for `npm run simulate`, or install Node 22.18 or newer where there is none for your platform.',
  )
  process.exitCode = 2
}
