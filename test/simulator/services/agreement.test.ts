/** The agreement service over HTTP, with the real SDK: what a seller's reconciler asks it. */
import {
  DescribeAgreementCommand,
  GetAgreementEntitlementsCommand,
  GetAgreementTermsCommand,
  MarketplaceAgreementClient,
  ResourceNotFoundException,
  SearchAgreementsCommand,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-marketplace-agreement'
import { expect, test } from 'vitest'
import { BUYER, NOON, SELLER } from '../market.ts'
import type { Subscribe } from '../../../simulator/marketplace/commands.ts'
import { openSimulator, SELLER_CREDENTIALS } from '../simulator.ts'

const DAY_MS = 86_400_000

async function open() {
  const simulator = await openSimulator()
  const client = new MarketplaceAgreementClient({
    endpoint: simulator.url,
    region: 'us-east-1',
    credentials: SELLER_CREDENTIALS,
    maxAttempts: 1,
  })
  return {
    ...simulator,
    client,
    buy: async (more: Partial<Subscribe> = {}) => {
      const command = { product: 'usage', account: BUYER, licenseDelayMs: 0, ...more }
      const bought = await simulator.store.run({ kind: 'subscribe', ...command })
      if (!bought.ok) throw new Error(bought.error.message)
      const agreement = simulator.store.state.agreements[bought.value.agreementId]
      if (agreement === undefined) throw new Error('no agreement')
      return agreement
    },
  }
}

const CONTRACT: Partial<Subscribe> = {
  product: 'contract',
  bought: [{ dimension: 'users', quantity: 10 }],
  term: 'year',
  autoRenew: true,
}

const by = (filters: Record<string, string>) =>
  Object.entries({ PartyType: 'Proposer', AgreementType: 'PurchaseAgreement', ...filters }).map(
    ([name, value]) => ({ name, values: [value] }),
  )

test('SearchAgreements lists an agreement with its license, parties and product; open-ended has no end (API_SearchAgreements)', async () => {
  const { client, buy } = await open()
  const agreement = await buy()
  const { agreementViewSummaries } = await client.send(new SearchAgreementsCommand({ filters: by({}) }))
  expect(agreementViewSummaries).toEqual([
    {
      agreementId: agreement.id,
      acceptanceTime: new Date(NOON),
      startTime: new Date(NOON),
      lastUpdateTime: new Date(NOON),
      agreementType: 'PurchaseAgreement',
      acceptor: { accountId: BUYER },
      proposer: { accountId: SELLER },
      proposalSummary: {
        resources: [{ id: 'prod-usage00000000', type: 'SaaSProduct' }],
        offerId: agreement.offerId,
      },
      status: 'ACTIVE',
      entitlements: [{ licenseArn: agreement.licenseArn }],
      initialAgreementId: agreement.id,
    },
  ])
})

test('filters intersect, and pages follow each other without a gap or a repeat (API_SearchAgreements)', async () => {
  const { client, buy } = await open()
  const contract = await buy(CONTRACT)
  for (let i = 0; i < 4; i += 1) await buy()
  const all: (string | undefined)[] = []
  let nextToken: string | undefined
  do {
    const page = await client.send(
      new SearchAgreementsCommand({ filters: by({ Status: 'ACTIVE' }), maxResults: 2, nextToken }),
    )
    all.push(...(page.agreementViewSummaries ?? []).map((one) => one.agreementId))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  // By end time, the earliest first: only the contract has one.
  expect([all.length, new Set(all).size, all[0]]).toEqual([5, 5, contract.id])

  const found = await client.send(
    new SearchAgreementsCommand({
      filters: by({ ResourceIdentifier: 'prod-contract00000', AcceptorAccountId: BUYER }),
    }),
  )
  expect(found.agreementViewSummaries?.map((one) => one.agreementId)).toEqual([contract.id])
})

test.each([
  ['AfterEndTime', '2027-01-01T00:00:00Z', 2],
  ['BeforeEndTime', '2027-12-01T00:00:00Z', 1],
  ['AfterStartTime', '2026-11-21T12:00:00Z', 0],
  ['AfterLastUpdateTime', '2026-11-21T11:59:59Z', 2],
  ['EndTimeBehaviorType', 'RENEW', 1],
  ['EndTimeBehaviorReasonCode', 'ACCEPTOR_RENEW_OPTED_OUT', 0],
  ['EndTimeBehaviorReasonCode', 'NO_RENEWAL_TERM', 0],
  ['ResourceType', 'ContainerProduct', 0],
  ['Status', 'CANCELLED', 0],
])(
  'the filter %s %s finds %i of an open-ended agreement and a contract of a year',
  async (name, value, n) => {
    const { client, buy } = await open()
    await buy()
    await buy(CONTRACT)
    const found = await client.send(new SearchAgreementsCommand({ filters: by({ [name]: value }) }))
    expect(found.agreementViewSummaries).toHaveLength(n)
  },
)

test.each([
  ['no party', [{ name: 'AgreementType', values: ['PurchaseAgreement'] }], 'MISSING_PARTY_TYPE'],
  ['no type', [{ name: 'PartyType', values: ['Proposer'] }], 'UNSUPPORTED_FILTERS'],
  ['two values', [...by({}), { name: 'Status', values: ['ACTIVE', 'EXPIRED'] }], 'INVALID_FILTER_VALUES'],
  ['an unknown name', by({ Colour: 'red' }), 'INVALID_FILTER_NAME'],
  ['an unreadable instant', by({ AfterEndTime: 'soon' }), 'INVALID_FILTER_VALUES'],
  [
    'eleven filters',
    Array.from({ length: 11 }, () => ({ name: 'Status', values: ['ACTIVE'] })),
    'INVALID_FILTERS',
  ],
])(
  '%s in the filters is a ValidationException with its reason (API_SearchAgreements)',
  async (_, filters, reason) => {
    const { client } = await open()
    const failure: unknown = await client
      .send(new SearchAgreementsCommand({ filters }))
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ValidationException)
    expect(failure).toMatchObject({ reason, $metadata: { httpStatusCode: 400 } })
  },
)

test('DescribeAgreement answers value, status and what becomes of it at its end (API_DescribeAgreement)', async () => {
  const { client, buy } = await open()
  const agreement = await buy(CONTRACT)
  const described = await client.send(new DescribeAgreementCommand({ agreementId: agreement.id }))
  expect(described).toMatchObject({
    agreementId: agreement.id,
    estimatedCharges: { currencyCode: 'USD', agreementValue: '2700.00' },
    startTime: new Date(NOON),
    endTime: new Date('2027-11-21T12:00:00Z'),
    status: 'ACTIVE',
    endTimeBehavior: { type: 'RENEW' },
  })
  const unknown = client.send(new DescribeAgreementCommand({ agreementId: 'agmt-unknown' }))
  await expect(unknown).rejects.toBeInstanceOf(ResourceNotFoundException)
  await expect(unknown).rejects.toMatchObject({ resourceId: 'agmt-unknown', resourceType: 'Agreement' })
})

const termsOf = async (client: MarketplaceAgreementClient, agreementId: string) => {
  const { acceptedTerms = [] } = await client.send(new GetAgreementTermsCommand({ agreementId }))
  return Object.assign({}, ...acceptedTerms) as (typeof acceptedTerms)[number]
}

test('a free trial is told by its terms alone, with its days (facts trap 32, GetAgreementTerms)', async () => {
  const { client, buy } = await open()
  const trial = await buy({ trial: true })
  const terms = await termsOf(client, trial.id)
  expect(terms.freeTrialPricingTerm).toMatchObject({
    type: 'FreeTrialPricingTerm',
    duration: 'P14D',
    grants: [{ dimensionKey: 'calls' }, { dimensionKey: 'storage' }],
  })
  expect(terms.validityTerm).toMatchObject({ agreementEndDate: new Date(NOON + 14 * DAY_MS) })
  expect(Object.keys(terms)).not.toContain('usageBasedPricingTerm')
  const paid = await termsOf(client, (await buy()).id)
  expect(Object.keys(paid)).toEqual(['legalTerm', 'supportTerm', 'usageBasedPricingTerm'])
})

test('a contract’s terms say what was configured, at which prices, and whether it renews (GetAgreementTerms)', async () => {
  const { client, buy } = await open()
  const terms = await termsOf(client, (await buy(CONTRACT)).id)
  expect(terms.configurableUpfrontPricingTerm).toMatchObject({
    currencyCode: 'USD',
    rateCards: [
      {
        selector: { type: 'Duration', value: 'P12M' },
        rateCard: [{ dimensionKey: 'users', price: '270.00' }],
      },
    ],
    configuration: { selectorValue: 'P12M', dimensions: [{ dimensionKey: 'users', dimensionValue: 10 }] },
  })
  expect(terms.renewalTerm?.configuration).toEqual({ enableAutoRenew: true })
  expect(terms.usageBasedPricingTerm?.rateCards).toEqual([
    { rateCard: [{ dimensionKey: 'calls', price: '0.10' }] },
  ])
})

test('GetAgreementEntitlements says where the provisioning stands and why (API_GetAgreementEntitlements)', async () => {
  const { client, buy, store } = await open()
  const of = async (agreementId: string) => {
    const { agreementEntitlements = [] } = await client.send(
      new GetAgreementEntitlementsCommand({ agreementId }),
    )
    return agreementEntitlements.map((one) => [one.status, one.statusReasonCode, one.licenseArn])
  }
  const pending = await buy({ licenseDelayMs: 60_000 })
  expect(await of(pending.id)).toEqual([['PENDING', 'PROVISIONING_IN_PROGRESS', pending.licenseArn]])
  const active = await buy()
  expect(await of(active.id)).toEqual([['PROVISIONED', 'AGREEMENT_ACTIVE', active.licenseArn]])
  await store.run({ kind: 'cancel', agreementId: active.id, by: 'buyer' })
  await store.run({ kind: 'set_business_time', now: NOON + 31_000 })
  await store.run({ kind: 'release_due' })
  expect(await of(active.id)).toEqual([['DEPROVISIONED', 'AGREEMENT_INACTIVE', active.licenseArn]])
})

test('a renewal names the first of its chain, and the filter finds the whole chain (API_SearchAgreements)', async () => {
  const { client, buy, store } = await open()
  const first = await buy(CONTRACT)
  const renewed = await store.run({ kind: 'renew', agreementId: first.id })
  const successor = renewed.ok ? renewed.value.agreementId : ''
  const found = await client.send(
    new SearchAgreementsCommand({ filters: by({ InitialAgreementId: first.id }) }),
  )
  expect(
    found.agreementViewSummaries?.map(({ agreementId, status, initialAgreementId }) => [
      agreementId,
      status,
      initialAgreementId,
    ]),
  ).toEqual(
    expect.arrayContaining([
      [first.id, 'RENEWED', first.id],
      [successor, 'ACTIVE', first.id],
    ]),
  )
})

test.each([
  ['SearchAgreements', 5],
  ['DescribeAgreement', 5],
  ['GetAgreementTerms', 10],
] as const)(
  '%s takes %i calls a second and throttles the next (agreement-service-quotas)',
  async (operation, limit) => {
    const { client, buy } = await open()
    const { id: agreementId } = await buy()
    const send = (): Promise<unknown> =>
      operation === 'SearchAgreements'
        ? client.send(new SearchAgreementsCommand({ filters: by({}) }))
        : operation === 'DescribeAgreement'
          ? client.send(new DescribeAgreementCommand({ agreementId }))
          : client.send(new GetAgreementTermsCommand({ agreementId }))
    const answers = await Promise.allSettled(Array.from({ length: limit + 3 }, send))
    const refused = answers.filter((answer) => answer.status === 'rejected')
    expect(refused).toHaveLength(3)
    expect(refused[0]?.reason).toBeInstanceOf(ThrottlingException)
  },
)

test('by the knob calls are not counted, for moves through months (design §9)', async () => {
  const { client, store } = await open()
  await store.run({ kind: 'set_knobs', knobs: { quotas: 'off' } })
  const search = () => client.send(new SearchAgreementsCommand({ filters: by({}) }))
  const answers = await Promise.allSettled(Array.from({ length: 20 }, search))
  expect(answers.filter((answer) => answer.status === 'rejected')).toEqual([])
})
