/** Usage far above what was before it, and people who come by while it waits for one (money §5 *Spikes*). Pure. */
import { HOUR_MS, hourOf, MINUTE_MS } from '../../../shared/hour.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import type { Random } from '../random.ts'
import type { Report, World } from './world.ts'

/** Millionths: beyond every amount that is included, so that some units are due of the first hour. */
const BEYOND = 200_000_000n

/** An hour of plain usage of one meter, and an hour or two later at least 25 times as much; the same world if none is summed. */
export function withSpike(random: Random, world: World): World {
  const [buyer] = world.buyers
  const sums = (world.sold[0].products[0]?.dimensions ?? []).filter(
    ({ metered, charge }) => metered && charge?.kind === 'sum',
  )
  if (buyer === undefined || sums.length === 0) return world
  const meter = random.pick(sums).charge?.meter ?? ''
  const length = world.until - world.from
  const first = world.from + random.whole(10 * MINUTE_MS, Math.floor(length * 0.3))
  const later = Math.min(hourOf(first) + HOUR_MS * random.whole(1, 2) + random.whole(0, HOUR_MS), world.until)
  const usual = BigInt(random.whole(1, 5)) * 1_000_000n + BEYOND
  const report = (at: number, id: string, quantity: bigint): Report => ({
    at,
    slot: buyer.slot,
    batch: { kind: 'ids' },
    events: [{ source: `key-${buyer.slot}`, id, meter, time: at, kind: 'quantity', quantity }],
  })
  const small = (event: UsageEvent): UsageEvent =>
    event.kind === 'quantity' && event.meter === meter
      ? { ...event, quantity: event.quantity % usual }
      : event
  const own = { ...buyer, licenseDelayMs: 72_000 }
  return {
    ...world,
    buyers: world.buyers.map((each) => (each === buyer ? own : each)),
    reports: [
      ...world.reports.map((each) => ({ ...each, events: each.events.map(small) })),
      report(first, 'usual', usual),
      report(later, 'spike', usual * BigInt(random.whole(25, 60))),
    ].sort((a, b) => a.at - b.at),
    visits: [
      ...world.visits,
      ...Array.from({ length: random.whole(0, 2) }, () => ({
        slot: buyer.slot,
        at: hourOf(later) + HOUR_MS + random.whole(11 * MINUTE_MS, 16 * HOUR_MS),
      })),
    ],
  }
}
