/** What the simulator says of its tasks, and what it is told of them: it asks for tasks, `npm start` runs them. */

/** A task that a buyer's platform was told to run. */
export interface TaskView {
  readonly id: string
  readonly account: string
  readonly launch: 'ecs' | 'eks' | 'node' | 'agentcore'
  /** The product's key; null: nobody said. */
  readonly product: string | null
  readonly desired: 'RUNNING' | 'STOPPED'
  readonly state: TaskState
  /** How often a new container was asked for within it. */
  readonly restarts: number
  /** What the platform puts into its environment. */
  readonly env: Readonly<Record<string, string>>
}

export type TaskState = 'PENDING' | 'RUNNING' | 'STOPPED'

/** What who runs a task says of it. */
export interface TaskReport {
  readonly state: TaskState
  readonly exitCode?: number
  /** One line. */
  readonly reason?: string
  /** Where the application answers. */
  readonly url?: string
  /** Base URL of the clock's routes: from then on the task takes part in stepping. */
  readonly participant?: string
}

export type Tasks = ReturnType<typeof tasksAt>

/** The simulator at `url`. All throw when it does not answer as it has to: the caller asks again. */
export function tasksAt(url: string) {
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(10_000) })
    if (!response.ok) throw new Error(`${path} answered ${response.status} ${await response.text()}`)
    return response
  }
  const pathOf = (id: string, what: string) => `/tasks/${encodeURIComponent(id)}/${what}`
  return {
    list: async () => (await (await call('/tasks')).json()) as readonly TaskView[],
    /** EKS: the service account's token, which the platform projects into a file. */
    token: async (id: string) => (await call(pathOf(id, 'token'))).text(),
    /** A new container within the same task. */
    async restart(id: string): Promise<void> {
      await call(pathOf(id, 'restart'), { method: 'POST' })
    },
    async report(id: string, report: TaskReport): Promise<void> {
      await call(pathOf(id, 'state'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(report),
      })
    },
  }
}
