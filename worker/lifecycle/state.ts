/** What the lifecycle computed of a subscription (`detail`) and knows of its entitlements. Types and reading only. */
import type { Entitlement } from '../../shared/aws/get-entitlements.ts'
import type { Lifecycle } from '../../shared/lifecycle.ts'
import type { Access } from '../../shared/lifecycle/access.ts'
import type { Trial } from '../../shared/lifecycle/trial.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { SubscriptionRow } from '../db/lifecycle.ts'

/** The plan from each hour on. */
export interface PlanFrom {
  readonly fromHour: number
  readonly plan: string
}

/** How far asking for entitlements has come, after one License Updated. */
export interface Asking {
  readonly updatedAt: number
  /** Answers that were empty or failed. */
  readonly inVain: number
  /** Answers that were empty, one after the other: AWS means it. */
  readonly empty: number
  /** When to ask again; null: no more. */
  readonly nextAt: number | null
  /** The last answer was a failure: what is granted now is not known (money §3). */
  readonly failed: boolean
}

/** What GetAgreementTerms said of an agreement. It never changes, so it is asked once. */
export interface KnownTerms {
  readonly agreementId: string
  /** Null: a purchase that is paid for. */
  readonly trial: { readonly days: number | null } | null
  /** Epoch ms; null: not told. */
  readonly startsAt: number | null
}

/** Why AWS could not provision what was bought; `at` is when it said so, epoch ms. */
export interface FailedProvisioning {
  readonly agreementId: string
  readonly reason: string
  readonly at: number
}

/** How far asking the agreement service has come. */
export interface AskingAgreement {
  /** Which agreement a license is of, what its terms are, or why nothing is granted. */
  readonly what: 'agreement' | 'terms' | 'provisioning'
  /** Null: it is what is asked. */
  readonly agreementId: string | null
  readonly inVain: number
  readonly nextAt: number | null
}

/** The `detail` column. */
export interface Detail extends Lifecycle {
  readonly access: Access
  readonly trial: Trial | null
  readonly plans: readonly PlanFrom[]
  /** What the application set; null: nothing. */
  readonly chosenPlan: string | null
  /** The plan that follows the one in force, when that is known; null: none does. */
  readonly nextPlan: string | null
  readonly asking: Asking | null
  readonly terms: readonly KnownTerms[]
  readonly askingAgreement: AskingAgreement | null
  readonly provisioning: FailedProvisioning | null
  /** Whom this purchase renews or replaces, and who renews or replaces it; null: nobody we know. */
  readonly predecessor: SubscriptionId | null
  readonly successor: SubscriptionId | null
}

/** The `entitlements` column: the last answer that was not empty, and after which License Updated of which life. */
export interface Entitled {
  readonly life: number
  readonly updatedAt: number
  readonly entitlements: readonly Entitlement[]
}

/** What a row of a version before this one does not say (G.2 fault 28). */
const UNSAID = {
  endedBy: null,
  purchasedAt: null,
  startsAt: null,
  grants: [],
  succeeded: false,
  paymentFailed: false,
  advisory: null,
  advisoryAt: null,
  held: [],
  openedAt: null,
  legacyTrial: null,
  trial: null,
  chosenPlan: null,
  nextPlan: null,
  terms: [],
  askingAgreement: null,
  provisioning: null,
  predecessor: null,
  successor: null,
} as const satisfies Partial<Detail>

type Stored = Omit<Detail, 'access' | keyof typeof UNSAID> &
  Partial<Pick<Detail, 'access' | keyof typeof UNSAID>>

/** The stored detail; undefined before the first. Written by us only, so its shape is trusted, but for what it may not say yet. */
export function readDetail(row: Pick<SubscriptionRow, 'detail'>): Detail | undefined {
  if (row.detail === '{}') return undefined
  const stored = JSON.parse(row.detail) as Stored
  return { ...UNSAID, access: impliedAccess(stored), ...stored }
}

/** Access was the state, before it was decided for itself. */
function impliedAccess({ state, activation, end }: Stored): Access {
  if (state === 'active' || state === 'ending')
    return { granted: activation !== null, since: activation, why: activation === null ? 'ended' : state }
  return state === 'ended'
    ? { granted: false, since: end?.at ?? null, why: 'ended' }
    : { granted: false, since: null, why: 'setting-up' }
}

export const readEntitled = (row: Pick<SubscriptionRow, 'entitlements'>): Entitled | null =>
  row.entitlements === null ? null : (JSON.parse(row.entitlements) as Entitled)
