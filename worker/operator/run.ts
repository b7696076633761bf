/** What the clock would do within the minute, done now: cron's own work, and the Ledgers whose wake has come. */
import type { Page } from '../../shared/ledger/repair.ts'
import type { RunLine } from '../../shared/operator/wire.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { Edge } from '../env.ts'
import type { WalkQuery } from './query.ts'
import { askEach, nextOf, pageOf } from './subscriptions.ts'

/** Runs the Ledgers of one page that have something due. */
export async function runLedgers(edge: Edge, query: WalkQuery): Promise<Page<RunLine>> {
  const rows = await pageOf(edge, query)
  const now = edge.clocks.business()
  const ran = await askEach(edge, rows, async (ledger): Promise<Omit<RunLine, 'id'>> => {
    const due: number | null = await ledger.nextWake()
    if (due === null || due > now) return { did: 'nothing due', nextWake: due }
    return { did: 'ran', nextWake: await ledger.runDue() }
  })
  return {
    rows: rows.map(({ id }) => ({
      id: id as SubscriptionId,
      ...(ran.get(id) ?? { did: 'failed', nextWake: null }),
    })),
    next: nextOf(rows, query),
  }
}
