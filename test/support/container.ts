/** A container as a real process beside a simulator: started with the environment of a task, watched, stepped and ended. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildSync } from 'esbuild'
import { onTestFinished } from 'vitest'
import type { ContainerView } from '../../shared/seller/views.ts'
import type { RunTask } from '../simulator/simulator.ts'

export interface ContainerProcess {
  readonly pid: number
  /** What it has written to standard error, by lines. */
  readonly lines: readonly string[]
  /** Its exit code, once it has ended and all it wrote was read. */
  readonly exited: Promise<number | null>
  /** The log's line of that event, as soon as it is there; rejects when the process ends before. */
  logged(event: string): Promise<Readonly<Record<string, unknown>>>
  /** POST to a route of the stepper. */
  step(path: 'clock' | 'step' | 'settled', body: object): Promise<Readonly<Record<string, unknown>>>
  get(path: string): Promise<Readonly<Record<string, unknown>>>
  /** Reports usage at the door; answers the status. */
  report(event: object): Promise<number>
  kill(signal?: NodeJS.Signals): void
}

export interface Starting {
  readonly env: Readonly<Record<string, string>>
  readonly view: ContainerView
  readonly argv?: readonly string[]
  /** Of Node itself. */
  readonly flags?: readonly string[]
}

/** Bundled once: a start from the sources costs half a second more. */
const bundle = mkdtempSync(join(tmpdir(), 'tollgate-bundle-'))
process.once('exit', () => rmSync(bundle, { recursive: true, force: true }))
const ENTRY = join(bundle, 'container.mjs')
buildSync({
  entryPoints: [join(import.meta.dirname, 'container-process.ts')],
  outfile: ENTRY,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
})

/** A folder that goes with the test. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-container-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What the platform gives a task, with a spool of its own; a pod's token is written to a file. */
export function environmentOf(task: RunTask, spool = testFolder()): Readonly<Record<string, string>> {
  const tokenFile = join(spool, 'token')
  if (task.token !== undefined) writeFileSync(tokenFile, task.token)
  return {
    ...task.env,
    ...(task.token === undefined ? {} : { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile }),
    TOLLGATE_SPOOL: spool,
    TOLLGATE_PORT: '0',
  }
}

/** Starts it; it ends with the test at the latest. */
export function startContainer({ env, view, argv = [], flags = [] }: Starting): ContainerProcess {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [...flags, ENTRY, ...argv], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH, TOLLGATE_PORT: '0', ...env, TEST_VIEW: JSON.stringify(view) },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const heard = new Set<() => void>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line)
    for (const listen of heard) listen()
  })
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))

  const lineOf = (event: string): Readonly<Record<string, unknown>> | undefined =>
    lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .find((line) => line['event'] === event)

  const logged = (event: string): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const line = lineOf(event)
        if (line === undefined) return
        heard.delete(look)
        resolve(line)
      }
      heard.add(look)
      look()
      void exited.then((code) =>
        reject(new Error(`it ended with ${code} before "${event}":\n${lines.join('\n')}`)),
      )
    })

  const urlOf = async (path: string): Promise<string> =>
    `${String((await logged('listening'))['url'])}${path}`
  // An agent's door asks who is there; on loopback nobody does.
  const authorization = `Bearer ${env['TOLLGATE_AGENT_KEY'] ?? ''}`
  const read = async (answer: Response): Promise<Readonly<Record<string, unknown>>> =>
    (await answer.json()) as Readonly<Record<string, unknown>>

  return {
    pid: child.pid ?? 0,
    lines,
    exited,
    logged,
    get: async (path) => read(await fetch(await urlOf(path), { headers: { authorization } })),
    async report(event) {
      const answer = await fetch(await urlOf('/v1/usage'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
      })
      return answer.status
    },
    step: async (path, body) =>
      read(
        await fetch(await urlOf(`/__dev/${path}`), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
    kill: (signal = 'SIGTERM') => void child.kill(signal),
  }
}
