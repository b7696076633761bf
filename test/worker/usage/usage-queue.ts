/** The usage queue at the wire: SQS as far as a poll needs it. What is not deleted comes again when it is asked to. */
import { vi } from 'vitest'
import { pollUsage, type Polled } from '../../../worker/usage/poll.ts'
import type { Edge } from '../../../worker/env.ts'
import { clockAt, edgeAt, standIn, type TestClock, type WireCall } from '../support.ts'
import { NOW } from './support.ts'

const URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/tollgate-usage'

export interface UsageQueue {
  readonly clock: TestClock
  readonly edge: Edge
  readonly calls: readonly WireCall[]
  /** Bodies that are not deleted yet. */
  left(): readonly string[]
  put(...bodies: readonly (string | object)[]): void
  /** What cron does of it; `again`: messages received before have become visible. */
  poll(): Promise<Polled>
  /** How SQS answers a call instead, or undefined to let it. */
  fail: (target: string) => Response | undefined
}

/** Opens a queue and an edge that polls it; `fetch` is the queue until the test ends. */
export function openUsageQueue(over: Partial<Edge> = {}): UsageQueue {
  const clock = clockAt(NOW)
  const base = edgeAt(clock)
  const edge: Edge = { ...base, settings: { ...base.settings, usageQueueUrl: URL }, ...over }
  const messages = new Map<string, { body: string; hidden: boolean }>()
  let made = 0

  const wire = standIn(({ target, body }) => {
    const failure = queue.fail(target)
    if (failure !== undefined) return failure
    if (target === 'DeleteMessageBatch') {
      const entries = body['Entries'] as readonly { Id: string; ReceiptHandle: string }[]
      for (const { ReceiptHandle } of entries) messages.delete(ReceiptHandle)
      return Response.json({ Successful: entries.map(({ Id }) => ({ Id })), Failed: [] })
    }
    const visible = [...messages].filter(([, message]) => !message.hidden).slice(0, 10)
    for (const [, message] of visible) message.hidden = true
    return Response.json({
      Messages: visible.map(([id, message]) => ({ MessageId: id, ReceiptHandle: id, Body: message.body })),
    })
  })
  vi.stubGlobal('fetch', wire.fetch)

  const queue: UsageQueue = {
    clock,
    edge,
    calls: wire.calls,
    left: () => [...messages.values()].map(({ body }) => body),
    put(...bodies) {
      for (const body of bodies) {
        made += 1
        const text = typeof body === 'string' ? body : JSON.stringify(body)
        messages.set(`message-${made}`, { body: text, hidden: false })
      }
    },
    poll() {
      for (const message of messages.values()) message.hidden = false
      return pollUsage(edge)
    },
    fail: () => undefined,
  }
  return queue
}
