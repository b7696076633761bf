/** What a person does to one record: retry, move, write off, evidence, and letting a spike go (money §9). Synchronous. */
import { amountOf } from '../amount.ts'
import type { Sql } from '../sql.ts'
import type { LetGo } from '../submission/let-go.ts'
import type { Identity } from '../subscription.ts'
import type { RepairRefusal, RepairValue, RepairWork, SeenRecord } from './repair.ts'
import { RECORD_COLUMNS, type StoredRecord } from './record.ts'
import { moveUnits, whyNotMovable } from './settle.ts'
import type { State } from './state.ts'

/** What an act comes to: why it may not be, or what it does and what is written down of it. */
export type Verdict = { readonly refused: RepairRefusal } | Doing

export interface Doing {
  readonly subject: string
  readonly sentence: string
  readonly value: RepairValue | null
  /** Does it, in the caller's transaction. Answers the state it leaves. */
  readonly perform: () => State
}

type OnRecord = Extract<RepairWork, { readonly record: string }>
type OfRecord = OnRecord['kind']

export const refuse = (kind: RepairRefusal['kind'], sentence: string): Verdict => ({
  refused: { kind, sentence },
})

/** A time as people read it. */
export const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

export const findRecord = (sql: Sql, key: string): StoredRecord | undefined =>
  sql.all<StoredRecord>(`SELECT ${RECORD_COLUMNS} FROM records WHERE key = ?`, key)[0]

/** The Region of a stored identity. */
export const regionIn = (identity: string): string => (JSON.parse(identity) as Identity).region

/** Judges an act on a record. Nothing is written before `perform`; `released` is what the Submitter has let go. */
export function judgeRecord(
  sql: Sql,
  state: State,
  act: OnRecord,
  released: readonly LetGo[],
  now: number,
): Verdict {
  const record = findRecord(sql, act.record)
  if (record === undefined)
    return refuse('not-found', `This subscription has no record ${act.record}. Look for its key in the list.`)
  if (!isAsSeen(record, act.seen)) return refuse('changed', changedSince(record, act.seen))
  const why = whyNotOpen(sql, state, record, act.kind, now)
  if (why !== null) return refuse('not-allowed', why)
  const letGo = released.find((one) => one.key === record.key && one.round >= record.round)
  if (letGo?.answer !== 'let go')
    return refuse(
      'in-flight',
      `The Submitter has not let go of ${record.key}: a call to AWS may be on its way. Nothing was done; its result comes within minutes, look again then.`,
    )
  return { ...doing(sql, state, record, act, letGo.round, now), subject: record.key, value: valueOf(record) }
}

const isAsSeen = (record: StoredRecord, seen: SeenRecord): boolean =>
  record.state === seen.state && record.settled_at === seen.settledAt

const changedSince = (record: StoredRecord, seen: SeenRecord): string =>
  `The record ${record.key} was ${seen.state} when it was looked at and is ${record.state} now${
    record.settled_at === null ? '' : `, since ${iso(record.settled_at)}`
  }. Nothing was done; look at it again and decide anew.`

/** Whole units and what they cost. */
export const valueOf = (record: StoredRecord): RepairValue => ({
  amount: String(record.quantity),
  of: record.dimension,
  dollars: dollarsOf(record),
})

/** Quantity × price in dollars, decimal text without trailing zeros; exact. `price` is in millionths of a dollar. */
export function dollarsOf(record: Pick<StoredRecord, 'quantity' | 'price'>): string {
  const digits = String(BigInt(record.quantity) * amountOf(record.price)).padStart(13, '0')
  const fraction = digits.slice(-12).replace(/0+$/, '').padEnd(2, '0')
  return `${digits.slice(0, -12)}.${fraction}`
}

/** Why an act is not open to a record, or null. The same answer decides what is offered and what is done. */
export function whyNotOpen(
  sql: Sql,
  state: State,
  record: StoredRecord,
  kind: OfRecord,
  now: number,
): string | null {
  switch (kind) {
    case 'retry':
      return whyNotRetry(record, now)
    case 'move':
      return whyNotMove(sql, state, record)
    case 'write off':
      return whyNotWriteOff(record)
    case 'evidence':
      return isDisputed(record)
        ? null
        : `The record is ${record.state}: only a conflict, a doubtful record, or one with an attempt that was never answered is settled by evidence.`
  }
}

const isParked = (record: StoredRecord): boolean => record.state === 'parked' || record.state === 'expired'

/** AWS may hold it, or holds what somebody else sent: it takes evidence to know. */
const isDisputed = (record: StoredRecord): boolean =>
  record.state === 'doubtful' ||
  (isParked(record) && (record.reason === 'conflict' || record.unanswered === 1))

function whyNotRetry(record: StoredRecord, now: number): string | null {
  if (!isParked(record) && record.state !== 'doubtful')
    return `The record is ${record.state}: only a parked, expired or doubtful one is sent again.`
  return now < record.deadline
    ? null
    : `AWS takes this record no longer since ${iso(record.deadline)}. Move it or write it off.`
}

function whyNotMove(sql: Sql, state: State, record: StoredRecord): string | null {
  if (state.stopped !== null)
    return `The Ledger has stopped: ${state.stopped} Nothing is moved before it goes on.`
  if (!isParked(record) && record.state !== 'doubtful')
    return `The record is ${record.state}: only a parked or expired one is moved.`
  if (isDisputed(record))
    return 'AWS may hold this hour: an attempt was never answered, or somebody wrote it. Give evidence first; moved as it is, it could be billed twice.'
  return whyNotMovable(sql, state, record)
}

/**
 * A disputed record may be written off without evidence: nothing is sent or moved by it, so nothing can be billed twice
 * (money §9 asks for evidence before a `move`). It counts as written off and as nothing else (money §12), though AWS may
 * have billed it: who writes it off is told so.
 */
function whyNotWriteOff(record: StoredRecord): string | null {
  if (isParked(record) || record.state === 'doubtful') return null
  if (record.state === 'waiting' && record.hold_until !== null) return null
  return record.state === 'waiting'
    ? 'The record is on its way to AWS. Wait for the answer; what AWS has billed is corrected by a billing adjustment.'
    : `The record is ${record.state}, which is its end.`
}

function doing(
  sql: Sql,
  state: State,
  record: StoredRecord,
  act: OnRecord,
  round: number,
  now: number,
): Pick<Doing, 'sentence' | 'perform'> {
  const what = `${record.quantity} ${record.dimension} of ${iso(record.hour)} ($${dollarsOf(record)})`
  const end = (state_: string, more = ''): void => {
    sql.all(
      `UPDATE records SET state = ?, settled_at = coalesce(settled_at, ?), hold_until = NULL, revision = ?${more}
       WHERE key = ?`,
      state_,
      now,
      state.revision,
      record.key,
    )
  }
  switch (act.kind) {
    case 'retry':
      return {
        sentence: `${what} goes to AWS again, unchanged; AWS takes it until ${iso(record.deadline)}.`,
        perform: () => {
          sql.all(
            `UPDATE records SET state = 'waiting', reason = NULL, receipt = NULL, settled_at = NULL, handed = 0,
               round = CAST(? AS INTEGER) + 1, revision = ? WHERE key = ?`,
            round,
            state.revision,
            record.key,
          )
          return state
        },
      }
    case 'move':
      return {
        sentence: `${what} is moved: it becomes one adjustment line of the earliest hour still open.`,
        perform: () => {
          moveUnits(sql, record, state.revision)
          return { ...state, openBefore: true }
        },
      }
    case 'write off':
      return {
        sentence: `${what} is written off: ${
          isDisputed(record)
            ? 'nothing is sent for it any more. AWS may hold it all the same; if its bill shows it, make a billing adjustment.'
            : 'it is never billed, and what it covered stays covered.'
        }`,
        perform: () => {
          end('written off')
          return state
        },
      }
    case 'evidence':
      return act.says === 'billed'
        ? {
            sentence: `${what} is billed, by ${act.from} ${act.evidence}.`,
            perform: () => {
              end('billed', ', unanswered = 0')
              return state
            },
          }
        : {
            sentence: `${what} is not at AWS, by ${act.from} ${act.evidence}: it is parked and may be moved.`,
            perform: () => {
              sql.all(
                `UPDATE records SET state = 'parked', reason = 'not recorded', unanswered = 0, settled_at = ?,
                   revision = ? WHERE key = ?`,
                now,
                state.revision,
                record.key,
              )
              return state
            },
          }
  }
}
