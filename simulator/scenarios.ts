/** Whole lives of a purchase as scripts: what is bought, what happens, how long it takes. Data, no I/O. Source: facts §8. */
import type { Subscribe } from './marketplace/commands.ts'
import type { Act } from './marketplace/life.ts'
import type { MarketplaceProduct } from './marketplace/model.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** What is sold ahead: the first dimension, in its smallest and in its largest quantity. */
export interface Bundle {
  readonly small: { readonly dimension: string; readonly quantity: number }
  readonly large: { readonly dimension: string; readonly quantity: number }
}

/** `act` happens to the agreement that the step before left. */
export type Step =
  | { readonly buy: (bundle: Bundle) => Omit<Subscribe, 'product' | 'account'> }
  | { readonly act: (bundle: Bundle) => Act }
  | { readonly waitMs: number }

export interface Scenario {
  readonly title: string
  /** What kind of product it is about. */
  readonly of: 'usage' | 'contract'
  readonly steps: readonly Step[]
}

const buyUsage = (more: Partial<Subscribe> = {}): Step => ({ buy: () => more })
const buyContract = (more: Partial<Subscribe> = {}): Step => ({
  buy: ({ small }) => ({ bought: [small], term: 'month', ...more }),
})
const act = (one: Act): Step => ({ act: () => one })
const wait = (waitMs: number): Step => ({ waitMs })
/** Long enough for the events of the step before. */
const SETTLE = wait(5 * MINUTE_MS)

/** By the name of its address. */
export const SCENARIOS: { readonly [name: string]: Scenario } = {
  'subscribe-and-leave': {
    title: 'Subscribed and cancelled, in the order captured on 2026-08-20',
    of: 'usage',
    steps: [buyUsage(), SETTLE, act({ act: 'cancel', by: 'buyer' }), SETTLE],
  },
  'trial-expires': {
    title: 'A free trial that nobody converts',
    of: 'usage',
    steps: [buyUsage({ trial: true }), SETTLE, wait(90 * DAY_MS)],
  },
  'trial-converts': {
    title: 'A free trial that becomes a purchase',
    of: 'usage',
    steps: [buyUsage({ trial: true }), wait(3 * DAY_MS), act({ act: 'convert' }), SETTLE],
  },
  'contract-amended': {
    title: 'A contract whose quantities are raised',
    of: 'contract',
    steps: [buyContract(), SETTLE, { act: ({ large }) => ({ act: 'amend', bought: [large] }) }, SETTLE],
  },
  'contract-renews': {
    title: 'A contract that renews itself at its end',
    of: 'contract',
    steps: [buyContract({ autoRenew: true }), SETTLE, wait(32 * DAY_MS)],
  },
  'contract-renews-anew': {
    title: 'A renewal with a license of its own',
    of: 'contract',
    steps: [buyContract(), SETTLE, act({ act: 'renew', license: 'new' }), SETTLE],
  },
  'contract-replaced': {
    title: 'A contract that another offer replaces',
    of: 'contract',
    steps: [
      buyContract(),
      SETTLE,
      { act: ({ large }) => ({ act: 'replace', bought: [large], license: 'new' }) },
      SETTLE,
    ],
  },
  'contract-expires': {
    title: 'A contract that runs out',
    of: 'contract',
    steps: [buyContract(), SETTLE, wait(32 * DAY_MS)],
  },
  'future-dated': {
    title: 'Signed now, started in thirty days',
    of: 'contract',
    steps: [buyContract({ startDelayMs: 30 * DAY_MS }), SETTLE, wait(31 * DAY_MS)],
  },
  terminated: {
    title: 'Terminated by AWS',
    of: 'usage',
    steps: [buyUsage(), SETTLE, act({ act: 'terminate' }), SETTLE],
  },
  'deprovisioned-first': {
    title: 'The license taken back before a word of the agreement',
    of: 'usage',
    steps: [buyUsage(), SETTLE, act({ act: 'deprovision' }), SETTLE, act({ act: 'terminate' }), SETTLE],
  },
  advisory: {
    title: 'An advisory that is resolved',
    of: 'usage',
    steps: [
      buyUsage(),
      SETTLE,
      act({ act: 'advise', advisory: 'issued' }),
      wait(DAY_MS),
      act({ act: 'advise', advisory: 'resolved' }),
      SETTLE,
    ],
  },
  'seller-cancels': {
    title: 'The seller asks to cancel, and nobody answers for seven days',
    of: 'contract',
    steps: [buyContract({ term: 'year' }), SETTLE, act({ act: 'request_cancellation' }), wait(8 * DAY_MS)],
  },
  'cancellation-rejected': {
    title: 'The seller asks to cancel, and the buyer does not agree',
    of: 'contract',
    steps: [
      buyContract({ term: 'year' }),
      SETTLE,
      act({ act: 'request_cancellation' }),
      wait(DAY_MS),
      act({ act: 'answer_cancellation', status: 'REJECTED' }),
      wait(8 * DAY_MS),
    ],
  },
  'payment-fails': {
    title: 'A purchase that is never paid',
    of: 'usage',
    steps: [buyUsage({ payment: 'failed' }), wait(DAY_MS)],
  },
  'payment-settles': {
    title: 'A purchase whose payment takes a day',
    of: 'usage',
    steps: [buyUsage({ payment: 'pending' }), wait(DAY_MS), act({ act: 'payment_settled' }), SETTLE],
  },
  'resubscribed-at-once': {
    title: 'Cancelled and subscribed again in one moment',
    of: 'usage',
    steps: [buyUsage(), SETTLE, act({ act: 'resubscribe' }), SETTLE],
  },
  'unknown-event': {
    title: 'An event of a type that nobody knows',
    of: 'usage',
    steps: [
      buyUsage(),
      SETTLE,
      act({
        act: 'send_event',
        detailType: 'Spend Threshold Reached - Proposer',
        detail: { threshold: '100.00' },
      }),
      SETTLE,
    ],
  },
}

/** The smallest and the largest of what is sold ahead; undefined: nothing is. */
export function bundleOf(product: MarketplaceProduct): Bundle | undefined {
  const sold = product.dimensions.find(({ offered, contract }) => offered && contract !== undefined)
  const quantities = sold?.contract?.quantities ?? []
  const [small, large] = [Math.min(...quantities), Math.max(...quantities)]
  return sold === undefined || quantities.length === 0
    ? undefined
    : { small: { dimension: sold.key, quantity: small }, large: { dimension: sold.key, quantity: large } }
}
