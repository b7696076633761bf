/** Which plan a subscription has from which hour on (money §4 *Plan*). Pure. */
import { hourOf, nextHour } from '../../shared/hour.ts'
import type { PlanFrom } from './state.ts'

/** Adds a contract's plan when it is another: at once for the first, from the next hour on for a change. */
export function planHistory(
  history: readonly PlanFrom[],
  plan: string | null,
  now: number,
): readonly PlanFrom[] {
  const last = history.at(-1)
  if (plan === null || last?.plan === plan) return history
  const fromHour = last ? nextHour(hourOf(now)) : 0
  return [...history.filter((one) => one.fromHour < fromHour), { fromHour, plan }]
}

/**
 * The plan an application sets, from the next hour on. It takes the place of one set for that hour before; the plan that is
 * in force anyway adds nothing. Hours before the first have the product's default.
 */
export function choosePlan(
  history: readonly PlanFrom[],
  plan: string,
  defaultPlan: string | null,
  now: number,
): readonly PlanFrom[] {
  const fromHour = nextHour(hourOf(now))
  const before = history.filter((one) => one.fromHour < fromHour)
  const inForce = before.at(-1)?.plan ?? defaultPlan
  return plan === inForce ? before : [...before, { fromHour, plan }]
}
