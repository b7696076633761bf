/** What a subscription used, read from its Ledger when somebody asks. */
import { monthOf, nextMonth, type Month } from '../../shared/hour.ts'
import type { MonthUsage } from '../../shared/ledger/ledger.ts'
import type { Shown } from '../db/subscriptions.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { termFrom } from './entitlements.ts'

/** A trial has at most 90 days and some of grace. */
const MONTHS_MAX = 5

/**
 * This month last, before it those of a trial's term. From the Ledger and not from the read model, which may be three
 * quarters of an hour behind: a limit is held by what is known now. Null: nothing is counted before AWS has granted
 * anything. `unknown`: the Ledger does not answer.
 */
export async function usageOf(edge: Edge, row: Shown): Promise<readonly MonthUsage[] | 'unknown' | null> {
  if (row.state === 'pending') return null
  const last = monthOf(edge.clocks.business())
  const months: Month[] = []
  let month = monthOf(termFrom(row) ?? last)
  while (month < last && months.length < MONTHS_MAX) {
    months.push(month)
    month = nextMonth(month)
  }
  try {
    const ledger = edge.settings.ledgers.getByName(row.id)
    return await Promise.all([...months, last].map((one) => ledger.usage(one)))
  } catch (thrown) {
    logLine('warn', 'usage_unreadable', { subscription: row.id, error: messageOf(thrown) })
    return 'unknown'
  }
}
