/** Handing records to the Submitter and writing what became of them (money §7, §8, §9). */
import { monthClosesAt, nextHour } from '../hour.ts'
import type { FrozenRecord, Settlement } from '../submission/record.ts'
import type { Sql } from '../sql.ts'
import type { SubscriptionId } from '../subscription.ts'
import type { Acknowledged, Finding } from './ledger.ts'
import { allPeriods, type Period, periodHolding, runUpTo } from './periods.ts'
import { frozenRecord, readLines, RECORD_COLUMNS, type StoredRecord } from './record.ts'
import { lifeAt, type State } from './state.ts'
import type { Timing } from './terms.ts'

/**
 * Waiting records the Submitter does not have as they are now, earliest deadline first; none while a restore is checked.
 * The limit is written out: where it is bound, SQLite plans the statement anew at every call.
 */
export function readOffers(sql: Sql, subscription: SubscriptionId, limit: number): FrozenRecord[] {
  if (restoreIsOpen(sql)) return []
  const rows = sql.all<StoredRecord & { account: string | null; mixed: number }>(
    `SELECT ${RECORD_COLUMNS}, EXISTS (SELECT 1 FROM lines WHERE record = records.key
       AND (line > 0 OR lines.period IS NOT records.period)) AS mixed, (SELECT json_extract(body, '$.account') FROM orders
       WHERE version = (SELECT order_version FROM ledger)) AS account
     FROM records WHERE handed = 0 AND state = 'waiting' AND hold_until IS NULL ORDER BY deadline, key LIMIT ${limit}`,
  )
  return rows.map((row) => {
    const frozen = frozenRecord(row, subscription)
    const record = row.mixed === 1 ? { ...frozen, lines: readLines(sql, row.key) } : frozen
    // A customer identifier does not say whose it is; the check of money §10 is by account.
    return record.identity.kind === 'product-customer' && row.account !== null
      ? { ...record, account: row.account }
      : record
  })
}

/** Marks what the Submitter has stored; a record whose deadline or round changed since it was offered stays on offer. */
export function markHanded(sql: Sql, offered: readonly FrozenRecord[]): void {
  for (const record of offered) {
    sql.all(
      'UPDATE records SET handed = 1 WHERE key = ? AND deadline = ? AND final = ? AND round = ?',
      record.key,
      record.deadline,
      record.final ? 1 : 0,
      record.round ?? 0,
    )
  }
}

/** A record that waits here, while the Submitter let its key go up to `round`, is offered in the round after it. */
export function raiseRound(sql: Sql, key: string, round: number): void {
  sql.all(
    `UPDATE records SET round = CAST(? AS INTEGER) + 1, handed = 0
     WHERE key = ? AND state = 'waiting' AND round <= CAST(? AS INTEGER)`,
    round,
    key,
    round,
  )
}

export interface Settled {
  readonly acknowledged: Acknowledged[]
  /** A result for a key this ledger never had: it has to stop. */
  readonly unknown: Finding | null
  /** Units were moved: the next record has to take them. */
  readonly moved: boolean
}

const ONE_RECORD = `SELECT ${RECORD_COLUMNS} FROM records WHERE key = ?`

/** Writes each result once per (key, attempt). The first result a record gets is the one it ends with. */
export function settleRecords(
  sql: Sql,
  state: State,
  timing: Timing,
  settlements: readonly Settlement[],
  now: number,
): Settled {
  const acknowledged: Acknowledged[] = []
  let unknown: Finding | null = null
  let moved = false
  for (const settlement of settlements) {
    const record = sql.all<StoredRecord>(ONE_RECORD, settlement.key)[0]
    if (record === undefined) {
      // Until a restore is checked there may be records this Ledger does not know yet; their results are told again.
      if (!restoreIsOpen(sql)) unknown ??= unknownKey(settlement)
      continue
    }
    acknowledged.push({ key: settlement.key, attempt: settlement.attempt })
    if (!writeReceipt(sql, settlement) || record.state !== 'waiting') continue
    // What an earlier round left unanswered stays so, until Success (money §8).
    const unanswered = settlement.unanswered || (record.unanswered === 1 && settlement.state !== 'billed')
    sql.all(
      `UPDATE records SET state = ?, reason = ?, attempt = ?, receipt = ?, unanswered = ?, settled_at = ?, handed = 1,
         revision = ? WHERE key = ?`,
      settlement.state,
      settlement.reason,
      settlement.attempt,
      settlement.receipt,
      unanswered ? 1 : 0,
      settlement.at,
      state.revision,
      settlement.key,
    )
    if (settlement.state === 'expired' && !unanswered && mayMove(sql, state, timing, record, now)) {
      moveUnits(sql, record, state.revision)
      moved = true
    }
  }
  return { acknowledged, unknown, moved }
}

/** Answers whether this attempt's result is new. */
function writeReceipt(sql: Sql, settlement: Settlement): boolean {
  const known = sql.all(
    'SELECT 1 FROM receipts WHERE record = ? AND attempt = ?',
    settlement.key,
    settlement.attempt,
  )
  if (known.length > 0) return false
  sql.all(
    'INSERT INTO receipts (record, attempt, at, state, reason, receipt, unanswered) VALUES (?, ?, ?, ?, ?, ?, ?)',
    settlement.key,
    settlement.attempt,
    settlement.at,
    settlement.state,
    settlement.reason,
    settlement.receipt,
    settlement.unanswered ? 1 : 0,
  )
  return true
}

/** What never reached AWS goes by itself into the next hour, where §4 lets late usage go (money §9). */
function mayMove(sql: Sql, state: State, timing: Timing, record: StoredRecord, now: number): boolean {
  if (timing.expired !== 'move') return false
  const way = wayOf(sql, state, record)
  if (typeof way === 'string') return false
  const { from, into } = way
  return from.month === into.month || now < monthClosesAt(from.month) + timing.lateAcrossMonthsMs
}

/** Why the units of a record cannot become a line of the earliest open hour, or null (money §9). */
export function whyNotMovable(sql: Sql, state: State, record: StoredRecord): string | null {
  const way = wayOf(sql, state, record)
  return typeof way === 'string' ? way : null
}

/** The period a record is from and the one of the earliest open hour, with one price all the way; or why there is none. */
function wayOf(
  sql: Sql,
  state: State,
  record: StoredRecord,
): { readonly from: Period; readonly into: Period } | string {
  const open = state.frozenUntil
  if (record.quantity === 0) return 'It holds no units.'
  const life = open === null ? undefined : lifeAt(state, open)
  if (open === null || life?.life !== record.life || life.endAt !== null)
    return 'Its subscription has ended, and what has ended is billed no more (money §9). Write it off, or bill it outside AWS.'
  const periods = allPeriods(sql, state, nextHour(open))
  const into = periodHolding(periods, open)
  if (into?.prices[record.dimension] === undefined) return 'Its dimension is not sold any more.'
  const from = runUpTo(periods, into, record.dimension).find((each) => each.from === record.period)
  return from === undefined
    ? 'The price has changed since its hour: units are never moved across a cut of price. Write it off, or bill it outside AWS.'
    : { from, into }
}

/** Ends the record as moved; its units are on their way into the next record of its dimension. */
export function moveUnits(sql: Sql, record: StoredRecord, revision: number): void {
  sql.all("UPDATE records SET state = 'moved', revision = ? WHERE key = ?", revision, record.key)
  sql.all(
    'INSERT INTO adjustments (from_record, dimension, units) VALUES (?, ?, ?)',
    record.key,
    record.dimension,
    record.quantity,
  )
}

/** True from when a check is asked for until it is done (money §9). */
export const restoreIsOpen = (sql: Sql): boolean =>
  sql.all('SELECT 1 FROM restores WHERE finished_at IS NULL').length > 0

const unknownKey = (settlement: Settlement): Finding => ({
  rule: 'Each settled key is a record of this ledger',
  subject: settlement.key,
  expected: 'a record',
  found: `a result (${settlement.state}, attempt ${settlement.attempt}) without one`,
})
