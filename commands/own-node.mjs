/**
 * Running a command under a Node that can run TypeScript as it is: this one, or the one `npm ci` brought. Plain JavaScript
 * on purpose.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const runsTypeScript = major > 22 || (major === 22 && minor >= 18)

/** Set for the Node that was brought, so that it is started once. */
const BROUGHT = 'TOLLGATE_BROUGHT_NODE'

/** True when this Node can go on; false: the brought one was started in its place, or there is none and it was said. */
export function goesOn(command, name, exitCode) {
  if (runsTypeScript) {
    followParent()
    return true
  }
  const brought = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))
  if (existsSync(brought) && process.env[BROUGHT] === undefined)
    startBrought(brought, command, name, exitCode)
  else refuse(command, name, exitCode)
  return false
}

/** A brought Node ends as asked when the one that started it is gone, however that ended. */
function followParent() {
  if (process.env[BROUGHT] === undefined || process.channel === undefined) return
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel.unref()
}

function startBrought(brought, command, name, exitCode) {
  const child = spawn(brought, process.argv.slice(1), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [BROUGHT]: '1' },
  })
  // A terminal tells both of Ctrl-C by itself.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => process.exit(code ?? exitCode))
  child.on('error', () => refuse(command, name, exitCode))
}

function refuse(command, name, exitCode) {
  console.error(
    `${name}: this is Node ${process.versions.node}, which cannot run TypeScript: run \`npm ci\`, which brings Node 24 ` +
      `for \`${command}\`, or install Node 22.18 or newer where there is none for your platform.`,
  )
  process.exitCode = exitCode
}
