/** What is told to whom: decisions about a subscription, the channels they go to, and what becomes of one. Pure. */
import type { SubscriptionId } from './subscription.ts'

/** The seller's application, the people who run it, the buyer. */
export type Channel = 'webhook' | 'sns' | 'mail'

/** Where each kind goes. The kinds are the `type` of a webhook: part of the API, never renamed. */
const ROUTES = {
  'registration.completed': ['webhook', 'mail'],
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
} as const satisfies Readonly<Record<string, readonly Channel[]>>

export type DecisionKind = keyof typeof ROUTES

/** The kinds that are about one subscription; the others alert a person about the whole deployment. */
export type SubscriptionDecisionKind = Exclude<DecisionKind, 'delivery.parked' | 'usage.in-danger'>

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
