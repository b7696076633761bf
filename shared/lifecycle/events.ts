/** What AWS's events say to the life of a purchase, whichever channel they came by. Pure: no I/O, no clock. */
import { licenseTail } from '../license.ts'

/**
 * An event of ours in the place of one of AWS's that never came (worker/reconcile). It says nothing any more once the true
 * one is here: then the state is what it would have been without it.
 */
export interface Repair {
  /** What was missed happened after this, epoch ms; 0: nothing of the kind was known. */
  readonly after: number
  /** When it was seen that it had not come, epoch ms. */
  readonly seenAt: number
}

/** What the id of a repair begins with: no event of AWS's has a colon in its id. */
export const REPAIR_ID = 'tollgate:'

/** `at` is AWS's own time, epoch ms; EventBridge tells whole seconds, SNS milliseconds. */
export type LifecycleEvent = {
  readonly id: string
  readonly at: number
  /** Null: a legacy product's message, which names none. */
  readonly agreementId: string | null
  /** Absent: AWS sent it. */
  readonly repair?: Repair
} & (
  | {
      /** Purchase Agreement Created or Amended: nothing is granted by it. */
      readonly kind: 'agreement'
      /** Epoch ms; null when the event does not tell. */
      readonly startsAt: number | null
      readonly previousAgreementId: string | null
      /** Absent: Created. */
      readonly isAmended?: true
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

/** Within one instant: what is bought before what is granted before what is taken away; what is issued before it is resolved. */
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
  return [...byId.values()]
    .filter(
      ({ repair, ...event }) => repair === undefined || !events.some((one) => isTrueOf(one, event, repair)),
    )
    .sort((a, b) => a.at - b.at || rankOf(a) - rankOf(b) || (a.id < b.id ? -1 : Number(a.id > b.id)))
}

const rankOf = (event: LifecycleEvent): number =>
  RANK[event.kind] + (event.kind === 'advisory' && !event.isOpen ? 0.5 : 0)

/** True for the event of AWS's that a repair stands in for: an agreement begins and ends once, a license is granted more often. */
function isTrueOf(one: LifecycleEvent, event: LifecycleEvent, { after, seenAt }: Repair): boolean {
  if (one.repair !== undefined || one.agreementId !== event.agreementId) return false
  if (one.kind === 'agreement') return event.kind === 'agreement' && one.isAmended !== true
  if (one.kind === 'agreement-ended') return event.kind === 'agreement-ended'
  return (
    one.kind === event.kind &&
    'licenseArn' in one &&
    'licenseArn' in event &&
    licenseTail(one.licenseArn ?? '') === licenseTail(event.licenseArn ?? '') &&
    one.at > after &&
    one.at <= seenAt
  )
}
