/**
 * The life of a subscription as a function of AWS's events. Pure: no I/O, no clock. The events are a set: in any order
 * and however often they came, the answer is the same.
 */
import { MINUTE_MS } from './hour.ts'
import { licenseTail } from './license.ts'
import { inOrder, type LifecycleEvent } from './lifecycle/events.ts'

/** How long after an Ended without a License Deprovisioned the end is presumed. Source: money §6. */
const PRESUMED_AFTER_MS = 45 * MINUTE_MS

/** After a presumed end usage from before it is taken this long at most. Source: money §6 (2). */
const PRESUMED_TAKE_MS = 5 * MINUTE_MS

/** An Ended with one of these winds down. Source: facts §8. */
export const WINDS_DOWN: readonly string[] = ['CANCELLED', 'EXPIRED', 'TERMINATED']

/** An Ended with one of these has a successor and changes nothing by itself. Source: facts §8. */
export const SUCCEEDED: readonly string[] = ['RENEWED', 'REPLACED']

/** `pending`: set up, not granted. `ending`: over for AWS, access not yet revoked. `ended`: access is revoked. */
export type LifecycleState = 'pending' | 'active' | 'ending' | 'ended'

export interface Lifecycle {
  readonly state: LifecycleState
  /** 1 for the first life; a License Updated after an end opens the next. */
  readonly life: number
  /** Time of the life's first License Updated, once it counts: with a contract only when something is entitled. */
  readonly activation: number | null
  /** Time of the newest License Updated of this life, whether or not it counts yet: what entitlements are asked after. */
  readonly updatedAt: number | null
  readonly ending: { readonly at: number } | null
  readonly end: {
    readonly at: number
    readonly takeUntil: number
    readonly cause: 'deprovisioned' | 'presumed'
  } | null
  /** What AWS calls the end or the ending of this life: CANCELLED, EXPIRED, TERMINATED. Null: neither, or not told. */
  readonly endedBy: string | null
  /** The agreement in force: that of the newest License Updated, else the newest seen. */
  readonly agreementId: string | null
  readonly agreementStart: number | null
  /** When the agreement in force was made, and when it starts: later where it is future-dated. Null: no event told. */
  readonly purchasedAt: number | null
  readonly startsAt: number | null
  readonly previousAgreementId: string | null
  /** Each agreement under which a license was granted, in that order, and when it first was. */
  readonly grants: readonly { readonly agreementId: string; readonly at: number }[]
  /** True: the agreement in force was renewed or replaced. Its end is its successor's, unless its license ends first. */
  readonly succeeded: boolean
  /** True: AWS says that the payment failed, and has granted nothing since. */
  readonly paymentFailed: boolean
  /** A person looks at it; nothing changes by it (facts §8). `advisoryAt`: when it was issued or resolved. */
  readonly advisory: 'open' | null
  readonly advisoryAt: number | null
  /** Ids of events of this purchase that fit nowhere yet: the end of an agreement nothing was granted under. */
  readonly held: readonly string[]
  /** Time of this life's first License Updated, whether or not it counts yet. */
  readonly openedAt: number | null
  /** When a legacy product's message said that a free trial begins, and when one said of a purchase without. */
  readonly legacyTrial: { readonly at: number; readonly paidAt: number | null } | null
  /** Every license that was granted, oldest first, as received. */
  readonly licenses: readonly { readonly arn: string; readonly at: number }[]
  /** When the answer changes without an event: the presumed end. Null: never. */
  readonly changesAt: number | null
}

/** What the answer depends on beside the events. */
export interface Terms {
  /** True for contract pricing: License Updated alone grants nothing (design §5.4). */
  readonly needsEntitlement: boolean
  /** The life for which GetEntitlements answered something; null: none yet. */
  readonly entitledLife: number | null
  /** How long after an end usage from before it is still taken. */
  readonly finalTakeMs: number
  /** When the subscription that renewed or replaced this one under another license ended; null or absent: it has not. */
  readonly successorEnd?: number | null
}

interface Life {
  activation: number | null
  updatedAt: number | null
  ending: number | null
  endedBy: string | null
  end: Lifecycle['end']
  legacyTrial: Lifecycle['legacyTrial']
}

const newLife = (at: number | null = null): Life => ({
  activation: at,
  updatedAt: at,
  ending: null,
  endedBy: null,
  end: null,
  legacyTrial: null,
})

/** Where the subscription stands at `now`. */
export function lifecycleOf(events: readonly LifecycleEvent[], terms: Terms, now: number): Lifecycle {
  const ordered = inOrder(events)
  const lives: Life[] = [newLife()]
  const licenses: { arn: string; at: number }[] = []
  const grants: { agreementId: string; at: number }[] = []
  /** What each agreement ended as. */
  const ends = new Map<string, string>()
  let granted: string | null = null
  let failedAt: number | null = null
  let grantedAt: number | null = null
  let advisory: { at: number; isOpen: boolean } | null = null

  for (const event of ordered) {
    presumeEnd(lives, terms, event.at)
    const life = lives.at(-1) ?? newLife()
    switch (event.kind) {
      case 'agreement':
        break
      case 'updated': {
        granted = event.agreementId ?? granted
        grantedAt = event.at
        const { agreementId, licenseArn } = event
        if (agreementId !== null && !grants.some((grant) => grant.agreementId === agreementId))
          grants.push({ agreementId, at: event.at })
        if (licenseArn !== null && tailOf(licenses.at(-1)?.arn) !== tailOf(licenseArn))
          licenses.push({ arn: licenseArn, at: event.at })
        if (life.end) lives.push(newLife(event.at))
        else {
          life.activation ??= event.at
          life.updatedAt = event.at
          life.ending = null
          life.endedBy = null
        }
        noteTrial(lives, event.isTrial, event.at)
        break
      }
      case 'entitled':
        // What comes behind an end tells of its empty entitlements.
        if (life.end || !terms.needsEntitlement) break
        life.activation ??= event.at
        life.updatedAt = event.at
        break
      case 'agreement-ended':
        if (event.agreementId !== null) ends.set(event.agreementId, event.status)
        if (life.end || !WINDS_DOWN.includes(event.status)) break
        // An agreement that was renewed under the same license ends without ending the license.
        if (granted !== null && granted !== event.agreementId) break
        life.ending ??= event.at
        life.endedBy ??= event.status
        break
      case 'deprovisioned':
        if (event.licenseArn !== null && isReplaced(licenses, event.licenseArn)) break
        life.end ??= { at: event.at, takeUntil: event.at + terms.finalTakeMs, cause: 'deprovisioned' }
        break
      case 'payment-failed':
        failedAt = event.at
        break
      case 'advisory':
        advisory = { at: event.at, isOpen: event.isOpen }
        break
    }
  }
  presumeEnd(lives, terms, now)

  const life = lives.at(-1) ?? newLife()
  const agreement = agreementOf(ordered, granted)
  const succeeded = SUCCEEDED.includes(ends.get(agreement.agreementId ?? '') ?? '')
  const successorEnd = terms.successorEnd ?? null
  if (succeeded && life.end === null && successorEnd !== null && successorEnd >= (life.activation ?? 0))
    life.end = presumedEnd(successorEnd, terms)
  const counts = !terms.needsEntitlement || terms.entitledLife === lives.length
  const activation = counts ? life.activation : null
  return {
    state: stateOf(life, activation),
    life: lives.length,
    activation,
    updatedAt: life.updatedAt,
    ending: life.ending === null ? null : { at: life.ending },
    end: life.end,
    endedBy: life.endedBy,
    ...agreement,
    grants,
    succeeded,
    paymentFailed: failedAt !== null && (grantedAt === null || grantedAt < failedAt),
    advisory: advisory?.isOpen === true ? 'open' : null,
    advisoryAt: advisory?.at ?? null,
    held: heldOf(ordered, granted, grants),
    openedAt: life.activation,
    legacyTrial: life.legacyTrial,
    licenses,
    changesAt: life.end || life.ending === null ? null : life.ending + PRESUMED_AFTER_MS,
  }
}

/** `isTrial` undefined: the message does not say. */
function noteTrial(lives: readonly Life[], isTrial: boolean | undefined, at: number): void {
  const life = lives.at(-1)
  if (life === undefined || isTrial === undefined) return
  if (isTrial) life.legacyTrial ??= { at, paidAt: null }
  else if (life.legacyTrial !== null)
    life.legacyTrial = { at: life.legacyTrial.at, paidAt: life.legacyTrial.paidAt ?? at }
}

/** True for a license that another was granted in place of: its end is not the subscription's. */
function isReplaced(licenses: Lifecycle['licenses'], arn: string): boolean {
  const tails = licenses.map((license) => licenseTail(license.arn))
  const tail = licenseTail(arn)
  return tails.includes(tail) && tails.at(-1) !== tail
}

const tailOf = (arn: string | undefined): string | undefined =>
  arn === undefined ? undefined : (licenseTail(arn) ?? arn)

function stateOf(life: Life, activation: number | null): LifecycleState {
  if (life.end) return 'ended'
  if (life.ending !== null) return 'ending'
  return activation === null ? 'pending' : 'active'
}

/** Closes the last life when its Ended is older than 45 minutes at `at` and no Deprovisioned came before. */
function presumeEnd(lives: readonly Life[], terms: Terms, at: number): void {
  const life = lives.at(-1)
  if (!life || life.end || life.ending === null) return
  const presumed = life.ending + PRESUMED_AFTER_MS
  if (at >= presumed) life.end = presumedEnd(presumed, terms)
}

const presumedEnd = (at: number, { finalTakeMs }: Terms): Lifecycle['end'] => ({
  at,
  takeUntil: at + Math.min(finalTakeMs, PRESUMED_TAKE_MS),
  cause: 'presumed',
})

function agreementOf(
  ordered: readonly LifecycleEvent[],
  granted: string | null,
): Pick<Lifecycle, 'agreementId' | 'agreementStart' | 'previousAgreementId' | 'purchasedAt' | 'startsAt'> {
  const named = ordered.flatMap((event) => event.agreementId ?? [])
  const agreementId = granted ?? named.at(-1) ?? null
  const told = ordered.filter((event) => event.kind === 'agreement')
  const starts = told.flatMap((event) => (event.startsAt === null ? [] : [event.startsAt]))
  const own = told.filter((event) => event.agreementId === agreementId)
  return {
    agreementId,
    agreementStart: starts.length === 0 ? null : Math.min(...starts),
    purchasedAt: own[0]?.at ?? null,
    startsAt: own.find((event) => event.startsAt !== null)?.startsAt ?? null,
    previousAgreementId: own.find((event) => event.previousAgreementId !== null)?.previousAgreementId ?? null,
  }
}

/** Ends of agreements nothing was granted under, once something is granted under another: they are shown, not guessed at. */
const heldOf = (
  ordered: readonly LifecycleEvent[],
  granted: string | null,
  grants: Lifecycle['grants'],
): readonly string[] =>
  granted === null
    ? []
    : ordered.flatMap((event) =>
        event.kind === 'agreement-ended' && !grants.some((grant) => grant.agreementId === event.agreementId)
          ? [event.id]
          : [],
      )
