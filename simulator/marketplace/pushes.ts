/**
 * EventBridge's API destination: which events are still to be pushed, and what an attempt's outcome means. Pure; the call
 * itself is `pusher.ts`. Source: facts §5.5, "retries only on 401, 407, 409, 429, 5xx (default 24 h, 185 attempts)".
 */
import type { Answers, CommandOf } from './commands.ts'
import { keepLast, laterRandom } from './draft.ts'
import type { Draft } from './draft.ts'
import type { MarketplaceEvent } from './events.ts'
import type { State } from './model.ts'
import { PUSH_DEAD_LETTERS } from './queue.ts'
import { putMessage } from './queues.ts'
import { drawName } from './random.ts'

/** An event on its way to the destination. Times are business time, epoch ms. */
export interface Push {
  readonly id: string
  readonly eventId: string
  readonly detailType: string
  readonly agreementId: string
  readonly envelope: string
  /** When it was handed to the destination first. */
  readonly since: number
  due: number
  attempts: number
  /** What came of the last attempt; null before. */
  last: string | null
}

/** A push that is over. */
export interface Pushed {
  readonly eventId: string
  readonly detailType: string
  readonly agreementId: string
  readonly at: number
  readonly attempts: number
  readonly outcome: 'delivered' | 'dropped'
  readonly last: string
}

/** What came of one attempt: an HTTP status, or none in time. */
export type PushAnswer = { readonly status: number } | { readonly failed: string }

const RETRIED = new Set([401, 407, 409, 429])
const ATTEMPTS_MAX = 185
const GIVE_UP_AFTER_MS = 86_400_000
const PAUSE_MAX_MS = 480_000
const KEPT = 200

/** Puts an event among the pushes when there is a destination. */
export function planPush(draft: Draft, event: MarketplaceEvent, at: number): void {
  const { state } = draft
  if (!state.pushing) return
  const { eventId, detailType, agreementId, envelope } = event
  const id = drawName(laterRandom(state), 12)
  state.pushes.push({
    id,
    eventId,
    detailType,
    agreementId,
    envelope,
    since: at,
    due: at,
    attempts: 0,
    last: null,
  })
  draft.changed = true
}

/** When the next attempt is due; null: nothing is on its way. */
export function nextPush(state: Readonly<State>): number | null {
  let next: number | null = null
  for (const { due } of state.pushes) if (next === null || due < next) next = due
  return next
}

/** Switches pushing on or off; what is on its way stays on its way. */
export function setPushing(draft: Draft, { on }: CommandOf<'set_pushing'>): Answers['set_pushing'] {
  if (draft.state.pushing === on) return null
  draft.state.pushing = on
  draft.changed = true
  return null
}

/** Takes the outcome of an attempt: done, to be tried again, or dropped into the dead-letter queue. */
export function pushDone(draft: Draft, { id, answer }: CommandOf<'push_done'>): Answers['push_done'] {
  const { state, times } = draft
  const push = state.pushes.find((one) => one.id === id)
  if (push === undefined) return { outcome: 'delivered' }
  draft.changed = true
  push.attempts += 1
  push.last = 'status' in answer ? `HTTP ${answer.status}` : answer.failed
  const next = times.business + Math.min(1000 * 2 ** (push.attempts - 1), PAUSE_MAX_MS)
  const isDelivered = 'status' in answer && answer.status >= 200 && answer.status < 300
  const isOver = push.attempts >= ATTEMPTS_MAX || next > push.since + GIVE_UP_AFTER_MS
  if (!isDelivered && isRetried(answer) && !isOver) {
    push.due = next
    return { outcome: 'again' }
  }
  const outcome = isDelivered ? 'delivered' : 'dropped'
  if (!isDelivered) putMessage(draft, PUSH_DEAD_LETTERS, push.envelope, 0, laterRandom(state))
  state.pushes = state.pushes.filter((one) => one !== push)
  const { eventId, detailType, agreementId, attempts, last } = push
  keepLast(
    state.pushed,
    { eventId, detailType, agreementId, at: times.business, attempts, outcome, last },
    KEPT,
  )
  return { outcome }
}

const isRetried = (answer: PushAnswer): boolean =>
  'failed' in answer || RETRIED.has(answer.status) || answer.status >= 500
