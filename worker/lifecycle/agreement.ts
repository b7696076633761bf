/**
 * What only the agreement service tells of a purchase: which agreement a license is of, whether it is a free trial, and
 * why nothing is granted.
 */
import { decide } from '../../shared/aws/decide.ts'
import type { CallFailure } from '../../shared/aws/failure.ts'
import { DAY_MS, MINUTE_MS } from '../../shared/hour.ts'
import { licenseTail } from '../../shared/license.ts'
import type { Lifecycle } from '../../shared/lifecycle.ts'
import { PAYMENT_PENDING_AFTER_MS } from '../../shared/lifecycle/access.ts'
import { getAgreementEntitlements, getAgreementTerms, searchAgreements } from '../aws/agreement.ts'
import type { SubscriptionRow } from '../db/lifecycle.ts'
import type { AwsAccess } from '../env.ts'
import { logLine } from '../log.ts'
import type { AskingAgreement, FailedProvisioning, KnownTerms } from './state.ts'

/** License Updated comes about a minute after a purchase and tells the agreement; only without one AWS is asked for it. */
const SEARCH_AFTER_MS = 3 * MINUTE_MS

/** Agreements of one license whose terms are asked: the newest, for a chain of renewals is long only with the years. */
const TERMS_OF_MAX = 3

/** What is known of the agreement service, and what is asked next. */
export interface AgreementAsked {
  readonly terms: readonly KnownTerms[]
  readonly asking: AskingAgreement | null
  /** Null: AWS says of no failure. */
  readonly provisioning: FailedProvisioning | null
  /** The agreement the license is of, where no event has told it. */
  readonly agreementId: string | null
}

/**
 * Asks what is not known yet and is due at `now`; a call that fails is made again after 1, 2, 4 … minutes of business
 * time, at last once a day: a role that may not ask must not fill the minutes of all that may. An ended life asks nothing.
 */
export async function askAgreement(
  aws: AwsAccess,
  row: SubscriptionRow,
  life: Lifecycle,
  known: Known,
  now: number,
): Promise<AgreementAsked> {
  const told = life.agreementId ?? row.agreementId
  if (life.end !== null) return { ...known, asking: null, provisioning: null, agreementId: told }
  const agreementId = told ?? (await search(aws, row, known, now))
  if (typeof agreementId === 'object') return { ...known, asking: agreementId, agreementId: null }
  if (life.updatedAt === null) return whyNotGranted(aws, row, life, known, agreementId, now)

  let { terms } = known
  const provisioning = null
  for (const id of life.grants.slice(-TERMS_OF_MAX).map((grant) => grant.agreementId)) {
    if (terms.some((one) => one.agreementId === id)) continue
    const asking = askingOf(known.asking, 'terms', id, now)
    if (asking.nextAt !== null && now < asking.nextAt) return { terms, asking, provisioning, agreementId }
    const answer = await getAgreementTerms(aws, id)
    if (!answer.ok)
      return { terms, asking: later(asking, answer.error, row.id, now), provisioning, agreementId }
    const { trial, startsAt } = answer.value
    terms = [...terms, { agreementId: id, trial, startsAt }]
  }
  return { terms, asking: null, provisioning, agreementId }
}

/** What stops a grant that is a person's to settle: a payment, a currency, an account (facts §8, provisioning failures). */
const PAYMENT: readonly string[] = [
  'INVALID_PAYMENT_INSTRUMENT',
  'INCOMPATIBLE_CURRENCY',
  'ACCOUNT_SUSPENDED',
]

/** Once a grant is late AWS is asked for the reason, and asked again: who pays after all is granted by an event. */
async function whyNotGranted(
  aws: AwsAccess,
  row: SubscriptionRow,
  life: Lifecycle,
  known: Known,
  agreementId: string,
  now: number,
): Promise<AgreementAsked> {
  const { purchasedAt, startsAt } = life
  if (purchasedAt === null || life.ending !== null) return { ...known, asking: null, agreementId }
  const from = Math.max(purchasedAt, startsAt ?? purchasedAt) + PAYMENT_PENDING_AFTER_MS
  const asking = askingOf(known.asking, 'provisioning', agreementId, from)
  if (asking.nextAt !== null && now < asking.nextAt) return { ...known, asking, agreementId }
  const answer = await getAgreementEntitlements(aws, agreementId)
  if (!answer.ok) return { ...known, asking: later(asking, answer.error, row.id, now), agreementId }
  const failed = answer.value.find(
    ({ status, reason }) => status === 'FAILED' && reason !== null && PAYMENT.includes(reason),
  )
  const before = known.provisioning
  const provisioning =
    typeof failed?.reason !== 'string'
      ? null
      : before?.agreementId === agreementId && before.reason === failed.reason
        ? before
        : { agreementId, reason: failed.reason, at: now }
  return { ...known, asking: later(asking, null, row.id, now), provisioning, agreementId }
}

type Known = Omit<AgreementAsked, 'agreementId'>

/** The agreement of the row's license, or when to ask again for it. */
async function search(
  aws: AwsAccess,
  row: SubscriptionRow,
  known: Known,
  now: number,
): Promise<string | AskingAgreement | null> {
  if (row.licenseArn === null) return null
  const first = {
    what: 'agreement',
    agreementId: null,
    inVain: 0,
    nextAt: row.createdMs + SEARCH_AFTER_MS,
  } as const
  const asking = known.asking?.what === 'agreement' ? known.asking : first
  if (asking.nextAt !== null && now < asking.nextAt) return asking
  const answer = await searchAgreements(aws, { LicenseArn: row.licenseArn })
  if (!answer.ok) return later(asking, answer.error, row.id, now)
  // Of several the newest is in force. One of another account or license is AWS's mistake or ours, and is not taken.
  const own = answer.value.filter(
    ({ account, licenseArns }) =>
      account === row.account && licenseArns.some((arn) => licenseTail(arn) === row.licenseTail),
  )
  own.sort((a, b) => (a.startsAt ?? 0) - (b.startsAt ?? 0))
  return own.at(-1)?.agreementId ?? later(asking, null, row.id, now)
}

const askingOf = (
  asking: AskingAgreement | null,
  what: AskingAgreement['what'],
  agreementId: string,
  nextAt: number,
): AskingAgreement =>
  asking?.what === what && asking.agreementId === agreementId
    ? asking
    : { what, agreementId, inVain: 0, nextAt }

/** `failure` null: AWS answered and knew nothing. */
function later(
  asking: AskingAgreement,
  failure: CallFailure | null,
  subscription: string,
  now: number,
): AskingAgreement {
  if (failure !== null) {
    const level = decide(failure).act === 'stop' ? 'error' : 'warn'
    logLine(level, 'agreement_unknown', { subscription, agreement: asking.agreementId, ...failure })
  }
  const inVain = asking.inVain + 1
  return { ...asking, inVain, nextAt: now + Math.min(DAY_MS, MINUTE_MS * 2 ** Math.min(inVain - 1, 11)) }
}
