/** A queue as the state keeps it. Types only; what may be done with it stands in `queues.ts`. */

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
}

export interface Queue {
  readonly name: string
  readonly region: string
  readonly createdAt: number
  readonly visibilityTimeoutSeconds: number
  messages: QueueMessage[]
}
