/** What SQS says of a queue: its counts and settings, and where it is. Pure; counts are exact here. */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Json } from './model.ts'
import { BODY_MAX_BYTES, RETENTION_MS } from './queue.ts'
import { queueArn, redrivePolicy } from './queue-redrive.ts'
import { findQueue, noQueue } from './queue-requests.ts'
import type { ApiRefusal } from './shape.ts'
import { isObject, isTextsOrAbsent, member, misshapen, refusal } from './shape.ts'

export function getQueueAttributes(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const found = findQueue(draft, call)
  if (!found.ok) return found
  const { queue, input } = found.value
  const names = member(input, 'AttributeNames')
  if (!isTextsOrAbsent(names)) return misshapen('AttributeNames', 'a list of strings')
  const { wall } = draft.times
  const visible = queue.messages.filter((message) => message.visibleAt <= wall).length
  const inFlight = queue.messages.filter((message) => message.visibleAt > wall && message.receives > 0).length
  const policy = redrivePolicy(draft.state, queue)
  const created = String(Math.floor(queue.createdAt / 1000))
  const attributes: { [name: string]: string } = {
    QueueArn: queueArn(draft.state, queue),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(queue.messages.length - visible - inFlight),
    CreatedTimestamp: created,
    LastModifiedTimestamp: created,
    VisibilityTimeout: String(queue.visibilityTimeoutSeconds),
    MaximumMessageSize: String(BODY_MAX_BYTES),
    MessageRetentionPeriod: String(RETENTION_MS / 1000),
    DelaySeconds: '0',
    ReceiveMessageWaitTimeSeconds: '0',
    ...(policy === undefined ? {} : { RedrivePolicy: policy }),
  }
  const unknown = names?.find(
    (name) => name !== 'All' && name !== 'RedrivePolicy' && !Object.hasOwn(attributes, name),
  )
  if (unknown !== undefined) return refusal('InvalidAttributeName', `Unknown Attribute ${unknown}.`)
  const asked = Object.entries(attributes).filter(
    ([name]) => names?.includes('All') === true || names?.includes(name) === true,
  )
  return ok(asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) })
}

/** Answers the queue's name; the door makes the URL of it, for it knows the address it was called at. */
export function getQueueUrl(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  if (!isObject(call.input)) return misshapen('The request', 'a JSON object')
  const name = member(call.input, 'QueueName')
  if (typeof name !== 'string') return refusal('MissingParameter', 'The request must contain QueueName.')
  return own(draft.state.queues, name) === undefined ? noQueue() : ok({ QueueName: name })
}
