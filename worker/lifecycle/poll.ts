/** Takes AWS's events from the queue: stored first, deleted then, applied by the sweep. */
import type { Edge } from '../env.ts'
import { deleteMessages, receiveMessages } from '../aws/queue.ts'
import { keepEvents } from '../db/inbox.ts'
import { logLine } from '../log.ts'
import { readEvent, type Ours } from './event.ts'

/** Batches of ten in one run; what is left comes with the next minute. */
const BATCHES_MAX = 30

/** Drains the queue; answers how many events were new. Stops at the first call that fails: nothing is lost by it. */
export async function pollEvents(edge: Edge): Promise<number> {
  const { settings, seller, clocks } = edge
  const ours: Ours = {
    account: seller.seller.account,
    productCodes: seller.products.map((product) => product.code),
  }
  let fresh = 0
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const received = await receiveMessages(edge.aws, settings.eventsQueueUrl, edge.queueWaitSeconds)
    if (!received.ok) {
      logLine('error', 'queue_unreadable', received.error)
      return fresh
    }
    if (received.value.length === 0) return fresh

    const now = clocks.business()
    const events = received.value.map((message) => readEvent(message.body, message.id, ours, now))
    fresh += await keepEvents(settings.db, events, now)
    for (const event of events) {
      if (event.note !== null) logLine('info', 'event_kept', { id: event.id, note: event.note })
    }
    const deleted = await deleteMessages(edge.aws, settings.eventsQueueUrl, received.value)
    if (!deleted.ok) {
      logLine('warn', 'queue_not_deleted', deleted.error)
      return fresh
    }
  }
  return fresh
}
