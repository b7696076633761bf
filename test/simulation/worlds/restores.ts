/** A Ledger that is set back to what it was minutes or hours before (money §9 `restore-check`). Pure. */
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import type { Random } from '../random.ts'
import type { World } from './world.ts'

/** One Ledger is set back once; one that succeeds or is succeeded stays as it is, and so does the world then. */
export function withRestore(random: Random, world: World): World {
  const tied = new Set(world.buyers.flatMap(({ slot, succeeds }) => (succeeds ? [slot, succeeds.slot] : [])))
  const free = world.buyers.filter(({ slot }) => !tied.has(slot))
  if (free.length === 0) return world
  const buyer = random.pick(free)
  const from = Math.max(world.from, buyer.subscribeAt)
  const at = from + Math.floor((0.2 + random.unit()) * (world.until - from))
  const back = random.pick([
    random.whole(5 * MINUTE_MS, HOUR_MS),
    random.whole(HOUR_MS, 6 * HOUR_MS),
    random.whole(6 * HOUR_MS, 26 * HOUR_MS),
  ])
  const restore = {
    slot: buyer.slot,
    to: Math.max(buyer.subscribeAt + 1, at - back),
    at: Math.min(at, world.until + 4 * HOUR_MS),
  }
  return restore.at <= restore.to ? world : { ...world, restores: [restore] }
}
