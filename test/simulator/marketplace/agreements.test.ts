/** Purchases against the machine: what may be bought, which events follow, what a license entitles to. */
import { expect, test } from 'vitest'
import type { Json } from '../../../simulator/marketplace/model.ts'
import { nextDue } from '../../../simulator/marketplace/pending.ts'
import { BUYER, HOUR_MS, Market, NOON, SELLER, bodyOf } from '../market.ts'

const USERS = [{ dimension: 'users', quantity: 10 }]

/** The bodies in the seller's queue. */
const events = (market: Market): { [name: string]: Json }[] =>
  (market.state.queues['marketplace-events']?.messages ?? []).map(
    (message) => JSON.parse(message.body) as { [name: string]: Json },
  )

const types = (market: Market): Json[] => events(market).map((event) => event['detail-type'] ?? null)

test('a purchase is told by Created after 11 s and License Updated after 72 s, key for key as captured (facts §5.3)', () => {
  const market = new Market(1, Date.parse('2026-08-20T14:23:11.013Z'))
  const agreement = market.buy()
  market.pass(11_000)
  expect(types(market)).toEqual(['Purchase Agreement Created - Proposer'])
  market.pass(61_000)

  const [created, updated] = (market.state.queues['marketplace-events']?.messages ?? []).map((m) => m.body)
  const id = (body: string | undefined, name: string) =>
    new RegExp(`"${name}":"([^"]+)"`).exec(body ?? '')?.[1]
  expect(created).toBe(
    `{"version":"0","id":"${id(created, 'id')}","detail-type":"Purchase Agreement Created - Proposer","source":"aws.agreement-marketplace","account":"${SELLER}","time":"2026-08-20T14:23:22Z","region":"us-east-1","resources":["arn:aws:aws-marketplace::aws:agreement:${agreement.id}"],"detail":{"requestId":"${id(created, 'requestId')}","catalog":"AWSMarketplace","agreement":{"id":"${agreement.id}","intent":"NEW","status":"ACTIVE","acceptanceTime":"2026-08-20T14:23:11.013Z","startTime":"2026-08-20T14:23:11.013Z","endTime":"9999-01-01T00:00:00Z"},"acceptor":{"accountId":"${BUYER}"},"proposer":{"accountId":"${SELLER}"},"offer":{"id":"${agreement.offerId}"},"resaleAuthorization":{"id":null}}}`,
  )
  expect(updated).toBe(
    `{"version":"0","id":"${id(updated, 'id')}","detail-type":"License Updated - Manufacturer","source":"aws.agreement-marketplace","account":"${SELLER}","time":"2026-08-20T14:24:23Z","region":"us-east-1","resources":["arn:aws:aws-marketplace::aws:agreement:${agreement.id}"],"detail":{"requestId":"${id(updated, 'requestId')}","catalog":"AWSMarketplace","agreement":{"id":"${agreement.id}"},"product":{"id":"${agreement.productId}","code":"${agreement.productCode}"},"license":{"arn":"${agreement.licenseArn}"},"acceptor":{"accountId":"${BUYER}"},"proposer":{"accountId":"${SELLER}"},"offer":{"id":"${agreement.offerId}"}}}`,
  )
  expect(agreement.licenseArn).toMatch(/^arn:aws:license-manager::294406891311:license:l-[0-9a-f]{32}$/)
})

test('a cancellation is told by Ended at once and License Deprovisioned 31 s later, Ended without an offer (facts §5.3)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  market.do({ kind: 'cancel', agreementId: agreement.id, by: 'buyer' })
  market.pass(0)
  market.pass(30_999)
  expect(types(market).slice(2)).toEqual(['Purchase Agreement Ended - Proposer'])
  market.pass(1)
  const [ended, deprovisioned] = events(market).slice(2)
  expect(deprovisioned?.['detail-type']).toBe('License Deprovisioned - Manufacturer')
  expect(JSON.stringify(ended?.['detail'])).toBe(
    `{"requestId":${JSON.stringify((ended?.['detail'] as { requestId: string } | undefined)?.requestId)},"catalog":"AWSMarketplace","agreement":{"id":"${agreement.id}","status":"CANCELLED"},"acceptor":{"accountId":"${BUYER}"},"proposer":{"accountId":"${SELLER}"},"resaleAuthorization":{"id":null}}`,
  )
  expect(nextDue(market.state)).toBeNull()
})

test('a purchase cancelled before License Updated is never activated', () => {
  const market = new Market()
  const agreement = market.buy()
  market.do({ kind: 'cancel', agreementId: agreement.id, by: 'buyer' })
  market.pass(HOUR_MS)
  expect([agreement.activatedAt, types(market).includes('License Updated - Manufacturer')]).toEqual([
    null,
    false,
  ])
})

test('with no delay License Updated comes before the buyer’s browser is sent on (facts §1.3, either order)', () => {
  const market = new Market()
  const agreement = market.buy({ licenseDelayMs: 0 })
  expect([agreement.activatedAt, types(market)]).toEqual([NOON, ['License Updated - Manufacturer']])
})

test('what is due happens in the order of its times, each at its own time, however far the clock jumps', () => {
  const market = new Market()
  const one = market.buy()
  market.pass(1_000)
  const two = market.buy({ createdDelayMs: 5_000 })
  market.pass(HOUR_MS)
  expect(market.state.delivered.map((d) => [d.agreementId === one.id ? 1 : 2, d.at - NOON])).toEqual([
    [2, 6_000],
    [1, 11_000],
    [1, 72_000],
    [2, 73_000],
  ])
  expect(two.activatedAt).toBe(NOON + 73_000)
})

test('a seller who only makes the product gets Manufacturer events of agreements (facts §5.3)', () => {
  const market = new Market()
  market.do({ kind: 'set_knobs', knobs: { sellerRole: 'Manufacturer' } })
  market.buyActive()
  expect(types(market)).toEqual([
    'Purchase Agreement Created - Manufacturer',
    'License Updated - Manufacturer',
  ])
})

test('a legacy product sends nothing by EventBridge (facts §5.1)', () => {
  const market = new Market()
  expect(market.buyActive({ product: 'legacy' }).activatedAt).toBe(NOON + 72_000)
  // What comes is SNS's: it has no detail-type.
  expect(types(market)).toEqual([null])
})

test.each([
  ['an unknown product', { product: 'nope' }, 'unknown_product'],
  ['an account that is not 12 digits', { account: '12' }, 'unknown_account'],
  ['the seller’s own account', { account: SELLER }, 'not_possible'],
  ['a contract without a dimension', { product: 'contract' }, 'bad_input'],
  ['a contract without a term', { product: 'contract', bought: USERS }, 'bad_input'],
  [
    'a quantity that is not sold',
    { product: 'contract', bought: [{ dimension: 'users', quantity: 11 }], term: 'month' as const },
    'bad_input',
  ],
  [
    'a dimension that cannot be bought ahead',
    { product: 'contract', bought: [{ dimension: 'calls', quantity: 1 }], term: 'month' as const },
    'bad_input',
  ],
  ['dimensions for a pay-as-you-go product', { bought: USERS }, 'bad_input'],
  ['a trial where none is offered', { product: 'legacy', trial: true }, 'not_possible'],
])('%s is refused and nothing is left behind', (_, more, kind) => {
  const market = new Market()
  const before = JSON.stringify(market.state)
  const answer = market.do({ kind: 'subscribe', product: 'usage', account: BUYER, ...more })
  expect(answer.ok ? 'sold' : answer.error.kind).toBe(kind)
  expect(JSON.stringify(market.state)).toBe(before)
})

test('an account holds at most 100 active agreements of a product (facts §5.1)', () => {
  const market = new Market()
  for (let i = 0; i < 100; i++) market.buy()
  const subscribe = { kind: 'subscribe', product: 'usage', account: BUYER } as const
  expect(market.do(subscribe).ok).toBe(false)
  const [first] = Object.keys(market.state.agreements)
  market.do({ kind: 'cancel', agreementId: first ?? '', by: 'buyer' })
  expect(market.do(subscribe).ok).toBe(true)
})

test('an account has one free trial of a product, and it says so in the form (facts §1.2, §8)', () => {
  const market = new Market()
  const subscribe = { kind: 'subscribe', product: 'usage', account: BUYER, trial: true } as const
  const first = market.do(subscribe)
  expect(first.ok && first.value.fields.map((field) => field.name)).toEqual([
    'x-amzn-marketplace-token',
    'x-amzn-marketplace-offer-type',
  ])
  expect(market.do(subscribe).ok).toBe(false)
})

test('a contract’s buyer cannot cancel it, its seller can (facts §8)', () => {
  const market = new Market()
  const { id: agreementId } = market.buyActive({ product: 'contract', bought: USERS, term: 'year' })
  expect(market.do({ kind: 'cancel', agreementId, by: 'buyer' }).ok).toBe(false)
  expect(market.do({ kind: 'cancel', agreementId, by: 'seller' }).ok).toBe(true)
})

test('a contract without renewal expires at its end; with it a new agreement follows (facts §8)', () => {
  const market = new Market()
  const plain = market.buyActive({ product: 'contract', bought: USERS, term: 'month' })
  const kept = market.buyActive({ product: 'contract', bought: USERS, term: 'month', autoRenew: true })
  market.pass(40 * 24 * HOUR_MS)
  expect([plain.status, plain.endedAt, kept.status]).toEqual(['EXPIRED', plain.endsAt, 'RENEWED'])
  const successor = Object.values(market.state.agreements).find((a) => a.previousAgreementId === kept.id)
  expect(successor).toMatchObject({
    intent: 'RENEW',
    status: 'ACTIVE',
    licenseArn: kept.licenseArn,
    startsAt: kept.endsAt,
    entitled: USERS,
  })
  const ended = events(market).filter(
    (event) => event['detail-type'] === 'Purchase Agreement Ended - Proposer',
  )
  expect(ended.map((event) => (event['detail'] as { agreement: Json }).agreement)).toEqual([
    { id: plain.id, status: 'EXPIRED' },
    { id: kept.id, status: 'RENEWED' },
  ])
})

type Entitled = {
  Entitlements: { Dimension: string; Value: Json; ExpirationDate: number; LicenseArn: string }[]
  NextToken?: string
}

const entitlements = (market: Market, more: { [name: string]: Json } = {}): Entitled =>
  bodyOf(market.call('GetEntitlements', { ProductCode: 'contractcontractcontractc', ...more })) as Entitled

test('GetEntitlements is empty before License Updated, then has what was bought, and is empty after the end (facts §4)', () => {
  const market = new Market()
  const agreement = market.buy({ product: 'contract', bought: USERS, term: 'month' })
  expect(entitlements(market)).toEqual({ Entitlements: [] })
  market.pass(72_000)
  expect(entitlements(market)).toEqual({
    Entitlements: [
      {
        ProductCode: 'contractcontractcontractc',
        Dimension: 'users',
        CustomerAWSAccountId: BUYER,
        LicenseArn: agreement.licenseArn,
        Value: { IntegerValue: 10 },
        ExpirationDate: Date.parse('2026-12-21T12:00:00Z') / 1000,
      },
    ],
  })
  market.do({ kind: 'cancel', agreementId: agreement.id, by: 'seller' })
  market.pass(31_000)
  expect(entitlements(market)).toEqual({ Entitlements: [] })
})

test('an amended contract entitles to the new quantity from the License Updated that follows (facts §8)', () => {
  const market = new Market()
  const { id: agreementId } = market.buyActive({ product: 'contract', bought: USERS, term: 'month' })
  market.do({ kind: 'amend', agreementId, bought: [{ dimension: 'users', quantity: 1 }] })
  expect(entitlements(market).Entitlements[0]?.Value).toEqual({ IntegerValue: 10 })
  market.pass(72_000)
  expect(entitlements(market).Entitlements[0]?.Value).toEqual({ IntegerValue: 1 })
  expect(types(market)).toContain('Purchase Agreement Amended - Proposer')
})

test('filters of one key are united, keys intersected; pages are followed by NextToken (facts §4)', () => {
  const market = new Market()
  const buy = (account: string) =>
    market.buyActive({ product: 'contract', bought: USERS, term: 'month', account })
  const [a, b] = [buy('111111111111'), buy('222222222222'), buy('333333333333')]
  const arns = (filter: { [name: string]: Json }) =>
    entitlements(market, { Filter: filter }).Entitlements.map((e) => e.LicenseArn)
  expect(arns({ CUSTOMER_AWS_ACCOUNT_ID: ['111111111111', '222222222222'] })).toEqual([
    a?.licenseArn,
    b?.licenseArn,
  ])
  expect(arns({ CUSTOMER_AWS_ACCOUNT_ID: ['111111111111'], LICENSE_ARN: [b?.licenseArn ?? ''] })).toEqual([])
  expect(arns({ DIMENSION: ['calls'] })).toEqual([])

  const first = entitlements(market, { MaxResults: 2 })
  const second = entitlements(market, { MaxResults: 2, NextToken: first.NextToken ?? null })
  expect([first.Entitlements.length, second.Entitlements.length, second.NextToken]).toEqual([2, 1, undefined])
})

test.each<[string, { [name: string]: Json }]>([
  ['MaxResults of 26', { MaxResults: 26 }],
  ['a filter AWS does not have', { Filter: { licenseArn: ['x'] } }],
  ['an empty filter', { Filter: { LICENSE_ARN: [] } }],
  [
    'two filters that exclude each other',
    { Filter: { CUSTOMER_IDENTIFIER: ['x'], CUSTOMER_AWS_ACCOUNT_ID: ['1'] } },
  ],
  ['a foreign page token', { NextToken: 'mine' }],
  ['a product that is not the seller’s', { ProductCode: 'x' }],
])('GetEntitlements refuses %s (facts §4)', (_, more) => {
  const answer = new Market().call('GetEntitlements', { ProductCode: 'contractcontractcontractc', ...more })
  expect(answer).toMatchObject({ ok: false, status: 400, code: 'InvalidParameterException' })
})

test('GetEntitlements is in us-east-1 only (facts §4)', () => {
  const answer = new Market().call(
    'GetEntitlements',
    { ProductCode: 'contractcontractcontractc' },
    'eu-west-1',
  )
  expect(answer.ok).toBe(false)
})

test('a token resolves to the purchase, the same each time, until exactly 4 hours (facts §1.1)', () => {
  const market = new Market()
  const agreement = market.buy()
  const resolve = () => market.call('ResolveCustomer', { RegistrationToken: agreement.token })
  const expected = {
    ProductCode: agreement.productCode,
    CustomerAWSAccountId: BUYER,
    LicenseArn: agreement.licenseArn,
  }
  expect([bodyOf(resolve()), bodyOf(resolve())]).toEqual([expected, expected])
  market.pass(4 * HOUR_MS - 1)
  expect(bodyOf(resolve())).toEqual(expected)
  market.pass(1)
  expect(resolve()).toMatchObject({ code: 'ExpiredTokenException', status: 400 })
})

test('the knob shortens a token to the one hour the same page says (facts §1.1)', () => {
  const market = new Market()
  market.do({ kind: 'set_knobs', knobs: { tokenLifeMs: HOUR_MS } })
  const { token } = market.buy()
  market.pass(HOUR_MS)
  expect(market.call('ResolveCustomer', { RegistrationToken: token })).toMatchObject({
    code: 'ExpiredTokenException',
  })
})

test.each([
  ['absent', {}],
  ['null', { CustomerIdentifier: null }],
  ['empty', { CustomerIdentifier: '' }],
] as const)(
  'CustomerIdentifier of a new product is %s when the knob says so (facts §1.1)',
  (knob, expected) => {
    const market = new Market()
    market.do({ kind: 'set_knobs', knobs: { customerIdentifier: knob } })
    const { token, productCode, licenseArn } = market.buy()
    expect(bodyOf(market.call('ResolveCustomer', { RegistrationToken: token }))).toEqual({
      ProductCode: productCode,
      CustomerAWSAccountId: BUYER,
      LicenseArn: licenseArn,
      ...expected,
    })
  },
)

test('a legacy customer has a CustomerIdentifier, the same for each purchase, and no license (facts §1.1)', () => {
  const market = new Market()
  const [one, two] = [market.buy({ product: 'legacy' }), market.buy({ product: 'legacy' })]
  expect(bodyOf(market.call('ResolveCustomer', { RegistrationToken: two.token }))).toEqual({
    CustomerIdentifier: one.customerIdentifier,
    ProductCode: one.productCode,
    CustomerAWSAccountId: BUYER,
  })
})

test.each(['', 'x', '__proto__', 'constructor'])(
  'the token %j is invalid (facts §1.1)',
  (RegistrationToken) => {
    expect(new Market().call('ResolveCustomer', { RegistrationToken })).toMatchObject({
      code: 'InvalidTokenException',
    })
  },
)

test('a token has +, / and = in it, so that bad decoding shows (facts §1.1)', () => {
  expect(new Market().buy().token).toMatch(/^(?=.*\+)(?=.*\/).*=$/)
})

test('“Set up your account” gives a new token for the same license; an ended agreement gives none (facts §1.2)', () => {
  const market = new Market()
  const agreement = market.buy()
  const visit = () => market.do({ kind: 'visit', agreementId: agreement.id })
  const again = visit()
  const token = again.ok ? again.value.token : ''
  expect(token).not.toBe(agreement.token)
  expect(bodyOf(market.call('ResolveCustomer', { RegistrationToken: token }))).toMatchObject({
    LicenseArn: agreement.licenseArn,
  })
  market.do({ kind: 'cancel', agreementId: agreement.id, by: 'buyer' })
  expect(visit().ok).toBe(false)
})
