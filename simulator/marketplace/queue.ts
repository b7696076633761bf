/** A queue as the state keeps it. What may be done with it stands in `queues.ts`. */

/** How long a message is kept unreceived or undeleted. Source: SQS quotas, 14 days at most. */
export const RETENTION_MS = 14 * 86_400_000

/** Source: SQS quotas, 1 MiB a message. */
export const BODY_MAX_BYTES = 1_048_576

export interface QueueMessage {
  readonly id: string
  readonly body: string
  /** Wall time, epoch ms. */
  readonly sentAt: number
  /** Wall time: not handed out before. */
  visibleAt: number
  receives: number
  /** Wall time of the first receive; null before. */
  firstReceivedAt: number | null
  /** The receipt handle of the last receive; null before. Older handles no longer delete. */
  receipt: string | null
  /** In a dead-letter queue: the queue it came from. */
  readonly source?: string
}

export interface Queue {
  readonly name: string
  readonly region: string
  readonly createdAt: number
  visibilityTimeoutSeconds: number
  /** Where what is received too often goes. Null: nowhere; absent: nobody said so yet. */
  redrive?: { readonly deadLetter: string; readonly maxReceiveCount: number } | null
  messages: QueueMessage[]
}

/** The dead-letter queue of a queue, as a stack names it. */
export const deadLetterOf = (name: string): string => `${name}-dlq`

/** How often a message of the seller's queues is handed out before it is buried. */
export const RECEIVES_MAX = 10

/** Where the seller's applications report usage; AWS Marketplace itself knows nothing of it. */
export const USAGE_QUEUE = 'usage'

/** Where the API destination's rule puts the events it could not push. */
export const PUSH_DEAD_LETTERS = 'marketplace-events-push-dlq'

/** The seller's queue that all events come to. */
export const EVENTS_QUEUE = 'marketplace-events'
