/** What AWS's events say to the life of a purchase, whichever channel they came by. Pure: no I/O, no clock. */

/** `at` is AWS's own time, epoch ms; EventBridge tells whole seconds, SNS milliseconds. */
export type LifecycleEvent = {
  readonly id: string
  readonly at: number
  /** Null: a legacy product's message, which names none. */
  readonly agreementId: string | null
} & (
  | {
      /** Purchase Agreement Created or Amended: nothing is granted by it. */
      readonly kind: 'agreement'
      /** Epoch ms; null when the event does not tell. */
      readonly startsAt: number | null
      readonly previousAgreementId: string | null
    }
  | {
      /** License Updated, or subscribe-success: the grant. */
      readonly kind: 'updated'
      readonly licenseArn: string | null
      /** True: a legacy product's message says that a free trial is part of it. */
      readonly isTrial?: boolean
    }
  /** entitlement-updated: what a contract grants is another, or nothing any more. */
  | { readonly kind: 'entitled' }
  | { readonly kind: 'agreement-ended'; readonly status: string }
  /** License Deprovisioned, unsubscribe-pending or unsubscribe-success: about an hour is left for the final usage. */
  | { readonly kind: 'deprovisioned'; readonly licenseArn: string | null }
  /** subscribe-fail, or a provisioning that failed. */
  | { readonly kind: 'payment-failed' }
  | { readonly kind: 'advisory'; readonly isOpen: boolean }
)

/** Within one instant: what is bought before what is granted before what is taken away. */
const RANK = {
  agreement: 0,
  'payment-failed': 1,
  updated: 2,
  entitled: 3,
  advisory: 4,
  'agreement-ended': 5,
  deprovisioned: 6,
} as const satisfies Readonly<Record<LifecycleEvent['kind'], number>>

/** The set of events as a list: each once, in the one order there is, however they came. */
export function inOrder(events: readonly LifecycleEvent[]): readonly LifecycleEvent[] {
  const byId = new Map(events.map((event) => [event.id, event]))
  return [...byId.values()].sort(
    (a, b) => a.at - b.at || RANK[a.kind] - RANK[b.kind] || (a.id < b.id ? -1 : Number(a.id > b.id)),
  )
}
