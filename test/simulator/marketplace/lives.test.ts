/** Every life of a purchase (facts §8): what the agreement becomes, and the events that tell of it, in their order. */
import { expect, test } from 'vitest'
import type { Subscribe } from '../../../simulator/marketplace/commands.ts'
import type { Act } from '../../../simulator/marketplace/life.ts'
import type { Agreement } from '../../../simulator/marketplace/model.ts'
import { BUYER, HOUR_MS, Market } from '../market.ts'

const DAY_MS = 24 * HOUR_MS

const CONTRACT: Partial<Subscribe> = {
  product: 'contract',
  bought: [{ dimension: 'users', quantity: 1 }],
  term: 'month',
}

interface Told {
  readonly 'detail-type': string
  readonly time: string
  readonly detail: { readonly agreement: { readonly id: string; readonly [name: string]: unknown } } & {
    readonly [name: string]: unknown
  }
}

/** What stands in the seller's queue, as it came. */
const bodies = (market: Market): unknown[] =>
  (market.state.queues['marketplace-events']?.messages ?? []).map(({ body }) => JSON.parse(body) as unknown)

const events = (market: Market): Told[] => bodies(market) as Told[]

const ofAgreement = (market: Market, { id }: { id: string }): string[] =>
  events(market)
    .filter(({ detail }) => detail.agreement.id === id)
    .map((event) => event['detail-type'])

function live(market: Market, { id }: { id: string }, act: Act): Agreement {
  const lived = market.do({ kind: 'live', agreementId: id, act })
  if (!lived.ok) throw new Error(lived.error.message)
  const agreement = market.state.agreements[lived.value.agreementId]
  if (agreement === undefined) throw new Error('no agreement')
  return agreement
}

/** The calls a second of the agreement service and of GetEntitlements never matter here. */
const entitled = (market: Market, { licenseArn, productCode }: Agreement) => {
  const answer = market.call('GetEntitlements', {
    ProductCode: productCode,
    Filter: { LICENSE_ARN: [licenseArn] },
  })
  return answer.ok
    ? (answer.body as { Entitlements: { Value: { IntegerValue: number } }[] }).Entitlements.map(
        (e) => e.Value.IntegerValue,
      )
    : answer.code
}

const DAY_AFTER = (market: Market) => market.pass(DAY_MS)

test('a converted trial is replaced by a new agreement with a license of its own (facts §8, trial → paid)', () => {
  const market = new Market()
  const trial = market.buyActive({ trial: true })
  const paid = live(market, trial, { act: 'convert' })
  DAY_AFTER(market)
  expect([trial.status, paid.status, paid.intent, paid.trial, paid.endsAt]).toEqual([
    'REPLACED',
    'ACTIVE',
    'REPLACE',
    false,
    null,
  ])
  expect(paid.licenseArn).not.toBe(trial.licenseArn)
  expect(ofAgreement(market, trial)).toEqual([
    'Purchase Agreement Created - Proposer',
    'License Updated - Manufacturer',
    'Purchase Agreement Ended - Proposer',
  ])
  expect(ofAgreement(market, paid)).toEqual([
    'Purchase Agreement Created - Proposer',
    'License Updated - Manufacturer',
  ])
  expect(
    events(market).find(({ detail }) => detail.agreement.id === paid.id)?.detail.agreement,
  ).toMatchObject({
    intent: 'REPLACE',
    previousAgreementId: trial.id,
  })
})

test.each(['CANCELLED', 'EXPIRED'] as const)(
  'where a converted trial ends as %s, the purchase is new and knows no predecessor',
  (convertedTrial) => {
    const market = new Market()
    market.do({ kind: 'set_knobs', knobs: { convertedTrial } })
    const trial = market.buyActive({ trial: true })
    const paid = live(market, trial, { act: 'convert' })
    DAY_AFTER(market)
    expect([trial.status, paid.intent, paid.previousAgreementId]).toEqual([convertedTrial, 'NEW', null])
    expect(ofAgreement(market, trial).at(-1)).toBe('License Deprovisioned - Manufacturer')
  },
)

test('a trial that nobody converts expires after its days (facts §8)', () => {
  const market = new Market()
  const trial = market.buyActive({ trial: true })
  market.pass(14 * DAY_MS)
  expect([trial.status, ofAgreement(market, trial).slice(2)]).toEqual([
    'EXPIRED',
    ['Purchase Agreement Ended - Proposer', 'License Deprovisioned - Manufacturer'],
  ])
})

test('what is amended is entitled with the License Updated that follows, not before (facts §8)', () => {
  const market = new Market()
  const contract = market.buyActive(CONTRACT)
  live(market, contract, { act: 'amend', bought: [{ dimension: 'users', quantity: 10 }] })
  expect(entitled(market, contract)).toEqual([1])
  market.pass(2 * HOUR_MS)
  expect(entitled(market, contract)).toEqual([10])
  expect(ofAgreement(market, contract).slice(2)).toEqual([
    'Purchase Agreement Amended - Proposer',
    'License Updated - Manufacturer',
  ])
})

test.each([
  ['renew', 'same', 'RENEWED', 'RENEW'],
  ['renew', 'new', 'RENEWED', 'RENEW'],
  ['replace', 'same', 'REPLACED', 'REPLACE'],
  ['replace', 'new', 'REPLACED', 'REPLACE'],
] as const)(
  '%s with the %s license: the old one ends as %s and is never deprovisioned by an event',
  (act, license, status, intent) => {
    const market = new Market()
    const old = market.buyActive(CONTRACT)
    const successor = live(
      market,
      old,
      act === 'renew' ? { act, license } : { act, license, bought: [{ dimension: 'users', quantity: 10 }] },
    )
    market.pass(2 * HOUR_MS)
    expect([old.status, successor.intent, successor.previousAgreementId]).toEqual([status, intent, old.id])
    expect(successor.licenseArn === old.licenseArn).toBe(license === 'same')
    expect(ofAgreement(market, old).slice(2)).toEqual(['Purchase Agreement Ended - Proposer'])
    expect(entitled(market, successor)).toEqual([act === 'renew' ? 1 : 10])
  },
)

test('by the knob the license that a successor did not keep is deprovisioned by an event too', () => {
  const market = new Market()
  market.do({ kind: 'set_knobs', knobs: { oldLicense: 'deprovisioned' } })
  const old = market.buyActive(CONTRACT)
  const successor = live(market, old, { act: 'renew', license: 'new' })
  market.pass(2 * HOUR_MS)
  expect(ofAgreement(market, old).at(-1)).toBe('License Deprovisioned - Manufacturer')
  expect([ofAgreement(market, successor).length, entitled(market, successor)]).toEqual([2, [1]])
})

test('a future-dated agreement is created when it is signed and licensed when it starts (facts §8)', () => {
  const market = new Market()
  const contract = market.buy({ ...CONTRACT, startDelayMs: 30 * DAY_MS })
  market.pass(29 * DAY_MS)
  expect(ofAgreement(market, contract)).toEqual(['Purchase Agreement Created - Proposer'])
  expect(market.call('GetAgreementEntitlements', { agreementId: contract.id })).toMatchObject({
    body: { agreementEntitlements: [{ status: 'SCHEDULED', statusReasonCode: 'FUTURE_START_DATE' }] },
  })
  market.pass(DAY_MS + 72_000)
  expect(ofAgreement(market, contract)).toContain('License Updated - Manufacturer')
  const start = new Date(contract.startsAt)
  expect(events(market)[0]?.detail.agreement).toMatchObject({ startTime: start.toISOString() })
  expect(() => market.buy({ startDelayMs: DAY_MS })).toThrow('Only a contract starts at a later date')
})

test('what is amended before an agreement starts is licensed when it starts, and nothing takes its place before', () => {
  const market = new Market()
  const contract = market.buy({ ...CONTRACT, startDelayMs: 30 * DAY_MS })
  live(market, contract, { act: 'amend', bought: [{ dimension: 'users', quantity: 10 }] })
  market.pass(DAY_MS)
  expect(entitled(market, contract)).toEqual([])
  const renewed = market.do({ kind: 'live', agreementId: contract.id, act: { act: 'renew' } })
  expect(renewed).toMatchObject({ ok: false, error: { kind: 'not_possible' } })
  market.pass(30 * DAY_MS)
  expect(entitled(market, contract)).toEqual([10])
})

test.each([
  [{ act: 'expire' }, 'EXPIRED'],
  [{ act: 'terminate' }, 'TERMINATED'],
  [{ act: 'cancel', by: 'seller' }, 'CANCELLED'],
] as const)('%j ends a contract with its own status, then its license', (act, status) => {
  const market = new Market()
  const contract = market.buyActive(CONTRACT)
  live(market, contract, act)
  market.pass(60_000)
  expect(events(market).find((event) => event['detail-type'].includes('Ended'))?.detail.agreement).toEqual({
    id: contract.id,
    status,
  })
  expect([contract.status, entitled(market, contract), ofAgreement(market, contract).at(-1)]).toEqual([
    status,
    [],
    'License Deprovisioned - Manufacturer',
  ])
})

test('a license may be taken back without a word of the agreement', () => {
  const market = new Market()
  const agreement = market.buyActive()
  live(market, agreement, { act: 'deprovision' })
  market.pass(0)
  expect([agreement.status, ofAgreement(market, agreement).at(-1)]).toEqual([
    'ACTIVE',
    'License Deprovisioned - Manufacturer',
  ])
})

test('an advisory is told of and changes nothing, nor does its end (facts §8)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const before = structuredClone(agreement)
  live(market, agreement, { act: 'advise', advisory: 'issued' })
  live(market, agreement, { act: 'advise', advisory: 'resolved' })
  market.pass(0)
  expect(agreement).toEqual(before)
  expect(events(market).slice(2)).toMatchObject([
    {
      'detail-type': 'Purchase Agreement Advisory Issued - Manufacturer',
      detail: { product: { id: agreement.productId }, advisory: { issuedAt: '2026-11-21T12:01:12Z' } },
    },
    {
      'detail-type': 'Purchase Agreement Advisory Resolved - Manufacturer',
      detail: { advisory: { resolvedAt: '2026-11-21T12:01:12Z' } },
    },
  ])
})

test('a request to cancel that nobody answers is approved after seven days, and the agreement ends (facts §5.3)', () => {
  const market = new Market()
  const contract = market.buyActive({ ...CONTRACT, term: 'year' })
  live(market, contract, { act: 'request_cancellation', reasonCode: 'BUYER_DISSATISFACTION' })
  market.pass(7 * DAY_MS - 1)
  expect(contract.status).toBe('ACTIVE')
  market.pass(60_000)
  expect([contract.status, ofAgreement(market, contract).length]).toEqual(['CANCELLED', 6])
  const [pending, approved] = events(market).slice(2)
  expect(pending).toMatchObject({
    'detail-type': 'Agreement Cancellation Request Pending Approval - Proposer',
    resources: [],
    detail: {
      agreement: { acceptorId: BUYER, productId: contract.productId },
      agreementCancellationRequest: { reasonCode: 'BUYER_DISSATISFACTION', statusCode: 'PENDING_APPROVAL' },
    },
  })
  expect(approved).toMatchObject({ detail: { agreementCancellationRequest: { statusCode: 'APPROVED' } } })
})

test.each(['REJECTED', 'CANCELLED', 'VALIDATION_FAILED'] as const)(
  'a request to cancel that is %s leaves the agreement as it was',
  (status) => {
    const market = new Market()
    const contract = market.buyActive({ ...CONTRACT, term: 'year' })
    live(market, contract, { act: 'request_cancellation' })
    live(market, contract, { act: 'answer_cancellation', status })
    market.pass(8 * DAY_MS)
    expect([contract.status, contract.cancellation?.status]).toEqual(['ACTIVE', status])
    const again = market.do({
      kind: 'live',
      agreementId: contract.id,
      act: { act: 'answer_cancellation', status },
    })
    expect(again.ok).toBe(false)
  },
)

test('without payment no license comes; it comes when the payment does (facts §8)', () => {
  const market = new Market()
  const agreement = market.buy({ payment: 'pending' })
  DAY_AFTER(market)
  expect(ofAgreement(market, agreement)).toEqual(['Purchase Agreement Created - Proposer'])
  live(market, agreement, { act: 'payment_failed' })
  expect(market.call('GetAgreementEntitlements', { agreementId: agreement.id })).toMatchObject({
    body: { agreementEntitlements: [{ status: 'FAILED', statusReasonCode: 'INVALID_PAYMENT_INSTRUMENT' }] },
  })
  live(market, agreement, { act: 'payment_settled' })
  market.pass(72_000)
  expect(ofAgreement(market, agreement)).toEqual([
    'Purchase Agreement Created - Proposer',
    'License Updated - Manufacturer',
  ])
})

test('a payment that fails later terminates the agreement (facts §8)', () => {
  const market = new Market()
  const agreement = market.buyActive()
  live(market, agreement, { act: 'payment_failed' })
  market.pass(60_000)
  expect([agreement.status, ofAgreement(market, agreement).at(-1)]).toEqual([
    'TERMINATED',
    'License Deprovisioned - Manufacturer',
  ])
})

test('who resubscribes at once has two agreements whose events run through each other', () => {
  const market = new Market()
  const old = market.buyActive()
  const again = live(market, old, { act: 'resubscribe' })
  market.pass(2 * HOUR_MS)
  expect([old.status, again.status, again.intent]).toEqual(['CANCELLED', 'ACTIVE', 'NEW'])
  expect(
    events(market)
      .slice(2)
      .map((event) => [event['detail-type'], event.detail.agreement.id === old.id]),
  ).toEqual([
    ['Purchase Agreement Ended - Proposer', true],
    ['Purchase Agreement Created - Proposer', false],
    ['License Deprovisioned - Manufacturer', true],
    ['License Updated - Manufacturer', false],
  ])
})

test('an event of a type that nobody knows comes like any other', () => {
  const market = new Market()
  const agreement = market.buyActive()
  const detailType = 'Spend Threshold Reached - Proposer'
  live(market, agreement, { act: 'send_event', detailType, detail: { threshold: '100.00' } })
  market.pass(0)
  expect(events(market).at(-1)).toMatchObject({
    'detail-type': detailType,
    source: 'aws.agreement-marketplace',
    detail: { agreement: { id: agreement.id }, threshold: '100.00' },
  })
})

test('by the knob a contract is told to end 180, 120, 90, 60 and 30 days before it does, while it is in force (facts §5.3)', () => {
  const market = new Market()
  market.do({ kind: 'set_knobs', knobs: { endingEvents: 'on' } })
  const contract = market.buyActive({ ...CONTRACT, term: 'year', autoRenew: true })
  market.pass(290 * DAY_MS)
  live(market, contract, { act: 'terminate' })
  market.pass(70 * DAY_MS)
  const ending = events(market).filter(
    (event) => event['detail-type'] === 'Purchase Agreement Ending - Proposer',
  )
  expect(ending.map(({ detail }) => detail.agreement['daysBeforeEndTime'])).toEqual([180, 120, 90])
  expect(ending[0]?.detail).toMatchObject({
    agreement: { endTime: '2027-11-21T12:00:00.000Z', autoRenewalEnabled: true },
    renewalSummary: { disabledBy: null },
  })
})

test('by the knob entitlements begin with an empty page that has a NextToken (facts §4, trap 20)', () => {
  const market = new Market()
  market.do({ kind: 'set_knobs', knobs: { emptyPage: 'first' } })
  const { productCode: ProductCode } = market.buyActive(CONTRACT)
  const first = market.call('GetEntitlements', { ProductCode })
  expect(first).toMatchObject({ body: { Entitlements: [], NextToken: 'page-0' } })
  const next = market.call('GetEntitlements', { ProductCode, NextToken: 'page-0' })
  expect(next).toMatchObject({ body: { Entitlements: [{ Dimension: 'users' }] } })
})

test('a lost event never comes, and the marketplace knows what it did all the same', () => {
  const market = new Market()
  market.do({ kind: 'set_fault', fault: { kind: 'event_lost' }, on: 'License Updated' })
  const agreement = market.buyActive()
  DAY_AFTER(market)
  expect(ofAgreement(market, agreement)).toEqual(['Purchase Agreement Created - Proposer'])
  expect(market.call('GetAgreementEntitlements', { agreementId: agreement.id })).toMatchObject({
    body: { agreementEntitlements: [{ status: 'PROVISIONED' }] },
  })
})

interface Notification {
  readonly Type: string
  readonly TopicArn: string
  readonly Message: string
}

const messages = (market: Market) =>
  (bodies(market) as Notification[]).map(({ TopicArn, Message }) => [
    TopicArn.split(':').at(-1),
    JSON.parse(Message) as { [name: string]: string },
  ])

test('a legacy product hears of its subscriptions by SNS, without account or license (facts §5.2)', () => {
  const market = new Market()
  const agreement = market.buyActive({ product: 'legacy' })
  live(market, agreement, { act: 'cancel', by: 'buyer' })
  market.pass(2 * HOUR_MS)
  const topic = 'aws-mp-subscription-notification-legacylegacylegacylegacyl'
  const who = { 'customer-identifier': agreement.customerIdentifier, 'product-code': agreement.productCode }
  expect(messages(market)).toEqual([
    [
      topic,
      {
        action: 'subscribe-success',
        ...who,
        'offer-identifier': agreement.offerId,
        isFreeTrialTermPresent: 'false',
      },
    ],
    [topic, { action: 'unsubscribe-pending', ...who }],
    [topic, { action: 'unsubscribe-success', ...who }],
  ])
  expect(bodies(market)[0]).toMatchObject({
    Type: 'Notification',
    SignatureVersion: '1',
    TopicArn: `arn:aws:sns:us-east-1:287250355862:${topic}`,
    Timestamp: '2026-11-21T12:01:12.000Z',
  })
  expect((bodies(market)[0] as Notification).Message).toMatch(/^\{\n"action":/)
})

test('a legacy payment that fails is subscribe-fail, and by the knob the customer’s identifier has a space before it', () => {
  const market = new Market()
  market.do({ kind: 'set_knobs', knobs: { legacyIdentifier: 'spaced' } })
  const agreement = market.buy({ product: 'legacy', payment: 'failed' })
  DAY_AFTER(market)
  expect(messages(market).map(([, message]) => message)).toMatchObject([
    {
      action: 'subscribe-fail',
      'customer-identifier': ` ${agreement.customerIdentifier}`,
      'offer-identifier': agreement.offerId,
    },
  ])
})

test('a legacy customer who subscribes again at once is never told of as unsubscribed (facts §5.2)', () => {
  const market = new Market()
  const agreement = market.buyActive({ product: 'legacy' })
  live(market, agreement, { act: 'resubscribe' })
  market.pass(3 * HOUR_MS)
  expect(messages(market).map(([, message]) => (message as { action: string }).action)).toEqual([
    'subscribe-success',
    'unsubscribe-pending',
    'subscribe-success',
  ])
})
