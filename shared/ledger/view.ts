/** What people and the read model see of a Ledger. Reads only. */
import { formatAmount } from '../amount.ts'
import { HOUR_MS, type Hour, type Month, nextMonth } from '../hour.ts'
import type { RecordState } from '../submission/record.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { SubscriptionId } from '../subscription.ts'
import { balanceOf, duesOf, openWalk, type Walk } from './charge.ts'
import { earliestMonth, firstOpenHour, readUsage } from './counted.ts'
import { waitingFor } from './closing.ts'
import type {
  AsideReason,
  DimensionUsage,
  HourUsage,
  LedgerStatus,
  Line,
  MonthUsage,
  RecordRow,
  RecordsPage,
  RefusedUsage,
  SetAside,
} from './ledger.ts'
import { allPeriods, type Period, runUpTo } from './periods.ts'
import { priceOf } from './price.ts'
import { COUNTS_AS_BILLED, frozenRecord, RECORD_COLUMNS, type StoredRecord } from './record.ts'
import type { State } from './state.ts'
import { readTallies } from './tallies.ts'
import type { LedgerTerms } from './terms.ts'
import { readMeasured, usedByHour } from './used.ts'

export function statusOf(sql: Sql, state: State): LedgerStatus {
  const latest = state.lives.at(-1)
  return {
    revision: state.revision,
    orderVersion: state.orderVersion,
    frozenUntil: state.frozenUntil,
    nextWake: state.nextWake,
    waiting: waitingFor(state),
    stopped: state.stopped,
    open: state.openBefore || firstOpenHour(sql, state) !== null,
    life: latest?.life ?? null,
    ended: latest?.endAt !== null && latest?.endAt !== undefined,
  }
}

/** A month as it stands at `now`: everything counted, whether its hour is frozen or not. */
export function monthUsage(sql: Sql, state: State, terms: LedgerTerms, month: Month): MonthUsage {
  const known = state.order === null ? undefined : terms.products[state.order.product]
  const dimensions = known?.dimensions ?? []
  const until = Math.max(nextMonth(month), state.frozenUntil ?? 0) as Hour
  const periods = allPeriods(sql, state, until)
  return {
    month,
    revision: state.revision,
    dimensions: dimensions.map((dimension) =>
      dimensionUsage(sql, state, periods, month, dimension.key, dimension.charge.meter, dimension.metered),
    ),
    setAside: readAside(sql, month),
    refused: readRefused(sql, month),
  }
}

function dimensionUsage(
  sql: Sql,
  state: State,
  periods: readonly Period[],
  month: Month,
  dimension: string,
  meter: string,
  metered: boolean,
): DimensionUsage {
  const stored = readTallies(sql, dimension)
  const from = earliestMonth(month)
  const measured = readMeasured(sql, state, from)
  const used = usedByHour(measured, periods, dimension, state.amounts)
  const shown = readUsage(sql, state, from, 'own hour')
  const walk = openWalk(periods, dimension, used, stored.tallies, from, () => state.amounts)
  walk.advance(nextMonth(month))
  const own = periods.filter((period) => period.month === month && period.prices[dimension] !== undefined)

  let due = 0n
  let frozen = 0n
  let open = 0n
  let owed = 0n
  let covered = 0n
  for (const [i, period] of own.entries()) {
    const run = runUpTo(periods, period, dimension)
    const dues = duesOf(run, dimension, walk.tallies(), (state.frozenUntil ?? period.from) - HOUR_MS)
    const units = run.map((each) => stored.frozen.get(each.from) ?? 0n)
    const price = priceOf(period.prices[dimension] ?? '')
    if (price.metered) due += dues.at(-1) ?? 0n
    frozen += units.at(-1) ?? 0n
    covered += walk.tallies().get(period.from)?.covered ?? 0n
    const after = own[i + 1]
    const ends = after === undefined || !runUpTo(periods, after, dimension).includes(period)
    if (!ends || !price.metered) continue
    const balance = balanceOf(price, dues, units)
    open += balance.open.reduce((sum, each) => sum + each, 0n)
    owed += balance.owed
  }
  const hours = hoursOf(sql, shown.get(meter) ?? new Map<number, bigint>(), dimension, month)
  return {
    dimension,
    meter,
    metered,
    counted: formatAmount(hours.reduce((sum, hour) => sum + hour.amount, 0n)),
    covered: formatAmount(covered),
    includedLeft: includedLeft(own.at(-1), dimension, walk),
    due: String(due),
    frozen: String(frozen),
    billed: String(billedUnits(sql, dimension, month)),
    open: String(open),
    owed: String(owed),
    hours: hours.map(({ amount, ...hour }) => ({ ...hour, counted: formatAmount(amount) })),
  }
}

function billedUnits(sql: Sql, dimension: string, month: Month): number {
  const records = sql.all<{ quantity: number }>(
    `SELECT quantity FROM records WHERE hour >= ? AND hour < ? AND dimension = ? AND ${COUNTS_AS_BILLED}`,
    month,
    nextMonth(month),
    dimension,
  )
  return records.reduce((units, record) => units + record.quantity, 0)
}

type HourAmount = Omit<HourUsage, 'counted'> & { readonly amount: bigint }

function hoursOf(
  sql: Sql,
  usage: ReadonlyMap<number, bigint>,
  dimension: string,
  month: Month,
): HourAmount[] {
  const records = sql.all<{ hour: number; quantity: number; state: RecordState }>(
    'SELECT hour, quantity, state FROM records WHERE hour >= ? AND hour < ? AND dimension = ?',
    month,
    nextMonth(month),
    dimension,
  )
  const recorded = new Map(records.map((record) => [record.hour, record]))
  const hours = new Set([...usage.keys(), ...recorded.keys()])
  return [...hours]
    .filter((hour) => hour >= month && hour < nextMonth(month))
    .sort((a, b) => a - b)
    .map((hour) => ({
      hour,
      amount: usage.get(hour) ?? 0n,
      quantity: recorded.get(hour)?.quantity ?? null,
      state: recorded.get(hour)?.state ?? null,
    }))
}

/** What of the included amount is left by the terms of the month's last period; null while it is unknown. */
function includedLeft(period: Period | undefined, dimension: string, walk: Walk): string | null {
  const text = period?.prices[dimension]
  if (period === undefined || text === undefined) return null
  const left = walk.left(period, priceOf(text), period.until - 1)
  if (left === null || left === 'unlimited') return left
  return formatAmount(left > 0n ? left : 0n)
}

function readAside(sql: Sql, month: Month): SetAside[] {
  const rows = sql.all<SqlRow & { hour: Hour; meter: string; reason: AsideReason; amount: string }>(
    'SELECT hour, meter, reason, amount FROM set_aside WHERE hour >= ? AND hour < ? ORDER BY hour, meter, reason',
    month,
    nextMonth(month),
  )
  return rows.map((row) => ({ ...row, amount: formatAmount(BigInt(row.amount)) }))
}

/** The refused usage of a month, newest refusal first; at most 100 rows. */
function readRefused(sql: Sql, month: Month): RefusedUsage[] {
  return sql.all<SqlRow & RefusedUsage>(
    `SELECT source, id, reason, meter, hour, amount, times, last_at AS lastMs FROM refused
     WHERE hour >= ? AND hour < ? ORDER BY last_at DESC, source, id LIMIT 100`,
    month,
    nextMonth(month),
  )
}

/** Newest hour first. */
export function readRecords(sql: Sql, subscription: SubscriptionId, page: RecordsPage): RecordRow[] {
  const rows = sql.all<StoredRecord>(
    `SELECT ${RECORD_COLUMNS} FROM records
     WHERE hour <= ? AND (hour < ? OR key > ?) AND (? IS NULL OR state = ?)
     ORDER BY hour DESC, key LIMIT ?`,
    page.after?.hour ?? Number.MAX_SAFE_INTEGER,
    page.after?.hour ?? Number.MAX_SAFE_INTEGER,
    page.after?.key ?? '',
    page.state ?? null,
    page.state ?? null,
    page.limit,
  )
  return withLines(sql, subscription, rows)
}

export function withLines(
  sql: Sql,
  subscription: SubscriptionId,
  rows: readonly StoredRecord[],
): RecordRow[] {
  return rows.map((row) => ({
    ...frozenRecord(row, subscription),
    state: row.state,
    reason: row.reason,
    receipt: row.receipt,
    config: row.config,
    frozenAt: row.frozen_at,
    settledAt: row.settled_at,
    lines: readLines(sql, row.key),
  }))
}

function readLines(sql: Sql, key: string): Line[] {
  const rows = sql.all<{ kind: string; period: number | null; from_record: string | null; units: number }>(
    'SELECT kind, period, from_record, units FROM lines WHERE record = ? ORDER BY line',
    key,
  )
  return rows.map((row) =>
    row.kind === 'usage'
      ? { kind: 'usage', period: row.period ?? 0, units: row.units }
      : { kind: 'adjustment', from: row.from_record ?? '', units: row.units },
  )
}
