/** How each life of facts §8 ends and what is told of it, written by hand: nothing here is computed from our own code. */
import { HOUR } from './lives.ts'

/** The whole of what the API says of a purchase in force since its first hour, by pay-as-you-go; `over` says what is other. */
const usage = (over: object = {}): object => ({
  id: 'subscription 1',
  product: 'subscription',
  productCode: '4dz8m1rf6yq2w7kx9p3vc5hn0',
  account: 'account',
  licenseArn: 'license 1',
  agreementId: 'agreement 1',
  state: 'active',
  access: true,
  why: 'active',
  plan: 'team',
  workspace: 'workspace',
  nextPlan: null,
  trial: null,
  advisory: null,
  predecessor: null,
  successor: null,
  activatedAt: '0h',
  endedAt: null,
  createdAt: '0h',
  ...over,
})

/** The same of a contract for the Team plan. */
const contract = (over: object = {}): object =>
  usage({ product: 'contract', productCode: '7h2kq9v4n1xw8zc3m6tb5rjd0', plan: 'team', ...over })

const second = { id: 'subscription 2', licenseArn: 'license 2', agreementId: 'agreement 2' }
const over = (endedAt: string, why = 'ended') => ({ state: 'ended', access: false, why, endedAt })

const WELCOME = 'Welcome to Skillsmith'
const READY = 'Skillsmith is ready for you'
const CHANGED = 'Your Skillsmith subscription has changed'
const ENDING = 'Your Skillsmith subscription is ending'
const ENDED = 'Your Skillsmith subscription has ended'

export interface Expected {
  readonly ends: readonly object[]
  readonly webhooks: readonly string[]
  readonly mail: readonly string[]
  readonly sns: readonly string[]
}

const BEGINS = ['registration.completed', 'granted (active)']
const ENDS = ['ending', 'revoked (ended)']
const GRANTED = 'Tollgate: access granted'
const OVER = ['Tollgate: a subscription is ending', 'Tollgate: access revoked']

/** Bought and in use to the last: what most lives begin with. */
const begun = (...ends: object[]): Expected => ({
  ends,
  webhooks: BEGINS,
  mail: [WELCOME, READY],
  sns: [GRANTED],
})
const lived = (...ends: object[]): Expected => ({
  ends,
  webhooks: [...BEGINS, ...ENDS],
  mail: [WELCOME, READY, ENDING, ENDED],
  sns: [GRANTED, ...OVER],
})

/** When a month's contract is over, bought at the start. */
const MONTH = 'a month'

/** The same ending with its month as hours since `start`. */
export function endsOf({ ends }: Expected, start: number): readonly object[] {
  const end = new Date(start)
  end.setUTCMonth(end.getUTCMonth() + 1)
  const month = `${Math.round((end.getTime() - start) / HOUR)}h`
  return ends.map((one) =>
    Object.fromEntries(Object.entries(one).map(([name, value]) => [name, value === MONTH ? month : value])),
  )
}

const TRIAL = { endsAt: '336h', graceUntil: '408h', converted: false }

/** By hand, from facts §8, design §5.4 and §5.5. */
export const EXPECTED: Readonly<Record<string, Expected>> = {
  'subscribe-and-leave': lived(usage(over('0h'))),
  'trial-expires': {
    ends: [usage({ ...over('336h', 'trial-over'), trial: TRIAL })],
    webhooks: [
      'registration.completed',
      'granted (trial)',
      ...Array<string>(3).fill('trial-ending'),
      'ending',
      'trial-ended',
      'revoked (trial-over)',
    ],
    mail: [
      WELCOME,
      'Your trial of Skillsmith has begun',
      '7 days left of your Skillsmith trial',
      '3 days left of your Skillsmith trial',
      '1 day left of your Skillsmith trial',
      'Your Skillsmith trial has ended',
      'Your Skillsmith trial is over',
    ],
    sns: [
      'Tollgate: a trial began',
      'Tollgate: a subscription is ending',
      'Tollgate: a trial ended',
      'Tollgate: access revoked',
    ],
  },
  'trial-converts': {
    ends: [
      usage({
        ...over('336h', 'trial-over'),
        plan: 'team',
        trial: { endsAt: '336h', graceUntil: '336h', converted: true },
        successor: 'subscription 2',
      }),
      usage({
        ...second,
        activatedAt: '72h',
        createdAt: '72h',
        predecessor: 'subscription 1',
        workspace: null,
      }),
    ],
    webhooks: [
      'registration.completed',
      'granted (trial)',
      ...BEGINS,
      'trial-converted',
      'revoked (trial-over)',
      'trial-ended',
    ],
    mail: [WELCOME, 'Your trial of Skillsmith has begun', WELCOME, READY, 'Your Skillsmith plan goes on'],
    sns: [
      'Tollgate: a trial began',
      'Tollgate: a trial was paid for',
      GRANTED,
      'Tollgate: a trial ended',
      'Tollgate: access revoked',
    ],
  },
  'contract-amended': {
    ends: [contract(over(MONTH))],
    webhooks: [...BEGINS, 'changed (active)', ...ENDS],
    mail: [WELCOME, READY, CHANGED, ENDING, ENDED],
    sns: [GRANTED, 'Tollgate: a subscription changed', ...OVER],
  },
  // A renewal under the same license changes nothing that anybody has to be told.
  'contract-renews': begun(contract({ agreementId: 'agreement 2' })),
  // Who goes on under another license hears of its end once, from the purchase that was in force.
  'contract-renews-anew': {
    ends: [
      contract({ ...over(MONTH), successor: 'subscription 2' }),
      contract({ ...second, ...over(MONTH), predecessor: 'subscription 1' }),
    ],
    webhooks: [...BEGINS, 'granted (active)', ...ENDS, 'revoked (ended)'],
    mail: [WELCOME, READY, READY, ENDING, ENDED],
    sns: [GRANTED, GRANTED, ...OVER, 'Tollgate: access revoked'],
  },
  'contract-replaced': {
    ends: [
      contract({ ...over(MONTH), successor: 'subscription 2' }),
      contract({ ...second, ...over(MONTH), predecessor: 'subscription 1' }),
    ],
    webhooks: [...BEGINS, 'granted (active)', ...ENDS, 'revoked (ended)'],
    mail: [WELCOME, READY, READY, ENDING, ENDED],
    sns: [GRANTED, GRANTED, ...OVER, 'Tollgate: access revoked'],
  },
  'contract-expires': lived(contract(over(MONTH))),
  // Nothing but the welcome before its start.
  'future-dated': begun(contract({ activatedAt: MONTH })),
  terminated: lived(usage(over('0h'))),
  'deprovisioned-first': {
    ends: [usage(over('0h'))],
    webhooks: [...BEGINS, 'revoked (ended)'],
    mail: [WELCOME, READY, ENDED],
    sns: [GRANTED, 'Tollgate: access revoked'],
  },
  // People look at it; the buyer is not written to, and nothing changes.
  advisory: {
    ...begun(usage()),
    webhooks: [...BEGINS, 'advisory', 'advisory-resolved'],
    sns: [GRANTED, 'Tollgate: AWS issued an advisory', 'Tollgate: an advisory is resolved'],
  },
  'seller-cancels': lived(contract(over('168h'))),
  'cancellation-rejected': begun(contract()),
  'payment-fails': {
    ends: [usage({ state: 'pending', access: false, why: 'payment-failed', activatedAt: null })],
    webhooks: ['registration.completed', 'payment-failed'],
    mail: [WELCOME],
    sns: ['Tollgate: a payment failed'],
  },
  'payment-settles': begun(usage({ activatedAt: '24h' })),
  'resubscribed-at-once': {
    ends: [usage(over('0h')), usage({ ...second, workspace: null })],
    webhooks: [...BEGINS, 'ending', 'registration.completed', 'revoked (ended)', 'granted (active)'],
    mail: [WELCOME, READY, WELCOME, ENDING, ENDED, READY],
    sns: [GRANTED, ...OVER, GRANTED],
  },
  'unknown-event': begun(usage()),
}
