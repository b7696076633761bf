/** A Ledger's half of the hand-over (money §7): offer, be answered, mark as handed. Each step may be lost and is repeated. */
import { HOUR_MS, monthOf, type Hour } from '../../shared/hour.ts'
import { guardOf } from '../../shared/ledger/closing.ts'
import type { Ledger } from '../../shared/ledger/ledger.ts'
import type { Timing } from '../../shared/ledger/terms.ts'
import type { EdgeView } from '../../shared/seller/views.ts'
import { hashFraction } from '../../shared/submission/pause.ts'
import type { FrozenRecord, OfferAnswer, Settlement } from '../../shared/submission/record.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { OfferCalls } from './ports.ts'
import { submitterName } from './terms.ts'

/** Offers with less than this to their deadline go at once. */
const URGENT_MS = 2 * HOUR_MS

/** Records in one call, and calls in one run; what is left waits for the next run. */
const OFFERS_MAX = 200
const ROUNDS_MAX = 20

/** What decides when and where offers go. */
export interface Spread {
  readonly seller: EdgeView
  /** Over how long the offers of an hour are spread, so that 10⁵ Ledgers do not call at once (money §7 *Size*). */
  readonly spreadMs: number
}

/** Brings every record whose time has come to its Submitter. Throws when a Submitter cannot be reached. */
export async function handOver(
  ledger: Ledger,
  submitter: (name: string) => Pick<OfferCalls, 'offer'>,
  spread: Spread,
  subscription: SubscriptionId,
  now: number,
): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const due = ledger
      .offers(OFFERS_MAX)
      .filter((record) => offerAt(record, subscription, spread, now) <= now)
    const [first] = due
    if (first === undefined) return
    const region = first.identity.region
    const records = due.filter((record) => record.identity.region === region)
    const answers = await submitter(submitterName(spread.seller, region)).offer(records)
    // Dying before this line offers the same records again; the Submitter knows them by their keys.
    takeOfferAnswers(ledger, records, answers, now)
  }
}

/**
 * Writes what the Submitter answered. What it will not take stops the Ledger for a person to look at and counts as
 * handed: asking again would change nothing, and the others go on.
 */
function takeOfferAnswers(
  ledger: Ledger,
  records: readonly FrozenRecord[],
  answers: readonly OfferAnswer[],
  now: number,
): void {
  const byKey = new Map(answers.map((answer) => [answer.key, answer]))
  const settlements: Settlement[] = []
  for (const record of records) {
    const answer = byKey.get(record.key)
    switch (answer?.kind) {
      case 'taken':
        break
      case 'settled':
        settlements.push(answer.settlement)
        break
      case 'let go':
        // A person was about to decide on it and then did not: it still waits here, and goes on in the next round.
        ledger.raise(record.key, answer.round)
        break
      case 'differs':
        ledger.stop(
          `${record.key}: frozen as ${record.quantity}, the Submitter holds ${answer.quantity}`,
          now,
        )
        break
      case 'refused':
        ledger.stop(`${record.key}: the Submitter refused it, ${answer.reason}`, now)
        break
      case undefined:
        throw new Error(`the Submitter did not answer for ${record.key}`)
    }
  }
  ledger.handed(records)
  if (settlements.length > 0) ledger.settle(settlements, now)
}

/** When each waiting offer is due; empty: none waits. */
export const offerTimes = (
  ledger: Ledger,
  subscription: SubscriptionId,
  spread: Spread,
  now: number,
): number[] => ledger.offers(OFFERS_MAX).map((record) => offerAt(record, subscription, spread, now))

/**
 * When a record is offered: at the subscription's own time of the half hour after its freezing, and never with less than
 * two hours to its deadline; a final one at once.
 */
export function offerAt(
  record: Pick<FrozenRecord, 'hour' | 'deadline' | 'final'>,
  subscription: SubscriptionId,
  spread: Spread,
  now: number,
): number {
  if (record.final) return now
  const place = Math.floor(hashFraction(subscription) * spread.spreadMs)
  return Math.min(frozenBy(record.hour, spread.seller.timing) + place, record.deadline - URGENT_MS)
}

/** When an hour freezes that nothing holds up (money §5): the first hours of a month wait for the guard with its last. */
function frozenBy(hour: Hour, timing: Timing): number {
  const end = hour + HOUR_MS
  const guard = Math.max(end, guardOf(timing, monthOf(hour)))
  const own = Math.min(end + timing.latenessMs, hour + timing.freezeWithinMs, guard)
  return Math.max(own, guardOf(timing, monthOf(monthOf(end) - HOUR_MS)))
}
