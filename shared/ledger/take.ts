/** Taking usage: each event counted once, or refused and kept (money §1). Runs inside the caller's transaction. */
import { type Hour, hourOf, nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import type { EventAnswer, UsageEvent } from '../usage/event.ts'
import type { AsideReason, Batch } from './ledger.ts'
import { type Meaning, meaningOf, metersOf, type Scope } from './meaning.ts'
import { allPeriods, type Period } from './periods.ts'
import { keepRefused, numberOf, type Refused, refusedOf, settleRefused } from './refused.ts'
import { note, nothingSaid, reasonOf, writeSaid } from './said.ts'
import { contentOf, hashesSeen, hashOf, noteNew, noteSequence, type Sent, sequenceSeen } from './seen.ts'
import type { State } from './state.ts'
import type { LedgerTerms } from './terms.ts'

export interface Taken {
  readonly answer: EventAnswer[]
  readonly state: State
  /** The events that are refused by themselves. */
  readonly refusals: readonly Refused[]
}

const COUNTED: EventAnswer = { result: 'counted' }
const DUPLICATE: EventAnswer = { result: 'duplicate' }
const CONFLICT = {
  kind: 'refuse',
  code: 'conflict',
  message:
    'This id was counted before with another content, which stands. If this is other usage, send it under an id of its own.',
} as const

/** Counts a batch and keeps what is refused of it. `state` is up to `now`: every hour that is due has frozen. */
export function takeBatch(sql: Sql, state: State, terms: LedgerTerms, batch: Batch, now: number): Taken {
  const taken = countBatch(sql, state, terms, batch, now)
  const number = batch.kind === 'sequence' ? numberOf(batch) : null
  keepRefused(sql, batch.events, taken.refusals, number, terms.keySecret, now)
  return taken
}

function countBatch(sql: Sql, state: State, terms: LedgerTerms, batch: Batch, now: number): Taken {
  const scope = scopeOf(sql, state, terms, now)
  return batch.kind === 'ids' ? takeIds(sql, scope, batch.events) : takeSequence(sql, scope, batch)
}

/**
 * Counts one event that was refused, under its id; if it is refused again that is not kept, for it is already. `hash` is
 * that of its content as it was sent: by it a repetition of its sender is told as one, whatever was kept of the event.
 * Its key, if it has one, is the keyed hash.
 */
export function countRefused(
  sql: Sql,
  state: State,
  terms: LedgerTerms,
  event: UsageEvent,
  hash: number,
  now: number,
): Taken {
  return takeIds(sql, { ...scopeOf(sql, state, terms, now), hashed: true }, [event], [hash])
}

/** What is known of each event's id, without counting anything. */
export function recallEvents(
  sql: Sql,
  state: State,
  events: readonly UsageEvent[],
): ('duplicate' | 'conflict' | null)[] {
  const answers = events.map((): 'duplicate' | 'conflict' | null => null)
  for (const source of new Set(events.map((event) => event.source))) {
    const sent = events
      .filter((event) => event.source === source)
      .map((event) => ({ id: event.id, hash: hashOf(contentOf(event)) }))
    const seen = hashesSeen(sql, source, sent, state.clock)
    for (const [index, event] of events.entries()) {
      const hash = event.source === source ? seen.get(event.id) : undefined
      if (hash !== undefined) answers[index] = hash === hashOf(contentOf(event)) ? 'duplicate' : 'conflict'
    }
  }
  return answers
}

function scopeOf(sql: Sql, state: State, terms: LedgerTerms, now: number): Scope {
  let periods: readonly Period[] | undefined
  return {
    state,
    timing: terms.timing,
    now,
    meters: metersOf(state, terms),
    keySecret: terms.keySecret,
    hashed: false,
    periods: () => (periods ??= allPeriods(sql, state, nextHour(state.frozenUntil ?? hourOf(now)))),
  }
}

function takeIds(
  sql: Sql,
  scope: Scope,
  events: readonly UsageEvent[],
  hashes: readonly number[] = events.map((event) => hashOf(contentOf(event))),
): Taken {
  const meanings = events.map((event) => meaningOf(event, scope))
  const first = firstOfEach(events, meanings)
  const seen = new Map<string, ReadonlyMap<string, number>>()
  const answers = events.map((): EventAnswer => DUPLICATE)
  const counts: number[] = []
  const refusals: Refused[] = []

  for (const [source, ids] of first) {
    const sent = (index: number): Sent => ({ id: events[index]?.id ?? '', hash: hashes[index] ?? 0 })
    const all = [...ids.values()]
    const fresh = noteNew(sql, source, all.filter((i) => meanings[i]?.kind !== 'refuse').map(sent), scope.now)
    const rest = all.filter((i) => !fresh.has(events[i]?.id ?? ''))
    if (rest.length > 0) seen.set(source, hashesSeen(sql, source, rest.map(sent), scope.now))
    for (const [id, index] of ids) {
      if (!fresh.has(id)) continue
      counts.push(index)
      answers[index] = COUNTED
    }
  }
  for (const [index, { source, id }] of events.entries()) {
    if (answers[index] === COUNTED) continue
    const chosen = first.get(source)?.get(id) ?? index
    const isCounted = answers[chosen] === COUNTED
    const stands = isCounted ? hashes[chosen] : seen.get(source)?.get(id)
    if (stands === hashes[index]) continue
    const refusal = stands === undefined || (isCounted && index < chosen) ? meanings[index] : CONFLICT
    if (refusal?.kind !== 'refuse') continue
    const { code, message } = refusal
    refusals.push({ index, code })
    answers[index] = { result: 'refused', code, message }
  }
  return { answer: answers, state: count(sql, scope, events, meanings, counts), refusals }
}

/** By source, each id with the place of the event that may be counted under it: its first that is not refused, else its first. */
function firstOfEach(
  events: readonly UsageEvent[],
  meanings: readonly Meaning[],
): Map<string, Map<string, number>> {
  const first = new Map<string, Map<string, number>>()
  for (const [index, event] of events.entries()) {
    let ids = first.get(event.source)
    if (ids === undefined) first.set(event.source, (ids = new Map()))
    const earlier = ids.get(event.id)
    if (earlier === undefined || (meanings[earlier]?.kind === 'refuse' && meanings[index]?.kind !== 'refuse'))
      ids.set(event.id, index)
  }
  return first
}

/** One number, one batch: all of it or nothing, but for what a person had counted of it while the number was free. */
function takeSequence(sql: Sql, scope: Scope, batch: Batch & { readonly kind: 'sequence' }): Taken {
  const { events, source, epoch, sequence } = batch
  const hash = hashOf(events.map((event) => `${event.source}|${contentOf(event)}`).join('\n'))
  const sent = { source, epoch, sequence, hash }
  const all = (answer: EventAnswer): Taken => ({
    answer: events.map(() => answer),
    state: scope.state,
    refusals: [],
  })
  const named = `Sequence ${sequence} of this epoch`
  switch (sequenceSeen(sql, sent, scope.now)) {
    case 'duplicate':
      return all(DUPLICATE)
    case 'conflict':
      return all({
        result: 'refused',
        code: 'conflict',
        message: `${named} was counted before with another content, which stands. Send other usage under the next number.`,
      })
    case 'too-old':
      return all({
        result: 'refused',
        code: 'too-old',
        message: `${named} is below the oldest still known, so whether it was counted cannot be told. Nothing was stored; an operator has to compare.`,
      })
    case 'new':
      break
  }
  const kept = refusedOf(sql, numberOf(batch))
  const replayed = events.map(
    ({ source: from, id }) =>
      kept.find((row) => row.replayed_at !== null && row.source === from && row.id === id)?.hash,
  )
  const meanings = events.map((event) => meaningOf(event, scope))
  const refusals = events.flatMap((event, index) => {
    const isOther = replayed[index] !== hashOf(contentOf(event))
    const refusal = replayed[index] === undefined ? meanings[index] : isOther ? CONFLICT : undefined
    return refusal?.kind === 'refuse' ? [{ index, ...refusal }] : []
  })
  if (refusals.length > 0) {
    const answers = events.map((_, index): EventAnswer => {
      const own = refusals.find((refusal) => refusal.index === index)
      return own === undefined
        ? {
            result: 'refused',
            code: 'batch-refused',
            message: `Nothing of ${named.toLowerCase()} was stored, for another event of it was refused. Send the batch without that one; the number is free.`,
          }
        : { result: 'refused', code: own.code, message: own.message }
    })
    return { answer: answers, state: scope.state, refusals }
  }
  noteSequence(sql, sent, scope.now)
  settleRefused(sql, kept, events, scope.now)
  const fresh = [...events.keys()].filter((index) => replayed[index] === undefined)
  const state = count(sql, scope, events, meanings, fresh)
  return { answer: events.map(() => COUNTED), state, refusals: [] }
}

interface Sum {
  readonly hour: Hour
  readonly meter: string
  readonly life: number
  readonly source: string
  readonly reason: AsideReason | null
  amount: bigint
}

/**
 * Adds the chosen events to what is stored, one row an hour, meter, life and source; and what keys and values say beyond
 * that they were reported.
 */
function count(
  sql: Sql,
  scope: Scope,
  events: readonly UsageEvent[],
  meanings: readonly Meaning[],
  chosen: readonly number[],
): State {
  if (chosen.length === 0) return scope.state
  const sums = new Map<string, Sum>()
  const taken = new Map(scope.state.taken)
  const said = nothingSaid()
  let late = false
  for (const index of chosen) {
    const event = events[index]
    const meaning = meanings[index]
    if (event === undefined || meaning === undefined || meaning.kind === 'refuse') continue
    const { hour, life, amount } = meaning
    if (meaning.kind === 'count' && meaning.late) late = true
    const reason =
      event.kind === 'quantity' ? reasonOf(meaning) : note(sql, scope, said, event, meaning, index)
    const key = `${hour}|${life}|${reason}|${event.meter.length}|${event.meter}|${event.source}`
    const sum = sums.get(key)
    if (sum === undefined)
      sums.set(key, { hour, life, reason, meter: event.meter, source: event.source, amount })
    else sum.amount += amount
  }
  for (const sum of sums.values()) taken.set(sum.meter, (taken.get(sum.meter) ?? 0n) + sum.amount)
  const all = [...sums.values()]
  addUsage(
    sql,
    all.filter((sum) => sum.reason === null),
    scope.state.revision,
  )
  addAside(
    sql,
    all.filter((sum) => sum.reason !== null),
  )
  writeSaid(sql, scope, said)
  return { ...scope.state, taken, openBefore: scope.state.openBefore || late }
}

/** How many sums go in at a time: their JSON stays far below what may be bound. */
const ROWS_AT_ONCE = 200

function addUsage(sql: Sql, sums: readonly Sum[], revision: number): void {
  for (let i = 0; i < sums.length; i += ROWS_AT_ONCE) {
    const part = sums.slice(i, i + ROWS_AT_ONCE)
    const before = sql.all<{ place: number; counted: string }>(
      `SELECT sums.key AS place, known.counted FROM json_each(?) AS sums CROSS JOIN usage AS known
         ON known.hour = sums.value ->> 0 AND known.meter = sums.value ->> 1 AND known.life = sums.value ->> 2
         AND known.source = sums.value ->> 3`,
      JSON.stringify(part.map((sum) => [sum.hour, sum.meter, sum.life, sum.source])),
    )
    for (const row of before) (part[row.place] as Sum).amount += BigInt(row.counted)
    sql.all(
      `INSERT INTO usage (hour, meter, life, source, counted, revision)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, ? FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET counted = excluded.counted, revision = excluded.revision`,
      revision,
      JSON.stringify(part.map((sum) => [sum.hour, sum.meter, sum.life, sum.source, String(sum.amount)])),
    )
  }
}

function addAside(sql: Sql, sums: readonly Sum[]): void {
  for (const sum of sums) {
    const place = [sum.hour, sum.meter, sum.life, sum.source, sum.reason]
    const before = sql.all<{ amount: string }>(
      'SELECT amount FROM set_aside WHERE hour = ? AND meter = ? AND life = ? AND source = ? AND reason = ?',
      ...place,
    )[0]
    sql.all(
      `INSERT INTO set_aside (hour, meter, life, source, reason, amount) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET amount = excluded.amount`,
      ...place,
      String(sum.amount + BigInt(before?.amount ?? '0')),
    )
  }
}
