/**
 * Dead-letter queues: a message that was received too often moves there, and back when a person says so. Pure. Source: SQS
 * developer guide, dead-letter queues; API reference, StartMessageMoveTask.
 */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { keepLast, laterRandom, own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Json, State } from './model.ts'
import type { Queue, QueueMessage } from './queue.ts'
import { findQueue } from './queue-requests.ts'
import { drawUuid } from './random.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { isObject, isTextOrAbsent, member, misshapen, refusal } from './shape.ts'

const TASKS_MAX = 10
const VISIBILITY_MAX_SECONDS = 43_200

/** Moves of messages, the newest last. Here each is done as soon as it is asked for. */
export interface MoveTask {
  readonly handle: string
  readonly source: string
  readonly destination: string | null
  readonly moved: number
  /** Wall time, epoch ms. */
  readonly startedAt: number
}

export const queueArn = (state: Readonly<State>, { region, name }: Pick<Queue, 'region' | 'name'>): string =>
  `arn:aws:sqs:${region}:${state.sellerAccount}:${name}`

const queueOfArn = (state: Readonly<State>, arn: string): Queue | undefined => {
  const queue = own(state.queues, arn.slice(arn.lastIndexOf(':') + 1))
  return queue !== undefined && queueArn(state, queue) === arn ? queue : undefined
}

/** True when the message was received as often as its queue allows: it is in the dead-letter queue now. */
export function buried(draft: Draft, queue: Queue, message: QueueMessage): boolean {
  const { redrive } = queue
  if (redrive === undefined || redrive === null || message.receives < redrive.maxReceiveCount) return false
  const grave = own(draft.state.queues, redrive.deadLetter)
  if (grave === undefined) return false
  draft.changed = true
  grave.messages.push({ ...fresh(message, draft.times.wall), source: queue.name })
  return true
}

/** As it was sent, never received: it keeps its id and the time it was sent at. */
const fresh = ({ id, body, sentAt }: QueueMessage, visibleAt: number): QueueMessage => ({
  id,
  body,
  sentAt,
  visibleAt,
  receives: 0,
  firstReceivedAt: null,
  receipt: null,
})

export function setQueueAttributes(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const found = findQueue(draft, call)
  if (!found.ok) return found
  const { queue, input } = found.value
  const attributes = member(input, 'Attributes') ?? {}
  if (!isObject(attributes)) return misshapen('Attributes', 'a map of strings')
  const changes: Partial<Pick<Queue, 'redrive' | 'visibilityTimeoutSeconds'>> = {}
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value !== 'string') return misshapen(`Attributes.${name}`, 'a string')
    if (name === 'VisibilityTimeout') {
      const seconds = Number(value)
      if (!/^\d{1,5}$/.test(value) || seconds > VISIBILITY_MAX_SECONDS) return badValue(name)
      changes.visibilityTimeoutSeconds = seconds
    } else if (name === 'RedrivePolicy') {
      const policy = readPolicy(draft.state, queue, value)
      if (policy === undefined) return badValue(name)
      changes.redrive = policy
    } else return refusal('InvalidAttributeName', `Unknown Attribute ${name}.`)
  }
  Object.assign(queue, changes)
  draft.changed = true
  return ok({})
}

const badValue = (name: string): Result<never, ApiRefusal> =>
  refusal('InvalidAttributeValue', `Value for parameter ${name} is invalid.`)

/** Empty: no dead-letter queue. Undefined: unreadable, or a queue that is not there. */
function readPolicy(state: Readonly<State>, queue: Queue, text: string): Queue['redrive'] | undefined {
  if (text === '') return null
  try {
    const policy = JSON.parse(text) as Json
    if (!isObject(policy)) return undefined
    const { deadLetterTargetArn: arn, maxReceiveCount } = policy
    const grave = typeof arn === 'string' ? queueOfArn(state, arn) : undefined
    const most = Number(maxReceiveCount)
    if (grave === undefined || grave === queue || grave.region !== queue.region) return undefined
    return Number.isInteger(most) && most >= 1 && most <= 1000
      ? { deadLetter: grave.name, maxReceiveCount: most }
      : undefined
  } catch {
    return undefined
  }
}

/** What GetQueueAttributes says of it; undefined: it has no dead-letter queue. */
export function redrivePolicy(state: Readonly<State>, { redrive }: Queue): string | undefined {
  const grave = redrive === undefined || redrive === null ? undefined : own(state.queues, redrive.deadLetter)
  return grave === undefined || redrive === undefined || redrive === null
    ? undefined
    : JSON.stringify({
        deadLetterTargetArn: queueArn(state, grave),
        maxReceiveCount: redrive.maxReceiveCount,
      })
}

/** Back to where each message came from, or all to one destination. */
export function startMessageMoveTask(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const { state, times } = draft
  const read = readMove(draft, call)
  if (!read.ok) return read
  const { source, destination } = read.value
  const staying: QueueMessage[] = []
  let moved = 0
  for (const message of source.messages) {
    const target = destination ?? own(state.queues, message.source ?? '')
    if (target === undefined) {
      staying.push(message)
      continue
    }
    target.messages.push(fresh(message, times.wall))
    moved += 1
  }
  source.messages = staying
  const handle = drawUuid(laterRandom(state))
  const task = {
    handle,
    source: queueArn(state, source),
    destination: destination === undefined ? null : queueArn(state, destination),
    moved,
    startedAt: times.wall,
  }
  keepLast(state.moves, task, TASKS_MAX)
  draft.changed = true
  return ok({ TaskHandle: handle })
}

function readMove(
  draft: Draft,
  call: ApiCall,
): Result<{ source: Queue; destination: Queue | undefined }, ApiRefusal> {
  if (!isObject(call.input)) return misshapen('The request', 'a JSON object')
  const source = sourceOf(draft.state, call.input)
  if (!source.ok) return source
  const to = member(call.input, 'DestinationArn')
  if (!isTextOrAbsent(to)) return misshapen('DestinationArn', 'a string')
  const destination = to === undefined ? undefined : queueOfArn(draft.state, to)
  if (to !== undefined && (destination === undefined || destination === source.value)) return notFound()
  return isDeadLetter(draft.state, source.value)
    ? ok({ source: source.value, destination })
    : refusal('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.')
}

/** The last moves out of a queue, the newest first. */
export function listMessageMoveTasks(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  if (!isObject(call.input)) return misshapen('The request', 'a JSON object')
  const source = sourceOf(draft.state, call.input)
  if (!source.ok) return source
  const most = member(call.input, 'MaxResults') ?? 1
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 1 || most > TASKS_MAX)
    return refusal('InvalidParameterValue', `MaxResults must be from 1 to ${TASKS_MAX}.`)
  const arn = queueArn(draft.state, source.value)
  const tasks = draft.state.moves.filter((task) => task.source === arn).toReversed()
  return ok({
    Results: tasks.slice(0, most).map((task) => ({
      Status: 'COMPLETED',
      SourceArn: task.source,
      ...(task.destination === null ? {} : { DestinationArn: task.destination }),
      ApproximateNumberOfMessagesMoved: task.moved,
      ApproximateNumberOfMessagesToMove: task.moved,
      StartedTimestamp: task.startedAt,
    })),
  })
}

function sourceOf(state: Readonly<State>, input: JsonObject): Result<Queue, ApiRefusal> {
  const arn = member(input, 'SourceArn')
  if (typeof arn !== 'string')
    return refusal('MissingParameter', 'The request must contain the parameter SourceArn.')
  const queue = queueOfArn(state, arn)
  return queue === undefined ? notFound() : ok(queue)
}

const notFound = (): Result<never, ApiRefusal> =>
  err({
    status: 404,
    code: 'ResourceNotFoundException',
    message: 'The resource that you specified for the SourceArn or DestinationArn parameter does not exist.',
  })

const isDeadLetter = (state: Readonly<State>, queue: Queue): boolean =>
  Object.values(state.queues).some(({ redrive }) => redrive?.deadLetter === queue.name) ||
  queue.messages.some((message) => message.source !== undefined)
