/** Taking an order: lives, identities, plans and amounts as the lifecycle knows them (money §6, §7, §10). */
import { HOUR_MS, type Hour, hourFrom, hourOf } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { identityKey } from '../subscription.ts'
import { amountOf } from '../amount.ts'
import type { Order } from './order.ts'
import { AFTER_END_MS } from './record.ts'
import { forgetIntegrals } from './readings.ts'
import { type Life, readState, type State, stepAt } from './state.ts'
import { noteLink } from './successor.ts'

/** Writes what the order says. Hours already frozen keep what they were frozen with. Answers the state it leaves. */
export function applyOrder(sql: Sql, state: State, told: Order, now: number): State {
  sql.all(
    'INSERT INTO orders (version, body, received) VALUES (?, ?, ?)',
    told.version,
    JSON.stringify(told),
    now,
  )
  // An event so late that two lives turn out to be one: they go on under the number of the later.
  const order = { ...told, life: Math.max(told.life, state.lives.at(-1)?.life ?? 0) }
  sql.all('UPDATE ledger SET order_version = ?', order.version)
  // What was counted before any order waits for the first life that is told, which need not be number 1.
  if (state.lives.length === 0)
    for (const table of ['usage', 'unique_keys', 'peaks', 'readings', 'last_readings'])
      sql.all(`UPDATE ${table} SET life = ? WHERE life <> ?`, order.life, order.life)
  writeIdentities(sql, order)
  writePlans(sql, state, order)
  writeAmounts(sql, state, order, now)
  endFormerLives(sql, state, order, now)
  const frozenUntil = writeLife(sql, readState(sql), order, now)
  sql.all('UPDATE ledger SET frozen_until = ?', frozenUntil)
  if (order.end !== null) tightenRecords(sql, order.life, order.end.at, state.revision)
  noteLink(sql, order.life, order.subscription, order.predecessor, now)
  forgetHeld(sql, state)
  return { ...readState(sql), clock: state.clock, revision: state.revision }
}

/** Where a life's end was told or taken back, what its readings hold changes from there on. */
function forgetHeld(sql: Sql, before: State): void {
  const ends = readState(sql).lives.flatMap((life) => {
    const was = before.lives.find((known) => known.life === life.life)?.endAt ?? null
    return was === life.endAt ? [] : [was ?? Number.POSITIVE_INFINITY, life.endAt ?? Number.POSITIVE_INFINITY]
  })
  if (ends.length > 0) forgetIntegrals(sql, hourOf(Math.min(...ends)))
}

/** Of two of one kind from one hour on the later in the order counts. */
function writeIdentities(sql: Sql, order: Order): void {
  sql.all('DELETE FROM identities')
  for (const [i, identity] of order.identities.entries()) {
    const from = hourFrom(identity.fromHour)
    const later = order.identities.slice(i + 1)
    if (later.some((each) => each.kind === identity.kind && hourFrom(each.fromHour) === from)) continue
    sql.all(
      'INSERT INTO identities (from_hour, identity_key, identity) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      from,
      identityKey(identity),
      JSON.stringify({ ...identity, fromHour: from }),
    )
  }
}

/** A plan that was in force in a frozen hour stays there; what the order says counts from the first open hour. */
function writePlans(sql: Sql, state: State, order: Order): void {
  const open = state.frozenUntil ?? Number.MIN_SAFE_INTEGER
  sql.all('DELETE FROM plans WHERE from_hour >= ?', open)
  const inForce = stepAt(order.plans, open)
  const steps = order.plans.filter((step) => step.fromHour > open)
  if (inForce !== undefined) steps.unshift({ ...inForce, fromHour: open })
  for (const step of steps) {
    sql.all(
      'INSERT INTO plans (from_hour, plan) VALUES (?, ?) ON CONFLICT (from_hour) DO UPDATE SET plan = excluded.plan',
      hourFrom(step.fromHour),
      step.plan,
    )
  }
}

/**
 * An amount first learnt counts from the beginning; one that was unknown from where it was, up to now and through what was
 * frozen without it; a new one from the next hour.
 */
function writeAmounts(sql: Sql, state: State, order: Order, now: number): void {
  for (const [dimension, text] of Object.entries(order.amounts)) {
    const amount = text === null ? null : amountOf(text)
    const steps = state.amounts.filter((step) => step.dimension === dimension)
    const known = steps.findLastIndex((step) => step.amount !== null && !step.estimated)
    const last = steps.at(-1)
    const unknown = steps[known + 1]
    if (last !== undefined && (unknown === undefined ? last.amount : null) === amount) continue
    const digits = amount === null ? null : String(amount)
    for (const step of steps.slice(known + 1))
      sql.all(
        'UPDATE amounts SET amount = ? WHERE dimension = ? AND from_hour = ?',
        digits,
        dimension,
        step.fromHour,
      )
    // It may make units due of hours that are frozen: the next one bills them, though nothing more is used.
    if (unknown !== undefined && unknown.fromHour < (state.frozenUntil ?? 0))
      sql.all('UPDATE ledger SET open_before = 1')
    if (unknown === undefined)
      sql.all(
        `INSERT INTO amounts (dimension, from_hour, amount) VALUES (?, ?, ?)
         ON CONFLICT (dimension, from_hour) DO UPDATE SET amount = excluded.amount`,
        dimension,
        last === undefined ? 0 : hourFrom(now),
        digits,
      )
  }
}

/** A life whose end was never told ends where the next one begins. */
function endFormerLives(sql: Sql, state: State, order: Order, now: number): void {
  for (const life of state.lives) {
    if (life.life >= order.life || life.endAt !== null) continue
    const at = Math.min(order.activation ?? now, now)
    writeEnd(sql, state, life, { at, takeUntil: now, cause: 'presumed' }, now)
    tightenRecords(sql, life.life, at, state.revision)
  }
}

/** Writes the order's own life. Answers up to where hours are frozen: its first hour, when none was before. */
function writeLife(sql: Sql, state: State, order: Order, now: number): Hour | null {
  const known = state.lives.find((life) => life.life === order.life)
  const former = state.lives.findLast((life) => life.life < order.life)
  const fixed =
    known?.firstHour !== undefined && known.firstHour !== null && hasFrozen(state, known.firstHour)
  const activation = fixed ? known.activation : order.activation
  const firstHour = fixed ? known.firstHour : firstHourOf(activation, former, state)
  sql.all(
    `INSERT INTO lives (life, activation, first_hour, trial_until, grace_until, ending_at, predecessor)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (life) DO UPDATE SET activation = excluded.activation, first_hour = excluded.first_hour,
       trial_until = excluded.trial_until, grace_until = excluded.grace_until, ending_at = excluded.ending_at,
       predecessor = excluded.predecessor`,
    order.life,
    activation,
    firstHour,
    cutShort(order.trial?.endsAt, known?.trialUntil, now),
    cutShort(order.trial?.graceUntil, known?.graceUntil, now),
    order.ending?.at ?? null,
    order.predecessor,
  )
  if (firstHour !== (known?.firstHour ?? null))
    sql.all('UPDATE usage SET revision = ? WHERE life = ?', state.revision, order.life)
  const first = state.lives.every((life) => life.firstHour === null || life.life === order.life)
  const frozenUntil = first && !fixed ? firstHour : state.frozenUntil
  const life = { ...(known ?? UNKNOWN), life: order.life, activation, firstHour }
  if (order.end !== null) writeEnd(sql, { ...state, frozenUntil }, life, order.end, now)
  else
    sql.all('UPDATE lives SET end_at = NULL, take_until = NULL, until_hour = NULL WHERE life = ?', order.life)
  return frozenUntil
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
}

/** True when an hour from `firstHour` on is frozen already, so that it can no longer move. */
const hasFrozen = (state: State, firstHour: Hour): boolean =>
  state.frozenUntil !== null && state.frozenUntil > firstHour

/** The activation's hour; behind a former life, for an hour that AWS may have already is billed in the next (money §6). */
function firstHourOf(activation: number | null, former: Life | undefined, state: State): Hour | null {
  if (activation === null) return null
  const own = hourOf(Math.ceil(activation / 1000) * 1000)
  const after = former === undefined ? own : Math.max(own, former.untilHour ?? own, state.frozenUntil ?? own)
  return after as Hour
}

/** A trial, and our grace, end behind the hour that holds their end; what an order says no more ends behind the present hour. */
function cutShort(told: number | undefined, before: Hour | null | undefined, now: number): Hour | null {
  if (told !== undefined) return hourFrom(told)
  return before === null || before === undefined ? null : (Math.min(before, hourFrom(now)) as Hour)
}

/** The last hour of a life is the present one, or a later one that has usage: it stays open until the final freeze. */
function writeEnd(
  sql: Sql,
  state: State,
  life: Life,
  end: { readonly at: number; readonly takeUntil: number; readonly cause: string },
  now: number,
): void {
  const over = life.untilHour !== null && state.frozenUntil !== null && state.frozenUntil >= life.untilHour
  const last = sql.all<{ hour: number | null }>(
    'SELECT max(hour) AS hour FROM usage WHERE life = ?',
    life.life,
  )[0]
  const lastHour = Math.max(
    hourOf(end.at),
    hourOf(now),
    last?.hour ?? 0,
    life.firstHour ?? 0,
    state.frozenUntil ?? 0,
  )
  sql.all(
    'UPDATE lives SET end_at = ?, take_until = ?, cause = ?, until_hour = ? WHERE life = ?',
    end.at,
    end.takeUntil,
    end.cause,
    over ? life.untilHour : lastHour + HOUR_MS,
    life.life,
  )
}

/** What waits goes before all others now, and has an hour left (money §6 (4)): it is offered again. */
function tightenRecords(sql: Sql, life: number, endAt: number, revision: number): void {
  sql.all(
    `UPDATE records SET deadline = min(deadline, CAST(? AS INTEGER)), final = 1, handed = 0, hold_until = NULL,
       revision = CAST(? AS INTEGER)
     WHERE life = ? AND state = 'waiting' AND (final = 0 OR deadline > ?)`,
    endAt + AFTER_END_MS,
    revision,
    life,
    endAt + AFTER_END_MS,
  )
}
