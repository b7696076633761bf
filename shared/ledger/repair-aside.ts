/** Usage set aside (money §4): put there, charged after all by a person, or dropped for good. Synchronous. */
import { formatAmount } from '../amount.ts'
import { type Hour, nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { billKeys } from './billed-keys.ts'
import { chargedHour } from './counted.ts'
import { allPeriods, type Period, periodAt, periodHolding } from './periods.ts'
import { priceOf } from './price.ts'
import type { RepairAct, RepairValue, SeenAside } from './repair.ts'
import { iso, refuse, type Verdict } from './repair-record.ts'
import { lifeAt, type State } from './state.ts'

type Act<Kind extends RepairAct['kind']> = Extract<RepairAct, { kind: Kind }>

/** Where usage is set aside: the key of its row. */
export type Place = Omit<SeenAside, 'amount'>

/** The source under which a source's voided keys are kept. */
export const voided = (source: string): string => `void ${source}`

/** Adds to what is set aside in one place. */
export function putAside(sql: Sql, place: Place, amount: bigint): void {
  const key = [place.hour, place.meter, place.life, place.source, place.reason]
  const before = sql.all<{ amount: string }>(
    'SELECT amount FROM set_aside WHERE hour = ? AND meter = ? AND life = ? AND source = ? AND reason = ?',
    ...key,
  )[0]
  sql.all(
    `INSERT INTO set_aside (hour, meter, life, source, reason, amount) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET amount = excluded.amount`,
    ...key,
    String(amount + BigInt(before?.amount ?? '0')),
  )
}

/** What of a place is not dropped; undefined: nothing was ever set aside there. */
function undecided(sql: Sql, place: Place): bigint | undefined {
  const row = sql.all<{ amount: string; dropped: string }>(
    `SELECT amount, dropped FROM set_aside WHERE hour = ? AND meter = ? AND life = ? AND source = ? AND reason = ?`,
    place.hour,
    place.meter,
    place.life,
    place.source,
    place.reason,
  )[0]
  return row && BigInt(row.amount) - BigInt(row.dropped)
}

/** Judges whether usage set aside is charged after all, or never. */
export function judgeAside(sql: Sql, state: State, act: Act<'bill aside'> | Act<'drop aside'>): Verdict {
  const { aside } = act
  const left = undecided(sql, aside)
  const what = `${aside.amount} ${aside.meter} of ${iso(aside.hour)} (${aside.reason})`
  if (left === undefined)
    return refuse('not-found', `Nothing is set aside as ${aside.reason} in that hour under that source.`)
  if (formatAmount(left) !== aside.amount || left === 0n)
    return refuse(
      'changed',
      `${formatAmount(left)} ${aside.meter} wait there now, not ${aside.amount}. Look again.`,
    )
  const value: RepairValue = { amount: aside.amount, of: aside.meter, dollars: null }
  const subject = `${aside.meter} of ${iso(aside.hour)}, ${aside.reason}, from ${aside.source}`
  if (act.kind === 'drop aside')
    return {
      subject,
      value,
      sentence: `${what} is written off: it is never billed.`,
      perform: () => {
        changeAside(sql, aside, 'dropped', left)
        return state
      },
    }
  const hour = state.frozenUntil
  const why = whyNotBillable(state, aside, () => periodsUntilOpen(sql, state))
  if (why !== null || hour === null) return refuse('not-allowed', why ?? NOT_ACTIVE)
  return {
    subject,
    value,
    sentence: `${what} is charged in ${iso(hour)}, the earliest hour still open, at that hour's price.`,
    perform: () => {
      changeAside(sql, aside, 'amount', -left)
      addBilled(sql, state, aside, hour, left)
      return state
    },
  }
}

const NOT_ACTIVE = 'No hour is open yet: the subscription is not active.'

/** The frozen periods and the one that is open, for `whyNotBillable`. */
export const periodsUntilOpen = (sql: Sql, state: State): Period[] =>
  allPeriods(sql, state, nextHour(state.frozenUntil ?? (0 as Hour)))

/** Why usage set aside cannot be charged in the earliest open hour, or null (money §4). `periods` is asked at need. */
export function whyNotBillable(
  state: State,
  aside: Pick<Place, 'hour' | 'life' | 'meter' | 'reason'>,
  periods: () => readonly Period[],
): string | null {
  if (aside.reason === 'trial' || aside.reason === 'grace')
    return `Usage of the ${aside.reason} is never billed (money §4). Drop it.`
  if (state.stopped !== null) return 'The Ledger has stopped; nothing is billed before it goes on.'
  if (state.frozenUntil === null) return NOT_ACTIVE
  const life = lifeAt(state, state.frozenUntil)
  const period = periodAt(state, state.frozenUntil)
  if (life === undefined || life.endAt !== null || period === undefined)
    return 'The subscription has ended, and what has ended is billed no more. Drop it, or bill it outside AWS.'
  // Voided, or too old to be told apart, it carries another reason than its time.
  const own = periodHolding(periods(), chargedHour(state, aside.life, aside.hour as Hour) ?? aside.hour)
  if (own?.grace === true) return 'Usage of the grace is never billed (money §4). Drop it.'
  if (own?.trial === true && !(period.trial && period.life === own.life))
    return 'Usage of the trial is never billed behind it (money §4). Drop it.'
  const prices = Object.values(period.prices).map(priceOf)
  const fed = prices.filter((price) => price.meter === aside.meter && price.metered)
  if (fed.length === 0) return 'Nothing that is billed in the hour still open is fed by this meter. Drop it.'
  return fed.some((price) => price.kind === 'max' || price.kind === 'time-weighted')
    ? 'What a value of another time is worth now cannot be told: only sums and keys are charged later. Drop it, or bill it outside AWS.'
    : null
}

function changeAside(sql: Sql, place: Place, column: 'amount' | 'dropped', by: bigint): void {
  const key = [place.hour, place.meter, place.life, place.source, place.reason]
  const row = sql.all<{ known: string }>(
    `SELECT ${column} AS known FROM set_aside
     WHERE hour = ? AND meter = ? AND life = ? AND source = ? AND reason = ?`,
    ...key,
  )[0]
  sql.all(
    `UPDATE set_aside SET ${column} = ? WHERE hour = ? AND meter = ? AND life = ? AND source = ? AND reason = ?`,
    String(BigInt(row?.known ?? '0') + by),
    ...key,
  )
}

/** Counts it in the open hour, under a source that names where it comes from. */
function addBilled(sql: Sql, state: State, from: Place, hour: Hour, amount: bigint): void {
  const life = lifeAt(state, hour)?.life ?? from.life
  const source = `set aside ${iso(from.hour)} ${from.reason} ${from.source}`
  const before = sql.all<{ counted: string }>(
    'SELECT counted FROM usage WHERE hour = ? AND meter = ? AND life = ? AND source = ?',
    hour,
    from.meter,
    life,
    source,
  )[0]
  sql.all(
    `INSERT INTO usage (hour, meter, life, source, counted, revision) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET counted = excluded.counted, revision = excluded.revision`,
    hour,
    from.meter,
    life,
    source,
    String(amount + BigInt(before?.counted ?? '0')),
    state.revision,
  )
  const own = from.reason === 'voided' ? voided(from.source) : from.source
  billKeys(sql, state, { from: { ...from, source: own }, hour, life, as: source })
}
