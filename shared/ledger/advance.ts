/** Bringing a Ledger up to an instant: terms, hours that freeze, records that are let go; and when to come back. */
import type { Hour } from '../hour.ts'
import { HOUR_MS, hourFrom, MINUTE_MS, monthOf, nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { closableUntil, freezesInOrderAt, lacksIdentity } from './closing.ts'
import { firstOpenHour } from './counted.ts'
import { freezeDimensions } from './freeze.ts'
import { sweepKeys } from './keys.ts'
import { allPeriods, fixPeriods, periodAt, periodHolding } from './periods.ts'
import { priceOf } from './price.ts'
import { firstHeldHour, HOLD_MS_MAX } from './readings.ts'
import { lifeAt, readState, type State, stepAt } from './state.ts'
import { pendingIn } from './succession.ts'
import { settledUntil } from './sweep.ts'
import { goOnAlone } from './successor.ts'
import { readTallies } from './tallies.ts'
import type { LedgerTerms, ProductTerms, Timing } from './terms.ts'
import { gaugesIn } from './used.ts'

/** How often a predecessor that did not answer is asked. */
const ASK_AGAIN_MS = MINUTE_MS

/** Does everything that is due at `now` and answers the state it leaves. Writes nothing when nothing is due. */
export function advance(sql: Sql, before: State, terms: LedgerTerms, now: number): State {
  let state = noteTerms(sql, before, terms, now)
  // What is frozen already goes on, whatever holds up the hours behind it.
  sql.all(
    "UPDATE records SET hold_until = NULL WHERE hold_until <= ? AND handed = 0 AND state = 'waiting'",
    now,
  )
  if (state.stopped !== null || state.held || state.frozenUntil === null) return state

  const from = state.frozenUntil
  state = goOnAlone(sql, state, terms.timing, now)
  const until = closableUntil(state, terms.timing, now) ?? from
  const behind = sql.all('SELECT 1 FROM dimensions WHERE frozen_until IS NOT NULL LIMIT 1').length > 0
  if (until === from && !behind) return state

  fixPeriods(sql, state, from, until)
  if (monthOf(from) !== monthOf(until)) sweepKeys(sql, settledUntil(sql, state))
  state = { ...state, frozenUntil: until }
  return { ...state, openBefore: freezeDimensions(sql, state, terms.timing, from, now) }
}

/**
 * A changed charge or config is in force from the next full hour: the hour it falls in belongs to what was before (money
 * §4). A deploy reaches objects one by one: to this Ledger it falls in the hour of the first call that is kept under it; what only
 * reads, or dies, changes nothing.
 */
function noteTerms(sql: Sql, state: State, terms: LedgerTerms, now: number): State {
  const product = state.order === null ? undefined : terms.products[state.order.product]
  if (product === undefined) return state
  const last = state.configs.at(-1)
  const text = textOf(product)
  if (last?.config === terms.config && last.terms === text) return state
  sql.all(
    `INSERT INTO configs (from_hour, config, terms) VALUES (?, ?, ?)
     ON CONFLICT (from_hour) DO UPDATE SET config = excluded.config, terms = excluded.terms`,
    last === undefined ? 0 : hourFrom(now),
    terms.config,
    text,
  )
  return { ...state, configs: readState(sql).configs }
}

const texts = new WeakMap<ProductTerms, string>()

/** A product's terms as they are stored and compared. Remembered: the same object is asked for at every call. */
function textOf(product: ProductTerms): string {
  const text = texts.get(product) ?? JSON.stringify(product)
  texts.set(product, text)
  return text
}

/** The next instant at which `advance` has something to do; null when nothing is open (money §7). */
export function wakeOf(sql: Sql, state: State, timing: Timing): number | null {
  const { frozenUntil } = state
  if (frozenUntil === null || state.configs.length === 0) return null
  const wakes = sql
    .all<{ wake: number | null }>(
      "SELECT min(hold_until) AS wake FROM records WHERE hold_until IS NOT NULL AND handed = 0 AND state = 'waiting'",
    )
    .map((row) => row.wake)
  if (state.stopped !== null || state.held) return wakes[0] ?? null
  wakes.push(
    ...sql
      .all<{ wake: number | null }>(
        'SELECT min(wait_until) AS wake FROM dimensions WHERE frozen_until IS NOT NULL',
      )
      .map((row) => row.wake),
  )
  const pending = pendingIn(state, timing)
  if (pending !== undefined)
    wakes.push(
      pending.asksAt > state.clock ? pending.asksAt : Math.min(pending.until, state.clock + ASK_AGAIN_MS),
    )
  const waits = pending !== undefined && pending.firstHour <= frozenUntil
  const hours = waits ? [] : [firstOpenHour(sql, state), firstHeld(sql, state), endsWithRemainder(sql, state)]
  if (!waits && lifeAt(state, frozenUntil) !== undefined && (state.openBefore || beats(state, frozenUntil)))
    hours.push(frozenUntil)
  for (const hour of hours) {
    if (hour === null || lacksIdentity(state, frozenUntil) || lacksIdentity(state, hour)) continue
    wakes.push(freezesInOrderAt(state, hour, timing) ?? null)
  }
  const due = wakes.filter((wake) => wake !== null)
  return due.length === 0 ? null : Math.min(...due)
}

/**
 * The earliest open hour in which a gauge that is billed holds a value above 0. What holds on through hours in which it is
 * not billed, as in our days of grace, is open from where it is.
 */
export function firstHeld(sql: Sql, state: State): Hour | null {
  const dimensions = state.configs.at(-1)?.product.dimensions ?? []
  if (state.frozenUntil === null || !dimensions.some(({ charge }) => charge.kind === 'time-weighted'))
    return null
  const last = Math.max(state.clock, state.frozenUntil) + HOLD_MS_MAX
  let hour = state.frozenUntil
  while (hour < last) {
    const period = periodAt(state, hour)
    if (period === undefined) return null
    const gauges = gaugesIn(period.prices)
    if (gauges.length > 0) return firstHeldHour(sql, state, gauges, hour)
    hour = period.until
  }
  return null
}

function beats(state: State, hour: Hour): boolean {
  const life = lifeAt(state, hour)
  return (
    (stepAt(state.configs, hour)?.product.heartbeat ?? null) !== null &&
    (life?.endAt === null || (life?.endAt ?? 0) >= nextHour(hour))
  )
}

/** The last hour of the present period, when a remainder that has begun is billed there (`remainder: 'up'`). */
function endsWithRemainder(sql: Sql, state: State): Hour | null {
  const hour = state.frozenUntil
  const terms = hour === null ? undefined : periodAt(state, hour)
  if (hour === null || terms === undefined) return null
  const roundsUp = Object.keys(terms.prices).filter((dimension) => {
    const price = priceOf(terms.prices[dimension] ?? '')
    return price.remainder === 'up' && price.metered
  })
  if (roundsUp.length === 0) return null

  const period = periodHolding(allPeriods(sql, state, nextHour(hour)), hour)
  const begun = roundsUp.some((dimension) => {
    const tally = readTallies(sql, dimension).tallies.get(period?.from ?? hour)
    const { block } = priceOf(terms.prices[dimension] ?? '')
    return tally !== undefined && (tally.used - tally.covered) % block !== 0n
  })
  return begun ? ((terms.until - HOUR_MS) as Hour) : null
}
