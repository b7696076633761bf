/**
 * Runs the tasks that the simulator's buyers ask for, as ECS or EKS would: one container a task, several at once. Each
 * round says what happened, asks what is wanted, and does it. What lives here dies with the process group.
 */
import { type Container, type Ground, startContainer } from './container.ts'
import { buildImage } from './image.ts'
import { type Act, type Known, planTasks } from './plan.ts'
import { openTokenFile } from './token-file.ts'
import { type TaskReport, tasksAt, type TaskView } from './view.ts'

const ROUND_MS = 250

export interface RunnerOptions extends Pick<Ground, 'folder' | 'log'> {
  /** Of the project. */
  readonly root: string
  /** Where the simulator answers. */
  readonly simulator: string
  /** By product key, what its image is asked for its health by. */
  readonly healthPaths: Readonly<Record<string, string>>
}

/** A container of ours. */
interface Live {
  phase: Known['phase']
  readonly restarts: number
  replaced: boolean
  readonly container: Container
}

/** Goes on for ever. What the simulator does not answer now is asked again in the next round. */
export async function runTasks(options: RunnerOptions): Promise<never> {
  const simulator = tasksAt(options.simulator)
  const live = new Map<string, Live>()
  const unsaid: { readonly id: string; readonly report: TaskReport }[] = []
  let building: ReturnType<typeof buildImage> | undefined
  let lastFailure = ''

  for (;;) {
    try {
      await round()
      lastFailure = ''
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      if (why !== lastFailure) options.log('tasks', 'error', why)
      lastFailure = why
    }
    await new Promise((done) => setTimeout(done, ROUND_MS))
  }

  async function round(): Promise<void> {
    for (let next = unsaid[0]; next !== undefined; next = unsaid[0]) {
      await simulator.report(next.id, next.report)
      unsaid.shift()
    }
    const tasks = await simulator.list()
    // What ended while we asked is not started again before that was said.
    const silent = new Set(unsaid.map(({ id }) => id))
    const settled = tasks.filter(({ id }) => !silent.has(id))
    for (const act of planTasks(settled, live)) await carryOut(act)
  }

  async function carryOut(act: Act): Promise<void> {
    switch (act.kind) {
      case 'start':
        return start(act.task)
      case 'restart':
        return simulator.restart(act.id)
      case 'report':
        return simulator.report(act.id, act.report)
      case 'stop':
        return stop(act.id, false)
      case 'replace':
        return stop(act.id, true)
    }
  }

  async function start(task: TaskView): Promise<void> {
    const { id, launch, restarts, product } = task
    const healthPath = options.healthPaths[product ?? ''] ?? Object.values(options.healthPaths)[0] ?? '/'
    // Built once, when the first task is wanted.
    building ??= buildImage(options.root, options.folder)
    const image = await building
    if (!image.ok) {
      building = undefined
      return simulator.report(id, { state: 'STOPPED', exitCode: 1, reason: image.error })
    }
    const token = launch === 'eks' ? await openTokenFile(options.folder, id, () => simulator.token(id)) : null
    const ground = { ...options, image: image.value, healthPath, tokenFile: token?.path ?? null }
    const container = await startContainer(task, ground)
    const entry: Live = { phase: 'starting', restarts, replaced: false, container }
    live.set(id, entry)
    void container.healthy.then((report) => {
      if (entry.phase !== 'starting') return
      entry.phase = 'running'
      unsaid.push({ id, report })
    })
    void container.ended.then((report) => {
      token?.remove()
      live.delete(id)
      if (!entry.replaced) unsaid.push({ id, report })
    })
  }

  function stop(id: string, replaced: boolean): void {
    const entry = live.get(id)
    if (entry === undefined) return
    entry.phase = 'stopping'
    entry.replaced = replaced
    entry.container.stop()
  }
}
