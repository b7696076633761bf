/** A Ledger's books asserted in production (money §12): once a week in which something changed, and when a person asks. */
import { DAY_MS } from '../../shared/hour.ts'
import { sentenceOf } from '../../shared/ledger/broken.ts'
import type { Finding, Ledger } from '../../shared/ledger/ledger.ts'
import { LOG_RULE } from '../../shared/ledger/repair-log.ts'
import type { Sql } from '../../shared/sql.ts'

/** Freezing asserts units with every record; all books are added up anew this often, for that reads every row there is. */
const CHECKED_MS = 7 * DAY_MS

export interface Books {
  /** Every invariant that does not hold, computed anew; empty: all hold. One of units or usage stops this Ledger alone. */
  check(ledger: Ledger, now: number): Finding[]
  /** Checks when the last check is a week old and something has changed since; else answers null. */
  checkWeekly(ledger: Ledger, now: number): Finding[] | null
}

/** Opens when the books were last checked, making its table. */
export function openBooks(sql: Sql): Books {
  sql.script(
    'create table if not exists audited (id integer primary key check (id = 1), at_ms integer not null, revision integer not null) strict',
  )
  sql.all('insert into audited (id, at_ms, revision) values (1, 0, 0) on conflict do nothing')

  function check(ledger: Ledger, now: number): Finding[] {
    const findings = ledger.audit()
    const broken = findings.find(({ rule }) => rule !== LOG_RULE)
    if (broken !== undefined) ledger.stop(sentenceOf(broken), now)
    return findings
  }

  return {
    check,
    checkWeekly(ledger, now) {
      const revision = ledger.revision()
      const [last] = sql.all<{ at_ms: number; revision: number }>('select at_ms, revision from audited')
      if (
        ledger.dangers().stopped !== null ||
        last?.revision === revision ||
        now - (last?.at_ms ?? 0) < CHECKED_MS
      )
        return null
      const findings = check(ledger, now)
      sql.all('update audited set at_ms = ?, revision = ?', now, revision)
      return findings
    },
  }
}
