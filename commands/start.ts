/**
 * `npm start`: starts the engine in a process group of its own, says where everything is, and ends the whole group when
 * it is told to, when its own parent is gone, or when the engine ends. A failure is one line (a
 * mistake in seller.config.ts one each), and exit code 1.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { EngineLine } from './engine.ts'
import { greeting } from './start/greeting.ts'
import { lastWords } from './start/last-words.ts'
import { portIsFree } from './start/ports.ts'
import { ancestors, endGroup, groupCarries } from './start/processes.ts'
import { readSeller } from './start/seller.ts'
import { HELP, readSettings, type StartSettings } from './start/settings.ts'
import {
  clearFolder,
  forgetRun,
  holdFolder,
  readDemo,
  readRun,
  temporaryFolder,
  writeRun,
} from './start/state-folder.ts'

const root = resolve(import.meta.dirname, '..')
const settings = readSettings(process.argv.slice(2), root)
if (!settings.ok) quit(settings.error)
if (settings.value.help) {
  console.log(HELP)
  process.exit(0)
}
const seller = await readSeller()
if (!seller.ok) quit(seller.error)
await start(settings.value)

async function start(at: StartSettings): Promise<void> {
  const hold = holdFolder(at.state)
  if (!hold.ok) quit(hold.error)
  await endLeftover(at.state)
  if (at.fresh) clearFolder(at.state)
  for (const [flag, port] of [
    ['--storefront-port', at.storefrontPort],
    ['--landing-port', at.landingPort],
  ] as const) {
    if (!(await portIsFree(port)))
      quit(
        `port ${port} is taken: end the program that uses it, or choose another with \`npm start -- ${flag} N\``,
      )
  }

  const engine = startEngine(at)
  const told: EngineLine[] = []
  createInterface({ input: engine.stdout! }).on('line', (line) => {
    const said = readLine(line)
    if (said !== undefined) told.push(said)
    if (said?.event === 'ready') {
      console.log(greeting(at, named(at.state), readDemo(at.state).apiKey, said.example))
    }
  })

  // What Node and the libraries print there is for the log; of an engine that ends before it can say why, its last line.
  const errors: string[] = []
  createInterface({ input: engine.stderr! }).on('line', (line) => {
    errors.push(line)
    if (errors.length > 100) errors.shift()
    appendFileSync(join(at.state, 'tollgate.log'), `${new Date().toISOString()} engine error ${line}\n`)
  })

  const reason = await Promise.race([ended(engine, errors), toldToStop(), orphaned()])
  const gone = engine.pid === undefined || (await endGroup(engine.pid))
  if (gone) forgetRun(at.state)
  hold.value.close()
  if (!gone) quit(`some processes of group ${engine.pid} would not end: end them before the next start`)
  if (reason === 'told to stop') process.exit(0)

  const failure = told.find((line) => line.event === 'failed')
  const log = named(join(at.state, 'tollgate.log'))
  quit(
    `${failure?.message ?? reason}. Everything was ended, what was accepted is kept; more may stand in ${log}`,
  )
}

/**
 * Starts engine.ts detached: a Ctrl-C in the terminal reaches this process only, and one kill reaches all of the
 * group. Its standard input is a pipe that ends with us, however we end.
 */
function startEngine(at: StartSettings): ChildProcess {
  const mark = randomUUID()
  const temporary = temporaryFolder(at.state)
  rmSync(join(at.state, 'tollgate.log'), { force: true })
  mkdirSync(temporary, { recursive: true })
  const engine = spawn(
    process.execPath,
    [
      join(root, 'commands', 'engine.ts'),
      at.state,
      String(at.storefrontPort),
      String(at.landingPort),
      ...(at.webhookUrl === undefined ? [] : [at.webhookUrl]),
    ],
    {
      cwd: root,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, TOLLGATE_RUN: mark, TMPDIR: temporary },
    },
  )
  if (engine.pid !== undefined) {
    const landing = `http://localhost:${at.landingPort}`
    writeRun(at.state, { group: engine.pid, mark, startedMs: Date.now(), landing })
  }
  return engine
}

/** Ends what a run left behind whose every watcher was killed at once, once it has proven to be that run's. */
async function endLeftover(folder: string): Promise<void> {
  const run = readRun(folder)
  if (run === undefined) return
  if (groupCarries(run.group, run.mark) && !(await endGroup(run.group)))
    quit(`processes of an earlier start (group ${run.group}) would not end: end them and start again`)
  forgetRun(folder)
}

/** Undefined for what the engine's libraries may print. */
function readLine(line: string): EngineLine | undefined {
  try {
    return JSON.parse(line) as EngineLine
  } catch {
    return undefined
  }
}

function ended(engine: ChildProcess, errors: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    engine.once('error', (cause) => resolve(`the engine cannot be started: ${cause.message}`))
    engine.once('close', (code, signal) =>
      resolve(`the engine ended by itself (${signal ?? `exit ${code}${lastWords(errors)}`})`),
    )
  })
}

function toldToStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve('told to stop'))
  })
}

/** `npm start` is npm, a shell and us: npm killed leaves the shell waiting for us, and the terminal without us. */
function orphaned(): Promise<string> {
  return new Promise((resolve) => {
    if (process.env['npm_lifecycle_event'] === undefined) return
    const born = ancestors().join()
    setInterval(() => {
      if (ancestors().join() !== born) resolve('npm is gone')
    }, 500).unref()
  })
}

/** A path as the person would type it. */
function named(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

function quit(message: string): never {
  console.error(`tollgate: ${message}`)
  process.exit(1)
}
