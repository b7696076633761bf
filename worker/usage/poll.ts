/** The usage queue: applications inside AWS report by SQS. A message goes when each of its events has an answer for good. */
import { readRequest, type ReadEvent } from '../../shared/usage/read.ts'
import { deleteMessages, receiveMessages, type QueueMessage } from '../aws/queue.ts'
import { keepRefusedRows, type RefusedRow } from '../db/refused.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { answerEvents, answerSequence, type Answered, type Reporting } from './answer.ts'
import { poison, QUEUE_KEY, refusedEvents, refusedSequence } from './refused.ts'
import { openLookup } from './subscriptions.ts'

/** Of one run, which cron starts each minute: what is left comes with the next one. */
const BATCHES_MAX = 200
const RUN_MAX_MS = 40_000

/** How long messages received are ours alone: far longer than their taking, far shorter than anybody's patience. */
const HIDDEN_SECONDS = 120

/** What became of the messages of a run. `left` come again by themselves. */
export interface Polled {
  readonly taken: number
  readonly left: number
}

/** Drains the queue, if there is one. Stops at the first call that fails: nothing is lost by it. */
export async function pollUsage(edge: Edge): Promise<Polled> {
  const { settings, clocks } = edge
  const url = settings.usageQueueUrl
  let taken = 0
  let left = 0
  if (url === undefined) return { taken, left }
  const { db, ledgers } = settings
  const using: Reporting = {
    lookup: openLookup(db),
    ledgerOf: (id) => ledgers.getByName(id),
    seller: edge.seller,
  }
  const until = clocks.wall() + RUN_MAX_MS
  for (let batch = 0; batch < BATCHES_MAX && clocks.wall() < until; batch += 1) {
    const received = await receiveMessages(edge.aws, url, edge.queueWaitSeconds, HIDDEN_SECONDS)
    if (!received.ok) {
      logLine('error', 'usage_queue_unreadable', received.error)
      return { taken, left }
    }
    if (received.value.length === 0) return { taken, left }
    const done = await takeMessages(edge, received.value, using)
    taken += done.length
    left += received.value.length - done.length
    const deleted = await deleteMessages(edge.aws, url, done)
    if (!deleted.ok) {
      logLine('warn', 'usage_queue_not_deleted', deleted.error)
      return { taken, left }
    }
  }
  return { taken, left }
}

/** Takes the events of these messages and keeps what is refused. Answers the messages that may be deleted. */
async function takeMessages(
  edge: Edge,
  messages: readonly QueueMessage[],
  using: Reporting,
): Promise<readonly QueueMessage[]> {
  const rows: RefusedRow[] = []
  const again = new Set<QueueMessage>()
  const events: ReadEvent[] = []
  const messageOfEvent: QueueMessage[] = []
  try {
    for (const message of messages) {
      const read = readRequest(new TextEncoder().encode(message.body), 'any', QUEUE_KEY.id)
      if (!read.ok) rows.push(poison(message.id, message.body, read.error))
      else if (read.value.kind === 'sequence') {
        const answer = await answerSequence(read.value, QUEUE_KEY, using)
        if (answer.result === 'again') again.add(message)
        if (answer.result === 'refused')
          rows.push(refusedSequence('queue', read.value, answer, QUEUE_KEY, using.seller))
      } else {
        for (const event of read.value.events) {
          events.push(event)
          messageOfEvent.push(message)
        }
      }
    }
    const answered: Answered[] = events.length === 0 ? [] : await answerEvents(events, QUEUE_KEY, using)
    answered.forEach(({ answer }, place) => {
      const message = messageOfEvent[place]
      if (answer.result === 'again' && message) again.add(message)
    })
    rows.push(...refusedEvents('queue', events, answered, QUEUE_KEY, using.seller))
    await keepRefusedRows(edge.settings.db, rows, edge.clocks.business())
  } catch (thrown) {
    // D1 did not answer: what a Ledger counted is known by its id when the messages come again.
    logLine('error', 'usage_queue_failed', { messages: messages.length, error: messageOf(thrown) })
    return []
  }
  for (const { reason, eventId, message } of rows)
    logLine('warn', 'usage_refused', { reason, id: eventId, message })
  return messages.filter((message) => !again.has(message))
}
