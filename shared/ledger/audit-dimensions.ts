/** The invariants of money §12 that hold for each dimension: units, records and usage, against dues computed anew. Reads only. */
import { nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { tallyAnew } from './anew.ts'
import { balanceOf, duesOf, overOf, type Tally } from './charge.ts'
import type { Finding } from './ledger.ts'
import { allPeriods, follows, type Period, runUpTo } from './periods.ts'
import { type Price, priceOf } from './price.ts'
import type { State } from './state.ts'
import { readTallies } from './tallies.ts'

/** Every rule of every dimension, whether it holds or not. */
export function auditDimensions(sql: Sql, state: State): Finding[] {
  const { frozenUntil } = state
  if (frozenUntil === null) return []
  const periods = allPeriods(sql, state, nextHour(frozenUntil))
  const dimensions = new Set(periods.flatMap((period) => Object.keys(period.prices)))
  return [...dimensions].flatMap((dimension) => {
    const anew = tallyAnew(sql, state, periods, dimension, frozenUntil)
    const stored = readTallies(sql, dimension)
    const lines = lineUnits(sql, dimension)
    const own = periods.filter((period) => period.prices[dimension] !== undefined && period.from < anew.until)
    return [
      { ...auditRecords(sql, dimension), subject: dimension },
      {
        rule: 'what was used, from what is stored = as it was kept',
        subject: dimension,
        expected: String(sumOf(anew.used, anew.until)),
        found: String(sumOf(anew.kept, anew.until)),
      },
      ...own.flatMap((period): Finding[] => {
        const subject = subjectOf(dimension, period)
        const frozen = lines.get(period.from) ?? 0n
        return [
          {
            rule: 'units frozen of a period = its lines',
            subject,
            expected: String(stored.frozen.get(period.from) ?? 0n),
            found: String(frozen),
          },
          ...auditPeriod(
            priceOf(period.prices[dimension] ?? ''),
            anew.tallies.get(period.from),
            frozen,
            subject,
          ),
        ]
      }),
      ...own
        .filter((period, i) => {
          const next = own[i + 1]
          return next === undefined || !follows(period, next, dimension)
        })
        .flatMap((last) =>
          auditRun(state, runUpTo(periods, last, dimension), dimension, anew.tallies, lines, anew.until),
        ),
    ]
  })
}

/** Each record is in exactly one state, and its units came as usage or were moved in. */
function auditRecords(sql: Sql, dimension: string): Omit<Finding, 'subject'> {
  const rows = sql.all<{ quantity: number }>('SELECT quantity FROM records WHERE dimension = ?', dimension)
  const lines = sql.all<{ units: number }>(
    'SELECT units FROM lines JOIN records ON records.key = lines.record WHERE records.dimension = ?',
    dimension,
  )
  return {
    rule: 'frozen = waiting + billed + doubtful + parked + expired + moved + written off',
    expected: String(lines.reduce((sum, line) => sum + BigInt(line.units), 0n)),
    found: String(rows.reduce((sum, row) => sum + BigInt(row.quantity), 0n)),
  }
}

function auditPeriod(price: Price, tally: Tally | undefined, frozen: bigint, subject: string): Finding[] {
  const { used, covered } = tally ?? { used: 0n, covered: 0n }
  const findings: Finding[] = [
    {
      rule: '0 ≤ covered ≤ counted',
      subject,
      expected: 'true',
      found: String(covered >= 0n && covered <= used),
    },
  ]
  if (!price.metered)
    findings.push({
      rule: 'what is only shown is never billed',
      subject,
      expected: '0',
      found: String(frozen),
    })
  return findings
}

/** Units and usage of a run of periods at one price. */
function auditRun(
  state: State,
  run: readonly Period[],
  dimension: string,
  tallies: ReadonlyMap<number, Tally>,
  lines: ReadonlyMap<number, bigint>,
  until: number,
): Finding[] {
  const last = run.at(-1)
  const price = priceOf(last?.prices[dimension] ?? '')
  if (last === undefined || !price.metered) return []
  const subject = subjectOf(dimension, run[0] ?? last)
  const dues = duesOf(run, dimension, tallies, Math.min(until, last.until) - 1, state)
  const frozen = run.map((period) => lines.get(period.from) ?? 0n)
  const balance = balanceOf(price, dues, frozen)
  const due = total(dues)
  return [
    {
      rule: 'Σ due = frozen + open − owed',
      subject,
      expected: String(due),
      found: String(total(frozen) + total(balance.open) - balance.owed),
    },
    {
      rule: OWED,
      subject,
      expected: '0',
      found: String(mayOwe(state, price) ? 0n : balance.owed),
    },
    ...auditUsage(price, run, tallies, due, subject, state),
  ]
}

export const OWED = 'owed is 0 unless a reading or an amount was learnt late'

/** More can be frozen than is due after a late lower reading, or where an amount or a predecessor was learnt late. */
const mayOwe = (state: State, price: Price): boolean =>
  price.kind === 'time-weighted' || price.included.kind === 'contract' || state.succession.taken.length > 0

/** counted = covered + block × due + remainder, the remainder less than a block; rounded up, less what is prepaid. */
function auditUsage(
  price: Price,
  run: readonly Period[],
  tallies: ReadonlyMap<number, Tally>,
  due: bigint,
  subject: string,
  state: State,
): Finding[] {
  // A remainder that was handed over is of one sum with another ledger's.
  const { taken, given } = state.succession
  if (price.remainder !== 'carry' || taken.length > 0 || given !== null) return []
  const over = total(run.map((period) => overOf(tallies.get(period.from))))
  const left = price.round === 'down' ? over - price.block * due : price.block * due - over
  const rule =
    price.kind === 'unique'
      ? 'keys = covered + due'
      : `counted = covered + block × due ${price.round === 'down' ? '+ remainder' : '− prepaid'}, less than a block`
  return [{ rule, subject, expected: 'true', found: String(left >= 0n && left < price.block) }]
}

const subjectOf = (dimension: string, period: Period): string =>
  `${dimension} of the period from ${new Date(period.from).toISOString()}`

function lineUnits(sql: Sql, dimension: string): Map<number, bigint> {
  const units = new Map<number, bigint>()
  const rows = sql.all<{ period: number; units: number }>(
    `SELECT lines.period, lines.units FROM lines JOIN records ON records.key = lines.record
     WHERE records.dimension = ? AND lines.kind = 'usage'`,
    dimension,
  )
  for (const row of rows) units.set(row.period, (units.get(row.period) ?? 0n) + BigInt(row.units))
  return units
}

function sumOf(used: ReadonlyMap<number, bigint>, until: number): bigint {
  let sum = 0n
  for (const [hour, amount] of used) if (hour < until) sum += amount
  return sum
}

const total = (units: readonly bigint[]): bigint => units.reduce((sum, each) => sum + each, 0n)
