/** A buyer's task or pod as the simulator knows it, as types. No code. What may be done to it stands in `tasks.ts`. */

/** What runs it. `node`: a process under an instance's role, without a task; `agentcore`: AgentCore Runtime, with its own rules. */
export type Launch = 'ecs' | 'eks' | 'node' | 'agentcore'

export type TaskState = 'PENDING' | 'RUNNING' | 'STOPPED'

/** Times are business time, epoch ms. */
export interface Task {
  /** 32 hex digits. */
  readonly id: string
  /** Who AWS meters: the ECS task's ARN, `pod/<uid>`, the AgentCore runtime's ARN, the instance's id. */
  readonly task: string
  readonly account: string
  readonly region: string
  readonly launch: Launch
  /** The product's own short name; null: nobody said. */
  readonly product: string | null
  /** The address of its credentials and its metadata ends with this. */
  readonly secret: string
  readonly startedAt: number
  /** When the present container of it was started. */
  containerStartedAt: number
  /** How often its container was started again. */
  restarts: number
  /** What its owner asked for. */
  desired: 'RUNNING' | 'STOPPED'
  /** What is: told by who runs it. */
  state: TaskState
  stoppedAt: number | null
  /** Of the container that ended last. */
  exitCode: number | null
  reason: string | null
  /** Where a person finds what it serves. */
  url: string | null
  /** The base URL of its development routes: it moves with the clock until it stops. */
  participant: string | null
  /** The access key id of its role's present session. */
  credentials: string | null
  /** By product code, the agreement its first call was taken under: later calls are not asked for one. */
  readonly initial: { [productCode: string]: string }
  /** By product code, when RegisterUsage was first answered. */
  readonly registered: { [productCode: string]: number }
}

/** A product's keys for RegisterUsage. */
export interface KeyVersions {
  readonly current: number
  /** By version, when it was replaced, business time, epoch ms. */
  readonly retired: { readonly [version: string]: number }
}
