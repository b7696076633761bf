/** The sample application without its sockets and its meter: what it counts and reports is kept for the test to see. */
import type { Service } from '../../container/app/answer.ts'
import { openTally } from '../../container/app/tally.ts'
import { type Counter, openUsage } from '../../container/app/usage.ts'
import type { Known } from '../../container/app/plan.ts'

export interface SkillsService extends Service {
  readonly counted: Readonly<Record<string, number>>
  readonly reported: readonly Parameters<Counter['report']>[0][]
  /** Moves its clock. */
  at(now: number): void
  /** What AWS says of the buyer from now on. */
  buys(change: Partial<Known>): void
}

export function openService(bought: Partial<Known> = {}): SkillsService {
  const counted: Record<string, number> = {}
  const reported: Parameters<Counter['report']>[0][] = []
  let [now, visitors] = [0, 0]
  let entitlements: Known = {
    pricing: 'custom-metering',
    access: true,
    plan: null,
    features: [],
    ...bought,
  }
  const counter: Counter = {
    count: (meter, quantity = 1) => void (counted[meter] = (counted[meter] ?? 0) + quantity),
    report: (event) => reported.push(event) > 0,
  }
  return {
    usage: openUsage(counter, () => now),
    tally: openTally(),
    entitlements: () => entitlements,
    newVisitor: () => `visitor-${(visitors += 1)}`,
    counted,
    reported,
    at: (moment) => void (now = moment),
    buys: (change) => void (entitlements = { ...entitlements, ...change }),
  }
}
