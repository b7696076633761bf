/** How a trial goes on: days of grace that are ours to give, a buyer who pays in them, an end without one (money §4 *Trial*). Pure. */
import { DAY_MS, HOUR_MS } from '../../../shared/hour.ts'
import type { Random } from '../random.ts'
import type { Buyer, Report, World } from './world.ts'

/** Days of grace behind the trial, and usage in them; a world without a trial, or whose trial AWS renews, stays as it is. */
export function withGrace(random: Random, world: World): World {
  const [buyer] = world.buyers
  if (buyer === undefined || buyer.trial === null || buyer.succeeds !== undefined) return world
  if (world.buyers.some(({ succeeds }) => succeeds?.slot === buyer.slot)) return world
  const endsAt = buyer.subscribeAt + buyer.trial.days * DAY_MS
  const graceMs = random.pick([HOUR_MS, 5 * HOUR_MS, DAY_MS, 2 * DAY_MS])
  const ends = random.chance(0.4)
  const own: Buyer = {
    ...buyer,
    trial: {
      ...buyer.trial,
      graceMs,
      ends,
      paysAt: !ends && random.chance(0.5) ? endsAt + Math.floor(random.unit() * graceMs) : null,
    },
  }
  // Half of what comes after the trial is moved into the days of grace.
  const moved = (report: Report): Report =>
    report.slot !== buyer.slot || report.at < endsAt || random.chance(0.5)
      ? report
      : shifted(report, endsAt + Math.floor(random.unit() * graceMs) - report.at)
  return {
    ...world,
    buyers: world.buyers.map((each) => (each === buyer ? own : each)),
    reports: world.reports.map(moved).sort((a, b) => a.at - b.at),
  }
}

const shifted = (report: Report, ms: number): Report => ({
  ...report,
  at: report.at + ms,
  events: report.events.map((event) => ({ ...event, time: event.time + ms })),
})
