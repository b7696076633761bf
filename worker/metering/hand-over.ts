/** A Ledger's half of the hand-over (money §7): offer, be answered, mark as handed. Each step may be lost and is repeated. */
import { HOUR_MS, monthOf, type Hour } from '../../shared/hour.ts'
import type { Ledger } from '../../shared/ledger/ledger.ts'
import type { EdgeView } from '../../shared/seller/views.ts'
import { hashFraction } from '../../shared/submission/pause.ts'
import type { FrozenRecord, OfferAnswer, Settlement } from '../../shared/submission/record.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
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

/** What is needed of a Submitter here. */
export interface SubmitterCalls {
  offer(records: readonly FrozenRecord[]): Promise<OfferAnswer[]>
}

/** Where Submitters are found by name: the binding, or a test's. */
export interface Submitters {
  getByName(name: string): SubmitterCalls
}

/** Brings every record whose time has come to its Submitter. Throws when a Submitter cannot be reached. */
export async function handOver(
  ledger: Ledger,
  submitters: Submitters,
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
    const answers = await submitters.getByName(submitterName(spread.seller, region)).offer(records)
    // Dying before this line offers the same records again; the Submitter knows them by their keys.
    if (!takeOfferAnswers(ledger, records, answers, now)) return
  }
}

/** Writes what the Submitter answered. False when the Ledger was stopped by it. */
function takeOfferAnswers(
  ledger: Ledger,
  records: readonly FrozenRecord[],
  answers: readonly OfferAnswer[],
  now: number,
): boolean {
  const byKey = new Map(answers.map((answer) => [answer.key, answer]))
  const settlements: Settlement[] = []
  const handed: FrozenRecord[] = []
  for (const record of records) {
    const answer = byKey.get(record.key)
    switch (answer?.kind) {
      case 'taken':
        handed.push(record)
        break
      case 'settled':
        handed.push(record)
        settlements.push(answer.settlement)
        break
      case 'differs':
        ledger.stop(
          `${record.key}: frozen as ${record.quantity}, the Submitter holds ${answer.quantity}`,
          now,
        )
        return false
      case 'refused':
        ledger.stop(`${record.key}: the Submitter refused it, ${answer.reason}`, now)
        return false
      case undefined:
        throw new Error(`the Submitter did not answer for ${record.key}`)
    }
  }
  ledger.handed(handed)
  if (settlements.length > 0) ledger.settle(settlements, now)
  return true
}

/** When each waiting offer is due; empty: none waits. */
export const offerTimes = (
  ledger: Ledger,
  subscription: SubscriptionId,
  spread: Spread,
  now: number,
): number[] => ledger.offers(OFFERS_MAX).map((record) => offerAt(record, subscription, spread, now))

/**
 * When a record is offered: at the subscription's own time of the half hour after its freezing; a final one and one with
 * little time left at once. The hours that wait for the month's guard begin their half hour there.
 */
export function offerAt(
  record: FrozenRecord,
  subscription: SubscriptionId,
  spread: Spread,
  now: number,
): number {
  if (record.final || record.deadline - now < URGENT_MS) return now
  const { latenessMs, monthGuardMs } = spread.seller.timing
  const frozen = Math.max(record.hour + HOUR_MS + latenessMs, guardOf(record.hour, monthGuardMs))
  return frozen + Math.floor(hashFraction(subscription) * spread.spreadMs)
}

/** The guard of the month that ends with or shortly before this hour; 0 where the hour does not wait for one. */
function guardOf(hour: Hour, guardMs: number): number {
  const guard = monthOf(hour + HOUR_MS) + guardMs
  return hour + HOUR_MS < guard ? guard : 0
}
