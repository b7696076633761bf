/** Where the container runs and who it is to AWS: what Region and identity are read from, never configured. Types only. */

export interface Platform {
  readonly kind: 'ecs' | 'eks'
  /** From the environment, then ECS task metadata, then IMDS. */
  readonly region: string
  /**
   * Who AWS meters: the ECS task's ARN, or `pod/<uid>`. A container that is started again within its task or pod keeps it
   * (money §11).
   */
  readonly task: string
  /** When the task was made, epoch ms, where the platform says it. */
  readonly startedAt: number | null
}
