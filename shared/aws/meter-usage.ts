/**
 * MeterUsage: one record's request with its ClientToken, and what each answer means for it (money §8, §11).
 * Pure; the one table of names is `decide.ts`'s.
 */
import type { Result } from '../result.ts'
import { sha1 } from '../sha1.ts'
import type { FrozenRecord, Settlement } from '../submission/record.ts'
import { identityKey } from '../subscription.ts'
import { decide, isOutOfBounds } from './decide.ts'
import type { CallFailure } from './failure.ts'

/** What one call says. Source: API_MeterUsage, `ClientToken` of 1 to 64 characters (2026-11-21). */
export interface MeterUsageRequest {
  readonly productCode: string
  readonly dimension: string
  /** Epoch ms, a whole second; AWS rounds it down to the hour. */
  readonly timestamp: number
  readonly quantity: number
  readonly clientToken: string
}

/** What a call gave: AWS's MeteringRecordId, never empty. A 200 without one is an `unexpected_body`. */
export type MeterUsageResult = Result<string, CallFailure>

/** The request of a frozen record: the same for the same record, however often and by whichever process it is sent. */
export const meterUsageRequest = (record: FrozenRecord): MeterUsageRequest => ({
  productCode: record.productCode,
  dimension: record.dimension,
  timestamp: record.timestamp,
  quantity: record.quantity,
  clientToken: clientToken(record),
})

/** The namespace of our tokens: a UUID made once for this purpose. */
const NAMESPACE = '6f0d6f1e-6c1b-4f59-9f3a-0c8f6a2b7d51'

/** UUIDv5 of identity, product, dimension, hour and quantity (money §11): the SDK would invent a new one at each try. */
export const clientToken = (record: FrozenRecord): string =>
  uuidV5(
    NAMESPACE,
    JSON.stringify([
      identityKey(record.identity),
      record.productCode,
      record.dimension,
      record.hour,
      record.quantity,
    ]),
  )

/** The name-based UUID of version 5. Source: RFC 9562 §5.5 (2026-11-21). */
export function uuidV5(namespace: string, name: string): string {
  const space = Uint8Array.from(namespace.replaceAll('-', '').match(/../g) ?? [], (byte) =>
    parseInt(byte, 16),
  )
  const text = new TextEncoder().encode(name)
  const bytes = new Uint8Array(space.length + text.length)
  bytes.set(space)
  bytes.set(text, space.length)
  const hash = sha1(bytes).slice(0, 16)
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** What an answer means for the record and for the calls after it. */
export type MeterOutcome =
  /** The record ends: AWS holds it, never will, or nobody can tell. */
  | { readonly act: 'end'; readonly ending: Pick<Settlement, 'state' | 'reason' | 'receipt'> }
  /** AWS did nothing and says so: the identical record again, after a pause of every call. */
  | { readonly act: 'again' }
  /** Whether AWS acted is unknown: the identical record again, which remembers it. */
  | { readonly act: 'unanswered' }
  /** AWS does not know the buyer: someone is told, and it is tried every 15 minutes until its deadline. */
  | { readonly act: 'not-entitled' }
  /** No call would fare better: all wait, someone is told, nothing is parked (money §8 row 9). */
  | { readonly act: 'stop'; readonly reason: string; readonly message: string }

/**
 * Source: API_MeterUsage's exceptions and CommonErrors (2026-11-21). `unanswered`: an earlier attempt of this record got no
 * answer. A record that AWS refused every time is not at AWS: `expired` units go into the next hour by themselves, also
 * where another program wrote the hour first (money §11); after an unanswered attempt they are in doubt.
 */
export function readMeterUsage(result: MeterUsageResult, unanswered: boolean): MeterOutcome {
  if (result.ok) return { act: 'end', ending: { state: 'billed', reason: null, receipt: result.value } }
  const failure = result.error
  const decision = decide(failure)
  switch (decision.act) {
    case 'again':
      return { act: 'again' }
    case 'unanswered':
      return { act: 'unanswered' }
    case 'refuse':
    case 'stop':
      return stopped(failure)
    case 'halve':
      return failure.kind === 'refused' ? refused(failure.name, unanswered) : stopped(failure)
  }
}

const stopped = (failure: CallFailure): MeterOutcome =>
  failure.kind === 'refused'
    ? { act: 'stop', reason: failure.name, message: failure.message }
    : { act: 'stop', reason: failure.kind, message: '' }

/** A record that is refused for what it says: alone, as each is here (money §8 rows 2, 4 and 7). */
function refused(name: string, unanswered: boolean): MeterOutcome {
  const bare = name.replace(/Exception$/, '')
  if (bare === 'CustomerNotEntitled') return { act: 'not-entitled' }
  const isTaken = bare === 'DuplicateRequest' || bare === 'IdempotencyConflict'
  const reason = isTaken ? 'conflict' : name
  if (unanswered) return { act: 'end', ending: { state: 'doubtful', reason, receipt: null } }
  const state = isTaken || isOutOfBounds(name) ? 'expired' : 'parked'
  return { act: 'end', ending: { state, reason, receipt: null } }
}
