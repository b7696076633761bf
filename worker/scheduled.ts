/** What each minute does, in order; one part that fails stops no other. Answers what was done, for the log and the stepper. */
import { sweepRefusedRows } from './db/refused.ts'
import { sweepDeliveries } from './deliveries/sweep.ts'
import type { Edge } from './env.ts'
import { pollEvents } from './events/poll.ts'
import { sweepSubscriptions } from './lifecycle/sweep.ts'
import { logLine, messageOf } from './log.ts'
import { wakeMetering } from './metering/wake.ts'
import { publishMetrics } from './metrics/publish.ts'
import { reconcile } from './reconcile/run.ts'
import { sweepPeople } from './people/retention.ts'
import { pollUsage } from './usage/poll.ts'

/** Runs everything once. */
export async function runScheduled(edge: Edge): Promise<readonly string[]> {
  const did: string[] = []
  let whole = true
  const part = async (name: string, work: () => Promise<readonly string[]>) => {
    try {
      did.push(...(await work()))
    } catch (thrown) {
      whole = false
      logLine('error', 'scheduled_failed', { part: name, error: messageOf(thrown) })
    }
  }

  await part('poll', async () => {
    const fresh = await pollEvents(edge)
    return fresh > 0 ? [`events stored: ${fresh}`] : []
  })
  await part('sweep', async () => {
    const ids = await sweepSubscriptions(edge)
    return ids.map((id) => `changed ${id}`)
  })
  await part('usage', async () => {
    const { taken, left } = await pollUsage(edge)
    return taken + left > 0 ? [`usage messages taken: ${taken}, left: ${left}`] : []
  })
  await part('refused usage', async () => {
    await sweepRefusedRows(edge.settings.db, edge.clocks.business())
    return []
  })
  await part('metering', () => wakeMetering(edge))
  await part('deliveries', () => sweepDeliveries(edge))
  await part('reconciliation', () => reconcile(edge))
  // Behind the mail that tells an end.
  await part('people', () => sweepPeople(edge))
  await part('metrics', async () => {
    await publishMetrics(edge, whole)
    return []
  })
  return did
}
