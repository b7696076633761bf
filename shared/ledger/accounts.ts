/** A Ledger's books as money §12 balances them: the numbers of both sides, computed anew from what is stored. Reads only. */
import { formatAmount } from '../amount.ts'
import { type Hour, hourOf, nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { RecordState } from '../submission/record.ts'
import { tallyAnew } from './anew.ts'
import { balanceOf, duesOf } from './charge.ts'
import { chargedHour } from './counted.ts'
import type { AsideReason } from './ledger.ts'
import { allPeriods, follows, type Period, periodHolding, runUpTo } from './periods.ts'
import { priceOf } from './price.ts'
import type { State } from './state.ts'

/** One dimension, over all its periods and up to the last frozen hour. Whole units as text. */
export interface DimensionAccount {
  readonly dimension: string
  /** False: counted and shown, never billed. */
  readonly metered: boolean
  /** due = usage + open − owed. `usage`: units of usage in the lines of records. */
  readonly due: string
  readonly usage: string
  readonly open: string
  readonly owed: string
  /** Units moved in, in the lines of records; and moved out, that are in no record yet. */
  readonly adjusted: string
  readonly adjusting: string
  /** Units of all records: usage + adjusted, and each in exactly one state. */
  readonly states: Readonly<Partial<Record<RecordState, string>>>
}

/** One meter, in its own unit: taken = counted + what was set aside. */
export interface MeterAccount {
  readonly meter: string
  readonly taken: string
  readonly counted: string
  readonly setAside: Readonly<Partial<Record<AsideReason, string>>>
}

export interface Accounts {
  readonly dimensions: readonly DimensionAccount[]
  readonly meters: readonly MeterAccount[]
}

export function accountsOf(sql: Sql, state: State): Accounts {
  return { dimensions: dimensionAccounts(sql, state), meters: meterAccounts(sql, state) }
}

function dimensionAccounts(sql: Sql, state: State): DimensionAccount[] {
  const { frozenUntil } = state
  if (frozenUntil === null) return []
  const periods = allPeriods(sql, state, nextHour(frozenUntil))
  const dimensions = new Set(periods.flatMap((period) => Object.keys(period.prices)))
  return [...dimensions].sort().map((dimension) => {
    const { until, tallies } = tallyAnew(sql, state, periods, dimension, frozenUntil)
    const lines = lineUnits(sql, dimension)
    let [due, open, owed] = [0n, 0n, 0n]
    let metered = false
    for (const run of runsOf(periods, dimension, until)) {
      const last = run.at(-1)
      const price = priceOf(last?.prices[dimension] ?? '')
      metered ||= price.metered
      if (last === undefined || !price.metered) continue
      const dues = duesOf(run, dimension, tallies, Math.min(until, last.until) - 1, state)
      const frozen = run.map((period) => lines.usage.get(period.from) ?? 0n)
      const balance = balanceOf(price, dues, frozen)
      due += total(dues)
      open += total(balance.open)
      owed += balance.owed
    }
    return {
      dimension,
      metered,
      due: String(due),
      usage: String(total([...lines.usage.values()])),
      open: String(open),
      owed: String(owed),
      adjusted: String(lines.adjusted),
      adjusting: String(lines.adjusting),
      states: stateUnits(sql, dimension),
    }
  })
}

/** The periods of a dimension that begin before `until`, joined into runs of one price; each run whole. */
function runsOf(periods: readonly Period[], dimension: string, until: Hour): Period[][] {
  const own = periods.filter((period) => period.prices[dimension] !== undefined && period.from < until)
  return own
    .filter((period, at) => {
      const next = own[at + 1]
      return next === undefined || !follows(period, next, dimension)
    })
    .map((last) => runUpTo(periods, last, dimension))
}

function lineUnits(sql: Sql, dimension: string) {
  const usage = new Map<number, bigint>()
  let adjusted = 0n
  const rows = sql.all<{ kind: string; period: number | null; units: number }>(
    `SELECT lines.kind, lines.period, lines.units FROM lines JOIN records ON records.key = lines.record
     WHERE records.dimension = ?`,
    dimension,
  )
  for (const { kind, period, units } of rows) {
    if (kind === 'usage' && period !== null) usage.set(period, (usage.get(period) ?? 0n) + BigInt(units))
    else adjusted += BigInt(units)
  }
  const waiting = sql.all<{ units: number }>(
    'SELECT units FROM adjustments WHERE dimension = ? AND into_record IS NULL',
    dimension,
  )
  return { usage, adjusted, adjusting: total(waiting.map(({ units }) => BigInt(units))) }
}

function stateUnits(sql: Sql, dimension: string): DimensionAccount['states'] {
  const sums = new Map<RecordState, bigint>()
  const rows = sql.all<{ state: RecordState; quantity: number }>(
    'SELECT state, quantity FROM records WHERE dimension = ?',
    dimension,
  )
  for (const { state, quantity } of rows) sums.set(state, (sums.get(state) ?? 0n) + BigInt(quantity))
  return Object.fromEntries([...sums].map(([state, units]) => [state, String(units)]))
}

function meterAccounts(sql: Sql, state: State): MeterAccount[] {
  const counted = new Map<string, bigint>()
  const aside = new Map<string, Map<AsideReason, bigint>>()
  const grace = allPeriods(sql, state, nextHour(state.frozenUntil ?? hourOf(state.clock))).filter(
    (period) => period.grace,
  )
  for (const { meter, amount, life, hour } of sql.all<{
    meter: string
    amount: string
    life: number
    hour: Hour
  }>('SELECT meter, counted AS amount, life, hour FROM usage')) {
    const charged = chargedHour(state, life, hour)
    const given = charged !== null && periodHolding(grace, charged) !== undefined
    const reasons = aside.get(meter) ?? new Map<AsideReason, bigint>()
    if (given) aside.set(meter, reasons.set('grace', (reasons.get('grace') ?? 0n) + BigInt(amount)))
    else counted.set(meter, (counted.get(meter) ?? 0n) + BigInt(amount))
  }
  for (const { meter, reason, amount } of sql.all<{ meter: string; reason: AsideReason; amount: string }>(
    'SELECT meter, reason, amount FROM set_aside',
  )) {
    const reasons = aside.get(meter) ?? new Map<AsideReason, bigint>()
    aside.set(meter, reasons.set(reason, (reasons.get(reason) ?? 0n) + BigInt(amount)))
  }
  return [...new Set([...state.taken.keys(), ...counted.keys(), ...aside.keys()])].sort().map((meter) => ({
    meter,
    taken: formatAmount(state.taken.get(meter) ?? 0n),
    counted: formatAmount(counted.get(meter) ?? 0n),
    setAside: Object.fromEntries(
      [...(aside.get(meter) ?? [])].map(([reason, amount]) => [reason, formatAmount(amount)]),
    ),
  }))
}

const total = (units: readonly bigint[]): bigint => units.reduce((sum, each) => sum + each, 0n)
