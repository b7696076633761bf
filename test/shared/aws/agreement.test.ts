/** Reading the agreement service's answers: what is told is kept, what is not is null, what cannot be read is no answer. */
import { expect, test } from 'vitest'
import { gatherTerms, readSearchPage, readTermsPage, searchRequest } from '../../../shared/aws/agreement.ts'

test.each([
  ['P14D', 14],
  ['P2W', 14],
  ['P1W3D', 10],
  ['P1M', null],
  ['PT12H', null],
  ['', null],
  [undefined, null],
])('a trial of %j lasts %j days; a length nobody can count in days is not told', (duration, days) => {
  expect(gatherTerms([{ supportTerm: {} }, { freeTrialPricingTerm: { duration } }]).trial).toEqual({ days })
})

test.each([
  ['P1M', 30, 30],
  [undefined, 7, 7],
  ['P14D', 365, 14],
  // A year is no free trial (facts §8: 7 to 90 days): the trial is a part of it, of a length nobody told.
  ['P1M', 365, null],
])(
  'a trial of %j in an agreement of %i days lasts %j days: its end is AWS’s word too',
  (duration, term, days) => {
    const agreementStartDate = 1_795_255_200.25
    const agreementEndDate = agreementStartDate + term * 86_400
    const terms = [
      { freeTrialPricingTerm: { duration } },
      { validityTerm: { agreementStartDate, agreementEndDate } },
    ]
    expect(gatherTerms(terms).trial).toEqual({ days })
  },
)

test('an agreement without a free trial term is no trial, whatever else it has (facts trap 32)', () => {
  expect(
    gatherTerms([
      { renewalTerm: { configuration: { enableAutoRenew: true } } },
      { validityTerm: { agreementStartDate: 1_795_255_200.25, agreementEndDate: 1_796_464_800 } },
    ]),
  ).toEqual({ trial: null, startsAt: 1_795_255_200_250, endsAt: 1_796_464_800_000, autoRenew: true })
})

test('a page with one agreement that cannot be read is no page: nothing missing is taken for “there is none”', () => {
  const good = { agreementId: 'agmt-1', status: 'ACTIVE', entitlements: [{ licenseArn: 'l' }, {}] }
  expect(readSearchPage({ agreementViewSummaries: [good], nextToken: 'n' })).toEqual({
    ok: true,
    value: {
      items: [
        {
          agreementId: 'agmt-1',
          status: 'ACTIVE',
          account: null,
          startsAt: null,
          endsAt: null,
          acceptedAt: null,
          updatedAt: null,
          resources: [],
          licenseArns: ['l'],
          initialAgreementId: null,
        },
      ],
      nextToken: 'n',
    },
  })
  expect(readSearchPage({ agreementViewSummaries: [good, { status: 'ACTIVE' }] }).ok).toBe(false)
  expect(readTermsPage({ acceptedTerms: 'none' }).ok).toBe(false)
})

test('a search names its party and type, one value a filter (API_SearchAgreements)', () => {
  expect(searchRequest({ LicenseArn: 'arn' }, null)).toEqual({
    catalog: 'AWSMarketplace',
    filters: [
      { name: 'PartyType', values: ['Proposer'] },
      { name: 'AgreementType', values: ['PurchaseAgreement'] },
      { name: 'LicenseArn', values: ['arn'] },
    ],
    maxResults: 50,
  })
})
