/** What the requests of SQS have in common: the queue, the receipt handle, numbers within bounds. Pure. */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Queue } from './queue.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { isObject, member, misshapen, refusal } from './shape.ts'

/** The name at the end of a queue URL. */
export const queueNameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1)

/** The queue a request names by its URL, if it is in the Region that was called. */
export function findQueue(
  draft: Draft,
  call: ApiCall,
): Result<{ queue: Queue; input: JsonObject }, ApiRefusal> {
  if (!isObject(call.input)) return misshapen('The request', 'a JSON object')
  const url = member(call.input, 'QueueUrl')
  if (typeof url !== 'string')
    return refusal('MissingParameter', 'The request must contain the parameter QueueUrl.')
  const queue = own(draft.state.queues, queueNameOf(url))
  return queue === undefined || queue.region !== call.caller.region
    ? noQueue()
    : ok({ queue, input: call.input })
}

export const noQueue = (): Result<never, ApiRefusal> =>
  refusal('QueueDoesNotExist', 'The specified queue does not exist.')

/** A handle in the form of ours; whether it is still good is another matter. */
export function readReceipt(input: JsonObject): Result<string, ApiRefusal> {
  const receipt = member(input, 'ReceiptHandle')
  if (receipt === undefined || receipt === '')
    return refusal('MissingParameter', 'The request must contain the parameter ReceiptHandle.')
  return typeof receipt === 'string' && /^[0-9a-f-]{36}:\d+:[a-z0-9]{24}$/.test(receipt)
    ? ok(receipt)
    : refusal('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.')
}

/** A whole number within bounds; `absent` stands for one that is left out, undefined: it must not be. */
export function wholeIn(
  input: JsonObject,
  name: string,
  least: number,
  most: number,
  absent: number | undefined,
): Result<number, ApiRefusal> {
  const value = member(input, name) ?? absent
  if (value === undefined)
    return refusal('MissingParameter', `The request must contain the parameter ${name}.`)
  if (typeof value !== 'number' || !Number.isInteger(value)) return misshapen(name, 'a whole number')
  return value >= least && value <= most
    ? ok(value)
    : refusal(
        'InvalidParameterValue',
        `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}, if provided.`,
      )
}
