/** Which usage of a `unique` meter is a new key, and for which dimensions (money §3, §4). Pure. */
import { pricesOf } from './cut.ts'
import type { Use } from './intake.ts'
import { chargedHour, ownMonth } from './meaning.ts'
import { billedPrice, periodOf, type Scene } from './scene.ts'

/** One use of a key, and the dimensions for which the key is new by it. */
export interface KeyUse {
  readonly use: Use
  readonly hour: number
  /** Billed there, and by no predecessor. */
  readonly billed: readonly string[]
  /** New in any dimension the meter feeds, billed or not. */
  readonly fresh: boolean
}

interface Counted {
  readonly dimension: string
  /** The plan the dimension is for; undefined: for all. */
  readonly ofPlan: string | undefined
  /** The plan in force in that hour. */
  readonly plan: string | null
  readonly billed: boolean
}

/**
 * A key billed in a month is billed once, under whatever plan, unless the charge says otherwise; keys of a trial do not
 * count as billed. A key that is set aside is one the first time, and hides none that is counted later.
 */
export function keyUses(scene: Scene, meter: string): KeyUse[] {
  const counted = new Map<string, Counted[]>()
  const aside = new Map<string, Counted[]>()
  return inTurn(scene.all).flatMap(({ use, waits }): KeyUse[] => {
    const { measure } = use.event
    const own = waits ? { ...use, billedIn: null } : use
    const hour = use.event.meter === meter ? chargedHour(scene.line, own) : null
    const period = hour === null || hour >= scene.until ? undefined : periodOf(scene.periods, hour)
    if (hour === null || measure.kind !== 'key') return []
    if (period === undefined || use.aside === 'grace') {
      // Days of grace may lie behind an end, where no period is: a key is one in all of them.
      const month = ownMonth(scene.line, use)
      const scope = JSON.stringify([month, use.aside, measure.key])
      // The hour in which the trial ended is the trial's still: a key it counted says nothing new in it (money §3, §4).
      const own = JSON.stringify([month, period?.trial, period?.grace, measure.key])
      const known = period !== undefined && !period.grace && counted.has(own)
      const fresh = use.aside === 'grace' && !aside.has(scope) && !known
      if (!known) aside.set(scope, [])
      return [{ use, hour, billed: [], fresh }]
    }
    // What a person bills later is a key of its own month still: no user is billed twice for one, nor spared one.
    const month = ownMonth(scene.line, use)
    const { trial, grace, plan } = period
    const counts = use.aside === null && !waits
    const scope = JSON.stringify([month, trial, grace, measure.key])
    const inherited = !trial && scene.inherited.get(month)?.has(JSON.stringify([meter, measure.key])) === true
    const before = [...(counted.get(scope) ?? []), ...(counts ? [] : (aside.get(scope) ?? []))]
    const now: Counted[] = []
    for (const { key, plan: ofPlan } of period.deploy.product.dimensions) {
      const price = pricesOf(period).get(key)
      if (price?.kind !== 'unique' || price.meter !== meter) continue
      const billed = billedPrice(period, key) !== undefined
      const again = price.onPlanChange === 'bill'
      const known = before.some((each) =>
        each.billed !== billed
          ? false
          : each.dimension === key
            ? !again || each.plan === plan
            : !again && ofPlan !== undefined && each.ofPlan !== undefined && each.ofPlan !== ofPlan,
      )
      if (!known) now.push({ dimension: key, ofPlan, plan, billed })
    }
    const kept = counts ? counted : aside
    kept.set(scope, [...(kept.get(scope) ?? []), ...now])
    if (waits) return []
    const billed = inherited ? [] : now.flatMap((each) => (each.billed ? [each.dimension] : []))
    return [{ use, hour, billed, fresh: !inherited && now.length > 0 }]
  })
}

/** All as it was taken; what a person billed is there twice: set aside when it was taken, and counted when it was billed. */
function inTurn(all: readonly Use[]): { readonly use: Use; readonly waits: boolean }[] {
  return all
    .flatMap((use) => [
      ...(use.billedAt === null ? [] : [{ use, waits: true, at: use.takenAt }]),
      { use, waits: false, at: use.billedAt ?? use.takenAt },
    ])
    .sort((a, b) => a.at - b.at)
}
