/** What AWS says of an agreement against what its events told us: which never came, and what no event can say. Pure. */
import type { AgreementSummary, Provisioning } from '../../shared/aws/agreement.ts'
import { DAY_MS, MINUTE_MS } from '../../shared/hour.ts'
import { licenseTail } from '../../shared/license.ts'
import { SUCCEEDED, WINDS_DOWN } from '../../shared/lifecycle.ts'
import type { Seen } from '../db/reconciliations.ts'

/** Events come about a minute after what they tell of; so much later they are missed. */
export const GRACE_MS = 15 * MINUTE_MS

/** From the start of an agreement to its License Updated, rounded up: no usage may be stamped before it. Source: facts §5.3, captured. */
const GRANTED_AFTER_MS = 2 * MINUTE_MS

/** An agreement in force whose events fit is asked about so often all the same. */
const RECHECK_MS = DAY_MS

/** An event of AWS's that never came. `after` and the rest: see `Repair` (shared/lifecycle/events.ts). */
export type Missed = {
  readonly agreementId: string
  readonly account: string | null
  /** When it happened, as nearly as AWS tells: never before it did, epoch ms. */
  readonly at: number
  readonly after: number
} & (
  | {
      readonly kind: 'created'
      readonly acceptedAt: number | null
      readonly startsAt: number | null
      readonly previous: string | null
    }
  | { readonly kind: 'updated' | 'deprovisioned'; readonly licenseArn: string }
  | { readonly kind: 'ended'; readonly status: string }
)

/** What has to be asked before `compare` can answer; null: nothing is to be compared. */
export interface Questions {
  readonly provisioning: boolean
  readonly chain: boolean
}

/**
 * Null where nothing is compared: what has just changed, whose events are on their way; and what was over before we ever
 * heard of it.
 */
export function questionsOf(agreement: AgreementSummary, seen: Seen, now: number): Questions | null {
  const { status, initialAgreementId, agreementId, updatedAt } = agreement
  if (now - changedAt(agreement, now) < GRACE_MS) return null
  const isActive = status === 'ACTIVE'
  const isKnown = seen.events.length > 0 || seen.subscription !== null || seen.ofChain
  if (!isKnown && !isActive) return null
  const { remembered, subscription } = seen
  const grants = timesOf(seen, UPDATED)
  const takenBack = timesOf(seen, DEPROVISIONED).some((at) => at >= Math.max(0, ...grants))
  const isOver = subscription?.state === 'ended' || subscription?.state === 'ending'
  const isNews = remembered?.status !== status || remembered.updatedMs !== updatedAt
  const provisioning = isActive
    ? (agreement.startsAt ?? 0) + GRACE_MS <= now &&
      (grants.length === 0 || takenBack || isOver || now - (remembered?.checkedMs ?? now) >= RECHECK_MS)
    : isNews && (grants.length === 0 || (!takenBack && !isOver && !SUCCEEDED.includes(status)))
  const chain = !has(seen, CREATED) && initialAgreementId !== null && initialAgreementId !== agreementId
  return { provisioning, chain }
}

/** What was found. `contradiction` is a sentence for a person: nothing is written by it. */
export interface Verdict {
  readonly missed: readonly Missed[]
  readonly contradiction: string | null
}

const contradicts = (contradiction: string): Verdict => ({ missed: [], contradiction })

/** `provisioning` empty: it was not asked. `chain`: the agreements of the same origin, its own among them; empty: not asked. */
export function compare(
  agreement: AgreementSummary,
  provisioning: readonly Provisioning[],
  chain: readonly AgreementSummary[],
  seen: Seen,
  now: number,
): Verdict {
  const { agreementId, account, status, startsAt, acceptedAt } = agreement
  const { subscription } = seen
  const isActive = status === 'ACTIVE'
  if (subscription !== null && account !== null && subscription.account !== account)
    return contradicts(
      `AWS says that it is the account ${account}'s; its license came here with the account ${subscription.account}.`,
    )
  const told = seen.events.filter(({ detailType }) => ENDED.test(detailType))
  const wrong = told.find((event) => groupOf(event.status ?? '') !== groupOf(status))
  if (wrong !== undefined)
    return contradicts(
      `An event told that it ended as ${wrong.status ?? 'nothing'}; AWS lists it as ${status}.`,
    )
  const goesOn = subscription !== null && subscription.state !== 'ended'
  if (groupOf(status) === 'other' && goesOn && subscription.agreementId === agreementId)
    return contradicts(`AWS lists it as ${status}, which no event tells of; the subscription goes on here.`)

  const missed: Missed[] = []
  const of = { agreementId, account }
  const begins = Math.max(acceptedAt ?? 0, startsAt ?? 0)
  if (!has(seen, CREATED)) {
    const previous = previousOf(agreement, chain)
    if (previous === undefined)
      return contradicts('AWS says that it renews or replaces another agreement, and not which one.')
    const at = acceptedAt ?? startsAt ?? now
    missed.push({ ...of, kind: 'created', at, after: 0, acceptedAt, startsAt, previous })
  }
  const grants = timesOf(seen, UPDATED)
  const endAt = Math.max(endOf(agreement, now), ...grants)
  for (const licenseArn of licensesOf(agreement, provisioning)) {
    const where = standingOf(provisioning, licenseArn)
    const ofLicense = { ...of, licenseArn }
    const granted = timesOf(seen, UPDATED, licenseArn)
    const endedAt = subscription?.state === 'ended' ? subscription.endedAt : null
    if (granted.length === 0 && (where === 'PROVISIONED' || (where === 'DEPROVISIONED' && !isActive))) {
      const soonest = begins + GRANTED_AFTER_MS
      const at = isActive ? Math.max(soonest, agreement.updatedAt ?? 0) : Math.min(soonest, endAt)
      missed.push({ ...ofLicense, kind: 'updated', at, after: 0 })
    } else if (isActive && where === 'PROVISIONED' && endedAt !== null) {
      // What we took for an end, by what AWS said then, is taken back by what it says now.
      const byUs = seen.events.some(
        (one) => one.isOurs && DEPROVISIONED.test(one.detailType) && one.timeMs === endedAt,
      )
      const changed = byUs ? now : (agreement.updatedAt ?? 0)
      if (changed <= endedAt) return contradicts(STILL_GRANTED)
      missed.push({ ...ofLicense, kind: 'updated', at: changed, after: endedAt })
    }
    const back = timesOf(seen, DEPROVISIONED, licenseArn).some((at) => at >= Math.max(0, ...granted))
    if (
      where === 'DEPROVISIONED' &&
      groupOf(status) !== 'succeeded' &&
      !back &&
      subscription?.state !== 'ended'
    )
      // Of an agreement that goes on AWS tells no time: it last changed long before its license was taken back.
      missed.push({
        ...ofLicense,
        kind: 'deprovisioned',
        at: isActive ? now : endAt,
        after: Math.max(0, ...granted),
      })
  }
  if (told.length === 0 && (groupOf(status) === 'over' || groupOf(status) === 'succeeded'))
    missed.push({ ...of, kind: 'ended', status, at: endAt, after: 0 })
  return { missed, contradiction: null }
}

const STILL_GRANTED =
  'AWS says that its license is in force; an event told that it was taken back, and nothing has changed since.'

/** Which statuses mean the same for access; ROLLED_BACK, ARCHIVED and whatever AWS adds are none of ours. */
function groupOf(status: string): 'active' | 'over' | 'succeeded' | 'other' {
  if (status === 'ACTIVE') return 'active'
  if (WINDS_DOWN.includes(status)) return 'over'
  return SUCCEEDED.includes(status) ? 'succeeded' : 'other'
}

export const CREATED = /^Purchase Agreement Created /
export const UPDATED = /^License Updated /
const DEPROVISIONED = /^License Deprovisioned /
const ENDED = /^Purchase Agreement Ended /

const has = (seen: Seen, type: RegExp): boolean => timesOf(seen, type).length > 0

const timesOf = ({ events }: Seen, type: RegExp, licenseArn?: string): readonly number[] =>
  events
    .filter((one) => type.test(one.detailType))
    .filter((one) => licenseArn === undefined || one.licenseTail === licenseTail(licenseArn))
    .map(({ timeMs }) => timeMs)

/** The last thing AWS tells of it that has happened by `now`. */
const changedAt = ({ acceptedAt, startsAt, endsAt, updatedAt }: AgreementSummary, now: number): number =>
  Math.max(0, ...[acceptedAt, startsAt, endsAt, updatedAt].map((at) => (at === null || at > now ? 0 : at)))

/** When it ended, as nearly as AWS tells: at the end of its term, or when it last changed before that, unless it ran out. */
const endOf = ({ status, endsAt, updatedAt }: AgreementSummary, now: number): number =>
  Math.min(now, endsAt ?? now, (status === 'EXPIRED' ? endsAt : null) ?? updatedAt ?? now)

/** The agreement it took the place of: the one before it in its chain, had that a successor. Undefined: which is not clear. */
function previousOf(
  { agreementId, initialAgreementId, acceptedAt }: AgreementSummary,
  chain: readonly AgreementSummary[],
): string | null | undefined {
  if (initialAgreementId === null || initialAgreementId === agreementId) return null
  const before = chain
    .filter((one) => one.agreementId !== agreementId && groupOf(one.status) === 'succeeded')
    .filter((one) => (one.acceptedAt ?? 0) < (acceptedAt ?? 0))
    .sort((a, b) => (a.acceptedAt ?? 0) - (b.acceptedAt ?? 0))
  const [last, other] = before.toReversed()
  return last === undefined || last.acceptedAt === other?.acceptedAt ? undefined : last.agreementId
}

const licensesOf = (
  { licenseArns }: AgreementSummary,
  provisioning: readonly Provisioning[],
): readonly string[] =>
  (licenseArns.length > 0 ? licenseArns : provisioning.flatMap((one) => one.licenseArn ?? [])).filter(
    (arn, at, all) =>
      licenseTail(arn) !== undefined && all.findIndex((one) => licenseTail(one) === licenseTail(arn)) === at,
  )

const standingOf = (provisioning: readonly Provisioning[], licenseArn: string): string | undefined =>
  provisioning.find((one) => licenseTail(one.licenseArn ?? '') === licenseTail(licenseArn))?.status
