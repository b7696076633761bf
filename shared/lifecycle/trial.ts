/** A free trial: how long it is, our days of grace behind it, what is reminded of and whether the buyer paid. Pure. */
import { DAY_MS } from '../hour.ts'

/** What the config says of a product's trial. */
export interface TrialPolicy {
  /** The length where AWS tells none. */
  readonly days: number
  readonly graceDays: number
  /** Falling: 7, 3, 1. */
  readonly remindDaysBefore: readonly number[]
}

/** A trial as AWS sold it. */
export interface TrialFact {
  /** When the agreement starts, epoch ms. */
  readonly startsAt: number
  /** Null: AWS did not tell. */
  readonly days: number | null
}

/** When the same account paid for the same product. Epoch ms. */
export interface Paid {
  readonly at: number
  /** `same`: under this purchase's own license, which the trial then stops being one at. */
  readonly how: 'same' | 'other'
}

export interface Trial {
  /** Epoch ms. */
  readonly endsAt: number
  /** Access goes on until here, and nothing is billed; `endsAt` without grace, or once the buyer paid. */
  readonly graceUntil: number
  readonly converted: boolean
  /** Where the buyer pays now; null: nowhere, as far as we know. */
  readonly paid: Paid['how'] | null
  /** Days before the end of the newest reminder that is due; null: none is, or there is nothing to remind of. */
  readonly reminder: number | null
}

/** A trial at `now`, and when that changes by time alone; null: never. */
export function trialOf(
  fact: TrialFact,
  policy: TrialPolicy,
  paid: Paid | null,
  now: number,
): { readonly trial: Trial; readonly changesAt: number | null } {
  const full = fact.startsAt + (fact.days ?? policy.days) * DAY_MS
  const endsAt = paid?.how === 'same' ? Math.min(full, paid.at) : full
  const grace = endsAt + policy.graceDays * DAY_MS
  const graceUntil = paid === null ? grace : Math.min(grace, Math.max(endsAt, paid.at))
  // A trial shorter than a reminder's days has no such reminder.
  const times =
    paid === null ? policy.remindDaysBefore.map((days) => ({ days, at: endsAt - days * DAY_MS })) : []
  const due = times.filter(({ at }) => at > fact.startsAt && at <= now && now < endsAt)
  const trial: Trial = {
    endsAt,
    graceUntil,
    converted: paid !== null,
    paid: paid?.how ?? null,
    reminder: due.length === 0 ? null : Math.min(...due.map(({ days }) => days)),
  }
  return { trial, changesAt: earliestAfter(now, [...times.map(({ at }) => at), endsAt, graceUntil]) }
}

/** The earliest of `times` that is still to come; null: none is. */
export function earliestAfter(now: number, times: readonly (number | null)[]): number | null {
  const coming = times.flatMap((time) => (time !== null && time > now ? [time] : []))
  return coming.length === 0 ? null : Math.min(...coming)
}
