/** What the API says of subscriptions, and of what a buyer may use now. Pure. */
import type { Paths, Route } from './operation.ts'
import { bool, decimal, int, list, obj, oneOf, orNull, page, ref, text, time, type Schema } from './schema.ts'

const WHY = [
  'setting-up',
  'payment-pending',
  'payment-failed',
  'not-started',
  'no-entitlement',
  'active',
  'ending',
  'ended',
  'trial',
  'grace',
  'trial-over',
]

const STATE = oneOf(['pending', 'active', 'ending', 'ended'])
const amount = (description: string): Schema => ({
  type: 'string',
  pattern: '^(\\d+(\\.\\d+)?|unlimited)$',
  description,
})
const included: Schema = {
  anyOf: [
    obj({ amount: decimal(), per: oneOf(['month', 'term']) }),
    obj({ level: decimal('At any time.') }),
    { const: 'unlimited' },
    { type: 'null' },
  ],
  description: 'What is included before it is billed, in the meter’s unit; null: nothing, or not known.',
}
const id = text('Ours, of one purchase: `sub_` and 22 letters or digits.')
const account = text('The buyer’s AWS account: 12 digits, with its zeros.')
const plan = orNull(
  text(
    'The plan in force, a key of the seller’s plans: as bought or set, else the product’s default; null: it has none.',
  ),
)
const access = bool('May the buyer use it now? The one question to ask before you serve somebody.')
const why = oneOf(WHY, 'Why access is as it is. More words may come: go by `access`.')
const trial = orNull(
  obj({ endsAt: time(), graceUntil: time('Access goes on until here.'), converted: bool() }),
)

export const SUBSCRIPTION_SCHEMAS: Readonly<Record<string, Schema>> = {
  Subscription: obj({
    id,
    product: text('The product’s key at this seller.'),
    productCode: text(),
    account,
    licenseArn: orNull(text()),
    agreementId: orNull(text()),
    state: STATE,
    access,
    why,
    plan,
    nextPlan: orNull(text('The plan that follows, where that is known.')),
    workspace: orNull(text('Where the buyer put it: subscriptions of one workspace share their data.')),
    trial,
    advisory: orNull(text('`open`: AWS has an advisory about it. It changes nothing by itself.')),
    predecessor: orNull(text('The subscription it renews or replaces: carry the data over.')),
    successor: orNull(text()),
    activatedAt: orNull(time()),
    endedAt: orNull(time()),
    createdAt: time(),
  }),
  Entitlements: obj({
    subscription: id,
    product: text(),
    account,
    access,
    why,
    plan,
    nextPlan: orNull(text()),
    trial,
    features: list(text('A key of `features` in the seller’s config; none without access.')),
    limits: list(
      obj({
        meter: text(),
        unit: text('One of the meter.'),
        max: amount('Up to where the buyer may go: hold him to it.'),
        per: orNull(text('`month`, `term` (of a trial), or null: at any time.')),
        used: orNull(decimal('Null: not known here.')),
        left: orNull(amount('Null: not known here.')),
      }),
    ),
    entitlements: list(
      obj({
        dimension: text(),
        title: text(),
        quantity: orNull(
          decimal(
            'How many were bought: hold the buyer to it, also where a limit is wider; null: it is no number.',
          ),
        ),
        value: { type: ['number', 'boolean', 'string'], description: 'As AWS gave it.' },
        expiresAt: orNull(time('Where the agreement renews, the renewal date: it does not end access.')),
      }),
    ),
    usage: orNull(
      obj(
        {
          month: text('A UTC month, `2026-11`.'),
          dimensions: list(
            obj({
              dimension: text(),
              title: text(),
              meter: text(),
              unit: text('What `used` is counted in.'),
              used: decimal('In this month, up to the moment of the answer.'),
              included,
              left: orNull(amount('Of what is included; null: it is a level, or not known.')),
            }),
          ),
        },
        'Null: nothing was granted yet, or it cannot be read just now; what may be used stands above all the same.',
      ),
    ),
  }),
  PlanSet: obj({
    id,
    plan: text(),
    validFrom: orNull(time('The hour it is in force from; null: from the beginning.')),
  }),
}

const CACHED = {
  headers: { 'If-None-Match': text('The `ETag` of the answer you have.') },
  also: { 304: 'What you have is what there is.' },
} as const
const PAGE = {
  state: STATE,
  after: text('The `next` of the page before.'),
  limit: { ...int('1 to 500.'), default: 100 },
} as const
const base = { tag: 'Subscriptions', key: 'apiKey' } as const satisfies Partial<Route>

export const SUBSCRIPTION_PATHS: Paths = {
  '/v1/subscriptions': {
    get: {
      ...base,
      id: 'listSubscriptions',
      says: 'All subscriptions that the key may see, in the order of their ids.',
      query: { account, ...PAGE },
      ok: page(ref('Subscription'), 'subscriptions'),
      problems: ['bad-parameter'],
    },
  },
  '/v1/subscriptions/{id}': {
    get: {
      ...base,
      ...CACHED,
      id: 'getSubscription',
      says: 'One subscription: where it stands, and whether its buyer has access.',
      more: 'The same object stands in every webhook about it, as `data.subscription`.',
      ok: ref('Subscription'),
      problems: ['not-found'],
    },
  },
  '/v1/subscriptions/{id}/entitlements': {
    get: {
      ...base,
      ...CACHED,
      id: 'getEntitlements',
      says: 'What the buyer may use now: plan, features, limits, what was bought, what is left.',
      more: 'Ask when a session begins and when a webhook says that something changed. An answer may be kept for 30 seconds; behind a webhook ask with `Cache-Control: no-cache`. Without access there are no features and no limits: nothing may be used.',
      ok: ref('Entitlements'),
      problems: ['not-found'],
    },
  },
  '/v1/registrations': {
    post: {
      ...base,
      id: 'register',
      says: 'Registers a buyer who arrived at your own page with a token (`landing: "own"`).',
      more: 'Send the token as soon as AWS Marketplace posts it; the fields with it, or later with the same token. A token sent again finds the same subscription: 201 the first time, 200 from then on. The token is kept as its SHA-256 only.',
      body: obj({
        token: text('What AWS Marketplace posted as `x-amzn-marketplace-token`, decoded from the form.'),
        'fields?': {
          type: 'object',
          additionalProperties: { type: 'string' },
          description: 'The fields of seller.config.ts by key; `email` always.',
        },
        'offerType?': text('What it posted as `x-amzn-marketplace-offer-type`: a hint.'),
      }),
      ok: obj({
        registered: bool('Is there somebody to write to?'),
        subscription: ref('Subscription'),
      }),
      status: [200, 201],
      problems: [
        'not-found',
        'bad-token',
        'bad-fields',
        'bad-parameter',
        'not-confirmed',
        'too-many-requests',
        'wrong-content-type',
        'wrong-content-encoding',
        'bad-gzip',
        'too-large',
        'not-json',
        'not-utf-8',
        'empty-body',
        'too-deep',
        'duplicate-key',
      ],
    },
  },
  '/v1/buyers/{account}/subscriptions': {
    get: {
      ...base,
      ...CACHED,
      id: 'listBuyerSubscriptions',
      says: 'The subscriptions of one AWS account; none for an account that bought nothing.',
      query: PAGE,
      ok: obj({
        account,
        subscriptions: list(ref('Subscription')),
        next: orNull(text('The `after` of the next page.')),
      }),
      problems: ['bad-parameter'],
    },
  },
  '/v1/subscriptions/{id}/plan': {
    put: {
      ...base,
      id: 'setPlan',
      says: 'Sets the plan of a subscription that is sold by use, from the next hour on.',
      body: obj({ plan: text('A key of the seller’s plans.') }),
      ok: ref('PlanSet'),
      problems: [
        'not-found',
        'bad-plan',
        'unknown-plan',
        'plan-by-contract',
        'ended',
        'wrong-content-type',
        'too-large',
        'not-json',
        'not-utf-8',
        'empty-body',
        'too-deep',
        'duplicate-key',
      ],
    },
  },
}
