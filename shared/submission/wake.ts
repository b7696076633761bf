/** When the Submitter has something to do next. Reads only. */
import { MINUTE_MS } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { ALONE_WITHIN_MS } from './plan.ts'
import { NOT_HELD } from './stops.ts'

/** The earliest of: a record that may go, a deadline, a probe, a result to bring. Null: nothing waits. */
export function nextWakeOf(sql: Sql): number | null {
  const at = [
    // A record in an open lane: at the end of its pause; one half of a batch also when halving has its turn, or when
    // it has so little time left that it goes alone.
    first(
      sql,
      `select min(case when party is null then resume_ms
           else max(resume_ms, min(deadline - ${ALONE_WITHIN_MS} + 1, (select halving_ms from pace))) end) as at
         from copies where state = 'waiting' and ${NOT_HELD}
         and product_code in (select product_code from lanes where stopped_ms is null)`,
    ),
    // A deadline ends a record wherever it stands; a final one has its try first.
    first(
      sql,
      `select min(deadline) as at from copies where state = 'waiting' and (final = 0 or late_tries > 0)`,
    ),
    first(
      sql,
      `select min(max(probe_ms, (select min(resume_ms) from copies
           where copies.product_code = lanes.product_code and state = 'waiting'))) as at
         from lanes where stopped_ms is not null`,
    ),
    first(
      sql,
      `select min(max(probe_ms, (select halving_ms from pace), (select min(resume_ms) from copies
           where copies.product_code = stops.product_code and state = 'waiting'
           and case stops.scope when 'dimension' then dimension else license end = stops.subject))) as at
         from stops where product_code in (select product_code from lanes where stopped_ms is null)`,
    ),
    first(
      sql,
      `select min(coalesce((select settle_ms from subscriptions s where s.subscription = copies.subscription), 0)) as at
         from copies where state = 'settled'`,
    ),
    // An attempt that is still open here belongs to a process that has died, or to a call under way: look again soon.
    first(sql, `select min(made_ms) + ${MINUTE_MS} as at from attempts where answered_ms is null`),
  ].filter((wake) => wake !== null)
  return at.length === 0 ? null : Math.min(...at)
}

function first(sql: Sql, query: string): number | null {
  return sql.all<{ at: number | null }>(query)[0]?.at ?? null
}
