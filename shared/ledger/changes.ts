/** What the read model has to rewrite (money §7 *Size*): days with usage or records, and records not simply billed. Reads only. */
import { formatAmount } from '../amount.ts'
import { DAY_MS, type Hour, hourFrom, hourOf, monthOf, nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { SubscriptionId } from '../subscription.ts'
import { chargedHour } from './counted.ts'
import type { Changes } from './ledger.ts'
import { COUNTS_AS_BILLED, RECORD_COLUMNS, type StoredRecord } from './record.ts'
import { shownByHour } from './month-usage.ts'
import { allPeriods } from './periods.ts'
import type { State } from './state.ts'
import type { LedgerTerms } from './terms.ts'
import { readMeasured } from './used.ts'
import { withLines } from './view.ts'

/** The rows that changed behind `since`. Days are whole: written over, never added to. */
export function changesSince(
  sql: Sql,
  state: State,
  terms: LedgerTerms,
  subscription: SubscriptionId,
  since: number,
): Changes {
  const records = sql.all<StoredRecord>(`SELECT ${RECORD_COLUMNS} FROM records WHERE revision > ?`, since)
  const billed = (record: StoredRecord): boolean => record.state === 'billed'
  return {
    revision: state.revision,
    days: changedDays(sql, state, terms, since, records),
    openRecords: withLines(
      sql,
      subscription,
      records.filter((record) => !billed(record)),
    ),
    closedKeys: records.filter(billed).map((record) => record.key),
  }
}

function changedDays(
  sql: Sql,
  state: State,
  terms: LedgerTerms,
  since: number,
  records: readonly StoredRecord[],
): Changes['days'] {
  const product = state.order === null ? undefined : terms.products[state.order.product]
  const touched = new Set(records.map((record) => dayOf(record.hour)))
  const hours = sql.all<{ hour: Hour; life: number }>(
    'SELECT DISTINCT hour, life FROM usage WHERE revision > ?',
    since,
  )
  // Usage from before an activation is shown in its own day until that is known.
  for (const { hour, life } of hours)
    touched.add(dayOf(hour)).add(dayOf(chargedHour(state, life, hour) ?? hour))
  if (product === undefined) return []
  // What a reading holds is used hour by hour though nothing is reported.
  if (touched.size > 0 && product.dimensions.some(({ charge }) => charge.kind === 'time-weighted'))
    touched.add(dayOf(state.clock)).add(dayOf((state.frozenUntil ?? state.clock) - 1))
  if (touched.size === 0) return []

  const from = Math.min(...touched)
  const until = Math.max(nextHour(state.frozenUntil ?? hourOf(from)), hourFrom(state.clock)) as Hour
  const periods = allPeriods(sql, state, until)
  const measured = readMeasured(sql, state, monthOf(from))
  const quantities = sql.all<{ dimension: string; hour: number; quantity: number }>(
    `SELECT dimension, hour, quantity FROM records WHERE hour >= ? AND ${COUNTS_AS_BILLED}`,
    from,
  )
  const shown = product.dimensions.map(({ key, charge }) => ({
    key,
    // A key and a highest are of their month; all else is of its hour.
    hours: shownByHour(
      charge.kind === 'time-weighted' ? { ...measured, from } : measured,
      periods,
      key,
      charge,
    ),
  }))
  return [...touched]
    .sort((a, b) => a - b)
    .flatMap((day) =>
      shown.map(({ key, hours }) => ({
        dimension: key,
        day,
        counted: formatAmount(sumOf(hours, day)),
        billed: String(
          sumOf(
            quantities
              .filter((record) => record.dimension === key)
              .map((record) => [record.hour, BigInt(record.quantity)]),
            day,
          ),
        ),
      })),
    )
}

const dayOf = (hour: number): number => Math.floor(hour / DAY_MS) * DAY_MS

function sumOf(hours: Iterable<readonly [number, bigint]>, day: number): bigint {
  let sum = 0n
  for (const [hour, amount] of hours) if (dayOf(hour) === day) sum += amount
  return sum
}
