/** The entries of an SQS batch request. Pure. Source: SQS API reference, DeleteMessageBatch and SendMessageBatch. */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Json } from './model.ts'
import type { Queue } from './queue.ts'
import { findQueue } from './queue-requests.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { isObject, member, misshapen, refusal } from './shape.ts'

const ENTRIES_MAX = 10

type BatchEntry = { readonly Id: string; readonly [name: string]: Json }

/** Each entry by itself: one that fails does not stop the others. */
export function eachEntry(
  draft: Draft,
  call: ApiCall,
  one: (queue: Queue, entry: BatchEntry) => Result<{ [name: string]: Json }, ApiRefusal>,
): Result<Json, ApiRefusal> {
  const found = findQueue(draft, call)
  if (!found.ok) return found
  const entries = readBatchEntries(found.value.input)
  if (!entries.ok) return entries
  const done: Json[] = []
  const failed: Json[] = []
  for (const entry of entries.value) {
    const result = one(found.value.queue, entry)
    if (result.ok) done.push({ Id: entry.Id, ...result.value })
    else
      failed.push({ Id: entry.Id, SenderFault: true, Code: result.error.code, Message: result.error.message })
  }
  return ok({ Successful: done, Failed: failed })
}

/** One to ten entries with different ids of up to 80 letters, digits, hyphens and underscores. */
function readBatchEntries(input: JsonObject): Result<BatchEntry[], ApiRefusal> {
  const list = member(input, 'Entries') ?? []
  if (!Array.isArray(list)) return misshapen('Entries', 'a list')
  if (list.length === 0)
    return refusal('EmptyBatchRequest', 'There should be at least one entry in the request.')
  if (list.length > ENTRIES_MAX)
    return refusal(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${ENTRIES_MAX}. You have sent ${list.length}.`,
    )
  const entries: BatchEntry[] = []
  for (const item of list) {
    if (!isObject(item)) return misshapen('An entry', 'a JSON object')
    const id = member(item, 'Id')
    if (typeof id !== 'string' || !/^[\w-]{1,80}$/.test(id))
      return refusal(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores, at most 80.',
      )
    if (entries.some((entry) => entry.Id === id))
      return refusal('BatchEntryIdsNotDistinct', `Id ${id} repeated.`)
    entries.push({ ...item, Id: id })
  }
  return ok(entries)
}
