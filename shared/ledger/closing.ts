/** When an hour freezes, and up to where hours may freeze at an instant (money §5, §6). Pure. */
import { HOUR_MS, type Hour, type Month, monthOf, nextHour, nextMonth } from '../hour.ts'
import { identityAt, identityComesLater, type Life, lifeAt, type State } from './state.ts'
import { pendingIn } from './succession.ts'
import type { Timing } from './terms.ts'

/** The instant at which what is left of a month freezes: never later than the guard of the terms. */
export const guardOf = (timing: Timing, month: Month): number =>
  Math.min(nextMonth(month) + timing.monthGuardMs, timing.guards?.get(month) ?? Number.POSITIVE_INFINITY)

/** The instant at which `hour` of `life` freezes if every hour before it has. */
export function freezesAt(hour: Hour, life: Life, timing: Timing): number {
  const end = hour + HOUR_MS
  // An earlier guard freezes what is over; the other hours freeze when they end.
  const guard = Math.max(end, guardOf(timing, monthOf(hour)))
  const lastOfMonth = end === nextMonth(monthOf(hour))
  const normal = lastOfMonth ? guard : Math.min(end + timing.latenessMs, hour + timing.freezeWithinMs, guard)
  if (life.takeUntil !== null) {
    // Usage may be timed a little ahead, but AWS takes no record of an hour that has not begun.
    const final = Math.max(hour, life.takeUntil)
    return end === life.untilHour ? final : Math.min(normal, final)
  }
  return life.endingAt === null ? normal : Math.min(normal, end)
}

/** True of an hour that an order closed before it was over. */
const isClosed = (state: State, hour: Hour): boolean =>
  hour < (state.order?.closedUntil ?? Number.NEGATIVE_INFINITY)

/** Hours freeze in order: an hour of a new month waits for the last hour of the month before, if that is open. */
export function freezesInOrderAt(state: State, hour: Hour, timing: Timing): number | undefined {
  const life = lifeAt(state, hour)
  if (life === undefined || state.frozenUntil === null) return undefined
  if (isClosed(state, hour)) return hour
  const lastBefore = (monthOf(hour) - HOUR_MS) as Hour
  const before = lastBefore >= state.frozenUntil ? lifeAt(state, lastBefore) : undefined
  const own = freezesAt(hour, life, timing)
  return before === undefined ? own : Math.max(own, freezesAt(lastBefore, before, timing))
}

/** Why no hour freezes whatever the time, or null. `license`: no identity of the kind the hour asks for is known. */
export function waitingFor(
  state: State,
): 'order' | 'activation' | 'predecessor' | 'license' | 'hold' | 'stopped' | null {
  if (state.stopped !== null) return 'stopped'
  if (state.order === null || state.configs.length === 0) return 'order'
  if (state.frozenUntil === null) return 'activation'
  if (state.held) return 'hold'
  const latest = state.lives.at(-1)
  if (latest !== undefined && latest.activation === null) return 'activation'
  const { frozenUntil } = state
  if (
    state.succession.asking.some(
      ({ life }) => (firstHourOf(state, life) ?? Number.POSITIVE_INFINITY) <= frozenUntil,
    )
  )
    return 'predecessor'
  return lifeAt(state, frozenUntil) !== undefined && lacksIdentity(state, frozenUntil) ? 'license' : null
}

/** Behind the last hour that may be frozen at `now`; the present `frozenUntil` when none may. */
export function closableUntil(state: State, timing: Timing, now: number): Hour | null {
  if (state.stopped !== null || state.held || state.configs.length === 0) return state.frozenUntil
  const waitsFrom = pendingIn(state, timing)?.firstHour ?? Number.POSITIVE_INFINITY
  let hour = state.frozenUntil
  while (hour !== null) {
    const life = lifeAt(state, hour)
    if (life === undefined) {
      const next = firstHourBehind(state, hour)
      if (next === null) return hour
      hour = next
      continue
    }
    if (hour >= waitsFrom || lacksIdentity(state, hour)) return hour
    if (!isClosed(state, hour) && freezesAt(hour, life, timing) > now) return hour
    hour = nextHour(hour)
  }
  return null
}

/** True when `hour` has no identity and none is known that begins later: freezing waits for one (money §10). */
export const lacksIdentity = (state: State, hour: Hour): boolean =>
  identityAt(state, hour) === undefined && !identityComesLater(state, hour)

const firstHourOf = (state: State, life: number): Hour | undefined =>
  state.lives.find((known) => known.life === life)?.firstHour ?? undefined

function firstHourBehind(state: State, hour: Hour): Hour | null {
  return state.lives.find((life) => life.firstHour !== null && life.firstHour > hour)?.firstHour ?? null
}
