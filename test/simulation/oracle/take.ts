/**
 * What each event is to be answered, from the events, orders and deploys alone (money §1). Runs of calls are judged in the
 * order of the Ledger's clock. Pure.
 */
import type { EventSent, SubscriptionHistory } from '../history.ts'
import { DAY, hourOf } from './calendar.ts'
import type { Intake, Seen } from './intake.ts'
import { type Meaning, meaningOf } from './meaning.ts'
import { tell } from './orders.ts'
import { pass } from './timeline.ts'

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

/** Refused usage that is taken now. Of a quantity its hour is kept and no more of its time (money §1). */
export function takeKept(intake: Intake, event: EventSent, now: number): void {
  const key = JSON.stringify([event.source, event.id])
  const kept = event.measure.kind === 'quantity' ? { ...event, time: hourOf(event.time) } : event
  takeOne(intake, kept, key, contentOf(event), intake.ids.get(key), now)
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

function keep(intake: Intake, event: EventSent, meaning: Meaning, now: number): void {
  intake.uses.push({
    event,
    takenAt: now,
    life: meaning.life,
    aside: meaning.aside,
    late: meaning.late,
    decided: false,
    billedIn: null,
    billedAt: null,
  })
  if (meaning.aside !== null) return
  const life = intake.line.lives.find((each) => each.life === meaning.life)
  if (life !== undefined) life.usedUntil = Math.max(life.usedUntil, hourOf(event.time))
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
