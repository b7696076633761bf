/** The moves of one copy between its states (money §8). Each is one statement inside its caller's transaction. */
import { isOutOfBounds } from '../aws/decide.ts'
import type { Sql } from '../sql.ts'
import type { CopyRow } from './copies.ts'
import { FREE_PLACE, PLACE } from './line.ts'
import { NOT_SUBSCRIBED_PAUSE_MS, resumeAt } from './pause.ts'
import type { Settlement } from './record.ts'

/** Why a record ends, in the words of money §8; AWS's exception names beside them. */
export type Ending = Pick<Settlement, 'state' | 'reason'> & { readonly receipt?: string | null }

/** Ends a copy. Nothing leaves `waiting` but through here, with AWS's answer or its deadline as the reason. */
export function settle(sql: Sql, key: string, ending: Ending, now: number): void {
  sql.all(
    `update copies set state = 'settled', place = 0, held = null, party = null, result = ?, reason = ?, receipt = ?,
       settled_ms = ? where key = ? and state in ('waiting', 'flying')`,
    ending.state,
    ending.reason,
    ending.receipt ?? null,
    now,
    key,
  )
}

/** Row 2: someone else wrote that hour; after an unanswered attempt most likely we did. */
export const duplicateEnding = (row: CopyRow, receipt: string | null): Ending => ({
  state: row.unanswered === 1 ? 'doubtful' : 'parked',
  reason: 'conflict',
  receipt,
})

/** Row 7, alone and refused. Out of time is `expired`; of a final flush `ended` (money §6 (5)). */
export function refusedEnding(row: CopyRow, name: string): Ending {
  if (row.unanswered === 1) return { state: 'doubtful', reason: name }
  if (!isOutOfBounds(name)) return { state: 'parked', reason: name }
  return row.final === 1 ? { state: 'parked', reason: 'ended' } : { state: 'expired', reason: name }
}

/** Rows 4 and 10, and money §6 (5): what a record is when its time is over. */
export function overdueEnding(row: CopyRow): Ending {
  const reason = row.final === 1 ? 'ended' : row.not_subscribed_ms !== null ? 'uncollectable' : null
  if (row.unanswered === 1) return { state: 'doubtful', reason: reason ?? 'expired' }
  return reason === null ? { state: 'expired', reason: null } : { state: 'parked', reason }
}

/** Rows 5 and 6: the identical record again, after its own pause. `seed` is shared by a batch, which stays together. */
export function pause(sql: Sql, row: CopyRow, seed: string, now: number): void {
  const pauses = row.pauses + 1
  sql.all(
    `update copies set state = 'waiting', place = ${PLACE.paused}, held = null, pauses = ?, resume_ms = ? where key = ?`,
    pauses,
    resumeAt(now, pauses, seed, row.deadline),
    row.key,
  )
}

/** Row 6: from now on the record may be at AWS. Nothing but Success takes that back. */
export function markUnanswered(sql: Sql, row: CopyRow, seed: string, late: boolean, now: number): void {
  sql.all(
    'update copies set unanswered = 1, late_tries = ? where key = ?',
    row.late_tries + (late ? 1 : 0),
    row.key,
  )
  pause(sql, row, seed, now)
}

/** Row 4: again in 15 minutes, at the deadline at the latest: a final record has its last try there. */
export function pauseNotSubscribed(sql: Sql, row: CopyRow, late: boolean, now: number): void {
  const next = now + NOT_SUBSCRIBED_PAUSE_MS
  sql.all(
    `update copies set state = 'waiting', place = ${PLACE.paused}, held = null, party = null, pauses = 0, resume_ms = ?, late_tries = ?,
       not_subscribed_ms = coalesce(not_subscribed_ms, ?) where key = ?`,
    row.deadline > now ? Math.min(next, row.deadline) : next,
    row.late_tries + (late ? 1 : 0),
    now,
    row.key,
  )
}

/** Back in the line at once, in the half it travels in from now on. */
export function regroup(sql: Sql, row: CopyRow, party: number | null, late: boolean, now: number): void {
  sql.all(
    `update copies set state = 'waiting', place = ?, held = null, party = ?, pauses = 0, refusals = ?, resume_ms = ?,
       late_tries = ? where key = ?`,
    party === null ? PLACE.line : PLACE.party,
    party,
    row.refusals + 1,
    now,
    row.late_tries + (late ? 1 : 0),
    row.key,
  )
}

/** Row 9: the refusal was not about this record. It waits as if it had not been sent. */
export function putBack(sql: Sql, row: CopyRow): void {
  sql.all(`update copies set state = 'waiting', place = ${FREE_PLACE}, held = null where key = ?`, row.key)
}
