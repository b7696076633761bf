/** What a well-formed event means to this subscription: counted where, set aside, or refused and why (money §1, §4, §6). Pure. */
import { DAY_MS, type Hour, hourOf, MINUTE_MS, monthClosesAt } from '../hour.ts'
import type { Charge } from '../seller.ts'
import type { UsageEvent } from '../usage/event.ts'
import { chargedHour } from './counted.ts'
import type { AsideReason } from './ledger.ts'
import { follows, type Period, periodHolding } from './periods.ts'
import { type Prices, priceOf } from './price.ts'
import type { Life, State } from './state.ts'
import type { LedgerTerms, ProductTerms, Timing } from './terms.ts'

/** A retry finds its id, which is kept 35 days, or is refused. */
const OLDEST_MS = 34 * DAY_MS
const AHEAD_MS = 5 * MINUTE_MS
const BEFORE_START_MS = 5 * MINUTE_MS

export type Meaning =
  | {
      readonly kind: 'count'
      readonly life: number
      readonly hour: Hour
      readonly amount: bigint
      readonly late: boolean
    }
  | {
      readonly kind: 'aside'
      readonly life: number
      readonly hour: Hour
      readonly amount: bigint
      readonly reason: AsideReason
    }
  | Refusal

interface Refusal {
  readonly kind: 'refuse'
  readonly code: string
  readonly message: string
}

/** What the events of one call are judged by. */
export interface Scope {
  readonly state: State
  readonly timing: Timing
  readonly now: number
  readonly meters: Meters
  readonly keySecret: string | null
  /** Its keys are keyed hashes already: they come from refused usage as it was kept. */
  readonly hashed: boolean
  /** Frozen periods and the one that is open now. */
  readonly periods: () => readonly Period[]
}

/** By meter: how it is charged. */
export type Meters = ReadonlyMap<string, ReadonlySet<Charge['kind']>>

/** The meters of the subscription's product; of every product while it is not known which was bought. */
export function metersOf(state: State, terms: LedgerTerms): Meters {
  const product = state.order === null ? undefined : terms.products[state.order.product]
  const products: readonly ProductTerms[] = product === undefined ? Object.values(terms.products) : [product]
  const meters = new Map<string, Set<Charge['kind']>>()
  for (const { charge } of products.flatMap((each) => each.dimensions)) {
    const kinds = meters.get(charge.meter)
    if (kinds === undefined) meters.set(charge.meter, new Set([charge.kind]))
    else kinds.add(charge.kind)
  }
  return meters
}

/** What an event carries for a charge (money §1 *Event shapes*). */
const CARRIES = { sum: 'quantity', unique: 'key', max: 'value', 'time-weighted': 'value' } as const
const DOES = {
  sum: 'is summed up',
  unique: 'counts each key once',
  max: 'is measured by its highest value',
  'time-weighted': 'is measured over time',
} as const

/** The amount of an event in the meter's unit, in millionths: a key is one. */
function amountIn(event: UsageEvent): bigint {
  switch (event.kind) {
    case 'quantity':
      return event.quantity
    case 'value':
      return event.value
    case 'key':
      return 1_000_000n
  }
}

/** Judges one event that was not seen before. */
export function meaningOf(event: UsageEvent, scope: Scope): Meaning {
  const { now, meters } = scope
  const kinds = meters.get(event.meter)
  if (kinds === undefined) {
    const known = [...meters.keys()].sort().join(', ')
    return refuse(
      'unknown-meter',
      `This product has no meter of that name. It has: ${known}. Correct the name and send it again.`,
    )
  }
  const wrong = [...kinds].filter((kind) => CARRIES[kind] !== event.kind)
  if (wrong.length === kinds.size) {
    const [kind = 'sum'] = wrong
    return refuse('wrong-measure', `This meter ${DOES[kind]}: send ${CARRIES[kind]}, not ${event.kind}.`)
  }
  if (event.time > now + AHEAD_MS)
    return refuse(
      'ahead',
      `The event is timed ${iso(event.time)}, more than 5 minutes ahead of ${iso(now)}. Set the sender's clock and send it again.`,
    )
  if (event.time < now - OLDEST_MS)
    return refuse(
      'too-old',
      `The event is timed ${iso(event.time)}, more than 34 days ago. It can no longer be told from a repetition; an operator can bill it.`,
    )
  const life = lifeOf(event.time, scope)
  if ('code' in life) return life
  if (life.grace)
    return {
      kind: 'aside',
      life: life.life,
      hour: hourOf(event.time),
      amount: amountIn(event),
      reason: 'grace',
    }
  const given = givenAway(event.time, life.life, scope)
  if (given !== null) return given
  return placeOf(life.life, event, amountIn(event), scope)
}

/**
 * The life an event belongs to by its own time; 1 while nothing is known of any. `grace`: it lies behind the life's end, in
 * our own days of grace, and is kept as such (money §4).
 */
function lifeOf(time: number, scope: Scope): { readonly life: number; readonly grace: boolean } | Refusal {
  const { state, now } = scope
  const { lives, order } = state
  const index = lives.findIndex((life) => life.endAt === null || time <= life.endAt)
  if (lives.length === 0) return { life: 1, grace: false }
  const life = lives[index]
  if (life === undefined) return behind(lives.at(-1), time)
  if (life.takeUntil !== null && now >= life.takeUntil) return ended(life, time)
  if (index > 0) {
    const opens = (life.activation ?? time) - BEFORE_START_MS
    return time < opens ? behind(lives[index - 1], time) : { life: life.life, grace: false }
  }
  const start = order?.agreementStart ?? null
  if (start !== null && time < start - BEFORE_START_MS)
    return refuse(
      'before-subscription',
      `The event is timed ${iso(time)}, and the agreement starts at ${iso(start)}. Nothing from before it can be billed; check which subscription it belongs to.`,
    )
  return { life: life.life, grace: false }
}

/** Usage behind the end of a life, and not of the next. */
function behind(life: Life | undefined, time: number): { life: number; grace: true } | Refusal {
  const until = life?.graceUntil ?? null
  const inGrace =
    until !== null && until > (life?.trialUntil ?? 0) && time > (life?.endAt ?? time) && time < until
  return inGrace && life !== undefined ? { life: life.life, grace: true } : ended(life, time)
}

/** From the hand-over on nothing of the month is counted here: what is used belongs to the successor (money §4). */
function givenAway(time: number, life: number, { state }: Scope): Refusal | null {
  const { given } = state.succession
  if (given === null || life > given.life || (chargedHour(state, life, hourOf(time)) ?? time) < given.month)
    return null
  return refuse(
    'ended',
    `The subscription was renewed or replaced by ${given.successor}, which took over its month at ${iso(given.at)}. Usage timed ${iso(time)} is kept; report it for ${given.successor}.`,
  )
}

function ended(life: Life | undefined, time: number): Refusal {
  const end = life?.endAt ?? null
  const when = `The subscription ended${end === null ? '' : ` at ${iso(end)}`}`
  const why =
    end !== null && time > end
      ? `usage timed ${iso(time)} lies after it`
      : `usage timed ${iso(time)} came too late for its last record`
  return refuse('ended', `${when}, and ${why}. It is kept; nothing more can be billed for it.`)
}

/** Usage of an open hour is counted there; late usage is counted, or set aside where §4 lets it go no further. */
function placeOf(life: number, { kind, time, meter }: UsageEvent, amount: bigint, scope: Scope): Meaning {
  const { state, timing, now } = scope
  const own = hourOf(time)
  const hour = chargedHour(state, life, own)
  if (hour === null || state.frozenUntil === null || hour >= state.frozenUntil)
    return { kind: 'count', life, hour: own, amount, late: false }

  const periods = scope.periods()
  const of = periodHolding(periods, hour)
  const open = periodHolding(periods, state.frozenUntil)
  // What is said late of our days of grace counts there and no further: a value would hold on into what is paid.
  if (of?.grace === true && kind === 'value' && open !== undefined && !isSame(of, open))
    return { kind: 'aside', life, hour: own, amount, reason: 'grace' }
  if (of === undefined || !isBilled(of.prices, meter))
    return { kind: 'count', life, hour: own, amount, late: false }
  if (open === undefined || !passes(periods, of, open, meter))
    return { kind: 'aside', life, hour: own, amount, reason: of.trial ? 'trial' : 'price-changed' }
  const closed = now >= monthClosesAt(of.month) + timing.lateAcrossMonthsMs
  if (of.month !== open.month && closed)
    return { kind: 'aside', life, hour: own, amount, reason: of.trial ? 'trial' : 'month-closed' }
  return { kind: 'count', life, hour: own, amount, late: true }
}

/** True of two periods of the same days of grace. */
const isSame = (of: Period, open: Period): boolean => open.grace && of.life === open.life

/** True when no cut into another price of a dimension of this meter lies between two periods. */
function passes(periods: readonly Period[], of: Period, open: Period, meter: string): boolean {
  const between = periods.filter((period) => period.from >= of.from && period.from <= open.from)
  return dimensionsOf(of.prices, meter).every((dimension) =>
    between.every((period, i) => {
      const before = between[i - 1]
      return before === undefined || follows(before, period, dimension)
    }),
  )
}

const dimensionsOf = (prices: Prices, meter: string): string[] =>
  Object.keys(prices).filter((dimension) => {
    const price = priceOf(prices[dimension] ?? '')
    return price.meter === meter && price.metered
  })

const isBilled = (prices: Prices, meter: string): boolean => dimensionsOf(prices, meter).length > 0

/** A time as people read it. */
const iso = (ms: number): string =>
  Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().replace('.000Z', 'Z') : String(ms)

const refuse = (code: string, message: string): Refusal => ({ kind: 'refuse', code, message })
