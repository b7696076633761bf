/**
 * The agreement service on the wire: what is asked and how an answer is read. Pure; nothing in an answer is trusted to
 * have any shape. Source: service model 2020-03-01, AWS JSON 1.0 (2026-11-21).
 */
import { DAY_MS } from '../hour.ts'
import { err, ok, type Result } from '../result.ts'
import type { CallFailure } from './failure.ts'
import { listMember, member, objectOf, textMember } from './json.ts'

/** An agreement as SearchAgreements and DescribeAgreement tell of it. Times are epoch ms. */
export interface AgreementSummary {
  readonly agreementId: string
  /** ACTIVE, CANCELLED, EXPIRED, RENEWED, REPLACED, TERMINATED, or a word AWS adds. */
  readonly status: string
  readonly account: string | null
  readonly startsAt: number | null
  /** Null: open-ended, or not told. */
  readonly endsAt: number | null
  readonly acceptedAt: number | null
  readonly updatedAt: number | null
  /** Product ids, `prod-…`. */
  readonly resources: readonly string[]
  /** Licenses, as received; DescribeAgreement names none. */
  readonly licenseArns: readonly string[]
  /** The very first agreement of its chain of renewals and replacements; itself for a first one. */
  readonly initialAgreementId: string | null
}

/** What an agreement's terms say that changes what we do. Times are epoch ms. */
export interface AgreementTerms {
  /** Null: no free trial. `days` null: a trial whose length AWS did not tell. */
  readonly trial: { readonly days: number | null } | null
  readonly startsAt: number | null
  readonly endsAt: number | null
  /** Null: AWS did not tell. */
  readonly autoRenew: boolean | null
}

/** Where the provisioning of one license of an agreement stands. */
export interface Provisioning {
  /** PROVISIONED, PENDING, SCHEDULED, FAILED, DEPROVISIONED. */
  readonly status: string
  readonly reason: string | null
  readonly licenseArn: string | null
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly nextToken: string | null
}

/** A search of the seller's own agreements. AWS takes one value a filter and at most ten filters. */
export const searchRequest = (
  filters: Readonly<Record<string, string>>,
  nextToken: string | null,
  sort: object = {},
): object => ({
  catalog: 'AWSMarketplace',
  filters: Object.entries({ PartyType: 'Proposer', AgreementType: 'PurchaseAgreement', ...filters }).map(
    ([name, value]) => ({ name, values: [value] }),
  ),
  ...sort,
  maxResults: 50,
  ...(nextToken === null ? {} : { nextToken }),
})

/** One page of a search. One unreadable agreement fails the page: what is missing is never taken for "there is none". */
export const readSearchPage = (answer: unknown): Result<Page<AgreementSummary>, CallFailure> =>
  readPage(answer, 'agreementViewSummaries', readAgreement)

export function readAgreementDescription(answer: unknown): Result<AgreementSummary, CallFailure> {
  const read = readAgreement(objectOf(answer))
  return read === undefined ? unexpected('DescribeAgreement answered without id or status') : ok(read)
}

/** One page of terms; `AgreementTerms` is gathered from all of them by `gatherTerms`. */
export const readTermsPage = (answer: unknown): Result<Page<object>, CallFailure> =>
  readPage(answer, 'acceptedTerms', (term) => term)

export const readProvisioningPage = (answer: unknown): Result<Page<Provisioning>, CallFailure> =>
  readPage(answer, 'agreementEntitlements', (item) => {
    const status = textMember(item, 'status')
    return status === undefined
      ? undefined
      : {
          status,
          reason: textMember(item, 'statusReasonCode') ?? null,
          licenseArn: textMember(item, 'licenseArn') ?? null,
        }
  })

/** Of all terms of an agreement what matters here. Each term stands under the one key that says which it is. */
export function gatherTerms(terms: readonly object[]): AgreementTerms {
  const find = (name: string) => terms.map((term) => objectOf(member(term, name))).find(Boolean)
  const trial = find('freeTrialPricingTerm')
  const validity = find('validityTerm')
  const startsAt = timeMember(validity, 'agreementStartDate')
  const endsAt = timeMember(validity, 'agreementEndDate')
  const renews = member(objectOf(member(find('renewalTerm'), 'configuration')), 'enableAutoRenew')
  return {
    trial:
      trial === undefined
        ? null
        : { days: daysOf(textMember(trial, 'duration')) ?? daysOfTrial(startsAt, endsAt) },
    startsAt,
    endsAt,
    autoRenew: typeof renews === 'boolean' ? renews : null,
  }
}

/** Whole days of an ISO 8601 duration in weeks and days; null: none, or one that names months or hours. */
function daysOf(duration: string | undefined): number | null {
  const [, weeks, days] = /^P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T0[HMS])?$/.exec(duration ?? '') ?? []
  const sum = Number(weeks ?? 0) * 7 + Number(days ?? 0)
  return sum > 0 ? sum : null
}

/** The longest free trial AWS sells. Source: facts §8, 7 to 90 days. */
const TRIAL_DAYS_MAX = 90

/** The days of an agreement that is a trial from its start to its end; null: it is not told, or goes on behind the trial. */
function daysOfTrial(startsAt: number | null, endsAt: number | null): number | null {
  const days = startsAt === null || endsAt === null ? 0 : Math.round((endsAt - startsAt) / DAY_MS)
  return days > 0 && days <= TRIAL_DAYS_MAX ? days : null
}

function readAgreement(item: object | undefined): AgreementSummary | undefined {
  const agreementId = textMember(item, 'agreementId')
  const status = textMember(item, 'status')
  if (agreementId === undefined || status === undefined) return undefined
  const proposal = objectOf(member(item, 'proposalSummary'))
  return {
    agreementId,
    status,
    account: textMember(objectOf(member(item, 'acceptor')), 'accountId') ?? null,
    startsAt: timeMember(item, 'startTime'),
    endsAt: timeMember(item, 'endTime'),
    acceptedAt: timeMember(item, 'acceptanceTime'),
    updatedAt: timeMember(item, 'lastUpdateTime'),
    resources: textsOf(listMember(proposal, 'resources'), 'id'),
    licenseArns: textsOf(listMember(item, 'entitlements'), 'licenseArn'),
    initialAgreementId: textMember(item, 'initialAgreementId') ?? null,
  }
}

const textsOf = (list: readonly unknown[] | undefined, name: string): readonly string[] =>
  (list ?? []).flatMap((one) => textMember(objectOf(one), name) ?? [])

/** AWS writes times as epoch seconds, with or without a fraction. */
function timeMember(of: object | undefined, name: string): number | null {
  const seconds = member(of, name)
  return typeof seconds === 'number' && Number.isFinite(seconds) ? Math.floor(seconds * 1_000) : null
}

function readPage<T>(
  answer: unknown,
  name: string,
  read: (item: object) => T | undefined,
): Result<Page<T>, CallFailure> {
  const body = objectOf(answer)
  const list = listMember(body, name)
  if (body === undefined || list === undefined) return unexpected(`an answer without ${name}`)
  const items: T[] = []
  for (const one of list) {
    const item = objectOf(one)
    const value = item === undefined ? undefined : read(item)
    if (value === undefined) return unexpected(`${name} holds something unreadable`)
    items.push(value)
  }
  return ok({ items, nextToken: textMember(body, 'nextToken') ?? null })
}

const unexpected = (message: string): Result<never, CallFailure> => err({ kind: 'unexpected_body', message })
