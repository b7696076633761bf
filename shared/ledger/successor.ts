/**
 * A license that renews or replaces another takes over the running month (money §4 *Successor*): asking for it, giving it,
 * and going on alone. Each step is written once and answered again as often as it is asked. Runs inside the caller's
 * transaction.
 */
import { type Hour, hourOf, MINUTE_MS, type Month, monthOf, nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { SubscriptionId } from '../subscription.ts'
import { openWalk, overOf } from './charge.ts'
import { earliestMonth } from './counted.ts'
import { keyedHash } from './keyed-hash.ts'
import { keysToHandOver, takeOverKeys } from './keys.ts'
import { allPeriods, type Period, runUpTo } from './periods.ts'
import { priceOf, unitsIn } from './price.ts'
import { readState, type State } from './state.ts'
import { coveredBefore, type Gift, leftBefore, type Pending, pendingIn } from './succession.ts'
import { readTallies } from './tallies.ts'
import type { Timing } from './terms.ts'
import { readMeasured, usedByHour } from './used.ts'

/** What a successor asks its predecessor: the page of keys behind `after`; 0 at first. */
export interface Ask {
  readonly predecessor: SubscriptionId
  readonly month: Month
  readonly after: number
}

/** A predecessor's answer. Amounts are digits, in what the charge counts; an answer is the same however often it is given. */
export type HandOver =
  | {
      readonly kind: 'page'
      readonly month: Month
      /** Names the secret that keys are hashed under, without telling it. */
      readonly hashedUnder: string
      readonly covered: Readonly<Record<string, string>>
      readonly left: Readonly<Record<string, { readonly price: string; readonly amount: string }>>
      readonly keys: readonly { readonly meter: string; readonly hashes: readonly string[] }[]
      /** Where the next page begins; null: this is the last. */
      readonly next: number | null
    }
  /** It cannot say yet: asked again in a minute. */
  | { readonly kind: 'not-yet'; readonly why: string }
  /** Its month went to another successor. */
  | { readonly kind: 'gone'; readonly to: SubscriptionId }

/** How many keys one answer carries: 32 digits each, far below what a call between objects may be. */
const KEYS_A_PAGE = 20_000

/** Usage may be timed so far ahead (money §5). */
const AHEAD_MS = 5 * MINUTE_MS

/** Notes whom the order's life succeeds, until that is decided. A life that names itself succeeds nobody. */
export function noteLink(
  sql: Sql,
  life: number,
  own: SubscriptionId,
  predecessor: SubscriptionId | null,
  now: number,
): void {
  if (predecessor === null || predecessor === own) {
    sql.all("DELETE FROM taken_over WHERE life = ? AND state = 'asking'", life)
    return
  }
  sql.all(
    `INSERT INTO taken_over (life, predecessor, state, since, next) VALUES (?, ?, 'asking', ?, 0)
     ON CONFLICT (life) DO UPDATE SET predecessor = excluded.predecessor, since = excluded.since, next = 0
     WHERE state = 'asking' AND predecessor <> excluded.predecessor`,
    life,
    predecessor,
    now,
  )
}

/** Goes on alone when nobody has answered in time. Answers the state it leaves. */
export function goOnAlone(sql: Sql, state: State, timing: Timing, now: number): State {
  const pending = pendingIn(state, timing)
  if (pending === undefined || now < pending.until) return state
  decide(sql, pending, now, `${pending.predecessor} did not answer until ${iso(now)}`)
  return { ...state, succession: readState(sql).succession }
}

/** What to ask at `now`; null: nothing, or not yet. */
export function askAt(state: State, timing: Timing, now: number): Ask | null {
  const pending = pendingIn(state, timing)
  return pending === undefined || now < pending.asksAt
    ? null
    : { predecessor: pending.predecessor, month: monthOf(pending.firstHour), after: pending.next }
}

/** Stores one answer to `ask`. An answer to what is not asked any more changes nothing. Answers the state it leaves. */
export function takeAnswer(
  sql: Sql,
  state: State,
  timing: Timing,
  ask: Ask,
  answer: HandOver,
  hashedUnder: string,
): State {
  const pending = pendingIn(state, timing)
  if (pending === undefined || pending.predecessor !== ask.predecessor || pending.next !== ask.after)
    return state
  const now = state.clock
  const why = whyNot(answer, hashedUnder, now)
  if (why !== null) decide(sql, pending, now, `${ask.predecessor} ${why}`)
  else if (answer.kind === 'page') {
    for (const { meter, hashes } of answer.keys) takeOverKeys(sql, meter, answer.month, hashes)
    if (answer.next !== null)
      sql.all('UPDATE taken_over SET next = ? WHERE life = ?', answer.next, pending.life)
    else {
      sql.all(
        "UPDATE taken_over SET state = 'taken', decided = ?, month = ?, body = ? WHERE life = ?",
        now,
        answer.month,
        JSON.stringify({ covered: answer.covered, left: answer.left }),
        pending.life,
      )
      // A key that came with it is no longer counted here, so its day shows less.
      sql.all('UPDATE usage SET revision = ? WHERE life = ?', state.revision, pending.life)
    }
  } else return state
  // Told late it may make units due of hours that are frozen: the next one bills them, though nothing more is used.
  const openBefore = state.openBefore || (state.frozenUntil ?? pending.firstHour) > pending.firstHour
  return { ...state, openBefore, succession: readState(sql).succession }
}

/** Why an answer can never be taken over; null when it can, or is no answer yet. */
function whyNot(answer: HandOver, hashedUnder: string, now: number): string | null {
  switch (answer.kind) {
    case 'not-yet':
      return null
    case 'gone':
      return `gave its month to ${answer.to} before`
    case 'page':
      if (answer.month < earliestMonth(now)) return 'was named after its month had been closed'
      return answer.hashedUnder !== hashedUnder && answer.keys.some((each) => each.hashes.length > 0)
        ? 'keeps its keys under another secret'
        : null
  }
}

function decide(sql: Sql, pending: Pending, now: number, why: string): void {
  sql.all(
    "UPDATE taken_over SET state = 'alone', decided = ?, why = ? WHERE life = ?",
    now,
    why,
    pending.life,
  )
}

/** For the operator: why a life went on without its predecessor's month, and what to do; null: none did. */
export const aloneLine = ({ succession: { alone } }: State): string | null =>
  alone === null
    ? null
    : `Nothing of the running month was taken over: ${alone}. Users may be billed twice and included amounts granted twice in that month: compare both with npm run ledger -- show, and correct what was billed by a billing adjustment.`

/**
 * Gives the month to `to`: from the first answer on, usage of the month is refused here, and what was left over is the
 * successor's. `state` is up to its clock; `ask.month` is that of the successor's first hour.
 */
export function giveMonth(
  sql: Sql,
  state: State,
  to: SubscriptionId,
  ask: Omit<Ask, 'predecessor'>,
  hashedUnder: string,
): { readonly state: State; readonly answer: HandOver } {
  const { given } = state.succession
  if (given === null) {
    const why = give(sql, state, to, ask.month)
    if (why !== null) return { state, answer: { kind: 'not-yet', why } }
    return giveMonth(sql, { ...state, succession: readState(sql).succession }, to, ask, hashedUnder)
  }
  if (given.successor !== to) return { state, answer: { kind: 'gone', to: given.successor } }
  const periods = allPeriods(sql, state, givenUntil(given.at))
  const page = pageOf(keysToHandOver(sql, state, periods, given.month), ask.after)
  const { covered, left } = readGift(sql)
  return { state, answer: { kind: 'page', month: given.month, hashedUnder, covered, left, ...page } }
}

/** Writes down what is given. Answers why nothing can be given yet, or null. */
function give(sql: Sql, state: State, to: SubscriptionId, month: Month): string | null {
  const why = notYet(state)
  if (why !== null) return why
  const gift = giftOf(sql, state, month)
  if (gift === 'unknown') return 'an amount included in its contract is not known yet'
  sql.all(
    'INSERT INTO given (one, successor, life, month, at, body) VALUES (1, ?, ?, ?, ?, ?)',
    to,
    state.lives.at(-1)?.life ?? 0,
    month,
    state.clock,
    JSON.stringify(gift),
  )
  return null
}

/** Behind the last hour that usage counted at an instant can lie in. */
const givenUntil = (at: number): Hour => nextHour(hourOf(at + AHEAD_MS))

/** Why nothing can be given yet, or null. */
function notYet(state: State): string | null {
  if (state.stopped !== null) return 'it has stopped, for an invariant does not hold'
  if (state.order === null || state.frozenUntil === null) return 'it has no activation yet'
  return state.succession.asking.length > 0 ? 'it has not taken over its own predecessor’s month yet' : null
}

/** Names the secret that keys are hashed under: the one the first key came under, else the present one. */
export function secretName(sql: Sql, present: string | null): string {
  const kept =
    sql.all<{ key_secret: string | null }>('SELECT key_secret FROM ledger')[0]?.key_secret ?? present
  return kept === null ? '' : keyedHash(kept)('which secret this is')
}

const readGift = (sql: Sql): Gift =>
  JSON.parse(sql.all<{ body: string }>('SELECT body FROM given')[0]?.body ?? '') as Gift

/** Everything counted until now, charged; `unknown` while an included amount is. */
function giftOf(sql: Sql, state: State, month: Month): Gift | 'unknown' {
  const gift: Gift = { covered: {}, left: {}, runs: {} }
  const until = givenUntil(state.clock)
  const periods = allPeriods(sql, state, until)
  const from = earliestMonth(Math.min(state.frozenUntil ?? until, month))
  const measured = readMeasured(sql, state, from)
  for (const dimension of new Set(periods.flatMap((period) => Object.keys(period.prices)))) {
    const { tallies } = readTallies(sql, dimension)
    const used = usedByHour(measured, periods, dimension, state.amounts)
    const walk = openWalk(periods, dimension, used, tallies, from, () => state.amounts, state)
    if (walk.advance(until) !== null) return 'unknown'
    const own = periods.filter((each) => each.month === month && !each.trial && !each.grace)
    const spent = own.reduce((sum, each) => sum + (walk.tallies().get(each.from)?.covered ?? 0n), 0n)
    const covered = spent + (own[0] === undefined ? 0n : coveredBefore(state, own[0], dimension))
    if (covered > 0n) gift.covered[dimension] = String(covered)
    const run = lastRun(state, periods, dimension)
    const [first] = run
    if (first === undefined) continue
    const price = first.prices[dimension] ?? ''
    const over = run.reduce(
      (sum, each) => sum + overOf(walk.tallies().get(each.from)),
      leftBefore(state, run, dimension),
    )
    const { block, round } = priceOf(price)
    const left = String(over - block * unitsIn(over, block, round))
    gift.left[dimension] = { price, amount: left }
    gift.runs[dimension] = { from: first.from, over: String(over), left }
  }
  return gift
}

/** The run whose remainder goes on: the last of a life, paid, carried and billed. */
function lastRun(state: State, periods: readonly Period[], dimension: string): Period[] {
  const last = periods.at(-1)
  const text = last?.prices[dimension]
  if (last === undefined || text === undefined || last.trial || last.grace) return []
  if (last.life !== state.lives.at(-1)?.life) return []
  const price = priceOf(text)
  return price.metered && price.remainder === 'carry' ? runUpTo(periods, last, dimension) : []
}

/** The keys from place `after` on, all meters in a row. */
function pageOf(
  all: readonly { readonly meter: string; readonly hashes: readonly string[] }[],
  after: number,
): Pick<HandOver & { kind: 'page' }, 'keys' | 'next'> {
  const keys: { meter: string; hashes: readonly string[] }[] = []
  let place = 0
  for (const { meter, hashes } of all) {
    const begin = Math.max(0, after - place)
    const part = hashes.slice(begin, Math.max(begin, after + KEYS_A_PAGE - place))
    if (part.length > 0) keys.push({ meter, hashes: part })
    place += hashes.length
  }
  return { keys, next: after + KEYS_A_PAGE < place ? after + KEYS_A_PAGE : null }
}

const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')
