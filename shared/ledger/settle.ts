/** Handing records to the Submitter and writing what became of them (money §7, §8, §9). */
import { monthClosesAt, nextHour } from '../hour.ts'
import type { FrozenRecord, Settlement } from '../submission/record.ts'
import type { Sql } from '../sql.ts'
import type { SubscriptionId } from '../subscription.ts'
import type { Acknowledged, Finding } from './ledger.ts'
import { allPeriods, periodHolding, runUpTo } from './periods.ts'
import { frozenRecord, RECORD_COLUMNS, type StoredRecord } from './record.ts'
import { lifeAt, type State } from './state.ts'
import type { Timing } from './terms.ts'

/** Waiting records the Submitter does not have as they are now, earliest deadline first. */
export function readOffers(sql: Sql, subscription: SubscriptionId, limit: number): FrozenRecord[] {
  const rows = sql.all<StoredRecord & { account: string | null }>(
    `SELECT ${RECORD_COLUMNS}, (SELECT json_extract(body, '$.account') FROM orders
       WHERE version = (SELECT order_version FROM ledger)) AS account
     FROM records WHERE handed = 0 AND state = 'waiting' AND hold_until IS NULL ORDER BY deadline, key LIMIT ?`,
    limit,
  )
  return rows.map((row) => {
    const record = frozenRecord(row, subscription)
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
    const record = sql.all<StoredRecord>(
      `SELECT ${RECORD_COLUMNS} FROM records WHERE key = ?`,
      settlement.key,
    )[0]
    if (record === undefined) {
      unknown ??= unknownKey(settlement)
      continue
    }
    acknowledged.push({ key: settlement.key, attempt: settlement.attempt })
    if (!writeReceipt(sql, settlement) || record.state !== 'waiting') continue
    sql.all(
      `UPDATE records SET state = ?, reason = ?, attempt = ?, receipt = ?, unanswered = ?, settled_at = ?, handed = 1,
         revision = ? WHERE key = ?`,
      settlement.state,
      settlement.reason,
      settlement.attempt,
      settlement.receipt,
      settlement.unanswered ? 1 : 0,
      settlement.at,
      state.revision,
      settlement.key,
    )
    if (
      settlement.state === 'expired' &&
      !settlement.unanswered &&
      mayMove(sql, state, timing, record, now)
    ) {
      moveUnits(sql, record)
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

/** What never reached AWS may go into the next hour: not across a cut, not after an end, not long after its month (money §9). */
function mayMove(sql: Sql, state: State, timing: Timing, record: StoredRecord, now: number): boolean {
  const open = state.frozenUntil
  if (timing.expired !== 'move' || record.quantity === 0 || open === null) return false
  const life = lifeAt(state, open)
  if (life?.life !== record.life || life.endAt !== null) return false
  const periods = allPeriods(sql, state, nextHour(open))
  const period = periodHolding(periods, open)
  if (period?.prices[record.dimension] === undefined) return false
  const from = runUpTo(periods, period, record.dimension).find((each) => each.from === record.period)
  if (from === undefined) return false
  return from.month === period.month || now < monthClosesAt(from.month) + timing.lateAcrossMonthsMs
}

function moveUnits(sql: Sql, record: StoredRecord): void {
  sql.all("UPDATE records SET state = 'moved' WHERE key = ?", record.key)
  sql.all(
    'INSERT INTO adjustments (from_record, dimension, units) VALUES (?, ?, ?)',
    record.key,
    record.dimension,
    record.quantity,
  )
}

const unknownKey = (settlement: Settlement): Finding => ({
  rule: 'Each settled key is a record of this ledger',
  subject: settlement.key,
  expected: 'a record',
  found: `a result (${settlement.state}, attempt ${settlement.attempt}) without one`,
})
