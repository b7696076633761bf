/** Takes AWS's events from the queue: stored first, deleted then, applied by the sweep. */
import { deleteMessages, receiveMessages } from '../aws/queue.ts'
import type { Edge } from '../env.ts'
import { logLine } from '../log.ts'
import { keep, readMessage } from './keep.ts'

/** Batches of ten in one run; what is left comes with the next minute. */
const BATCHES_MAX = 30

/** Drains the queue; answers how many events were new. Stops at the first call that fails: nothing is lost by it. */
export async function pollEvents(edge: Edge): Promise<number> {
  const { eventsQueueUrl } = edge.settings
  let fresh = 0
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const received = await receiveMessages(edge.aws, eventsQueueUrl, edge.queueWaitSeconds)
    if (!received.ok) {
      logLine('error', 'queue_unreadable', received.error)
      return fresh
    }
    if (received.value.length === 0) return fresh

    fresh += await keep(
      edge,
      received.value.map((message) => readMessage(edge, message)),
    )
    const deleted = await deleteMessages(edge.aws, eventsQueueUrl, received.value)
    if (!deleted.ok) {
      logLine('warn', 'queue_not_deleted', deleted.error)
      return fresh
    }
  }
  return fresh
}
