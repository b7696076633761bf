/**
 * The seller's application, played: which webhooks it got and how it answers them. Pure; signatures are checked at its door
 * (`seller/webhooks.ts`). AWS knows nothing of it.
 */
import { err, ok } from '../../shared/result.ts'
import type { Answers, CommandOf } from './commands.ts'
import { keepLast } from './draft.ts'
import type { Draft } from './draft.ts'

/** How the application behaves. `slow`: it answers 204 after `delayMs` of wall time; `failing`: with `status`, at once. */
export interface Receiver {
  readonly mode: 'well' | 'slow' | 'failing'
  readonly status: number
  readonly delayMs: number
  /** Standard Webhooks secrets it was told, any of which may sign. */
  readonly secrets: readonly string[]
}

export const NEW_RECEIVER: Receiver = { mode: 'well', status: 500, delayMs: 10_000, secrets: [] }

/** A webhook as it came. */
export interface ReceivedWebhook {
  /** The `webhook-id`: the same for each attempt of one delivery. */
  readonly id: string
  /** Business time, epoch ms. */
  readonly at: number
  /** The `webhook-timestamp`, as it was sent. */
  readonly timestamp: string
  /** The body's `type`; empty: it has none. */
  readonly type: string
  readonly body: string
  /** Null: no secret was told, so nothing was checked. */
  readonly verified: boolean | null
  /** Why it was not verified; empty: it was. */
  readonly reason: string
  /** The HTTP status it was answered with. */
  readonly answered: number
}

const WEBHOOKS_MAX = 500
const DELAY_MAX_MS = 60_000

export function setReceiver(draft: Draft, { change }: CommandOf<'set_receiver'>): Answers['set_receiver'] {
  const receiver = { ...draft.state.receiver, ...change }
  const { status, delayMs, secrets } = receiver
  if (!Number.isInteger(status) || status < 300 || status > 599)
    return err({ kind: 'bad_input', message: 'A failing application answers a status from 300 to 599.' })
  if (!Number.isInteger(delayMs) || delayMs < 0 || delayMs > DELAY_MAX_MS)
    return err({ kind: 'bad_input', message: 'A slow application takes at most a minute.' })
  if (
    secrets.length > 10 ||
    secrets.some((secret) => !/^(?:whsec_)?[A-Za-z0-9+/]{32,100}={0,2}$/.test(secret))
  )
    return err({ kind: 'bad_input', message: 'A webhook secret is whsec_ and base64 of 24 bytes or more.' })
  draft.state.receiver = receiver
  draft.changed = true
  return ok(receiver)
}

export function receiveWebhook(
  draft: Draft,
  { webhook }: CommandOf<'receive_webhook'>,
): Answers['receive_webhook'] {
  keepLast(draft.state.webhooks, { ...webhook, at: draft.times.business }, WEBHOOKS_MAX)
  draft.changed = true
  return null
}
