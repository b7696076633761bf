/** What the storefront and the control API are given, and the few views of the marketplace both show. Pure. */
import type { Clock } from '../shared/clock.ts'
import type { SimulatedTime, Stepper } from './clock.ts'
import type { Marketplace } from './host.ts'
import type { Journal } from './journal.ts'
import type { Pending } from './marketplace/happening.ts'
import type { Agreement, State } from './marketplace/model.ts'
import { nextPush } from './marketplace/pushes.ts'

export interface Front {
  readonly marketplace: Marketplace
  readonly journal: Journal
  readonly stepper: Stepper
  /** Where the buyer's browser is sent with its token: the seller's landing page. */
  readonly landingUrl: string
  readonly wall: Clock
}

/** The marketplace as the stepper sees it. `push` makes what is due to the API destination. */
export const simulatedTime = (
  marketplace: Marketplace,
  push?: () => Promise<readonly string[]>,
): SimulatedTime => ({
  business: () => marketplace.state.business,
  async setBusiness(now) {
    await marketplace.run({ kind: 'set_business_time', now })
  },
  // What was on its way to a destination that is no longer set up waits for it, and holds nobody up.
  next: () =>
    earliest(
      marketplace.state.pending[0]?.due ?? null,
      push === undefined ? null : nextPush(marketplace.state),
    ),
  async release() {
    const delivered = await marketplace.run({ kind: 'release_due' })
    const told = delivered.map(
      ({ detailType, agreementId }) => `${detailType} (${agreementId}) went into the queue`,
    )
    return [...told, ...((await push?.()) ?? [])]
  },
})

const earliest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b)

/** What is still to happen to an agreement, in order. */
export const pendingOf = (state: Readonly<State>, agreement: Agreement): readonly Pending[] =>
  state.pending.filter((pending) => pending.agreementId === agreement.id)

/** A pending thing in AWS's words. */
export function nameOf(pending: Pending): string {
  if (pending.kind === 'deliver') return `${pending.detailType}, held back by a fault`
  switch (pending.happening.kind) {
    case 'created':
      return 'Purchase Agreement Created'
    case 'amended':
      return 'Purchase Agreement Amended'
    case 'license_updated':
      return 'License Updated'
    case 'ended':
      return `Purchase Agreement Ended (${pending.happening.status})`
    case 'deprovisioned':
      return 'License Deprovisioned'
    case 'term_over':
      return 'End of the term'
    case 'ending':
      return `Purchase Agreement Ending (${pending.happening.days} days before)`
    case 'unsubscribed':
      return 'unsubscribe-success'
    case 'payment_failed':
      return 'subscribe-fail'
    case 'advisory':
      return `Purchase Agreement Advisory (${pending.happening.advisory})`
    case 'cancellation_request':
      return `Agreement Cancellation Request (${pending.happening.status})`
    case 'cancellation_approval':
      return 'Approval of the request to cancel, as nobody answers'
    case 'other':
      return pending.happening.detailType
  }
}

/** The newest token of an agreement that is still good; undefined: it needs a new one. */
export function tokenOf(state: Readonly<State>, agreement: Agreement) {
  const tokens = Object.entries(state.tokens).filter(
    ([, token]) => token.agreementId === agreement.id && token.expiresAt > state.business,
  )
  const [text, token] = tokens.at(-1) ?? []
  return text === undefined || token === undefined ? undefined : { text, expiresAt: token.expiresAt }
}

/** What AWS Marketplace makes the buyer's browser send along. Source: facts §1.2. */
export const arrivalFields = (agreement: Agreement, token: string): { name: string; value: string }[] => [
  { name: 'x-amzn-marketplace-token', value: token },
  ...(agreement.trial ? [{ name: 'x-amzn-marketplace-offer-type', value: 'free-trial' }] : []),
]

/** The form a buyer's browser is made to send: where to, and with which fields. */
export function arrivalForm({ marketplace, landingUrl }: Front, agreementId: string, token: string) {
  const agreement = marketplace.state.agreements[agreementId]
  return { action: landingUrl, fields: agreement === undefined ? [] : arrivalFields(agreement, token) }
}
