/** What people and programs are told when a subscription changes (design §5.5). Pure: (before, after) → decisions. */
import type { Decision } from '../deliveries.ts'
import { DAY_MS } from '../hour.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { SubscriptionId } from '../subscription.ts'
import type { Access } from './access.ts'
import type { Trial } from './trial.ts'

/** Where a subscription stands: what decisions are made from. */
export interface Standing extends Pick<
  Lifecycle,
  'state' | 'life' | 'ending' | 'end' | 'endedBy' | 'advisory' | 'advisoryAt'
> {
  readonly version: number
  readonly access: Access
  readonly trial: Trial | null
  /** The plan in force, and the one after the trial; null: there is none. */
  readonly plan: string | null
  readonly nextPlan: string | null
  /** What a contract grants, as text that is equal when it is: dimension and amount. */
  readonly entitled: string
  /** Whom this purchase renews or replaces. */
  readonly predecessor: SubscriptionId | null
}

/** A Standing, and when it became so: epoch ms of business time. */
type At = Standing & { readonly now: number }

type Said = Omit<Decision, 'subscription'>

/**
 * What is to be told of a change; `before` null: there was nothing. A change is written once, so its version makes a key;
 * what has a time or a number of its own is named by that, and told once in whatever order its events came.
 */
export function decisionsOf(
  subscription: SubscriptionId,
  before: Standing | null,
  after: At,
): readonly Decision[] {
  return [
    ...onAccess(before, after),
    ...onTrial(before, after),
    ...onEnding(before, after),
    ...onPayment(before, after),
    ...onAdvisory(before, after),
  ].map((said) => ({ ...said, subscription }))
}

function onAccess(before: Standing | null, after: At): Said[] {
  const { access, life, version, now } = after
  const was = before?.access.granted ?? false
  const because = { why: access.why, plan: after.plan }
  if (!was && access.granted)
    return [
      {
        kind: 'subscription.granted',
        at: access.since ?? now,
        // Within one life access may come back, as when a trial is paid for late.
        key: `granted:${life}:${version}`,
        data: { ...because, predecessor: after.predecessor },
      },
    ]
  if (was && !access.granted)
    return [
      {
        kind: 'subscription.revoked',
        at: access.since ?? now,
        key: `revoked:${life}:${version}`,
        data: { why: access.why, endedBy: after.endedBy, converted: after.trial?.converted ?? false },
      },
    ]
  if (!was || before === null) return []
  const changed = whatChanged(before, after)
  return changed.length === 0
    ? []
    : [{ kind: 'subscription.changed', at: now, key: `changed:${version}`, data: { ...because, changed } }]
}

/** What an application has to read again while access goes on. */
function whatChanged(before: Standing, after: Standing): string[] {
  return [
    ...(before.life === after.life ? [] : ['life']),
    ...(before.plan === after.plan ? [] : ['plan']),
    ...(before.entitled === after.entitled ? [] : ['entitlements']),
    ...(before.predecessor === after.predecessor ? [] : ['predecessor']),
    ...(before.ending !== null && after.ending === null ? ['ending'] : []),
  ]
}

function onTrial(before: Standing | null, after: At): Said[] {
  const { trial, life, now, access } = after
  if (trial === null) return []
  const said: Said[] = []
  const { endsAt, graceUntil, reminder } = trial
  if (reminder !== null && access.granted && before?.trial?.reminder !== reminder)
    said.push({
      kind: 'subscription.trial-ending',
      at: endsAt - reminder * DAY_MS,
      key: `trial-ending:${life}:${reminder}`,
      data: { endsAt, graceUntil, daysLeft: Math.ceil((endsAt - now) / DAY_MS), nextPlan: after.nextPlan },
      // The next reminder, or the end, says it better.
      staleAt: endsAt - (reminder - 1) * DAY_MS,
    })
  if (trial.converted && before?.trial?.converted !== true)
    said.push({
      kind: 'subscription.trial-converted',
      at: now,
      key: `trial-converted:${life}`,
      data: { paid: trial.paid, endsAt },
    })
  const { why } = access
  const isOver = why === 'grace' || why === 'trial-over' || (why === 'active' && now >= endsAt)
  const wasOn = before?.trial !== null && (before?.access.why === 'trial' || before?.access.why === 'ending')
  if (isOver && wasOn)
    said.push({
      kind: 'subscription.trial-ended',
      at: endsAt,
      key: `trial-ended:${life}`,
      data: { converted: trial.converted, endsAt, graceUntil, nextPlan: after.nextPlan },
    })
  return said
}

function onEnding(before: Standing | null, after: Standing): Said[] {
  const { ending, life, access } = after
  if (ending === null || after.end !== null || before?.ending?.at === ending.at) return []
  // What was never granted has nothing to end.
  if (!access.granted) return []
  return [
    {
      kind: 'subscription.ending',
      at: ending.at,
      key: `ending:${life}:${ending.at}`,
      data: { endedBy: after.endedBy },
    },
  ]
}

function onPayment(before: Standing | null, after: At): Said[] {
  if (after.access.why !== 'payment-failed' || before?.access.why === 'payment-failed') return []
  return [
    { kind: 'subscription.payment-failed', at: after.now, key: `payment-failed:${after.version}`, data: {} },
  ]
}

function onAdvisory(before: Standing | null, { advisory, advisoryAt }: Standing): Said[] {
  if (advisoryAt === null || before?.advisoryAt === advisoryAt) return []
  // Resolved before anybody was told that it was issued: there is nothing to take back.
  if (advisory === null && before?.advisory !== 'open') return []
  return [
    advisory === 'open'
      ? { kind: 'subscription.advisory', at: advisoryAt, key: `advisory:${advisoryAt}`, data: {} }
      : {
          kind: 'subscription.advisory-resolved',
          at: advisoryAt,
          key: `advisory-resolved:${advisoryAt}`,
          data: {},
        },
  ]
}
