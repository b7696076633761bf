/** The environment of a task's container: what the platform gives, and the few things that this machine decides. Pure. */
import type { TaskView } from './view.ts'

export interface Place {
  /** Of the application, and of the container's own doors; both on loopback. */
  readonly appPort: number
  readonly ownPort: number
  /** A volume as the tasks of one buyer share it. */
  readonly spool: string
  /** Where the service account's token was written; null: the platform gives none. */
  readonly tokenFile: string | null
}

/** What a program needs of the machine, whatever the platform. */
const OF_THE_MACHINE = ['PATH', 'TMPDIR', 'SystemRoot']

/** Nothing of ours is inherited: a setting in the developer's shell would be one that no buyer has. */
export function environmentOf(
  task: TaskView,
  place: Place,
  machine: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const kept = OF_THE_MACHINE.flatMap((name) => {
    const value = machine[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(kept),
    ...task.env,
    ...(place.tokenFile === null ? {} : { AWS_WEB_IDENTITY_TOKEN_FILE: place.tokenFile }),
    TOLLGATE_SPOOL: place.spool,
    TOLLGATE_PORT: String(place.ownPort),
    HOST: '127.0.0.1',
    PORT: String(place.appPort),
  }
}
