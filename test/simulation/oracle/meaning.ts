/**
 * Where an event that was never seen goes: its life, its hour, whether it is counted or set aside, or why it is refused
 * (money §1, §4, §5, §6). Pure.
 */
import type { EventSent } from '../history.ts'
import { closeOf, DAY, HOUR, hourOf, MINUTE, monthOf } from './calendar.ts'
import { follows, pricesOf } from './cut.ts'
import type { AsideReason, Use } from './intake.ts'
import { type Life, type Period, periodsUpTo, type Timeline } from './timeline.ts'

export interface Meaning {
  readonly life: number | null
  readonly aside: AsideReason | null
  readonly late: boolean
}

/** Where an event that was never seen goes, or the code it is refused with. */
export function meaningOf(line: Timeline, event: EventSent, now: number): Meaning | string {
  const fits = measuresOf(line, event.meter, now)
  if (fits.size === 0) return 'unknown-meter'
  if (!fits.has(event.measure.kind)) return 'wrong-measure'
  if (event.time > now + 5 * MINUTE) return 'ahead'
  if (event.time < now - 34 * DAY) return 'too-old'
  const life = lifeOf(line, event.time, now)
  const given = life === 'ended' ? graceOf(line, event.time) : undefined
  if (given !== undefined) return { life: given.life, aside: 'grace', late: true }
  if (typeof life === 'number' && isGiven(line, life, event.time, now)) return 'ended'
  if (typeof life === 'string') return life
  const hour = hourIn(line, life, event.time)
  const aside = asideOf(line, event, life, now)
  const frozen = hour !== null && line.frozenUntil !== null && hour < line.frozenUntil
  // No cut lies between two hours of the same days of grace (money §4).
  const late = frozen && !(aside === 'grace' && isGrace(line, life, line.frozenUntil ?? 0))
  return { life, aside, late }
}

const isGrace = (line: Timeline, life: number | null, hour: number): boolean =>
  periodsUpTo(line, hour + HOUR).some(
    (period) => period.from <= hour && hour < period.until && period.grace && period.life === life,
  )

/** What the meter's charges ask for, by the deploys that are known. */
function measuresOf(line: Timeline, meter: string, now: number): Set<EventSent['measure']['kind']> {
  const latest = line.configs.at(-1)?.deploy ?? line.deploys.findLast((_, i) => (line.met[i] ?? 0) <= now)
  const kinds = new Set<EventSent['measure']['kind']>()
  for (const { offered, charge } of latest?.product.dimensions ?? []) {
    if (!offered || charge === undefined || charge.meter !== meter) continue
    kinds.add(charge.kind === 'sum' ? 'quantity' : charge.kind === 'unique' ? 'key' : 'value')
  }
  return kinds
}

/** The life by the event's own time; null while nothing is known of any. */
function lifeOf(line: Timeline, time: number, now: number): number | null | string {
  if (line.lives.length === 0) return null
  const index = line.lives.findIndex((each) => each.endAt === null || time <= each.endAt)
  const life = line.lives[index]
  if (life === undefined) return 'ended'
  if (life.takeUntil !== null && now >= life.takeUntil) return 'ended'
  if (index > 0) return life.activation !== null && time < life.activation - 5 * MINUTE ? 'ended' : life.life
  const start = line.order?.agreementStart ?? null
  return start !== null && time < start - 5 * MINUTE ? 'before-subscription' : life.life
}

/** The life whose trial ended with it: what we give in our own days of grace is kept, and never billed (money §4). */
const graceOf = (line: Timeline, time: number): Life | undefined =>
  line.lives.find(
    ({ endAt, trialUntil, graceUntil }) =>
      endAt !== null &&
      time > endAt &&
      trialUntil !== null &&
      graceUntil !== null &&
      graceUntil > trialUntil &&
      time < graceUntil,
  )

/** The month went to a successor: what comes for it now is not counted here (money §4 *Successor*). */
function isGiven(line: Timeline, life: number, time: number, now: number): boolean {
  const { given } = line
  if (given === null || now <= given.at || life > given.life) return false
  return monthOf(hourIn(line, life, time) ?? time) >= given.month
}

/** The hour usage is charged in; null while its life's activation is unknown. */
export const chargedHour = (line: Timeline, use: Pick<Use, 'event' | 'life' | 'billedIn'>): number | null =>
  use.billedIn ?? hourIn(line, use.life, use.event.time)

/** The month usage is of, whichever hour a person bills it in: that of the hour it would be charged in by itself. */
export const ownMonth = (line: Timeline, { life, event }: Pick<Use, 'event' | 'life'>): number =>
  monthOf(hourIn(line, life, event.time) ?? event.time)

/** Usage of a trial, or of our own days of grace, is never billed behind it, whatever reason it is set aside for (money §4). */
export function mayBeBilledIn(
  line: Timeline,
  { life, event }: Pick<Use, 'event' | 'life'>,
  openHour: number,
): boolean {
  const hour = hourIn(line, life, event.time) ?? hourOf(event.time)
  const periods = periodsUpTo(line, Math.max(hour, openHour) + HOUR)
  const holding = (at: number): Period | undefined =>
    periods.find((period) => period.from <= at && at < period.until)
  const own = holding(hour)
  const open = holding(openHour)
  if (own?.grace === true) return false
  return own?.trial !== true || (open?.trial === true && open.life === own.life)
}

function hourIn(line: Timeline, life: number | null, time: number): number | null {
  const first = line.lives.find((each) => each.life === (life ?? line.lives[0]?.life))?.firstHour ?? null
  return first === null ? null : Math.max(first, hourOf(time))
}

/** Usage of an hour still open is counted; late usage only where no cut of price and no closed month lies between. */
function asideOf(line: Timeline, event: EventSent, life: number | null, now: number): AsideReason | null {
  const hour = hourIn(line, life, event.time)
  if (hour === null) return null
  const periods = periodsUpTo(line, Math.max(hour, line.frozenUntil ?? 0) + HOUR)
  const of = periods.find((period) => period.from <= hour && hour < period.until)
  if (of === undefined) return null
  if (of.grace) return 'grace'
  if (line.frozenUntil === null || hour >= line.frozenUntil) return null
  const billed = [...pricesOf(of).values()].filter((price) => price.metered && price.meter === event.meter)
  if (billed.length === 0) return null
  const openHour = line.frozenUntil
  const open = periods.find((period) => period.from <= openHour && openHour < period.until)
  const between = periods.filter((period) => period.from >= of.from && period.from <= openHour)
  const passes =
    open !== undefined &&
    billed.every((price) =>
      between.every((period, i) => i === 0 || follows(between[i - 1] as Period, period, price)),
    )
  if (!passes) return of.trial ? 'trial' : 'price-changed'
  const closed = now >= closeOf(of.month) + of.deploy.timing.lateAcrossMonthsMs
  return open.month !== of.month && closed ? (of.trial ? 'trial' : 'month-closed') : null
}
