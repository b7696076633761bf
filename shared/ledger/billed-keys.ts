/**
 * Keys a person bills after all (money §4, §9). They count in the hour still open, as keys of the month they were used in:
 * once for it, however often and wherever they are billed. Runs inside the caller's transaction.
 */
import { type Hour, type Month, monthOf, nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { chargedHour } from './counted.ts'
import { apartIn, billedRanges, isBilledUnderEach } from './key-ranges.ts'
import { allPeriods, periodHolding } from './periods.ts'
import type { SeenAside } from './repair.ts'
import { SEEN_A_CALL } from './said.ts'
import type { State } from './state.ts'

/** Where keys are set aside, and where they count. `source`: that of their rows, which for voided ones is another. */
export interface BilledKeys {
  readonly from: Omit<SeenAside, 'amount'>
  readonly hour: Hour
  readonly life: number
  readonly as: string
}

/**
 * Counts keys set aside in an open hour. Those of its own month are told from those counted there by when they were first
 * counted; those of another month count apart, and not at all where that month, or a later one for it, has billed them
 * (money §4: "No user is billed twice for one month").
 */
export function billKeys(sql: Sql, state: State, { from, hour, life, as }: BilledKeys): void {
  const month = monthOf(chargedHour(state, from.life, from.hour as Hour) ?? from.hour)
  const keys = [from.hour, from.meter, from.life, from.source, from.reason]
  const apart = month === monthOf(hour) ? '' : apartIn(month)
  sql.all(
    `INSERT INTO unique_keys (meter, key_hash, hour, life, source, seen, reason)
     SELECT aside.meter, CAST(? AS TEXT) || aside.key_hash, CAST(? AS INTEGER), CAST(? AS INTEGER), CAST(? AS TEXT),
       CAST(? AS INTEGER), NULL FROM unique_keys AS aside
     WHERE aside.hour = ? AND aside.meter = ? AND aside.life = ? AND aside.source = ? AND aside.reason = ?
       AND NOT EXISTS (SELECT 1 FROM json_each(?) AS hours CROSS JOIN unique_keys AS known
         ON known.meter = aside.meter AND known.key_hash = hours.value ->> 0 || aside.key_hash
           AND known.life = hours.value ->> 1 AND known.hour >= hours.value ->> 2 AND known.hour < hours.value ->> 3
         WHERE known.reason IS NULL)
     ON CONFLICT DO NOTHING`,
    apart,
    hour,
    life,
    as,
    state.revision * SEEN_A_CALL,
    ...keys,
    JSON.stringify(apart === '' ? [] : billedFor(sql, state, from.meter, month, hour)),
  )
  sql.all(
    'DELETE FROM unique_keys WHERE hour = ? AND meter = ? AND life = ? AND source = ? AND reason = ?',
    ...keys,
  )
}

/** Under which name and in which hours a key of `month` is billed already, for what it would be billed as in `hour`. */
function billedFor(
  sql: Sql,
  state: State,
  meter: string,
  month: Month,
  hour: Hour,
): [name: string, life: number, from: number, until: number][] {
  const periods = allPeriods(sql, state, nextHour(hour))
  const open = periodHolding(periods, hour)
  const plan = open !== undefined && isBilledUnderEach(open, meter) ? open.plan : undefined
  return billedRanges(state, periods, meter, plan).flatMap((range) =>
    range.month < month
      ? []
      : [[range.month === month ? '' : apartIn(month), range.life, range.from, range.until]],
  )
}
