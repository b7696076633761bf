/** The whole of Tollgate as a test starts it: `npm start`'s own entry, free ports, a state folder of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePorts } from './ports.ts'
import { groupIsGone, groupOf, kill, type Role, type Running, runningIn } from './processes.ts'

export const ROOT = resolve(import.meta.dirname, '..', '..')
/** A start that goes on is given up; on a busy machine one takes ten seconds. */
const GIVEN_UP_MS = 45_000

export interface System {
  /** `http://127.0.0.1:…`: AWS, the storefront, the control API. */
  readonly storefront: string
  /** `http://localhost:…`: the landing page and the usage API. */
  readonly landing: string
  readonly apiKey: string
  readonly folder: string
  readonly ports: readonly [number, number]
  /** From the start to the line that says so. */
  readonly readyMs: number
  /** Everything printed until now. */
  output(): string
  /** The supervisor and the members of the engine's group. */
  processes(): readonly Running[]
  kill(role: Role): void
  killAll(): void
  /** The exit code of the supervisor, null for a signal. */
  readonly exited: Promise<number | null>
  /** The same once its whole group is gone; rejects when some of it stays. */
  readonly ended: Promise<number | null>
  /** Ends it as Ctrl-C does. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface Start {
  /** Taken from an earlier start, to start again on its state. */
  readonly folder?: string
  readonly ports?: readonly [number, number]
  readonly flags?: readonly string[]
  /** Another copy of the project. */
  readonly root?: string
}

/** A state folder that does not exist yet, in a temporary folder of its own. */
export const newFolder = (): string => join(mkdtempSync(join(tmpdir(), 'tollgate-test-')), 'state')

/** Starts and waits until it is ready. Throws with all it printed when it ends before. */
export async function startSystem(start: Start = {}): Promise<System> {
  const began = performance.now()
  const run = await launch(start)
  const first = await Promise.race([run.printed('Ctrl-C ends everything'), run.exited])
  if (first !== 'printed') {
    if (start.folder === undefined) removeFolder(run.folder)
    throw new Error(`it did not start (exit ${first}):\n${run.output()}`)
  }

  const { supervisor, folder } = run
  const demo = JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8')) as { apiKey: string }
  const group = groupOf(folder) ?? 0
  const ended = run.exited.then(async (code) => {
    if (!(await groupIsGone(group))) throw new Error(`group ${group} outlived its supervisor`)
    return code
  })
  // Who does not wait for the end does not ask for it either.
  ended.catch(() => undefined)
  const processes = (): readonly Running[] => [
    ...(supervisor.exitCode === null && supervisor.signalCode === null
      ? [{ role: 'supervisor' as const, pid: supervisor.pid ?? 0 }]
      : []),
    ...runningIn(folder),
  ]

  return {
    storefront: `http://127.0.0.1:${run.ports[0]}`,
    landing: `http://localhost:${run.ports[1]}`,
    apiKey: demo.apiKey,
    folder,
    ports: run.ports,
    readyMs: Math.round(performance.now() - began),
    output: run.output,
    processes,
    kill(role) {
      const pid = processes().find((each) => each.role === role)?.pid
      if (pid === undefined) throw new Error(`there is no ${role} to kill`)
      kill(pid)
    },
    // At one instant: a container that outlived its application by a moment would still send its hour.
    killAll() {
      kill(supervisor.pid ?? 0)
      if (group > 1) kill(-group)
    },
    exited: run.exited,
    ended,
    stop(signal = 'SIGINT') {
      supervisor.kill(signal)
      return ended
    },
  }
}

/** A start that is expected to fail: everything it printed and its exit code. */
export async function startInVain(start: Start = {}): Promise<{ code: number | null; output: string }> {
  const run = await launch(start)
  const late = setTimeout(() => run.supervisor.kill('SIGTERM'), GIVEN_UP_MS)
  const code = await run.exited
  clearTimeout(late)
  return { code, output: run.output() }
}

async function launch(start: Start) {
  const ports = start.ports ?? (await freePorts())
  const folder = start.folder ?? newFolder()
  const root = start.root ?? ROOT
  const supervisor = spawn(
    process.execPath,
    [
      join(root, 'commands', 'start.mjs'),
      `--state=${folder}`,
      `--storefront-port=${ports[0]}`,
      `--landing-port=${ports[1]}`,
      ...(start.flags ?? []),
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: environment() },
  )
  let text = ''
  supervisor.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  supervisor.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  endWithUs(supervisor)

  const exited = new Promise<number | null>((resolve) => supervisor.once('close', (code) => resolve(code)))
  const printed = (words: string) =>
    new Promise<'printed'>((resolve) => {
      const look = (): void => {
        if (text.includes(words)) resolve('printed')
      }
      supervisor.stdout.on('data', look)
    })
  return { supervisor, ports, folder, exited, printed, output: () => text }
}

/** Nothing of the test runner's own: it sets NODE_OPTIONS and NODE_ENV, which a person's shell does not. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) }
}

/** A test run that is interrupted leaves no system behind: ending the supervisor ends all. */
function endWithUs(supervisor: ChildProcess): void {
  const end = (): void => void supervisor.kill('SIGKILL')
  process.once('exit', end)
  supervisor.once('close', () => process.off('exit', end))
}

/** Removes the state of a start that was made by `newFolder`. */
export const removeFolder = (folder: string): void =>
  rmSync(join(folder, '..'), { recursive: true, force: true })
