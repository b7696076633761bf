/** A buyer's tasks as a test runs them: asked of the simulator, run by `npm start`, used over HTTP. */
import { expect } from 'vitest'
import type { TaskState, TaskView } from '../../commands/tasks/view.ts'
import { marketplaceAt } from './marketplace.ts'

/** A task as `GET /tasks/{id}` shows it. */
export interface RunTask extends TaskView {
  readonly task: string
  readonly exitCode: number | null
  readonly reason: string | null
  readonly url: string | null
  readonly participant: string | null
}

/** A container starts two Nodes, on a machine that may be busy. */
const WAIT = { timeout: 30_000, interval: 50 }

/** Tasks of the account at the simulator at `url`. */
export function tasksOf(url: string, account: string) {
  async function call<T>(path: string, body?: object): Promise<T> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const response = await fetch(
      new URL(path, url),
      body === undefined ? {} : { ...init, body: JSON.stringify(body) },
    )
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
    return JSON.parse(text) as T
  }
  const see = (id: string) => call<RunTask>(`/tasks/${id}`)

  return {
    run: async (launch: TaskView['launch'], product = 'container') =>
      (await call<RunTask>('/tasks', { account, launch, product })).id,
    stop: (id: string) => call<RunTask>(`/tasks/${id}/stop`, {}),
    /** The task once it is in this state, after so many restarts. */
    async until(id: string, state: TaskState, restarts = 0): Promise<RunTask> {
      await expect
        .poll(async () => {
          const { state: now, restarts: times, exitCode, reason } = await see(id)
          if (now === 'STOPPED' && state !== now) throw new Error(`it stopped (exit ${exitCode}): ${reason}`)
          return [now, times]
        }, WAIT)
        .toEqual([state, restarts])
      return see(id)
    },
    /** Calls the application's API so often, and waits until as much is on the task's disk. */
    async use(task: RunTask, calls: number, open = calls): Promise<void> {
      for (let i = 0; i < calls; i += 1) {
        const response = await fetch(new URL('/api/skills?q=review', task.url ?? ''))
        if (!response.ok) throw new Error(`the application answered ${response.status}`)
        await response.arrayBuffer()
      }
      await expect
        .poll(async () => {
          const status = await fetch(new URL('/status', task.participant ?? ''))
          const { meter } = (await status.json()) as { meter: { open: Readonly<Record<string, string>> } }
          return meter.open['api_call']
        }, WAIT)
        .toBe(String(open))
    },
    /** Units AWS would bill the account, by hour. */
    async billed(): Promise<readonly number[]> {
      const { lines } = await marketplaceAt(url).bill()
      const own = lines.filter((line) => line.account === account)
      return own.toSorted((a, b) => a.hour - b.hour).map(({ quantity }) => quantity)
    },
  }
}
