/**
 * SQS's standard queues as far as an integration needs them: at least once, in no promised order. Pure; visibility is
 * wall time. MD5 sums and queue URLs are the door's. Source: SQS API reference, service model 2012-11-05.
 */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import { takeFault } from './faults.ts'
import type { Json, State } from './model.ts'
import { BODY_MAX_BYTES, RETENTION_MS } from './queue.ts'
import type { Queue, QueueMessage } from './queue.ts'
import { eachEntry } from './queue-batches.ts'
import { buried, queueArn } from './queue-redrive.ts'
import { findQueue, readReceipt, wholeIn } from './queue-requests.ts'
import { drawName, drawUuid } from './random.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { isTextsOrAbsent, member, misshapen, refusal } from './shape.ts'

const VISIBILITY_MAX_SECONDS = 43_200

export const makeQueue = (name: string, region: string, createdAt: number): Queue => ({
  name,
  region,
  createdAt,
  visibilityTimeoutSeconds: 30,
  messages: [],
})

/** Puts a body into a queue that exists; visible after the delay. */
export function putMessage(
  draft: Draft,
  queueName: string,
  body: string,
  delaySeconds: number,
  random: Pick<State, 'random'> = draft.state,
): QueueMessage {
  const { state, times } = draft
  const message: QueueMessage = {
    id: drawUuid(random),
    body,
    sentAt: times.wall,
    visibleAt: times.wall + delaySeconds * 1000,
    receives: 0,
    firstReceivedAt: null,
    receipt: null,
  }
  draft.changed = true
  own(state.queues, queueName)?.messages.push(message)
  return message
}

/** Wall time at which the queue's next message becomes visible; null: it holds none. It may lie in the past. */
export function nextVisible(state: Readonly<State>, queueName: string): number | null {
  const messages = own(state.queues, queueName)?.messages ?? []
  let next: number | null = null
  for (const { visibleAt } of messages) if (next === null || visibleAt < next) next = visibleAt
  return next
}

export function sendMessage(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const found = findQueue(draft, call)
  if (!found.ok) return found
  const sent = send(draft, found.value.queue, found.value.input)
  return sent.ok ? ok({ MessageId: sent.value.id }) : sent
}

export function sendMessageBatch(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  return eachEntry(draft, call, (queue, entry) => {
    const sent = send(draft, queue, entry)
    return sent.ok ? ok({ MessageId: sent.value.id }) : sent
  })
}

/** Source: SendMessage, "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF" (2026-11-21). */
const NOT_CARRIED = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

function send(draft: Draft, queue: Queue, input: JsonObject): Result<QueueMessage, ApiRefusal> {
  const body = member(input, 'MessageBody')
  if (body === undefined || body === '')
    return refusal('MissingParameter', 'The request must contain the parameter MessageBody.')
  if (typeof body !== 'string') return misshapen('MessageBody', 'a string')
  if (NOT_CARRIED.test(body))
    return refusal('InvalidMessageContents', 'The message contains characters outside the allowed set.')
  if (body.length * 3 > BODY_MAX_BYTES && new TextEncoder().encode(body).length > BODY_MAX_BYTES)
    return refusal(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${BODY_MAX_BYTES} bytes.`,
    )
  const delay = wholeIn(input, 'DelaySeconds', 0, 900, 0)
  return delay.ok ? ok(putMessage(draft, queue.name, body, delay.value)) : delay
}

/** Up to ten of the visible messages, the oldest first; none is an answer. Waiting is the door's. */
export function receiveMessage(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const found = findQueue(draft, call)
  if (!found.ok) return found
  const { queue, input } = found.value
  const most = wholeIn(input, 'MaxNumberOfMessages', 1, 10, 1)
  if (!most.ok) return most
  const hidden = wholeIn(
    input,
    'VisibilityTimeout',
    0,
    VISIBILITY_MAX_SECONDS,
    queue.visibilityTimeoutSeconds,
  )
  if (!hidden.ok) return hidden
  const wait = wholeIn(input, 'WaitTimeSeconds', 0, 20, 0)
  if (!wait.ok) return wait
  const names = member(input, 'MessageSystemAttributeNames') ?? member(input, 'AttributeNames')
  if (!isTextsOrAbsent(names)) return misshapen('MessageSystemAttributeNames', 'a list of strings')

  forgetOld(draft, queue)
  const { wall } = draft.times
  const messages: Json[] = []
  const again: QueueMessage[] = []
  const gone = new Set<QueueMessage>()
  for (const message of queue.messages) {
    if (messages.length === most.value) break
    if (message.visibleAt > wall) continue
    if (buried(draft, queue, message)) {
      gone.add(message)
      continue
    }
    if (takeFault(draft, 'message_duplicate', 'ReceiveMessage') !== undefined) again.push({ ...message })
    draft.changed = true
    message.visibleAt = wall + hidden.value * 1000
    message.receives += 1
    message.firstReceivedAt ??= wall
    message.receipt = `${message.id}:${message.receives}:${drawName(draft.state, 24)}`
    messages.push(received(draft, queue, message, names ?? []))
  }
  if (gone.size > 0) queue.messages = queue.messages.filter((message) => !gone.has(message))
  queue.messages.push(...again)
  return ok(messages.length === 0 ? {} : { Messages: messages })
}

function received(draft: Draft, { region }: Queue, message: QueueMessage, names: readonly string[]): Json {
  const attributes: { [name: string]: string } = {
    SenderId: draft.state.sellerAccount,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.source === undefined
      ? {}
      : { DeadLetterQueueSourceArn: queueArn(draft.state, { region, name: message.source }) }),
  }
  const asked = Object.entries(attributes).filter(([name]) => names.includes('All') || names.includes(name))
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    ...(asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) }),
  }
}

function forgetOld(draft: Draft, queue: Queue): void {
  const oldest = queue.messages[0]
  if (oldest === undefined || oldest.sentAt + RETENTION_MS > draft.times.wall) return
  draft.changed = true
  queue.messages = queue.messages.filter((message) => message.sentAt + RETENTION_MS > draft.times.wall)
}

export function deleteMessage(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const found = findQueue(draft, call)
  return found.ok ? remove(draft, found.value.queue, found.value.input) : found
}

export const deleteMessageBatch = (draft: Draft, call: ApiCall): Result<Json, ApiRefusal> =>
  eachEntry(draft, call, (queue, entry) => remove(draft, queue, entry))

/** Source: DeleteMessage: with an older receipt handle "the request succeeds, but the message will not be deleted". */
function remove(draft: Draft, queue: Queue, input: JsonObject): Result<{ [name: string]: Json }, ApiRefusal> {
  const receipt = readReceipt(input)
  if (!receipt.ok) return receipt
  const index = queue.messages.findIndex((message) => message.receipt === receipt.value)
  if (index >= 0) {
    draft.changed = true
    queue.messages.splice(index, 1)
  }
  return ok({})
}

export function changeMessageVisibility(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const found = findQueue(draft, call)
  if (!found.ok) return found
  const { queue, input } = found.value
  const receipt = readReceipt(input)
  if (!receipt.ok) return receipt
  const hidden = wholeIn(input, 'VisibilityTimeout', 0, VISIBILITY_MAX_SECONDS, undefined)
  if (!hidden.ok) return hidden
  const message = queue.messages.find((one) => one.receipt === receipt.value)
  if (message === undefined || message.visibleAt <= draft.times.wall)
    return refusal('MessageNotInflight', 'The specified message is not in flight.')
  draft.changed = true
  message.visibleAt = draft.times.wall + hidden.value * 1000
  return ok({})
}
