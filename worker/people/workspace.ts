/**
 * Where a purchase belongs, by its buyer's word: what he is offered, and what he chose. Only workspaces of the same AWS
 * account in which he registered something are offered; billing changes only where a trial is carried over (money §4).
 */
import { err, ok, type Result } from '../../shared/result.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { note } from '../audit/audited.ts'
import { outboxStatements } from '../db/outbox.ts'
import type { Mine } from '../db/sign-ins.ts'
import { findSubscription, type Shown } from '../db/subscriptions.ts'
import { placeStatements } from '../db/workspaces.ts'
import { channelsSetUp } from '../deliveries/channels.ts'
import { dispatchDeliveries } from '../deliveries/sweep.ts'
import type { Edge } from '../env.ts'
import type { Detail } from '../lifecycle/state.ts'
import { whyNotAfter } from '../lifecycle/succeed.ts'
import { subscriptionView } from '../lifecycle/view.ts'
import { logLine, messageOf } from '../log.ts'

/** A workspace somebody may choose. */
export interface Offer {
  readonly workspace: string
  /** His own in it, the newest first. */
  readonly subscriptions: readonly Mine[]
  /** A trial of the same product: choosing this workspace carries it over; null: there is none. */
  readonly trial: SubscriptionId | null
}

type Placed = Pick<Shown, 'id' | 'account' | 'productCode' | 'state' | 'detail'>

/** What a person with these subscriptions may choose for `row`; empty: only a new workspace. */
export function offersFor(row: Placed, mine: readonly Mine[]): readonly Offer[] {
  const near = mine.filter(
    (one) => one.account === row.account && one.id !== row.id && one.workspace !== null,
  )
  return [...Map.groupBy(near, ({ workspace }) => workspace ?? '')].map(([workspace, subscriptions]) => ({
    workspace,
    subscriptions,
    trial: trialFor(row, subscriptions),
  }))
}

/** The trial that `row` goes on from; null when it is one itself or over, or another purchase has gone on from it. */
function trialFor(row: Placed, subscriptions: readonly Mine[]): SubscriptionId | null {
  const same = subscriptions.filter(({ productCode }) => productCode === row.productCode)
  return isTrial(row) || row.state === 'ended' || !same.every(isTrial) ? null : (same[0]?.id ?? null)
}

/** One that was paid for under its own license is a purchase by now. */
function isTrial({ detail }: Pick<Shown, 'detail'>): boolean {
  const { trial = null } = JSON.parse(detail) as Partial<Detail>
  return trial !== null && trial.paid !== 'same'
}

/** A choice: one of the offers, or a new workspace with an id that nothing has. */
export type Choice = { readonly offer: Offer } | { readonly opens: string }

/** `decided`: it has a workspace already. `again`: it could not be written down, and nothing was done. */
export type Unplaced = 'decided' | 'again'

/** Does what a person chose, and tells the application; `who` is the id of his session. */
export async function choose(
  edge: Edge,
  id: SubscriptionId,
  choice: Choice,
  who: string,
): Promise<Result<null, Unplaced>> {
  const { db } = edge.settings
  const row = await findSubscription(db, id)
  if (row === undefined || row.workspace !== null) return err('decided')
  const now = edge.clocks.business()
  const opens = 'opens' in choice
  const workspace = opens ? choice.opens : choice.offer.workspace
  const trial = opens ? null : choice.offer.trial
  const predecessor = trial !== null && (await whyNotAfter(db, trial, id, now)) === null ? trial : null
  const noted = await note(edge, {
    kind: opens ? 'open workspace' : 'link',
    who,
    why: "by the buyer's word",
    subject: id,
    detail: { workspace, carriesOver: trial, predecessor },
  })
  if (!noted.ok) return err('again')

  const view = subscriptionView({ ...row, workspace }, edge.seller)
  // A buyer is not written to about what he just did.
  const channels = channelsSetUp(edge.settings).filter((channel) => channel === 'webhook')
  const announced = { subscription: id, version: null, view, channels }
  const data = { workspace, carriesOver: trial }
  const decision = { kind: 'subscription.linked', subscription: id, at: now, key: 'linked', data } as const
  try {
    await db.batch([
      ...placeStatements(db, { subscription: id, workspace, opens, predecessor, now }),
      ...outboxStatements(db, announced, [decision], now),
    ])
  } catch (thrown) {
    // Of two choices at once, one stands.
    const after = await findSubscription(db, id)
    if (after === undefined || after.workspace === null) throw thrown
    logLine('warn', 'workspace_chosen_before', { subscription: id, error: messageOf(thrown) })
    return err('decided')
  }
  await dispatchDeliveries(edge)
  return ok(null)
}
