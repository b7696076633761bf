/** Usage amount by amount: what is set aside, and what was counted, in the meter's units (money §4, §12 *Usage*). Pure. */
import type { History, SubscriptionHistory } from '../history.ts'
import type { Account } from './account.ts'
import { hourOf, iso, monthOf } from './calendar.ts'
import type { Discrepancy } from './finding.ts'
import { add, compare, decimal, type Fraction, millionths, textOf, whole, ZERO } from './fraction.ts'
import type { Use } from './intake.ts'
import { keyUses } from './keys.ts'
import { chargedHour } from './meaning.ts'
import type { Price } from './price.ts'
import { pricesOf } from './cut.ts'
import { billedPrice, isGauged, type Scene, valuesOf } from './scene.ts'
import { waitingFrom } from './waits.ts'
import { peaks, type PriceIn, type Used, weights } from './used.ts'

/** Usage set aside is shown with its reason, in the meter's units, and nothing else is (money §4). */
export function judgeAsides({ shown }: SubscriptionHistory, { intake, scene }: Account): Discrepancy[] {
  const meters = new Set(
    intake.uses.flatMap(({ event }) => (event.measure.kind === 'key' ? [event.meter] : [])),
  )
  const first = new Set(
    [...meters].flatMap((meter) => keyUses(scene, meter).flatMap(({ use, fresh }) => (fresh ? [use] : []))),
  )
  const expected = new Map<string, Fraction>()
  const found = new Map<string, Fraction>()
  const either = new Set(intake.uses.flatMap((use) => (mayBeEither(scene, use) ? [use.event.meter] : [])))
  for (const { setAside } of shown.months)
    for (const { meter, hour, reason, amount } of setAside)
      if (reason !== 'grace' || !either.has(meter)) plus(found, keyOf(meter, hour, reason), decimal(amount))
  for (const use of intake.uses)
    if (
      use.aside !== null &&
      !isGauged(scene, use) &&
      !(use.aside === 'grace' && either.has(use.event.meter))
    )
      plus(expected, keyOf(use.event.meter, hourOf(use.event.time), use.aside), amountOf(use, first))
  const open = shown.frozenUntil ?? Number.POSITIVE_INFINITY
  for (const [meter, used] of gaugedInGrace(scene))
    for (const [hour, amount] of either.has(meter) ? [] : used) {
      const key = keyOf(meter, hour, 'grace')
      // What is held in an hour that is still open may be shown as far as it has come.
      const partly = hour >= open && compare(found.get(key) ?? ZERO, amount) < 0
      plus(expected, key, partly ? (found.get(key) ?? ZERO) : amount)
    }
  return differences('Late usage is set aside where no hour may bill it (money §4)', expected, found)
}

const keyOf = (meter: string, hour: number, reason: string): string => `${meter} ${iso(hour)} ${reason}`

/**
 * A quantity, a reading or a peak as it was said. A key is one the first time, for one that counts already is not set aside;
 * a void takes all that a source said, each as often as it said it, so that what was taken is still all of it (money §12).
 */
function amountOf(use: Use, first: ReadonlySet<Use>): Fraction {
  const { measure } = use.event
  switch (measure.kind) {
    case 'quantity':
      return millionths(measure.quantity)
    case 'value':
      return millionths(measure.value)
    case 'key':
      return first.has(use) || use.aside === 'voided' ? whole(1n) : ZERO
  }
}

const COUNTED = 'An acknowledged event is counted once (money §12)'
const COVERED = 'What is included is granted once (money §3, §12)'

/** A value of the days of grace that comes when its hour has frozen: money.md leaves open whether it is shown as said or as held. */
const mayBeEither = (scene: Scene, use: Use): boolean => use.late && isGauged(scene, { ...use, late: false })

/** By meter: what its gauges used in each hour of grace (money §3), before any level, in whole millionths. */
function gaugedInGrace(scene: Scene): Map<string, Used> {
  const inGrace: PriceIn = (period, dimension) => (period.grace ? pricesOf(period).get(dimension) : undefined)
  const prices = scene.periods.flatMap((period) => (period.grace ? [...pricesOf(period).values()] : []))
  const meters = new Map<string, Used>()
  for (const { dimension, meter } of prices) {
    if (meters.has(meter)) continue
    const used = [
      peaks({ ...scene, uses: valuesOf(scene) }, dimension, () => ZERO, inGrace),
      weights(scene, dimension, () => ZERO, inGrace),
    ]
    const amounts = used.flatMap((each) => [...each])
    meters.set(meter, new Map(amounts.map(([hour, amount]) => [hour, inMillionths(amount)])))
  }
  return meters
}

const inMillionths = ({ n, d }: Fraction): Fraction => millionths(String((n * 1_000_000n) / d))

/** Each acknowledged event is counted once: a meter's month is the sum of what was counted in it (money §12, *Usage*). */
export function judgeCounted({ shown }: SubscriptionHistory, { intake }: Account): Discrepancy[] {
  const expected = new Map<string, Fraction>()
  for (const use of intake.uses) {
    if (use.aside !== null || use.event.measure.kind !== 'quantity') continue
    const hour = chargedHour(intake.line, use) ?? use.event.time
    plus(expected, inMonth(use.event.meter, hour), millionths(use.event.measure.quantity))
  }
  const charges = intake.line.deploys.flatMap(({ product }) => product.dimensions.map(({ charge }) => charge))
  const summed = new Set(charges.flatMap((charge) => (charge?.kind === 'sum' ? [charge.meter] : [])))
  const found = new Map<string, Fraction>()
  for (const { month, dimensions } of shown.months)
    for (const { meter, counted } of dimensions)
      if (summed.has(meter)) found.set(inMonth(meter, month), decimal(counted))
  return differences(COUNTED, expected, found)
}

/** Of sums and keys: what the months show as covered, and as keys, is what was included and used (money §12). */
export function judgeCovered(
  history: History,
  subscription: SubscriptionHistory,
  account: Account,
): Discrepancy[] {
  const { shown } = subscription
  const { charged, scene } = account
  const of = (...kinds: readonly Price['kind'][]): string[] =>
    [...charged.used.keys()].filter((dimension) =>
      scene.periods.every(
        (period) => period.grace || kinds.some((kind) => billedPrice(period, dimension)?.kind === kind),
      ),
    )
  const keys = of('unique')
  const amounts = of('sum', 'unique')
  return [
    ...differences(COUNTED, byMonth(charged.used, keys), shownOf(shown, keys, 'counted')),
    ...amounts.flatMap((dimension) => {
      // What still waits for its amount is covered by none.
      const waits = charged.runs.flatMap((run) =>
        run.dimension === dimension ? (waitingFrom(history, subscription, account, run) ?? []) : [],
      )
      const covered = shownOf(shown, [dimension], 'covered')
      const [known, until] = [Number.POSITIVE_INFINITY, Math.min(...waits)].map((before) =>
        differences(COVERED, byMonth(charged.covered, [dimension], before), covered),
      )
      return until?.length === 0 ? [] : (known ?? [])
    }),
  ]
}

const inMonth = (of: string, hour: number): string => `${of} in ${iso(monthOf(hour))}`

function byMonth(
  all: ReadonlyMap<string, Used>,
  dimensions: readonly string[],
  until = Number.POSITIVE_INFINITY,
): Map<string, Fraction> {
  const amounts = new Map<string, Fraction>()
  for (const dimension of dimensions)
    for (const [hour, amount] of all.get(dimension) ?? [])
      if (hour < until) plus(amounts, inMonth(dimension, hour), amount)
  return amounts
}

function shownOf(
  { months }: SubscriptionHistory['shown'],
  of: readonly string[],
  field: 'counted' | 'covered',
): Map<string, Fraction> {
  const amounts = new Map<string, Fraction>()
  for (const { month, dimensions } of months)
    for (const each of dimensions)
      if (of.includes(each.dimension)) amounts.set(inMonth(each.dimension, month), decimal(each[field]))
  return amounts
}

function plus(amounts: Map<string, Fraction>, key: string, amount: Fraction): void {
  amounts.set(key, add(amounts.get(key) ?? ZERO, amount))
}

function differences(
  rule: string,
  expected: ReadonlyMap<string, Fraction>,
  found: ReadonlyMap<string, Fraction>,
): Discrepancy[] {
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((subject) => {
    const a = expected.get(subject) ?? ZERO
    const b = found.get(subject) ?? ZERO
    return compare(a, b) === 0 ? [] : [{ rule, subject, expected: textOf(a), found: textOf(b) }]
  })
}
