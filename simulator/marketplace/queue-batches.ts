/** The entries of an SQS batch request. Pure. Source: SQS API reference, DeleteMessageBatch and SendMessageBatch. */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Json } from './model.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { isObject, member, misshapen, refusal } from './shape.ts'

const ENTRIES_MAX = 10

export type BatchEntry = { readonly Id: string; readonly [name: string]: Json }

/** One to ten entries with different ids of up to 80 letters, digits, hyphens and underscores. */
export function readBatchEntries(input: JsonObject): Result<BatchEntry[], ApiRefusal> {
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
