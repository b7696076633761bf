/** One request's events to the Ledgers they belong to, and their answers back into place. */
import type { Batch } from '../../shared/ledger/ledger.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { EventAnswer, UsageEvent } from '../../shared/usage/event.ts'
import { logLine, messageOf } from '../log.ts'
import { eachOver, openConnections } from '../metering/connections.ts'

/** What the door asks of a Ledger object. */
export interface UsageLedger {
  take(events: Batch | readonly UsageEvent[]): Promise<EventAnswer[]>
  recall(events: readonly UsageEvent[]): Promise<('duplicate' | 'conflict' | null)[]>
}

export type LedgerOf = (subscription: SubscriptionId) => UsageLedger

/** Longer than any take; after it the caller is told to send again, which its ids make safe. */
const ANSWER_WITHIN_MS = 20_000

/** An event and its place among the request's answers. */
export interface Placed {
  readonly place: number
  readonly event: UsageEvent
}

/** An event that names an account with several subscriptions, as each would count it; null: that one never could. */
export interface Unclear {
  readonly place: number
  readonly candidates: readonly { readonly id: SubscriptionId; readonly event: UsageEvent | null }[]
}

/** What an event is answered when its Ledger did not. */
export const AGAIN = {
  result: 'again',
  message:
    'The ledger of this subscription did not answer, so it is not certain that the event was stored. Send it again with the same id.',
} as const satisfies EventAnswer

/** Takes each subscription's events with one call; a Ledger that fails costs its own events an `again`, no others. */
export async function takeAll(
  ledgerOf: LedgerOf,
  bySubscription: ReadonlyMap<SubscriptionId, readonly Placed[]>,
  answers: EventAnswer[],
): Promise<void> {
  await eachOver(openConnections(), [...bySubscription], async ([subscription, placed]) => {
    const taken = await askLedger(subscription, () =>
      ledgerOf(subscription).take(placed.map(({ event }) => event)),
    )
    placed.forEach(({ place }, at) => {
      answers[place] = taken?.[at] ?? AGAIN
    })
  })
}

/** What one Ledger answers to a batch; undefined (and a line in the log) when it does not in time. */
export const takeOne = (
  ledgerOf: LedgerOf,
  subscription: SubscriptionId,
  batch: Batch,
): Promise<EventAnswer[] | undefined> => askLedger(subscription, () => ledgerOf(subscription).take(batch))

/**
 * Asks the candidates whether one of them already counted the event (money §1): `duplicate` then, `again` when one of
 * them could not be asked, else `ambiguous`.
 */
export async function recallAll(
  ledgerOf: LedgerOf,
  unclear: readonly Unclear[],
  answers: EventAnswer[],
  ambiguous: (one: Unclear) => EventAnswer,
): Promise<void> {
  const bySubscription = new Map<SubscriptionId, Placed[]>()
  for (const one of unclear) {
    answers[one.place] = ambiguous(one)
    for (const { id, event } of one.candidates) {
      if (event === null) continue
      const asked = bySubscription.get(id)
      if (asked) asked.push({ place: one.place, event })
      else bySubscription.set(id, [{ place: one.place, event }])
    }
  }
  await eachOver(openConnections(), [...bySubscription], async ([subscription, asked]) => {
    const known = await askLedger(subscription, () =>
      ledgerOf(subscription).recall(asked.map(({ event }) => event)),
    )
    asked.forEach(({ place }, at) => {
      if (known?.[at] === 'duplicate') answers[place] = { result: 'duplicate' }
      else if (known === undefined && answers[place]?.result !== 'duplicate') answers[place] = AGAIN
    })
  })
}

/** The answer, or undefined (and a line in the log) when there is none in time. */
async function askLedger<T>(subscription: SubscriptionId, ask: () => Promise<T>): Promise<T | undefined> {
  let timer: number | null = null
  try {
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), ANSWER_WITHIN_MS)
    })
    return await Promise.race([ask(), late])
  } catch (thrown) {
    logLine('error', 'ledger_unreachable', { subscription, error: messageOf(thrown) })
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
