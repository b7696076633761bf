/** What has to be done so that the tasks that run are those that are wanted. Pure. */
import type { TaskReport, TaskView } from './view.ts'

/** A container of ours, as far as deciding needs it. */
export interface Known {
  readonly phase: 'starting' | 'running' | 'stopping'
  /** The task's `restarts` as it was started. */
  readonly restarts: number
}

export type Act =
  | { readonly kind: 'start'; readonly task: TaskView }
  /** It ran when everything was killed: the platform starts a new container within the same task. */
  | { readonly kind: 'restart'; readonly id: string }
  | { readonly kind: 'stop'; readonly id: string }
  /** Stop it, and say nothing of its end: the task goes on with the next container. */
  | { readonly kind: 'replace'; readonly id: string }
  | { readonly kind: 'report'; readonly id: string; readonly report: TaskReport }

/** How a task ended that was killed together with everything else. 128 + SIGKILL. */
export const KILLED: TaskReport = {
  state: 'STOPPED',
  exitCode: 137,
  reason: 'Killed with the npm start that ran it.',
}

/**
 * What to do now. `known`: the containers that live here, by the task's id. Every report of theirs was taken before
 * `tasks` was asked for: what differs then is meant.
 */
export function planTasks(tasks: readonly TaskView[], known: ReadonlyMap<string, Known>): readonly Act[] {
  const named = new Set(tasks.map(({ id }) => id))
  const forgotten = [...known].flatMap(([id, { phase }]): Act[] =>
    named.has(id) || phase === 'stopping' ? [] : [{ kind: 'stop', id }],
  )
  return [...forgotten, ...tasks.flatMap((task) => planTask(task, known.get(task.id)))]
}

function planTask(task: TaskView, container: Known | undefined): readonly Act[] {
  const { id, desired, state, restarts } = task
  if (container === undefined) {
    if (state === 'STOPPED') return []
    if (desired === 'STOPPED') return [{ kind: 'report', id, report: KILLED }]
    return [state === 'RUNNING' ? { kind: 'restart', id } : { kind: 'start', task }]
  }
  if (container.phase === 'stopping') return []
  if (desired === 'STOPPED' || state === 'STOPPED') return [{ kind: 'stop', id }]
  return restarts > container.restarts ? [{ kind: 'replace', id }] : []
}
