/** Events to their answers: which subscription they name, what its Ledger says. Both doors pass here; nothing is kept. */
import type { Batch } from '../../shared/ledger/ledger.ts'
import type { EdgeView } from '../../shared/seller/views.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { EventAnswer, UsageEvent } from '../../shared/usage/event.ts'
import { unknownSubscription, type NamedEvent, type Naming } from '../../shared/usage/naming.ts'
import type { ReadEvent } from '../../shared/usage/read.ts'
import type { Refusal } from '../../shared/usage/refusal.ts'
import type { ReadSequence } from '../../shared/usage/sequence.ts'
import { meterOf } from '../../shared/usage/taken-over.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { allows, type ApiKey } from '../keys.ts'
import { AGAIN, recallAll, takeAll, takeOne, type LedgerOf, type Placed, type Unclear } from './fan-out.ts'
import { nameOf, type Found, type SubscriptionLookup } from './subscriptions.ts'

/** How many subscriptions a refusal for ambiguity lists. */
const LISTED_MAX = 20

export interface Reporting {
  readonly lookup: SubscriptionLookup
  readonly ledgerOf: LedgerOf
  readonly seller: EdgeView
}

/** An answer and what is known of its event. `subscription` null: no Ledger was asked to take it. */
export interface Answered {
  readonly answer: EventAnswer
  readonly event: UsageEvent | null
  readonly subscription: SubscriptionId | null
  readonly product: string | null
}

/** Looks up what the events name, takes what is clear, and asks about what is not. Throws when D1 cannot be asked. */
export async function answerEvents(
  events: readonly Pick<ReadEvent, 'read'>[],
  key: ApiKey,
  using: Reporting,
): Promise<Answered[]> {
  const answers: EventAnswer[] = events.map(() => AGAIN)
  const known: Omit<Answered, 'answer'>[] = events.map(() => NOTHING)
  const bySubscription = new Map<SubscriptionId, Placed[]>()
  const unclear: Unclear[] = []
  const named = events.flatMap(({ read }) => (read.ok ? [read.value.naming] : []))
  const found = await using.lookup.find(named)

  events.forEach(({ read }, place) => {
    if (!read.ok) {
      answers[place] = { result: 'refused', ...read.error }
      return
    }
    const { event, naming } = read.value
    const candidates = (found.get(nameOf(naming)) ?? []).filter(({ product }) => allows(key, product))
    const [only, ...others] = candidates
    known[place] = { event, subscription: null, product: others.length > 0 ? null : (only?.product ?? null) }
    if (only === undefined) {
      answers[place] = { result: 'refused', ...unknownSubscription(givenIn(naming)) }
    } else if (others.length > 0) {
      unclear.push({ place, candidates: candidatesFor(read.value, candidates, using.seller) })
    } else {
      const charged = asCharged(read.value, only, using.seller)
      if (!charged.ok) {
        answers[place] = { result: 'refused', ...charged.error }
        return
      }
      known[place] = { event: charged.value, subscription: only.id, product: only.product }
      const placed = bySubscription.get(only.id)
      if (placed) placed.push({ place, event: charged.value })
      else bySubscription.set(only.id, [{ place, event: charged.value }])
    }
  })
  await takeAll(using.ledgerOf, bySubscription, answers)
  await recallAll(using.ledgerOf, unclear, answers, ambiguous)
  return answers.map((answer, place) => ({ ...(known[place] ?? NOTHING), answer }))
}

const NOTHING = { event: null, subscription: null, product: null } as const

/** What a whole sequence is answered. `refused`: the events that are wrong by themselves; none: the number itself is. */
export type SequenceAnswer =
  | { readonly result: 'counted' | 'duplicate' }
  | { readonly result: 'again'; readonly message: string }
  | {
      readonly result: 'refused'
      readonly code: string
      readonly message: string
      readonly refused: readonly RefusedInSequence[]
      readonly subscription: SubscriptionId | null
      readonly product: string | null
    }

export interface RefusedInSequence {
  /** Place among the events, from 0. */
  readonly at: number
  readonly id: string | null
  readonly code: string
  readonly message: string
}

/** Takes one batch under its number, all of it or nothing. Throws when D1 cannot be asked. */
export async function answerSequence(
  batch: ReadSequence,
  key: ApiKey,
  using: Reporting,
): Promise<SequenceAnswer> {
  const found = (await using.lookup.find([batch.naming])).get(nameOf(batch.naming)) ?? []
  const [only] = found.filter(({ product }) => allows(key, product))
  if (only === undefined) {
    const refusal = unknownSubscription(givenIn(batch.naming))
    return { result: 'refused', ...refusal, refused: [], subscription: null, product: null }
  }
  const of = { subscription: only.id, product: only.product }
  const events: UsageEvent[] = []
  const wrong: RefusedInSequence[] = []
  batch.events.forEach((read, at) => {
    if (read.ok) events.push(read.value)
    else wrong.push({ at, id: null, ...read.error })
  })
  if (wrong.length > 0) return { result: 'refused', ...batchRefused(batch, wrong), ...of }

  const { source, epoch, sequence } = batch
  const taking: Batch = { kind: 'sequence', source, epoch, sequence, events }
  const answers = await takeOne(using.ledgerOf, only.id, taking)
  const first = answers?.[0]
  if (first === undefined || answers?.length !== events.length || first.result === 'again') {
    return { result: 'again', message: AGAIN_SEQUENCE }
  }
  if (first.result !== 'refused') return { result: first.result }
  const refused = answers.flatMap((answer, at): RefusedInSequence[] =>
    answer.result === 'refused' && answer.code !== 'batch-refused'
      ? [{ at, id: events[at]?.id ?? null, code: answer.code, message: answer.message }]
      : [],
  )
  // What is said of every event in the same words is said of the number.
  if (refused.length === events.length && refused.every(({ message }) => message === first.message)) {
    return { result: 'refused', code: first.code, message: first.message, refused: [], ...of }
  }
  return { result: 'refused', ...batchRefused(batch, refused), ...of }
}

const AGAIN_SEQUENCE =
  'The ledger of this subscription did not answer, so it is not certain that the batch was stored. Send it again under the same number.'

const batchRefused = (batch: ReadSequence, refused: readonly RefusedInSequence[]) => ({
  code: 'batch-refused',
  message: `${refused.length} of ${batch.events.length} events of sequence ${batch.sequence} are refused, so none was stored and the number is free. Send the others under the next number; correct these first.`,
  refused,
})

/** The event in its meter's units; only a shape taken over has to be told which meter that is. */
function asCharged(named: NamedEvent, found: Found, seller: EdgeView): Result<UsageEvent, Refusal> {
  if (named.takenOver === undefined) return ok(named.event)
  const product = seller.products.find((one) => one.key === found.product)
  return product === undefined ? err(unknownSubscription(found.id)) : meterOf(named.event, product)
}

/** What each candidate would have counted; one whose product could not have counted it is not asked. */
const candidatesFor = (
  named: NamedEvent,
  candidates: readonly Found[],
  seller: EdgeView,
): Unclear['candidates'] =>
  candidates.map((found) => {
    const charged = asCharged(named, found, seller)
    return { id: found.id, event: charged.ok ? charged.value : null }
  })

/** What a refusal may repeat of how a subscription was named. */
const givenIn = (naming: Naming): string | undefined =>
  naming.kind === 'subscription' ? naming.id : undefined

function ambiguous({ candidates }: Unclear): EventAnswer {
  const list = candidates
    .slice(0, LISTED_MAX)
    .map(({ id }) => id)
    .join(', ')
  const more = candidates.length > LISTED_MAX ? ` and ${candidates.length - LISTED_MAX} more` : ''
  return {
    result: 'refused',
    code: 'ambiguous-subscription',
    message: `The account has several subscriptions to this product: ${list}${more}. Send the id of the one that was used.`,
  }
}
