/** A Ledger's question to its Submitter: by when does the month have to freeze (money §5)? The answer is kept. */
import { HOUR_MS, monthOf, nextMonth, type Month } from '../../shared/hour.ts'
import type { Timing } from '../../shared/ledger/terms.ts'
import { GUARD_EARLIEST_MS } from '../../shared/submission/guard.ts'
import { hashFraction } from '../../shared/submission/pause.ts'
import type { Sql } from '../../shared/sql.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'

/** While a month that may close early has usage that is not frozen, its Ledger asks this often. */
const ASK_MS = HOUR_MS

export interface Guards {
  /** The instants that were answered, by month: the engine reads them as part of its timing. */
  readonly known: ReadonlyMap<number, number>
  /**
   * When and for which month to ask next, when the Ledger's next wake is `wake`; null: it wakes before, or nothing is open
   * of a month that closes soon.
   */
  next(wake: number | null): { readonly at: number; readonly month: Month } | null
  /** Keeps the latest answer for a month, in place of any before it. */
  keep(month: Month, guard: number, now: number): void
}

/** Opens what the Ledger of `subscription` was told, making its table. */
export function openGuards(sql: Sql, subscription: SubscriptionId, timing: Timing): Guards {
  sql.script(
    'create table if not exists guards (month integer primary key, guard_ms integer not null, asked_ms integer not null) strict',
  )
  const rows = sql.all<{ month: number; guard_ms: number; asked_ms: number }>('select * from guards')
  const known = new Map(rows.map((row) => [row.month, row.guard_ms]))
  const asked = new Map(rows.map((row) => [row.month, row.asked_ms]))
  return {
    known,
    next(wake) {
      if (wake === null) return null
      const month = monthOf(wake - timing.monthGuardMs - 1)
      // Each subscription at its own minute, so that 10⁵ Ledgers do not ask at once.
      const first = nextMonth(month) + GUARD_EARLIEST_MS + Math.floor(hashFraction(subscription) * ASK_MS)
      const last = asked.get(month)
      const at = last === undefined ? first : Math.max(first, last + ASK_MS)
      return at < wake ? { at, month } : null
    },
    keep(month, guard, now) {
      sql.all(
        `insert into guards (month, guard_ms, asked_ms) values (?, ?, ?)
           on conflict do update set guard_ms = excluded.guard_ms, asked_ms = excluded.asked_ms`,
        month,
        guard,
        now,
      )
      known.set(month, guard)
      asked.set(month, now)
    },
  }
}
