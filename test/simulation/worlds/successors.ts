/** A buyer whose agreement is renewed or replaced under a new license, with a Ledger of its own (money §4 *Successor*). Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import type { Random } from '../random.ts'
import { BUYERS_MAX, subscriptionOf } from './draw.ts'
import type { Buyer, Report, World } from './world.ts'

/** The last buyer is succeeded, now and then twice; a world that moves to licenses or that is full stays as it is. */
export function withSuccessors(random: Random, world: World): World {
  const next = withSuccessor(random, world)
  return next !== world && random.chance(0.15) ? withSuccessor(random, next) : next
}

function withSuccessor(random: Random, world: World): World {
  const former = world.buyers.at(-1)
  const slot = world.buyers.length
  if (former === undefined || slot >= BUYERS_MAX || world.shape === 'switch-over') return world
  const at = succeededAt(random, world, former)
  if (at > world.until - 10 * MINUTE_MS) return world
  const how = howOf(random, world, former)
  const successor: Buyer = {
    ...former,
    slot,
    subscription: subscriptionOf(slot),
    subscribeAt: at,
    licenseDelayMs: how === 'bought anew' ? random.pick([72_000, 72_000, 20 * MINUTE_MS]) : 72_000,
    trial: null,
    succeeds: { slot: former.slot, how, linkedAfterMs: linkedAfter(random) },
  }
  const ended: Buyer = {
    ...former,
    trial: former.trial === null ? null : { ...former.trial, graceMs: 0, ends: false, paysAt: null },
    // An end of the world's own is the successor's.
    end:
      how === 'bought anew'
        ? { at: at + random.whole(0, 2 * HOUR_MS), status: 'CANCELLED', deprovisionedAfterMs: 31_000 }
        : null,
  }
  const moved = (report: Report): Report =>
    report.slot === former.slot && report.at >= at && random.chance(0.9) ? forNext(report, slot) : report
  return {
    ...world,
    buyers: [...world.buyers.map((each) => (each === former ? ended : each)), successor],
    reports: world.reports.map(moved),
    visits: [
      ...world.visits,
      ...world.visits.filter((each) => each.slot === former.slot).map((each) => ({ ...each, slot })),
    ],
    changes: world.changes.map((change) =>
      change.slot === former.slot && change.at >= at ? { ...change, slot } : change,
    ),
  }
}

function succeededAt(random: Random, world: World, former: Buyer): number {
  if (former.trial !== null) return former.subscribeAt + former.trial.days * DAY_MS
  const from = Math.max(world.from, former.subscribeAt)
  const until = Math.min(world.until, former.end?.at ?? world.until)
  return from + Math.floor((0.15 + random.unit() * 0.6) * (until - from))
}

/** AWS renews a trial and a contract; a subscription is bought anew, and a person says that it succeeds the other. */
function howOf(random: Random, world: World, former: Buyer): 'renewed' | 'bought anew' {
  if (former.trial !== null) return 'renewed'
  const contract = world.sold[0].products[0]?.pricing !== 'subscription'
  return contract && random.chance(0.7) ? 'renewed' : 'bought anew'
}

/** At once mostly; by a person's word hours later; or never. */
function linkedAfter(random: Random): number | null {
  if (random.chance(0.75)) return 0
  return random.chance(0.6) ? random.whole(MINUTE_MS, 14 * HOUR_MS) : null
}

/** The same usage, told by the application for the new subscription under a source and number of its own. */
function forNext(report: Report, slot: number): Report {
  const source = `key-${slot}`
  return {
    ...report,
    slot,
    batch: report.batch.kind === 'ids' ? report.batch : { ...report.batch, source },
    events: report.events.map((event) => ({ ...event, source })),
  }
}
