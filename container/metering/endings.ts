/** How a record ends that no answer of AWS ended: its time is over, or its task is another (money §8 row 10, §11). Pure. */
import { identityKey } from '../../shared/subscription.ts'
import type { FrozenRecord, Settlement } from '../../shared/submission/record.ts'
import type { SendRow } from './sends.ts'

/** What a settlement of this row's last attempt begins with. */
export const endOf = (
  row: SendRow,
  now: number,
): Pick<Settlement, 'key' | 'attempt' | 'at' | 'unanswered'> => ({
  key: row.key,
  attempt: row.attempts,
  at: now,
  unanswered: row.unanswered === 1,
})

/** Its window is over. What never reached AWS goes into the next hour by itself; what may have is in doubt. */
export function overdueEnding(row: SendRow, now: number): Settlement {
  const base = { ...endOf(row, now), receipt: null }
  if (row.unanswered === 1)
    return { ...base, state: 'doubtful', reason: row.not_entitled_at === null ? 'expired' : 'uncollectable' }
  if (row.not_entitled_at !== null) return { ...base, state: 'parked', reason: 'uncollectable' }
  return { ...base, state: 'expired', reason: null }
}

/** This task goes on where another ended: it cannot report the other's hours, and takes what AWS does not have of the last 6. */
export const successorEnding = (row: SendRow, now: number): Settlement => ({
  ...endOf(row, now),
  receipt: null,
  ...foreign(row.unanswered === 1, row.deadline, now),
})

/** The same of a record that was never put in line. */
export const foreignEnding = (record: FrozenRecord, now: number): Settlement => ({
  key: record.key,
  attempt: 0,
  at: now,
  unanswered: record.unanswered === true,
  receipt: null,
  ...foreign(record.unanswered === true, record.deadline, now),
})

function foreign(unanswered: boolean, deadline: number, now: number): Pick<Settlement, 'state' | 'reason'> {
  if (unanswered) return { state: 'doubtful', reason: 'successor' }
  return deadline <= now ? { state: 'parked', reason: 'expired' } : { state: 'expired', reason: 'successor' }
}

/** True of a record that this task may report. */
export const isOwn = (record: FrozenRecord, identity: string): boolean =>
  identityKey(record.identity) === identity
