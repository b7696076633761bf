/** What only the agreement service tells of a purchase: which agreement a license is of, and whether it is a free trial. */
import { decide } from '../../shared/aws/decide.ts'
import type { CallFailure } from '../../shared/aws/failure.ts'
import { HOUR_MS, MINUTE_MS } from '../../shared/hour.ts'
import { licenseTail } from '../../shared/license.ts'
import type { Lifecycle } from '../../shared/lifecycle.ts'
import { getAgreementTerms, searchAgreements } from '../aws/agreement.ts'
import type { SubscriptionRow } from '../db/lifecycle.ts'
import type { AwsAccess } from '../env.ts'
import { logLine } from '../log.ts'
import type { AskingAgreement, KnownTerms } from './state.ts'

/** License Updated comes about a minute after a purchase and tells the agreement; only without one AWS is asked for it. */
const SEARCH_AFTER_MS = 3 * MINUTE_MS

/** Agreements of one license whose terms are asked: the newest, for a chain of renewals is long only with the years. */
const TERMS_OF_MAX = 3

/** What is known of the agreement service, and what is asked next. */
export interface AgreementAsked {
  readonly terms: readonly KnownTerms[]
  readonly asking: AskingAgreement | null
  /** The agreement the license is of, where no event has told it. */
  readonly agreementId: string | null
}

/**
 * Asks what is not known yet and is due at `now`; a call that fails is made again after 1, 2, 4 … 60 minutes of business
 * time. An ended life asks nothing.
 */
export async function askAgreement(
  aws: AwsAccess,
  row: SubscriptionRow,
  life: Lifecycle,
  known: Omit<AgreementAsked, 'agreementId'>,
  now: number,
): Promise<AgreementAsked> {
  const told = life.agreementId ?? row.agreementId
  if (life.end !== null) return { ...known, asking: null, agreementId: told }
  const agreementId = told ?? (await search(aws, row, known, now))
  if (typeof agreementId === 'object') return { ...known, asking: agreementId, agreementId: null }

  let { terms } = known
  for (const id of life.grants.slice(-TERMS_OF_MAX).map((grant) => grant.agreementId)) {
    if (terms.some((one) => one.agreementId === id)) continue
    const asking = askingOf(known.asking, id, now)
    if (asking.nextAt !== null && now < asking.nextAt) return { terms, asking, agreementId }
    const answer = await getAgreementTerms(aws, id)
    if (!answer.ok) return { terms, asking: later(asking, answer.error, row.id, now), agreementId }
    const { trial, startsAt } = answer.value
    terms = [...terms, { agreementId: id, trial, startsAt }]
  }
  return { terms, asking: null, agreementId }
}

/** The agreement of the row's license, or when to ask again for it. */
async function search(
  aws: AwsAccess,
  row: SubscriptionRow,
  known: Omit<AgreementAsked, 'agreementId'>,
  now: number,
): Promise<string | AskingAgreement | null> {
  if (row.licenseArn === null) return null
  const first = { agreementId: null, inVain: 0, nextAt: row.createdMs + SEARCH_AFTER_MS }
  const asking = known.asking?.agreementId === null ? known.asking : first
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

const askingOf = (asking: AskingAgreement | null, agreementId: string, now: number): AskingAgreement =>
  asking?.agreementId === agreementId ? asking : { agreementId, inVain: 0, nextAt: now }

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
  return { ...asking, inVain, nextAt: now + Math.min(HOUR_MS, MINUTE_MS * 2 ** Math.min(inVain - 1, 6)) }
}
