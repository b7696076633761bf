/** Making a Ledger's records what the Submitter holds (money §9 `restore-check`): adopted, or corrected with their lines. */
import { type Hour, nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { Line } from '../submission/record.ts'
import type { Copy } from '../submission/restore.ts'
import { allPeriods, fixPeriods, periodHolding } from './periods.ts'
import { readLines, type StoredRecord, writeRecord } from './record.ts'
import { findRecord } from './repair-record.ts'
import { moveUnits } from './settle.ts'
import type { State } from './state.ts'

/** Writes a record the Ledger no longer knows, its hour frozen. Undefined: no life of the subscription holds that hour. */
export function adopt(sql: Sql, before: State, copy: Copy, now: number): State | undefined {
  const { record, settlement } = copy
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
  const lines = linesHeld(sql, state, copy, period.from)
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
    lines,
  })
  sql.all(
    'UPDATE records SET handed = 1, deadline = ?, final = ?, round = ?, unanswered = ? WHERE key = ?',
    record.deadline,
    record.final ? 1 : 0,
    record.round ?? 0,
    record.unanswered === true && settlement === null ? 1 : 0,
    key,
  )
  addLines(sql, dimension, lines)
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

/**
 * What the Submitter's copy is made of. A line that cannot be true here is usage of the record's own period, `period`: of
 * a period this Ledger does not have, or moved from a record that ended otherwise. What the copy holds of a record that
 * could be moved was moved, though the act is forgotten here.
 */
function linesHeld(sql: Sql, state: State, { record }: Copy, period: number): Line[] {
  const usage = new Map<number, number>()
  const lines: Line[] = []
  const held = record.lines ?? [{ kind: 'usage' as const, period, units: record.quantity }]
  for (const line of held) {
    if (line.kind === 'adjustment' && bringsIn(sql, state, record.key, line)) {
      lines.push(line)
      continue
    }
    const known = line.kind === 'usage' && isPeriod(sql, line.period)
    const of = known ? line.period : period
    usage.set(of, (usage.get(of) ?? 0) + line.units)
  }
  const used = [...usage].map(([of, units]): Line => ({ kind: 'usage', period: of, units }))
  return [...used.filter(({ units }) => units > 0), ...lines]
}

const isPeriod = (sql: Sql, from: number): boolean =>
  sql.all('SELECT 1 FROM periods WHERE from_hour = ?', from).length > 0

type Adjusted = Extract<Line, { kind: 'adjustment' }>

/** True when the units of `line` are of a record that is moved, into `into` or nowhere yet. */
function bringsIn(sql: Sql, state: State, into: string, { from, units }: Adjusted): boolean {
  const source = findRecord(sql, from)
  if (source === undefined || source.quantity !== units) return false
  if (MOVABLE.has(source.state)) moveUnits(sql, source, state.revision)
  const moved = sql.all<{ into_record: string | null }>(
    'SELECT into_record FROM adjustments WHERE from_record = ?',
    from,
  )[0]
  return moved !== undefined && (moved.into_record === null || moved.into_record === into)
}

const MOVABLE: ReadonlySet<string> = new Set(['parked', 'expired', 'doubtful'])

/** True when a record has the quantity, the stamp and the lines of the Submitter's copy. */
export function isAsHeld(sql: Sql, record: StoredRecord, { record: held }: Copy): boolean {
  const plain = { kind: 'usage' as const, period: record.period, units: held.quantity }
  const lines = held.lines ?? (held.quantity === 0 ? [] : [plain])
  return (
    record.quantity === held.quantity &&
    record.timestamp === held.timestamp &&
    JSON.stringify(sorted(readLines(sql, record.key))) === JSON.stringify(sorted(lines))
  )
}

const sourceOf = (line: Line): string => (line.kind === 'usage' ? String(line.period) : line.from)

const sorted = (lines: readonly Line[]): [string, number][] =>
  lines
    .filter(({ units }) => units > 0)
    .map((line): [string, number] => [sourceOf(line), line.units])
    .sort(([a], [b]) => (a < b ? -1 : 1))

/** Gives a record the quantity, stamp and lines that are the Submitter's; the units of its periods follow. */
export function correct(sql: Sql, state: State, record: StoredRecord, copy: Copy): void {
  const lines = new Map(linesHeld(sql, state, copy, record.period).map((line) => [sourceOf(line), line]))
  const had = readLines(sql, record.key)
  for (const [i, line] of had.entries()) {
    const units = lines.get(sourceOf(line))?.units ?? 0
    lines.delete(sourceOf(line))
    if (units === line.units) continue
    sql.all('UPDATE lines SET units = CAST(? AS INTEGER) WHERE record = ? AND line = ?', units, record.key, i)
    if (line.kind === 'usage') addFrozen(sql, record.dimension, line.period, units - line.units)
    else sql.all('UPDATE adjustments SET into_record = NULL WHERE from_record = ?', line.from)
  }
  const more = [...lines.values()]
  for (const [i, line] of more.entries())
    sql.all(
      'INSERT INTO lines (record, line, kind, period, from_record, units) VALUES (?, ?, ?, ?, ?, ?)',
      record.key,
      had.length + i,
      line.kind,
      line.kind === 'usage' ? line.period : null,
      line.kind === 'usage' ? null : line.from,
      line.units,
    )
  addLines(sql, record.dimension, more)
  for (const line of more)
    if (line.kind === 'adjustment')
      sql.all('UPDATE adjustments SET into_record = ? WHERE from_record = ?', record.key, line.from)
  sql.all(
    'UPDATE records SET quantity = ?, timestamp = ?, revision = ? WHERE key = ?',
    copy.record.quantity,
    copy.record.timestamp,
    state.revision,
    record.key,
  )
}

function addLines(sql: Sql, dimension: string, lines: readonly Line[]): void {
  for (const line of lines) if (line.kind === 'usage') addFrozen(sql, dimension, line.period, line.units)
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
