/** Puts what is decided about a subscription into the outbox, with what the API says of it from this change on. */
import { decisionsOf, type Standing } from '../../shared/lifecycle/decisions.ts'
import type { SubscriptionRow } from '../db/lifecycle.ts'
import { outboxStatements } from '../db/outbox.ts'
import { channelsSetUp } from '../deliveries/channels.ts'
import type { Edge } from '../env.ts'
import type { Detail } from './state.ts'
import { planOf, subscriptionView } from './view.ts'

/** The row before the change, and what of it the change writes. */
export interface Announcing {
  /** The one the change writes. */
  readonly version: number
  readonly detail: Detail
  readonly plan: string | null
  readonly state: SubscriptionRow['state']
  readonly agreementId: string | null
  readonly entitlements: string | null
}

/** The statements for the batch that writes the change; none where nothing is to be told. */
export function announce(
  { settings, seller }: Edge,
  row: SubscriptionRow,
  before: Detail | undefined,
  after: Announcing,
  now: number,
): readonly D1PreparedStatement[] {
  const { version } = after
  const decisions = decisionsOf(
    row.id,
    before === undefined ? null : standingOf(before, row.version, planOf(row, seller), row.entitlements),
    { ...standingOf(after.detail, version, planOf({ ...row, ...after }, seller), after.entitlements), now },
  )
  const view = subscriptionView({ ...row, ...after, detail: JSON.stringify(after.detail) }, seller)
  const announced = { subscription: row.id, version, view, channels: channelsSetUp(settings) }
  return outboxStatements(settings.db, announced, decisions, now)
}

const standingOf = (
  { state, life, ending, end, endedBy, advisory, advisoryAt, access, trial, nextPlan, predecessor }: Detail,
  version: number,
  plan: string | null,
  entitlements: string | null,
): Standing => ({
  version,
  state,
  life,
  ending,
  end,
  endedBy,
  advisory,
  advisoryAt,
  access,
  trial,
  plan,
  nextPlan,
  entitled: entitledText(entitlements),
  predecessor,
})

/** Equal when the same is granted: neither when AWS was asked nor an expiry date is a change. */
function entitledText(entitlements: string | null): string {
  if (entitlements === null) return ''
  const known: { readonly entitlements: readonly { readonly dimension: string; readonly value: unknown }[] } =
    JSON.parse(entitlements)
  return known.entitlements
    .map(({ dimension, value }) => JSON.stringify([dimension, value]))
    .sort((a, b) => (a < b ? -1 : Number(a > b)))
    .join()
}
