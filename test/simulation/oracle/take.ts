/**
 * What each event is to be answered and where its usage goes, from the events, orders and deploys alone (money §1, §4,
 * §6). Runs of calls are judged in the order of the Ledger's clock. Pure.
 */
import type { Deploy, EventSent, SubscriptionHistory } from '../history.ts'
import { closeOf, DAY, HOUR, hourOf, MINUTE } from './calendar.ts'
import { tell } from './orders.ts'
import { type Period, pass, periodsUpTo, type Timeline } from './timeline.ts'
import { type Price, planIn, pricesIn } from './price.ts'

/** One event that was counted, set aside, or voided later. */
export interface Use {
  readonly event: EventSent
  /** The Ledger's clock when it was taken. */
  readonly takenAt: number
  /** Null while no order had told a life. */
  life: number | null
  /** Null: counted. */
  aside: AsideReason | null
  /** A person has decided on it. */
  decided: boolean
  /** The hour a person billed it in; null: its own. */
  billedIn: number | null
}

export type AsideReason = 'month-closed' | 'price-changed' | 'trial' | 'grace' | 'voided'

/** The words that are right for each event of one run of a call: more than one where money.md leaves it open. */
export interface Verdict {
  readonly call: number
  readonly words: readonly (readonly string[])[]
}

interface Seen {
  readonly content: string
  readonly at: number
}

/** What a subscription has taken so far. */
export interface Intake {
  readonly line: Timeline
  readonly uses: Use[]
  readonly verdicts: Verdict[]
  readonly ids: Map<string, Seen>
  readonly sequences: Map<string, Seen>
  /** What a person had counted of a number's events while it was free, by number and id: its content. */
  readonly replayed: Map<string, string>
}

export const openIntake = (line: Timeline): Intake => ({
  line,
  uses: [],
  verdicts: [],
  ids: new Map(),
  sequences: new Map(),
  replayed: new Map(),
})

/** How long an id or a sequence is certainly known. */
const KEPT = 35 * DAY

/** Runs call number `index` once, at the Ledger's clock `now`. */
export function run(intake: Intake, history: SubscriptionHistory, index: number, now: number): void {
  const call = history.calls[index]
  if (call === undefined) return
  pass(intake.line, now)
  const words =
    call.batch.kind === 'ids'
      ? takeIds(intake, call.events, now)
      : takeSequence(intake, call.events, call.batch, wasCounted(history, call.batch), now)
  intake.verdicts.push({ call: index, words })
}

interface Sequence {
  readonly source: string
  readonly epoch: string
  readonly sequence: number
}

/** Some client was told that this number was counted. */
const wasCounted = (history: SubscriptionHistory, { source, epoch, sequence }: Sequence): boolean =>
  history.calls.some(
    ({ batch, answers }) =>
      batch.kind === 'sequence' &&
      batch.source === source &&
      batch.epoch === epoch &&
      batch.sequence === sequence &&
      (answers?.[0]?.result === 'counted' || answers?.[0]?.result === 'duplicate'),
  )

export const contentOf = (event: EventSent): string =>
  JSON.stringify([event.meter, event.time, event.measure])

/** Each event once, under its sender's id. */
export function takeIds(intake: Intake, events: readonly EventSent[], now: number): string[][] {
  const known = new Map(intake.ids)
  const first = new Map<string, { content: string; words: string[] }>()
  return events.map((event) => {
    const key = JSON.stringify([event.source, event.id])
    const content = contentOf(event)
    const earlier = first.get(key)
    if (earlier !== undefined) {
      if (earlier.content !== content)
        return earlier.words[0] === 'counted' ? ['conflict'] : ['conflict', ...earlier.words]
      return earlier.words[0] === 'counted' ? ['duplicate'] : earlier.words
    }
    const words = takeOne(intake, event, key, content, known.get(key), now)
    first.set(key, { content, words })
    return words
  })
}

/** One event that is the first of its id in its batch. */
function takeOne(
  intake: Intake,
  event: EventSent,
  key: string,
  content: string,
  seen: Seen | undefined,
  now: number,
): string[] {
  const meaning = meaningOf(intake.line, event, now)
  if (seen !== undefined) {
    const word = seen.content === content ? 'duplicate' : 'conflict'
    return now <= seen.at + KEPT ? [word] : [word, ...(typeof meaning === 'string' ? [meaning] : [])]
  }
  if (typeof meaning === 'string') return [meaning]
  intake.ids.set(key, { content, at: now })
  keep(intake, event, meaning, now)
  return ['counted']
}

const sequenceKey = ({ source, epoch, sequence }: Sequence): string =>
  JSON.stringify([JSON.stringify([source, epoch]), sequence])

/** Where it is kept that an event was counted while the number it came under was free. */
export const replayedKey = (batch: Sequence, { source, id }: Pick<EventSent, 'source' | 'id'>): string =>
  JSON.stringify([sequenceKey(batch), source, id])

function takeSequence(
  intake: Intake,
  events: readonly EventSent[],
  batch: Sequence,
  believed: boolean,
  now: number,
): string[][] {
  const all = (...words: string[]): string[][] => events.map(() => words)
  const epoch = JSON.stringify([batch.source, batch.epoch])
  const key = sequenceKey(batch)
  const content = JSON.stringify(events.map((event) => [event.source, contentOf(event)]))
  const seen = intake.sequences.get(key)
  const old = [...intake.sequences].some(([each, { at }]) => {
    const [of, number] = JSON.parse(each) as [string, number]
    return of === epoch && number >= batch.sequence && now > at + KEPT
  })
  if (seen !== undefined) {
    const word = seen.content === content ? 'duplicate' : 'conflict'
    return now <= seen.at + KEPT ? all(word) : all(word, 'too-old')
  }
  const meanings = events.map((event) => {
    const counted = intake.replayed.get(replayedKey(batch, event))
    if (counted === undefined) return meaningOf(intake.line, event, now)
    return counted === contentOf(event) ? null : 'conflict'
  })
  if (meanings.some((meaning) => typeof meaning === 'string'))
    return meanings.map((meaning) => [
      typeof meaning === 'string' ? meaning : 'batch-refused',
      ...(old ? ['too-old'] : []),
    ])
  // Beyond 35 days money.md lets the Ledger know more than it must: what the client was told is believed then.
  if (old && !believed) return all('too-old')
  intake.sequences.set(key, { content, at: now })
  for (const [i, event] of events.entries()) {
    const meaning = meanings[i]
    if (typeof meaning === 'object' && meaning !== null) keep(intake, event, meaning, now)
  }
  return all('counted')
}

interface Meaning {
  readonly life: number | null
  readonly aside: AsideReason | null
}

function keep(intake: Intake, event: EventSent, meaning: Meaning, now: number): void {
  intake.uses.push({
    event,
    takenAt: now,
    life: meaning.life,
    aside: meaning.aside,
    decided: false,
    billedIn: null,
  })
  if (meaning.aside !== null) return
  const life = intake.line.lives.find((each) => each.life === meaning.life)
  if (life !== undefined) life.usedUntil = Math.max(life.usedUntil, hourOf(event.time))
}

/** Where an event that was never seen goes, or the code it is refused with. */
function meaningOf(line: Timeline, event: EventSent, now: number): Meaning | string {
  const fits = measuresOf(line, event.meter, now)
  if (fits.size === 0) return 'unknown-meter'
  if (!fits.has(event.measure.kind)) return 'wrong-measure'
  if (event.time > now + 5 * MINUTE) return 'ahead'
  if (event.time < now - 34 * DAY) return 'too-old'
  const life = lifeOf(line, event.time, now)
  return typeof life === 'string' ? life : { life, aside: asideOf(line, event, life, now) }
}

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

/** The hour usage is charged in; null while its life's activation is unknown. */
export const chargedHour = (line: Timeline, use: Pick<Use, 'event' | 'life' | 'billedIn'>): number | null =>
  use.billedIn ?? hourIn(line, use.life, use.event.time)

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

/** No cut into another price of the dimension lies between two periods. */
export function follows(before: Period, after: Period, price: Price): boolean {
  return (
    before.until === after.from &&
    before.life === after.life &&
    before.trial === after.trial &&
    before.grace === after.grace &&
    pricesOf(after).get(price.dimension)?.text === price.text
  )
}

const prices = new WeakMap<Deploy, Map<string, Map<string, Price>>>()

/** The prices of a period by dimension. Remembered: a handful of periods is asked for again and again. */
export function pricesOf(period: Period): Map<string, Price> {
  const known = prices.get(period.deploy) ?? new Map<string, Map<string, Price>>()
  prices.set(period.deploy, known)
  const plan = planIn(period.deploy, period.plan, period.trial)
  const key = JSON.stringify([plan, period.trial])
  const made = known.get(key) ?? pricesIn(period.deploy, plan, period.trial)
  known.set(key, made)
  return made
}

/** The order an order's life and plans are told in; the usage counted before any order belongs to the first life told. */
export function takeOrder(intake: Intake, history: SubscriptionHistory, index: number, now: number): void {
  const order = history.orders[index]
  if (order === undefined) return
  const before = intake.line.lives.length
  tell(intake.line, order, now)
  if (before > 0) return
  const first = intake.line.lives[0]
  for (const use of intake.uses) {
    if (use.life === null && first !== undefined) use.life = first.life
    if (first !== undefined && use.aside === null)
      first.usedUntil = Math.max(first.usedUntil, hourOf(use.event.time))
  }
}
