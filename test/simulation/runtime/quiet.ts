/** Whether a seed has come to its end: nothing waits any more but what waits for ever. Reads only. */
import type { World } from '../worlds/world.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Pool } from './pool.ts'

/**
 * `lastsUntil`: while something is wrong from outside it is not quiet. Nor is it while an object's alarm is overdue: an
 * hour in which a reading holds shows in no table before it is computed.
 */
export function isQuiet(
  world: World,
  pool: Pool,
  objects: readonly { alarmAt(): number | null }[],
  lifecycles: readonly Lifecycle[],
  now: number,
  lastsUntil: number,
): boolean {
  if (now < lastsUntil) return false
  if (objects.some((object) => (object.alarmAt() ?? Infinity) <= now)) return false
  if (lifecycles.some((lifecycle) => lifecycle.made.some((order) => !order.delivered))) return false
  const open = "SELECT (SELECT count(*) FROM copies WHERE state <> 'confirmed') AS waiting"
  if ([0, 1].some((place) => waits(pool.submitter(place).sql.all<{ waiting: number }>(open)))) return false
  return world.buyers.every(
    ({ slot }) =>
      !waits(
        pool.ledger(slot).sql.all<{ waiting: number }>(
          `SELECT (SELECT count(*) FROM records WHERE state = 'waiting') + (SELECT count(*) FROM usage, ledger
             WHERE hour >= coalesce(frozen_until, 0) AND counted <> '0') + (SELECT open_before FROM ledger)
             + (SELECT ledger.revision > projected.revision OR projected.anew > 0 FROM ledger, projected) AS waiting`,
        ),
      ),
  )
}

const waits = (rows: readonly { readonly waiting: number }[]): boolean => (rows[0]?.waiting ?? 0) > 0
