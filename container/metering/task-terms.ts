/** What a task's ledger is told: who the task is, what is charged, when hours freeze (money §5, §11). Pure. */
import { type Hour, HOUR_MS, hourFrom, nextHour } from '../../shared/hour.ts'
import type { Order } from '../../shared/ledger/order.ts'
import {
  DEFAULT_TIMING,
  type DimensionTerms,
  type LedgerTerms,
  type ProductTerms,
} from '../../shared/ledger/terms.ts'
import { configId } from '../../shared/seller/config-id.ts'
import type { Identity, SubscriptionId } from '../../shared/subscription.ts'

/** Who this task is, and what is charged. */
export interface TaskTerms {
  /** The ECS task's ARN, or `pod/<uid>`. */
  readonly task: string
  readonly region: string
  readonly productCode: string
  /** When the task was made, epoch ms; null: the platform does not say. */
  readonly startedAt: number | null
  readonly dimensions: readonly DimensionTerms[]
  /** The plans of its charges; absent: none depends on a plan. */
  readonly chargedBy?: Pick<ProductTerms, 'plans' | 'defaultPlan'>
  /** How long after its end an hour waits for late usage. */
  readonly latenessMs: number
  /**
   * A record of 0 for each dimension in each full hour in which it was not used. Whether AWS asks for it is not certain
   * (facts §2.9, "Test every dimension … send a metering record for each dimension"), so it is off by default.
   */
  readonly zeroRecords: boolean
  /** Whether this task had another ledger, which a successor has by now. Absent: it had none. Throws what the disk says. */
  readonly hadLedger?: () => boolean
  /** A new ledger's own id: `sub_` and 22 letters or digits that no other ledger has, from a cryptographic generator. */
  readonly newLedger: () => SubscriptionId
}

/** The name under which a container's product stands in its own ledger: a container has one. */
const PRODUCT = 'container'

/** At its start + 4 h an hour freezes whatever the lateness: a third of AWS's window stays. */
const FREEZE_WITHIN_MS = 4 * HOUR_MS

/**
 * What the ledger charges by. No 03:00 guard: the window of 6 h is the only one, and it is the same across a month's end.
 * The first secret that a key came under stays in the ledger.
 */
export const ledgerTermsOf = (terms: TaskTerms, subscription: SubscriptionId): LedgerTerms => ({
  subscription,
  keySecret: terms.newLedger(),
  config: configId([terms.dimensions, terms.chargedBy]),
  products: {
    [PRODUCT]: {
      code: terms.productCode,
      dimensions: terms.dimensions,
      plans: terms.chargedBy?.plans ?? [],
      defaultPlan: terms.chargedBy?.defaultPlan ?? null,
      heartbeat: terms.zeroRecords ? '*' : null,
    },
  },
  timing: {
    ...DEFAULT_TIMING,
    latenessMs: terms.latenessMs,
    freezeWithinMs: FREEZE_WITHIN_MS,
    monthGuardMs: terms.latenessMs,
    spike: null,
  },
})

/** The identity of this task from the next full hour on: the hour in progress may be at AWS from before (money §11). */
export const identityOf = (terms: TaskTerms, now: number): Identity & { readonly kind: 'task' } => ({
  kind: 'task',
  productCode: terms.productCode,
  region: terms.region,
  task: terms.task,
  startedAt: Math.min(terms.startedAt ?? now, now),
  fromHour: hourFrom(now),
})

/** A container's own first order: no buyer is named, for AWS knows him by the role that signs. */
export const firstOrder = (
  subscription: SubscriptionId,
  identity: Identity & { readonly kind: 'task' },
): Order => ({
  subscription,
  version: 1,
  product: PRODUCT,
  productCode: identity.productCode,
  account: '',
  agreementStart: null,
  activation: identity.startedAt,
  life: 1,
  ending: null,
  end: null,
  identities: [identity],
  plans: [],
  trial: null,
  amounts: {},
  predecessor: null,
})

/**
 * The order that closes `hour`, which is in progress; null: it is closed. An hour before the identity's first gets it too:
 * AWS keeps one record of a task's hour, so sending what there is cannot bill it twice.
 */
export function closedOrder(order: Order, hour: Hour): Order | null {
  const inForce = order.identities.some((one) => one.fromHour <= hour)
  const closedUntil = nextHour(hour)
  if (inForce && order.closedUntil === closedUntil) return null
  const identities = order.identities.map((one, i) =>
    i === 0 && !inForce ? { ...one, fromHour: hour } : one,
  )
  return { ...order, version: order.version + 1, identities, closedUntil }
}

/** The order of the task that goes on in this ledger: all hours before belong to the one before, and are closed. */
export function successorOrder(order: Order, identity: Identity): Order {
  const { closedUntil: _closed, ...rest } = order
  return { ...rest, version: order.version + 1, identities: [identity] }
}
