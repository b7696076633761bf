/** What is told to whom: decisions about a subscription, the channels they go to, and what becomes of one. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from './hour.ts'
import type { SubscriptionId } from './subscription.ts'

/** The seller's application, the people who run it, the buyer. */
export type Channel = 'webhook' | 'sns' | 'mail'

/** Where each kind goes. The kinds are the `type` of a webhook: part of the API, never renamed. */
const ROUTES = {
  'registration.completed': ['webhook', 'mail'],
  'subscription.linked': ['webhook'],
  'subscription.granted': ['webhook', 'sns', 'mail'],
  'subscription.changed': ['webhook', 'sns', 'mail'],
  'subscription.ending': ['webhook', 'sns', 'mail'],
  'subscription.revoked': ['webhook', 'sns', 'mail'],
  'subscription.trial-ending': ['webhook', 'mail'],
  'subscription.trial-ended': ['webhook', 'sns', 'mail'],
  'subscription.trial-converted': ['webhook', 'sns'],
  'subscription.payment-failed': ['webhook', 'sns'],
  'subscription.advisory': ['webhook', 'sns'],
  'subscription.advisory-resolved': ['webhook', 'sns'],
  'delivery.parked': ['sns'],
  'usage.in-danger': ['sns'],
  'reconciliation.repaired': ['sns'],
  'reconciliation.contradicted': ['sns'],
} as const satisfies Readonly<Record<string, readonly Channel[]>>

export type DecisionKind = keyof typeof ROUTES

/** The kinds that are about one subscription; the others alert a person about the whole deployment. */
export type SubscriptionDecisionKind = Exclude<
  DecisionKind,
  'delivery.parked' | 'usage.in-danger' | `reconciliation.${string}`
>

export const DECISION_KINDS = Object.keys(ROUTES) as readonly DecisionKind[]

/** The channels of a kind, among those that are set up. */
export const channelsOf = (kind: DecisionKind, setUp: readonly Channel[]): readonly Channel[] =>
  ROUTES[kind].filter((channel) => setUp.includes(channel))

/** A value as JSON has it, without personal data: names and addresses are read from `contacts` when something is sent. */
export type Impersonal =
  | string
  | number
  | boolean
  | null
  | readonly Impersonal[]
  | { readonly [name: string]: Impersonal }

/** Something about a subscription that people and programs are told once. */
export interface Decision {
  readonly kind: SubscriptionDecisionKind
  readonly subscription: SubscriptionId
  /** When it became so, epoch ms of business time. */
  readonly at: number
  /** The same decision has the same key, for ever; unique within its subscription. */
  readonly key: string
  readonly data: { readonly [name: string]: Impersonal }
  /** From then on a mail about it would be wrong (`3 days left`, after the trial) and is not sent; absent: never. */
  readonly staleAt?: number
}

/**
 * Where a delivery stands, and no other words. `waiting`: for its next attempt, or for somebody to register. `parked`: for
 * a person. `skipped`: it was no longer true, or there was nobody to tell.
 */
export type DeliveryState = 'waiting' | 'delivered' | 'parked' | 'skipped'

/** After so long without success a delivery is parked. */
export const GIVE_UP_AFTER_MS = DAY_MS

/** Pauses after the first failure, the second, …; the last one holds for all that follow. */
const PAUSES_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  6 * HOUR_MS,
] as const

/** A receiver that asks for more patience than this gets this much. */
const ASKED_MAX_MS = 6 * HOUR_MS

/** A pause is its length and up to this share more, so that what failed together is not tried together again. */
const JITTER = 0.25

/** An attempt that failed. Times are epoch ms of business time. */
export interface Failed {
  readonly id: string
  /** Attempts so far, this one included. */
  readonly attempts: number
  readonly now: number
  readonly giveUpAt: number
  /** How long the receiver asked to be left alone; 0: it did not. */
  readonly askedMs: number
}

/** When to try again; null: no more. The last attempt is made when the time is over, not before. */
export function nextAttempt({ id, attempts, now, giveUpAt, askedMs }: Failed): number | null {
  if (now >= giveUpAt) return null
  const pause = PAUSES_MS[Math.min(Math.max(attempts, 1), PAUSES_MS.length) - 1] ?? MINUTE_MS
  const jitter = Math.floor(pause * JITTER * shareOf(`${id}:${attempts}`))
  const wait = Math.max(pause + jitter, Math.min(askedMs, ASKED_MAX_MS))
  return Math.min(now + wait, giveUpAt)
}

/** 0 to 1, always the same for a text and evenly spread over texts (FNV-1a). */
function shareOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32
}
