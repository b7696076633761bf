/** What keys and values say beyond that they were reported (money §1, §3). Runs inside the caller's transaction. */
import type { Sql } from '../sql.ts'
import type { UsageEvent } from '../usage/event.ts'
import { keyedHash } from './keyed-hash.ts'
import { isKnown, type NotedKey, noteKeys } from './keys.ts'
import type { AsideReason } from './ledger.ts'
import type { Meaning, Scope } from './meaning.ts'
import { type NotedPeak, notePeaks } from './peaks.ts'
import { type NotedReading, noteReadings } from './readings.ts'

/** Why usage is set aside; null: it is counted. */
export const reasonOf = (meaning: Meaning): AsideReason | null =>
  meaning.kind === 'aside' ? meaning.reason : null

/** What a batch says beside sums. */
export interface Said {
  readonly keys: NotedKey[]
  readonly peaks: NotedPeak[]
  readonly readings: NotedReading[]
  hash: ((key: string) => string) | undefined
}

export const nothingSaid = (): Said => ({ keys: [], peaks: [], readings: [], hash: undefined })

/** Writes what a batch said; sums are the caller's. */
export function writeSaid(sql: Sql, scope: Scope, said: Said): void {
  noteKeys(sql, said.keys)
  notePeaks(sql, said.peaks, scope.state.revision)
  noteReadings(sql, said.readings, scope.now)
}

/** Events of one batch, more than there can be: what is seen later has the higher number. */
export const SEEN_A_CALL = 16_384

/**
 * Notes a key or a value. Answers why it is set aside; null when it is counted, as is a late key that counts already.
 * A value that is set aside is not measured at all.
 */
export function note(
  sql: Sql,
  scope: Scope,
  said: Said,
  event: UsageEvent & { readonly kind: 'key' | 'value' },
  meaning: Exclude<Meaning, { readonly kind: 'refuse' }>,
  index: number,
): AsideReason | null {
  const reason = reasonOf(meaning)
  const { meter, source } = event
  const { hour, life } = meaning
  if (event.kind === 'value') {
    if (reason !== null) return reason
    const kinds = scope.meters.get(meter)
    const { series, value, time } = event
    if (kinds?.has('max')) said.peaks.push({ hour, meter, series, life, source, value })
    if (kinds?.has('time-weighted')) said.readings.push({ meter, series, time, life, source, value })
    return null
  }
  said.hash ??= scope.hashed ? (key) => key : hasherOf(sql, scope.keySecret)
  const seen = scope.state.revision * SEEN_A_CALL + index
  const key: NotedKey = { meter, hash: said.hash(event.key), hour, life, source, seen, reason }
  const { frozenUntil } = scope.state
  const frozen = frozenUntil !== null && hour < frozenUntil
  if (!frozen && reason === null) {
    said.keys.push(key)
    return null
  }
  const known = isKnown(sql, scope.state, scope.periods(), key, frozenUntil ?? hour)
  // The next event of the batch may bring the same key.
  if (!known) noteKeys(sql, [key])
  return known ? null : reason
}

function hasherOf(sql: Sql, present: string | null): (key: string) => string {
  const hash = keyHasher(sql, present)
  if (hash === null)
    throw new Error(
      'No secret is set that keys may be hashed under: a key cannot be counted before there is one',
    )
  return hash
}

/** Hashes under the secret the first key came under, or the present one, which is kept now; null: there is none. */
export function keyHasher(sql: Sql, present: string | null): ((key: string) => string) | null {
  const kept = sql.all<{ key_secret: string | null }>('SELECT key_secret FROM ledger')[0]?.key_secret ?? null
  if (kept === null && present !== null) sql.all('UPDATE ledger SET key_secret = ?', present)
  const secret = kept ?? present
  return secret === null ? null : keyedHash(secret)
}
