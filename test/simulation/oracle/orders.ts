/** What an order changes: lives, plans, amounts (money §4, §6, §7). Frozen hours keep what they have. Pure. */
import type { OrderMade } from '../history.ts'
import { HOUR, hourFrom, hourOf } from './calendar.ts'
import { decimal } from './fraction.ts'
import { type Life, pass, type Timeline } from './timeline.ts'

/** Takes an order at the Ledger's clock `now`: the highest version holds, and frozen hours keep what they have. */
export function tell(line: Timeline, order: OrderMade, now: number): void {
  pass(line, now)
  if (line.order !== null && order.version <= line.order.version) return
  line.order = order
  const life = Math.max(order.life, line.lives.at(-1)?.life ?? 0)
  tellPlans(line, order)
  tellAmounts(line, order, now)
  for (const former of line.lives) {
    if (former.life >= life || former.endAt !== null) continue
    endLife(line, former, Math.min(order.activation ?? now, now), now, now)
  }
  tellLife(line, order, life, now)
  pass(line, now)
}

function tellPlans(line: Timeline, order: OrderMade): void {
  const open = line.frozenUntil ?? Number.NEGATIVE_INFINITY
  const kept = line.plans.filter((step) => step.fromHour < open)
  const now = order.plans.findLast((step) => step.fromHour <= open)
  const later = order.plans.filter((step) => step.fromHour > open)
  line.plans = [
    ...kept,
    ...(now === undefined ? [] : [{ fromHour: open, plan: now.plan }]),
    ...later.map(({ fromHour, plan }) => ({ fromHour: hourFrom(fromHour), plan })),
  ]
}

/** First learnt: from the beginning. Learnt after it was unknown: from where it was. Another amount: from the next hour. */
function tellAmounts(line: Timeline, order: OrderMade, now: number): void {
  for (const [dimension, text] of Object.entries(order.amounts)) {
    const steps = line.amounts.get(dimension) ?? []
    const last = steps.at(-1)
    const amount = text === null ? null : decimal(text)
    const step = {
      fromHour: last === undefined ? 0 : last.amount === null ? last.fromHour : hourFrom(now),
      amount,
    }
    const same =
      last !== undefined &&
      (last.amount === null
        ? amount === null
        : amount !== null && last.amount.n * amount.d === amount.n * last.amount.d)
    if (same) continue
    line.amounts.set(dimension, [...steps.filter((each) => each.fromHour < step.fromHour), step])
  }
}

function tellLife(line: Timeline, order: OrderMade, number: number, now: number): void {
  const known = line.lives.find((each) => each.life === number)
  const former = line.lives.findLast((each) => each.life < number)
  const { frozenUntil } = line
  const fixed =
    known !== undefined && known.firstHour !== null && frozenUntil !== null && frozenUntil > known.firstHour
  const life: Life = known ?? { ...UNKNOWN, life: number }
  if (!fixed) {
    life.activation = order.activation
    life.firstHour = firstHourOf(order.activation, former, frozenUntil)
  }
  if (known === undefined) line.lives.push(life)
  const first = line.lives.every((each) => each === life || each.firstHour === null)
  if (first && !fixed) line.frozenUntil = life.firstHour
  if (order.trial !== null) {
    life.trialUntil = hourFrom(order.trial.endsAt)
    life.graceUntil = Math.max(life.trialUntil, hourFrom(order.trial.graceUntil))
  } else if (life.trialUntil !== null) {
    life.trialUntil = Math.min(life.trialUntil, hourFrom(now))
    life.graceUntil = life.trialUntil
  }
  life.endingAt = order.ending?.at ?? null
  life.predecessor = order.predecessor
  if (order.end === null) {
    life.endAt = null
    life.takeUntil = null
    life.untilHour = null
  } else endLife(line, life, order.end.at, order.end.takeUntil, now)
}

const UNKNOWN: Life = {
  life: 0,
  activation: null,
  firstHour: null,
  untilHour: null,
  trialUntil: null,
  graceUntil: null,
  endingAt: null,
  endAt: null,
  takeUntil: null,
  usedUntil: 0,
  predecessor: null,
}

/** The activation's hour; behind a former life, for an hour AWS may have already is billed in the next (money §6). */
function firstHourOf(
  activation: number | null,
  former: Life | undefined,
  frozenUntil: number | null,
): number | null {
  if (activation === null) return null
  const own = hourOf(Math.ceil(activation / 1000) * 1000)
  return former === undefined ? own : Math.max(own, former.untilHour ?? own, frozenUntil ?? own)
}

/** Its last hour is the present one, or a later one with usage: it stays open until the final freeze. */
function endLife(line: Timeline, life: Life, at: number, takeUntil: number, now: number): void {
  const over = life.untilHour !== null && line.frozenUntil !== null && line.frozenUntil >= life.untilHour
  life.endAt = at
  life.takeUntil = takeUntil
  if (over) return
  life.untilHour =
    HOUR + Math.max(hourOf(at), hourOf(now), life.usedUntil, life.firstHour ?? 0, line.frozenUntil ?? 0)
}
