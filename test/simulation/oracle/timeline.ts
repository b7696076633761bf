/**
 * What was in force in each hour of one subscription, replayed from its orders and deploys in the order they were taken
 * (money §4, §5, §6, §10). An hour that has frozen keeps what was in force then. Pure; knows no usage but its hours.
 */
import type { Deploy, MonthGiven, MonthTaken, OrderMade, SubscriptionHistory } from '../history.ts'
import { HOUR, hourFrom, monthOf, nextMonth } from './calendar.ts'
import type { Fraction } from './fraction.ts'

export interface Life {
  readonly life: number
  activation: number | null
  /** Usage of this life from before it belongs to this hour; null while the activation is unknown. */
  firstHour: number | null
  /** Behind its last hour; null while it goes on. */
  untilHour: number | null
  trialUntil: number | null
  graceUntil: number | null
  endingAt: number | null
  endAt: number | null
  takeUntil: number | null
  /** The last hour with usage of this life. */
  usedUntil: number
  predecessor: string | null
}

/** A period: hours of one month in which nothing changes that a price may depend on. */
export interface Period {
  readonly from: number
  readonly until: number
  readonly month: number
  readonly life: number
  readonly trial: boolean
  readonly grace: boolean
  readonly plan: string | null
  readonly deploy: Deploy
}

export interface AmountStep {
  readonly fromHour: number
  readonly amount: Fraction | null
}

export interface Timeline {
  readonly deploys: readonly Deploy[]
  /** When the Ledger first ran under each deploy; parallel to `deploys`. */
  readonly met: readonly number[]
  order: OrderMade | null
  lives: Life[]
  plans: { readonly fromHour: number; readonly plan: string }[]
  configs: { readonly fromHour: number; readonly deploy: Deploy }[]
  amounts: Map<string, AmountStep[]>
  /** Every hour before it has frozen; null until the first activation is known. */
  frozenUntil: number | null
  /** Periods of the frozen hours. */
  frozen: Period[]
  held: boolean
  /** It was set back, and is not compared yet (money §9). */
  restoring: boolean
  /** The month that went to a successor. */
  readonly given: MonthGiven | null
  /** Lives that asked a predecessor for its month. */
  readonly asked: readonly MonthTaken[]
}

export const openTimeline = (
  deploys: readonly Deploy[],
  met: readonly number[],
  { given, taken }: Pick<SubscriptionHistory, 'given' | 'taken'> = {},
): Timeline => ({
  deploys,
  met,
  order: null,
  lives: [],
  plans: [],
  configs: [],
  amounts: new Map(),
  frozenUntil: null,
  frozen: [],
  held: false,
  restoring: false,
  given: given ?? null,
  asked: taken ?? [],
})

/** Freezes what is due at `now`. Called before anything else happens at `now`. */
export function pass(line: Timeline, now: number): void {
  noteDeploys(line, now)
  if (line.held || line.restoring || line.configs.length === 0) return
  const from = line.frozenUntil
  let hour = from
  while (hour !== null) {
    const life = lifeIn(line, hour)
    if (life === undefined) {
      const next = line.lives.find((each) => each.firstHour !== null && each.firstHour > (hour ?? 0))
      if (next?.firstHour === undefined || next.firstHour === null) break
      hour = next.firstHour
    } else if (isAsking(line, life, now) || lacksIdentity(line, hour) || freezesAt(line, life, hour) > now)
      break
    else hour += HOUR
  }
  if (from === null || hour === null || hour === from) return
  line.frozen = joined([...line.frozen, ...periodsOf(line, from, hour)])
  line.frozenUntil = hour
}

/** Hours before `until` went to AWS before the Ledger was set back: they have frozen (money §9). */
export function adopt(line: Timeline, until: number): void {
  if (line.frozenUntil === null || until <= line.frozenUntil) return
  line.frozen = joined([...line.frozen, ...periodsOf(line, line.frozenUntil, until)])
  line.frozenUntil = until
}

/** While a life waits for its predecessor's month nothing freezes (money §4 *Successor*). */
const isAsking = (line: Timeline, { life }: Life, now: number): boolean =>
  line.asked.some(
    (each) => each.life === life && each.since <= now && (each.decidedAt === null || now < each.decidedAt),
  )

/** The deploy in force when the first order came counts from the beginning, a later one from the next full hour. */
function noteDeploys(line: Timeline, now: number): void {
  if (line.order === null) return
  const known = line.deploys.filter((_, i) => (line.met[i] ?? 0) <= now)
  const last = line.configs.at(-1)
  const latest = known.at(-1)
  if (latest === undefined) return
  if (last === undefined) line.configs.push({ fromHour: 0, deploy: latest })
  else
    for (const deploy of known.slice(line.deploys.indexOf(last.deploy) + 1))
      line.configs.push({ fromHour: hourFrom(line.met[line.deploys.indexOf(deploy)] ?? 0), deploy })
}

/** The instant an hour freezes at once all before it have (money §5, §6). */
function freezesAt(line: Timeline, life: Life, hour: number): number {
  const timing = (line.configs.findLast((step) => step.fromHour <= hour) ?? line.configs[0])?.deploy.timing
  if (timing === undefined) return Number.POSITIVE_INFINITY
  const end = hour + HOUR
  const guard = nextMonth(monthOf(hour)) + timing.monthGuardMs
  const usual =
    monthOf(hour) === monthOf(end)
      ? Math.min(end + timing.latenessMs, hour + timing.freezeWithinMs, guard)
      : guard
  if (life.takeUntil !== null) {
    const final = Math.max(hour, life.takeUntil)
    return end === life.untilHour ? final : Math.min(usual, final)
  }
  return life.endingAt === null ? usual : Math.min(usual, end)
}

export const lifeIn = (line: Timeline, hour: number): Life | undefined =>
  line.lives.find(
    ({ firstHour, untilHour }) =>
      firstHour !== null && firstHour <= hour && (untilHour === null || hour < untilHour),
  )

const inForce = <T extends { readonly fromHour: number }>(steps: readonly T[], hour: number): T | undefined =>
  steps.findLast((step) => step.fromHour <= hour)

/** No identity of the kind the hour asks for, and none that comes later (money §10): nothing freezes. */
function lacksIdentity(line: Timeline, hour: number): boolean {
  if (line.order === null) return true
  const { identities, kinds } = line.order
  const usable = (at: number): boolean => {
    const kind = inForce(kinds, at)?.kind
    return identities.some((each) => hourFrom(each.fromHour) <= at && (kind ?? each.kind) === each.kind)
  }
  return !usable(hour) && !identities.some((each) => each.fromHour > hour && usable(hourFrom(each.fromHour)))
}

/** The periods of the hours from `from` to before `until`, by what is known now; frozen ones as they were. */
export function periodsUpTo(line: Timeline, until: number): Period[] {
  return line.frozenUntil === null
    ? line.frozen
    : joined([...line.frozen, ...periodsOf(line, line.frozenUntil, until)])
}

function periodsOf(line: Timeline, from: number, until: number): Period[] {
  const periods: Period[] = []
  let hour = from
  while (hour < until) {
    const life = lifeIn(line, hour)
    const config = inForce(line.configs, hour)
    if (life === undefined || config === undefined) {
      const next = line.lives.find((each) => each.firstHour !== null && each.firstHour > hour)?.firstHour
      if (next === undefined || next === null) break
      hour = next
      continue
    }
    const changes = [
      nextMonth(monthOf(hour)),
      life.untilHour,
      life.trialUntil,
      life.graceUntil,
      ...line.plans.map((step) => step.fromHour),
      ...line.configs.map((step) => step.fromHour),
      until,
    ]
    const end = Math.min(...changes.filter((at) => at !== null).filter((at) => at > hour))
    const trial = life.trialUntil !== null && hour < life.trialUntil
    periods.push({
      from: hour,
      until: end,
      month: monthOf(hour),
      life: life.life,
      trial,
      grace: !trial && life.graceUntil !== null && hour < life.graceUntil,
      plan: inForce(line.plans, hour)?.plan ?? config.deploy.product.defaultPlan,
      deploy: config.deploy,
    })
    hour = end
  }
  return periods
}

/** Neighbours in which nothing differs are one period. */
function joined(periods: readonly Period[]): Period[] {
  const out: Period[] = []
  for (const period of periods) {
    const last = out.at(-1)
    const same =
      last !== undefined &&
      last.until === period.from &&
      last.month === period.month &&
      last.life === period.life &&
      last.trial === period.trial &&
      last.grace === period.grace &&
      last.plan === period.plan &&
      last.deploy === period.deploy
    if (same) out[out.length - 1] = { ...last, until: period.until }
    else out.push(period)
  }
  return out
}
