/** What each minute does, in order; one part that fails stops no other. Answers what was done, for the log and the stepper. */
import type { Edge } from './env.ts'
import { logLine, messageOf } from './log.ts'

/** Runs everything once. Each part loads its code itself: none of it weighs on a buyer's first request. */
export async function runScheduled(edge: Edge): Promise<readonly string[]> {
  const did: string[] = []
  const part = async (name: string, work: () => Promise<readonly string[]>) => {
    try {
      did.push(...(await work()))
    } catch (thrown) {
      logLine('error', 'scheduled_failed', { part: name, error: messageOf(thrown) })
    }
  }

  await part('poll', async () => {
    const { pollEvents } = await import('./lifecycle/poll.ts')
    const fresh = await pollEvents(edge)
    return fresh > 0 ? [`stored ${fresh} events`] : []
  })
  await part('sweep', async () => {
    const { sweepSubscriptions } = await import('./lifecycle/sweep.ts')
    const ids = await sweepSubscriptions(edge)
    return ids.map((id) => `changed ${id}`)
  })
  await part('metering', async () => {
    const { wakeMetering } = await import('./metering/wake.ts')
    return wakeMetering(edge)
  })
  await part('metering', async () => {
    const { wakeMetering } = await import('./metering/wake.ts')
    return wakeMetering(edge)
  })
  return did
}
