/**
 * The life of a subscription as a function of AWS's events. Pure: no I/O, no clock. The events are a set: in any order
 * and however often they came, the answer is the same.
 */
import { MINUTE_MS } from './hour.ts'
import { licenseTail } from './license.ts'

/** How long after an Ended without a License Deprovisioned the end is presumed. Source: money §6. */
const PRESUMED_AFTER_MS = 45 * MINUTE_MS

/** After a presumed end usage from before it is taken this long at most. Source: money §6 (2). */
const PRESUMED_TAKE_MS = 5 * MINUTE_MS

/** An Ended with one of these winds down. RENEWED and REPLACED have a successor and change nothing. Source: facts §8. */
const WINDS_DOWN: readonly string[] = ['CANCELLED', 'EXPIRED', 'TERMINATED']

/** What one event says. `at` is AWS's own time, epoch ms, to the second. */
export type LifecycleEvent = {
  readonly id: string
  readonly at: number
  readonly agreementId: string
} & (
  | {
      readonly kind: 'agreement'
      /** Epoch ms; null when the event does not tell. */
      readonly startsAt: number | null
      readonly previousAgreementId: string | null
    }
  | { readonly kind: 'updated'; readonly licenseArn: string }
  | { readonly kind: 'agreement-ended'; readonly status: string }
  | { readonly kind: 'deprovisioned'; readonly licenseArn: string }
)

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
  /** The agreement in force: that of the newest License Updated, else the newest seen. */
  readonly agreementId: string | null
  readonly agreementStart: number | null
  readonly previousAgreementId: string | null
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
}

interface Life {
  activation: number | null
  updatedAt: number | null
  ending: number | null
  end: Lifecycle['end']
}

const newLife = (): Life => ({ activation: null, updatedAt: null, ending: null, end: null })

/** Where the subscription stands at `now`. */
export function lifecycleOf(events: readonly LifecycleEvent[], terms: Terms, now: number): Lifecycle {
  const ordered = inOrder(events)
  const lives: Life[] = [newLife()]
  const licenses: { arn: string; at: number }[] = []
  let granted: string | null = null

  for (const event of ordered) {
    presumeEnd(lives, terms, event.at)
    const life = lives.at(-1) ?? newLife()
    switch (event.kind) {
      case 'agreement':
        break
      case 'updated': {
        granted = event.agreementId
        if (licenses.at(-1)?.arn !== event.licenseArn) licenses.push({ arn: event.licenseArn, at: event.at })
        if (life.end) lives.push({ ...newLife(), activation: event.at, updatedAt: event.at })
        else {
          life.activation ??= event.at
          life.updatedAt = event.at
          life.ending = null
        }
        break
      }
      case 'agreement-ended':
        if (life.end || !WINDS_DOWN.includes(event.status)) break
        // An agreement that was renewed under the same license ends without ending the license.
        if (granted === null || granted === event.agreementId) life.ending ??= event.at
        break
      case 'deprovisioned':
        if (isReplaced(licenses, event.licenseArn)) break
        life.end ??= { at: event.at, takeUntil: event.at + terms.finalTakeMs, cause: 'deprovisioned' }
        break
    }
  }
  presumeEnd(lives, terms, now)

  const life = lives.at(-1) ?? newLife()
  const counts = !terms.needsEntitlement || terms.entitledLife === lives.length
  const activation = counts ? life.activation : null
  return {
    state: stateOf(life, activation),
    life: lives.length,
    activation,
    updatedAt: life.updatedAt,
    ending: life.ending === null ? null : { at: life.ending },
    end: life.end,
    licenses,
    ...agreementOf(ordered, granted),
    changesAt: life.end || life.ending === null ? null : life.ending + PRESUMED_AFTER_MS,
  }
}

/** True for a license that another was granted in place of: its end is not the subscription's. */
function isReplaced(licenses: Lifecycle['licenses'], arn: string): boolean {
  const tails = licenses.map((license) => licenseTail(license.arn))
  const tail = licenseTail(arn)
  return tails.includes(tail) && tails.at(-1) !== tail
}

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
  if (at < presumed) return
  const takeMs = Math.min(terms.finalTakeMs, PRESUMED_TAKE_MS)
  life.end = { at: presumed, takeUntil: presumed + takeMs, cause: 'presumed' }
}

function agreementOf(
  ordered: readonly LifecycleEvent[],
  granted: string | null,
): Pick<Lifecycle, 'agreementId' | 'agreementStart' | 'previousAgreementId'> {
  const agreementId = granted ?? ordered.at(-1)?.agreementId ?? null
  const told = ordered.filter((event) => event.kind === 'agreement')
  const starts = told.flatMap((event) => (event.startsAt === null ? [] : [event.startsAt]))
  const previous = told.find(
    (event) => event.agreementId === agreementId && event.previousAgreementId !== null,
  )
  return {
    agreementId,
    agreementStart: starts.length === 0 ? null : Math.min(...starts),
    previousAgreementId: previous?.previousAgreementId ?? null,
  }
}

/** AWS's times have whole seconds: within one, a grant comes before its end. */
const RANK = { agreement: 0, updated: 1, 'agreement-ended': 2, deprovisioned: 3 } as const

function inOrder(events: readonly LifecycleEvent[]): LifecycleEvent[] {
  const byId = new Map(events.map((event) => [event.id, event]))
  return [...byId.values()].sort(
    (a, b) => a.at - b.at || RANK[a.kind] - RANK[b.kind] || (a.id < b.id ? -1 : Number(a.id > b.id)),
  )
}
