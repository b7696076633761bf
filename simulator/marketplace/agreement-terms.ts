/** What an agreement grants and on which terms. Pure. Source: service model 2020-03-01, AcceptedTerm (2026-11-21). */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import { findAgreement, pageOf, readAgreementCall, readPage } from './agreement-requests.ts'
import { agreementDescription, resourceType } from './agreement-views.ts'
import type { ApiCall } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Agreement, Json, MarketplaceDimension } from './model.ts'
import type { ApiRefusal } from './shape.ts'

const DAY_MS = 86_400_000

export function describeAgreement(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const input = readAgreementCall(call)
  if (!input.ok) return input
  const found = findAgreement(draft, input.value)
  return found.ok ? ok(agreementDescription(draft, found.value)) : found
}

export const getAgreementTerms = (draft: Draft, call: ApiCall): Result<Json, ApiRefusal> =>
  listOf(draft, call, 'acceptedTerms', termsOf)

export const getAgreementEntitlements = (draft: Draft, call: ApiCall): Result<Json, ApiRefusal> =>
  listOf(draft, call, 'agreementEntitlements', (on, agreement) => [entitlementOf(on, agreement)])

function listOf(
  draft: Draft,
  call: ApiCall,
  name: string,
  all: (draft: Draft, agreement: Agreement) => Json[],
): Result<Json, ApiRefusal> {
  const input = readAgreementCall(call)
  if (!input.ok) return input
  const found = findAgreement(draft, input.value)
  if (!found.ok) return found
  const page = readPage(input.value)
  return page.ok ? ok(pageOf(name, all(draft, found.value), page.value)) : page
}

/** Each term under the one key that says which it is. */
function termsOf(draft: Draft, agreement: Agreement): Json[] {
  const dimensions =
    draft.state.products.find((product) => product.key === agreement.product)?.dimensions ?? []
  const named = (type: string) => ({
    type,
    id: `term-${type.slice(0, 5).toLowerCase()}${agreement.id.slice(5, 16)}`,
  })
  const metered = dimensions.filter((dimension) => dimension.offered && dimension.metered)
  const terms: Json[] = [
    {
      legalTerm: {
        ...named('LegalTerm'),
        documents: [{ type: 'StandardEula', url: 'https://example.com/eula', version: '2022-07-14' }],
      },
    },
    { supportTerm: { ...named('SupportTerm'), refundPolicy: 'Ask the seller.' } },
  ]
  if (agreement.trial) {
    terms.push({
      freeTrialPricingTerm: {
        ...named('FreeTrialPricingTerm'),
        duration: `P${trialDays(agreement)}D`,
        grants: grantsOf(agreement, dimensions),
      },
    })
  } else {
    if (agreement.term !== null) {
      const configuration = { enableAutoRenew: agreement.autoRenew }
      terms.push({ renewalTerm: { ...named('RenewalTerm'), configuration } })
      terms.push({
        configurableUpfrontPricingTerm: {
          ...named('ConfigurableUpfrontPricingTerm'),
          currencyCode: 'USD',
          ...upfront(agreement, dimensions),
        },
      })
    }
    if (metered.length > 0)
      terms.push({
        usageBasedPricingTerm: {
          ...named('UsageBasedPricingTerm'),
          currencyCode: 'USD',
          rateCards: [{ rateCard: metered.map(({ key, price }) => ({ dimensionKey: key, price })) }],
        },
      })
  }
  if (agreement.endsAt !== null)
    terms.push({
      validityTerm: {
        ...named('ValidityTerm'),
        agreementStartDate: agreement.startsAt / 1000,
        agreementEndDate: agreement.endsAt / 1000,
      },
    })
  return terms
}

const trialDays = ({ startsAt, endsAt }: Agreement): number =>
  Math.round(((endsAt ?? startsAt) - startsAt) / DAY_MS)

/** What was chosen, or without a limit every dimension on offer. */
const grantsOf = ({ bought }: Agreement, dimensions: readonly MarketplaceDimension[]): Json[] =>
  bought.length > 0
    ? bought.map(({ dimension, quantity }) => ({ dimensionKey: dimension, maxQuantity: quantity }))
    : dimensions.filter(({ offered }) => offered).map(({ key }) => ({ dimensionKey: key }))

function upfront({ bought, term }: Agreement, dimensions: readonly MarketplaceDimension[]) {
  const selector = term === 'year' ? 'P12M' : 'P1M'
  const rates = dimensions.flatMap(({ key, offered, contract }) => {
    if (!offered || contract === undefined) return []
    return [{ dimensionKey: key, price: term === 'year' ? contract.annual : contract.monthly }]
  })
  return {
    rateCards: [
      {
        selector: { type: 'Duration', value: selector },
        constraints: { multipleDimensionSelection: 'Allowed', quantityConfiguration: 'Allowed' },
        rateCard: rates,
      },
    ],
    configuration: {
      selectorValue: selector,
      dimensions: bought.map(({ dimension, quantity }) => ({
        dimensionKey: dimension,
        dimensionValue: quantity,
      })),
    },
  }
}

/** One license an agreement; the token for acceptors is not the seller's. */
function entitlementOf(draft: Draft, agreement: Agreement): Json {
  const [status, statusReasonCode] = provisioning(agreement, draft.times.business)
  return {
    resource: { id: agreement.productId, type: resourceType(draft.state, agreement) },
    type: 'License',
    status,
    statusReasonCode,
    licenseArn: agreement.licenseArn,
  }
}

/** Where the provisioning stands, and why. Source: facts §8, provisioning failures. */
function provisioning(agreement: Agreement, now: number): [string, string] {
  const isSucceeded = agreement.status === 'RENEWED' || agreement.status === 'REPLACED'
  if (agreement.deprovisionedAt !== null || isSucceeded) return ['DEPROVISIONED', 'AGREEMENT_INACTIVE']
  if (agreement.activatedAt !== null) return ['PROVISIONED', 'AGREEMENT_ACTIVE']
  if (agreement.payment === 'failed') return ['FAILED', 'INVALID_PAYMENT_INSTRUMENT']
  if (agreement.status !== 'ACTIVE') return ['FAILED', 'AGREEMENT_INACTIVE']
  return agreement.startsAt > now
    ? ['SCHEDULED', 'FUTURE_START_DATE']
    : ['PENDING', 'PROVISIONING_IN_PROGRESS']
}
