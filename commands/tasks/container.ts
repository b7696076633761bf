/** One container of a task: the process `tollgate run -- node server.mjs`, from its start to its end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { processes } from '../start/processes.ts'
import { endingOf, levelOf } from './ending.ts'
import { environmentOf } from './environment.ts'
import { freePort } from './free-port.ts'
import type { Image } from './image.ts'
import type { TaskReport, TaskView } from './view.ts'

/** What ECS gives between SIGTERM and SIGKILL. Source: ECS task definition, `stopTimeout`, default 30 (2026-11-21). */
const STOP_TIMEOUT_MS = 30_000
const LOOK_EVERY_MS = 100
const LOOK_TIMEOUT_MS = 2_000
/** How long what it said last may be on its way once it has ended. */
const LAST_WORDS_MS = 500

export interface Ground {
  readonly image: Image
  /** Where volumes are kept. */
  readonly folder: string
  readonly healthPath: string
  readonly tokenFile: string | null
  readonly log: (from: string, level: string, text: string) => void
}

export interface Container {
  /** Resolves when the application answers its health check; never when it ends before. */
  readonly healthy: Promise<TaskReport>
  readonly ended: Promise<TaskReport>
  /** SIGTERM, and SIGKILL when it takes longer than the platform gives. */
  stop(): void
}

/** Starts it in the process group of this process: it dies with the group. */
export async function startContainer(task: TaskView, ground: Ground): Promise<Container> {
  const { image, folder, tokenFile, log } = ground
  const [appPort, ownPort] = [await freePort(), await freePort()]
  const place = { appPort, ownPort, spool: volumeOf(task, folder), tokenFile }
  const child = spawn(process.execPath, [image.entry, 'run', '--', process.execPath, image.application], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environmentOf(task, place, process.env),
  })

  const errors: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => log(`task ${task.id}`, 'info', line))
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors.push(line)
    if (errors.length > 100) errors.shift()
    log(`task ${task.id}`, levelOf(line), line)
  })

  const url = `http://127.0.0.1:${appPort}`
  let children: readonly number[] = []
  let late: NodeJS.Timeout | undefined
  const healthy = untilHealthy(new URL(ground.healthPath, url), child).then((): TaskReport => {
    children = processes().flatMap(({ pid, parent }) => (parent === child.pid ? [pid] : []))
    return { state: 'RUNNING', url, participant: `http://127.0.0.1:${ownPort}` }
  })
  const ended = new Promise<TaskReport>((resolve) => {
    child.once('error', (cause) => resolve(endingOf(1, null, [`it cannot be started: ${cause.message}`])))
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(late)
      resolve(endingOf(code, signal, errors))
    }
    child.once('close', end)
    child.once('exit', (code, signal) => {
      // A container's processes end with its first; here nobody but us sees to that.
      if (signal !== null) children.forEach(kill)
      setTimeout(() => end(code, signal), LAST_WORDS_MS)
    })
  })
  return {
    healthy,
    ended,
    stop() {
      child.kill('SIGTERM')
      late ??= setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    },
  }
}

async function untilHealthy(url: URL, child: ChildProcess): Promise<void> {
  for (;;) {
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS))
    // Nobody waits for the health of what has ended.
    if (child.exitCode !== null || child.signalCode !== null) return new Promise(() => undefined)
    const answer = await fetch(url, { signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) }).catch(() => undefined)
    if (answer?.ok === true) return
  }
}

/** Tasks of one buyer share a volume, as on EFS: there a successor finds what a dead task left. */
function volumeOf({ account, product }: TaskView, folder: string): string {
  const path = join(folder, 'volumes', account, product ?? 'any')
  mkdirSync(path, { recursive: true })
  return path
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
