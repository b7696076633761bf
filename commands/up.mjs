/**
 * `npm run up -- <as pulumi up takes it>`: Pulumi's CLI with the Node that this project brings first on its PATH, for the CLI
 * runs the program in whichever Node it finds. Plain JavaScript on purpose: any Node from 20 on runs it.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const brought = fileURLToPath(new URL('../node_modules/.bin', import.meta.url))

const child = spawn('pulumi', ['up', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${brought}${delimiter}${process.env.PATH ?? ''}` },
})
// A terminal tells both of Ctrl-C by itself; Pulumi ends in order and this waits for it.
process.on('SIGINT', () => undefined)
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
child.on('error', (cause) => {
  const missing = 'code' in cause && cause.code === 'ENOENT'
  console.error(
    missing
      ? 'up: there is no Pulumi on your PATH: install it, https://www.pulumi.com/docs/install/, or run ' +
          '`npm run pulumi -- up` in place of `npm run up --`, which fetches its CLI once.'
      : `up: Pulumi does not start (${cause.message}): see whether \`pulumi version\` runs.`,
  )
  process.exit(1)
})
