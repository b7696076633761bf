/** Every invariant of money §12 that a Ledger can check by itself, computed anew from what is stored. Reads only. */
import { formatAmount } from '../amount.ts'
import type { Sql, SqlRow } from '../sql.ts'
import { auditDimensions, OWED } from './audit-dimensions.ts'
import type { Finding } from './ledger.ts'
import type { State } from './state.ts'

/** Answers every rule that does not hold, with both numbers; empty: all hold. */
export function auditLedger(sql: Sql, state: State): Finding[] {
  // After a restore more may have gone to AWS than is due: it is shown as owed, and later dues use it up (money §9).
  const mayOwe = sql.all('SELECT 1 FROM restores LIMIT 1').length > 0
  return [
    ...auditTaken(sql, state),
    ...auditRecords(sql),
    ...auditMoves(sql),
    ...auditDimensions(sql, state),
  ].filter((finding) => finding.expected !== finding.found && !(mayOwe && finding.rule === OWED))
}

/** Usage: taken = counted + set aside + trial + grace + voided, in the meter's units. */
function auditTaken(sql: Sql, state: State): Finding[] {
  const kept = new Map<string, bigint>()
  const rows = sql.all<{ meter: string; amount: string }>(
    'SELECT meter, counted AS amount FROM usage UNION ALL SELECT meter, amount FROM set_aside',
  )
  for (const row of rows) kept.set(row.meter, (kept.get(row.meter) ?? 0n) + BigInt(row.amount))
  return [...new Set([...kept.keys(), ...state.taken.keys()])].map((meter) => ({
    rule: 'taken = counted + set aside + trial + grace + voided',
    subject: meter,
    expected: formatAmount(state.taken.get(meter) ?? 0n),
    found: formatAmount(kept.get(meter) ?? 0n),
  }))
}

type RecordSums = SqlRow & {
  key: string
  quantity: number
  state: string
  reason: string | null
  lines: number
  units: number
  receipts: number
}

/** Records: the quantity is the sum of the lines, and nothing has left `waiting` without an answer beside it. */
function auditRecords(sql: Sql): Finding[] {
  const rows = sql.all<RecordSums>(
    `SELECT key, quantity, state, reason,
       (SELECT count(*) FROM lines WHERE record = key) AS lines,
       (SELECT coalesce(sum(units), 0) FROM lines WHERE record = key) AS units,
       (SELECT count(*) FROM receipts WHERE record = key) AS receipts
     FROM records`,
  )
  return rows.flatMap((row) => [
    {
      rule: 'a record is the sum of its lines',
      subject: row.key,
      expected: String(row.quantity),
      found: String(row.units),
    },
    {
      rule: 'a record that waits no more has a receipt',
      subject: row.key,
      expected: 'true',
      found: String(
        row.state === 'waiting' ||
          row.state === 'written off' ||
          row.reason === 'amount-unknown' ||
          row.receipts > 0,
      ),
    },
  ])
}

/** Adjustments brought in, or on their way, are the records moved out. */
function auditMoves(sql: Sql): Finding[] {
  const rows = sql.all<{ key: string; quantity: number; units: number | null; brought: number | null }>(
    `SELECT records.key, records.quantity, moved.units,
       (SELECT sum(units) FROM lines WHERE from_record = records.key AND units > 0) AS brought
     FROM records LEFT JOIN adjustments AS moved ON moved.from_record = records.key
     WHERE records.state = 'moved' OR moved.units IS NOT NULL`,
  )
  return rows.map((row) => ({
    rule: 'adjustments brought in = records moved out',
    subject: row.key,
    expected: String(row.quantity),
    found: String(row.brought ?? row.units ?? 0),
  }))
}
