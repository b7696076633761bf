/** Every invariant of money §12 that a Ledger can check by itself, computed anew from what is stored. Reads only. */
import { formatAmount } from '../amount.ts'
import { type Hour, nextHour } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import { balanceOf, duesOf, openWalk } from './charge.ts'
import type { Finding } from './ledger.ts'
import { allPeriods, type Period, runUpTo } from './periods.ts'
import { priceOf } from './price.ts'
import type { State } from './state.ts'
import { readTallies } from './tallies.ts'
import { readMeasured, usedByHour } from './used.ts'

const OWED = 'owed is 0 unless an amount was learnt late'

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
       (SELECT sum(units) FROM lines WHERE from_record = records.key) AS brought
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

/** Units, for each run of periods at one price: dues computed anew from all usage of frozen hours, against the lines. */
function auditDimensions(sql: Sql, state: State): Finding[] {
  const { frozenUntil } = state
  if (frozenUntil === null) return []
  const periods = allPeriods(sql, state, nextHour(frozenUntil))
  const measured = readMeasured(sql, state, 0, true)
  const dimensions = new Set(periods.flatMap((period) => Object.keys(period.prices)))
  return [...dimensions].flatMap((dimension) => {
    const behind = sql.all<{ frozen_until: Hour }>(
      'SELECT frozen_until FROM dimensions WHERE dimension = ? AND frozen_until IS NOT NULL',
      dimension,
    )[0]?.frozen_until
    const until = behind ?? frozenUntil
    const used = usedByHour(measured, periods, dimension, state.amounts)
    const walk = openWalk(periods, dimension, used, new Map(), 0, () => state.amounts, state)
    walk.advance(until)
    const stored = readTallies(sql, dimension)
    const lines = readLineUnits(sql, dimension)
    return periods
      .filter((period) => period.prices[dimension] !== undefined && period.from < until)
      .flatMap((period): Finding[] => {
        const subject = `${dimension} of the period from ${new Date(period.from).toISOString()}`
        const frozen = lines.get(period.from) ?? 0n
        return [
          {
            rule: 'units frozen of a period = its lines',
            subject,
            expected: String(stored.frozen.get(period.from) ?? 0n),
            found: String(frozen),
          },
          ...auditRun(state, periods, period, dimension, walk.tallies(), lines, until, subject),
        ]
      })
  })
}

function auditRun(
  state: State,
  periods: readonly Period[],
  period: Period,
  dimension: string,
  tallies: Parameters<typeof duesOf>[2],
  lines: ReadonlyMap<number, bigint>,
  until: Hour,
  subject: string,
): Finding[] {
  const price = priceOf(period.prices[dimension] ?? '')
  const run = runUpTo(periods, period, dimension)
  const dues = duesOf(run, dimension, tallies, Math.min(until, period.until) - 1, state)
  const balance = balanceOf(
    price,
    dues,
    run.map((each) => lines.get(each.from) ?? 0n),
  )
  const tally = tallies.get(period.from)
  const covered = tally?.covered ?? 0n
  const findings: Finding[] = [
    {
      rule: '0 ≤ covered ≤ counted',
      subject,
      expected: 'true',
      found: String(covered >= 0n && covered <= (tally?.used ?? 0n)),
    },
  ]
  const learntLate = price.included.kind === 'contract' || state.succession.taken.length > 0
  const last = periods.at(-1)
  const runEnds = last?.from === period.from || !runUpTo(periods, last ?? period, dimension).includes(period)
  if (!learntLate && price.metered && runEnds)
    findings.push({
      rule: OWED,
      subject,
      expected: '0',
      found: String(balance.owed),
    })
  if (!price.metered)
    findings.push({
      rule: 'what is only shown is never billed',
      subject,
      expected: '0',
      found: String(lines.get(period.from) ?? 0n),
    })
  return findings
}

function readLineUnits(sql: Sql, dimension: string): Map<number, bigint> {
  const units = new Map<number, bigint>()
  const rows = sql.all<{ period: number; units: number }>(
    `SELECT lines.period, lines.units FROM lines JOIN records ON records.key = lines.record
     WHERE records.dimension = ? AND lines.kind = 'usage'`,
    dimension,
  )
  for (const row of rows) units.set(row.period, (units.get(row.period) ?? 0n) + BigInt(row.units))
  return units
}
