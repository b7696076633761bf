/** Writes what was missed into the inbox, once each: what a reconciliation found before is there already. */
import type { EdgeProduct } from '../../shared/seller/views.ts'
import { keep } from '../events/keep.ts'
import { logLine } from '../log.ts'
import type { Missed } from './compare.ts'
import type { Part } from './part.ts'
import { repairEvent } from './repair.ts'

/** The next sweep applies it like every other event. */
export async function writeMissed(
  { edge, tally, now }: Part,
  product: EdgeProduct,
  missed: readonly Missed[],
): Promise<void> {
  const events = missed.map((one) => repairEvent(edge, product, one, now))
  const written = await keep(edge, events)
  tally.repaired += written
  if (written > 0)
    for (const { id, agreementId, timeMs } of events)
      logLine('warn', 'event_repaired', { id, agreement: agreementId, at: timeMs })
}
