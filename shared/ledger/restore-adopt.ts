/** Making a Ledger's records what the Submitter holds (money §9 `restore-check`): adopted, or corrected with their lines. */
import { type Hour, nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { Copy } from '../submission/restore.ts'
import { Broken } from './broken.ts'
import { allPeriods, fixPeriods, periodHolding } from './periods.ts'
import { type StoredRecord, writeRecord } from './record.ts'
import type { State } from './state.ts'

/** Writes a record the Ledger no longer knows, its hour frozen. Undefined: no life of the subscription holds that hour. */
export function adopt(sql: Sql, before: State, { record, settlement }: Copy, now: number): State | undefined {
  const { key, hour, dimension } = record
  const life = before.lives.find(
    (known) =>
      known.firstHour !== null &&
      known.firstHour <= hour &&
      (known.untilHour === null || hour < known.untilHour),
  )
  if (life === undefined || before.frozenUntil === null) return undefined
  let state = before
  if (nextHour(hour) > before.frozenUntil) {
    fixPeriods(sql, state, before.frozenUntil, nextHour(hour))
    state = { ...state, frozenUntil: nextHour(hour), openBefore: true }
  }
  const period = periodHolding(allPeriods(sql, state, nextHour(hour)), hour)
  if (period === undefined) return undefined
  passDimension(sql, state, dimension, hour)
  writeRecord(sql, {
    key,
    dimension,
    timestamp: record.timestamp,
    product: record.product,
    productCode: record.productCode,
    identity: record.identity,
    price: record.price,
    config: period.config,
    life,
    period: period.from,
    estimated: false,
    frozenAt: now,
    holdUntil: null,
    revision: state.revision,
    lines: record.quantity === 0 ? [] : [{ kind: 'usage', period: period.from, units: record.quantity }],
  })
  sql.all(
    'UPDATE records SET handed = 1, deadline = ?, final = ?, round = ?, unanswered = ? WHERE key = ?',
    record.deadline,
    record.final ? 1 : 0,
    record.round ?? 0,
    record.unanswered === true && settlement === null ? 1 : 0,
    key,
  )
  addFrozen(sql, dimension, period.from, record.quantity)
  return state
}

/** A dimension that had stayed behind is past the hours the Submitter knows records of. */
function passDimension(sql: Sql, state: State, dimension: string, hour: Hour): void {
  const after = nextHour(hour)
  sql.all(
    'UPDATE dimensions SET frozen_until = ?, waiting = NULL, wait_until = NULL WHERE dimension = ? AND frozen_until <= ?',
    after >= (state.frozenUntil ?? after) ? null : after,
    dimension,
    hour,
  )
}

/** Gives a record the quantity and stamp that are the Submitter's; its lines and the units of its periods follow. */
export function correct(sql: Sql, state: State, record: StoredRecord, copy: Copy): void {
  let more = copy.record.quantity - record.quantity
  const lines = sql.all<{ line: number; period: number; units: number }>(
    "SELECT line, period, units FROM lines WHERE record = ? AND kind = 'usage' ORDER BY line DESC",
    record.key,
  )
  for (const { line, period, units } of lines) {
    const by = more > 0 ? more : -Math.min(units, -more)
    if (by === 0) continue
    sql.all(
      'UPDATE lines SET units = units + CAST(? AS INTEGER) WHERE record = ? AND line = ?',
      by,
      record.key,
      line,
    )
    addFrozen(sql, record.dimension, period, by)
    more -= by
  }
  if (more > 0) {
    sql.all(
      `INSERT INTO lines (record, line, kind, period, units)
       SELECT ?, coalesce(max(line) + 1, 0), 'usage', ?, ? FROM lines WHERE record = ?`,
      record.key,
      record.period,
      more,
      record.key,
    )
    addFrozen(sql, record.dimension, record.period, more)
  } else if (more < 0)
    throw new Broken({
      rule: 'What was moved into a record is part of what went to AWS',
      subject: record.key,
      expected: String(record.quantity),
      found: String(copy.record.quantity),
    })
  sql.all(
    'UPDATE records SET quantity = ?, timestamp = ?, revision = ? WHERE key = ?',
    copy.record.quantity,
    copy.record.timestamp,
    state.revision,
    record.key,
  )
}

function addFrozen(sql: Sql, dimension: string, period: number, units: number): void {
  const known = sql.all<{ frozen: string }>(
    'SELECT frozen FROM tallies WHERE dimension = ? AND period = ?',
    dimension,
    period,
  )[0]
  sql.all(
    `INSERT INTO tallies (dimension, period, used, covered, frozen) VALUES (?, ?, '0', '0', ?)
     ON CONFLICT (dimension, period) DO UPDATE SET frozen = excluded.frozen`,
    dimension,
    period,
    String(BigInt(known?.frozen ?? '0') + BigInt(units)),
  )
}
