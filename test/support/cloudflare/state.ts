/** What the stand-in remembers of an account, and what it needs of whoever runs the versions. */

/** As the upload's metadata and a version's resources have it. */
export interface Binding {
  readonly type: string
  readonly name: string
  readonly text?: string
  readonly class_name?: string
  readonly queue_name?: string
  readonly id?: string
}

export interface Version {
  readonly id: string
  readonly bindings: readonly Binding[]
  readonly script: string
  readonly compatibilityDate: string
  readonly compatibilityFlags: readonly string[]
  /** Classes of Durable Objects with SQLite, of all migrations until then. */
  readonly classes: readonly string[]
}

/** Runs the deployed version at its public name, and is its database. */
export interface Host {
  run(version: Version): Promise<void>
  /** The rows of each statement; all of them or none. */
  query(statements: string, params: readonly unknown[]): Promise<readonly (readonly object[])[]>
  close(): Promise<void>
}

export interface State {
  readonly databases: Map<string, string>
  readonly queues: Map<string, { readonly id: string; consumers: readonly object[] }>
  readonly zones: readonly { readonly id: string; readonly name: string }[]
  readonly subdomain: string
  /** Hostname to the Worker that has it. */
  readonly domains: Map<string, string>
  /** Names in the zones' DNS that belong to something else. */
  readonly records: Set<string>
  worker: { name: string; migrationTag: string | undefined } | undefined
  readonly versions: Version[]
  /** Ids of versions, the newest first. */
  readonly deployments: string[]
  schedules: readonly string[]
  onWorkersDev: boolean
}

export const newState = (zones: readonly string[], subdomain: string): State => ({
  databases: new Map(),
  queues: new Map(),
  zones: zones.map((name, at) => ({ id: String(at + 1).padStart(32, '0'), name })),
  subdomain,
  domains: new Map(),
  records: new Set(),
  worker: undefined,
  versions: [],
  deployments: [],
  schedules: [],
  onWorkersDev: false,
})

/** An answer with `success: false`. */
export class Refusal extends Error {
  readonly status: number
  readonly code: number

  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The version that takes requests; undefined before the first upload. */
export const runningOf = ({ versions, deployments }: State): Version | undefined =>
  versions.find(({ id }) => id === deployments[0])
