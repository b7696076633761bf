/** A cluster before anything goes wrong: its tasks, their disks, what they use, who is stopped when. Types only; times are epoch ms. */

export const SHAPES = ['hours', 'days', 'month-end', 'agent', 'scaled-to-zero'] as const
export type Shape = (typeof SHAPES)[number]

/**
 * Where the spool is. `shared`: one volume that all tasks have. `slot`: a disk of its own that the replacement gets.
 * `task`: a disk that lives as long as its task. `none`: the container's own, gone with the process.
 */
export const VOLUMES = ['shared', 'slot', 'task', 'none'] as const
export type VolumeKind = (typeof VOLUMES)[number]

export interface World {
  readonly seed: number
  readonly shape: Shape
  readonly metering: 'task' | 'agent'
  readonly volume: VolumeKind
  readonly from: number
  /** The last usage is before it. */
  readonly until: number
  readonly dimensions: readonly string[]
  /** Places of the service: each holds one task at a time. */
  readonly slots: readonly Slot[]
  readonly reports: readonly Report[]
}

export interface Slot {
  readonly startAt: number
  readonly acts: readonly Act[]
}

/**
 * `crash`: SIGKILL out of nowhere, and a container comes back. `stop`: SIGTERM, and nobody comes back. `deploy`: SIGTERM,
 * and another task comes, before or after. `restart`: SIGTERM, and the same task's container comes again. `start`: a task comes where there was none.
 */
export interface Act {
  readonly at: number
  readonly kind: 'crash' | 'stop' | 'deploy' | 'restart' | 'start'
  /** How long until the next one starts. */
  readonly afterMs: number
}

/** What the application in a slot reports at once. */
export interface Report {
  readonly at: number
  readonly slot: number
  readonly by: 'ids' | 'sequence'
  readonly events: readonly {
    readonly dimension: string
    /** Millionths. */
    readonly amount: number
    /** How long before the report it happened. */
    readonly agoMs: number
  }[]
}
