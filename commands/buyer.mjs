/**
 * `npm run buyer -- [--out DIR] [--version V]`: writes the task definitions, the CloudFormation template, the Helm chart
 * and the usage instructions of every container product to docs/buyer. Starts the container's room by path.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { goesOn } from './own-node.mjs'

if (goesOn('npm run buyer', 'buyer', 2)) {
  const main = fileURLToPath(new URL('../container/buyer/main.ts', import.meta.url))
  process.exitCode =
    spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1
}
