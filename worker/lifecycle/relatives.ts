/** The other purchases of the same account and product: whom one renews or replaces, and by whom it is. */
import type { Lifecycle } from '../../shared/lifecycle.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { findByAgreement, type SiblingRow, type SubscriptionRow } from '../db/lifecycle.ts'
import { readDetail, type Detail } from './state.ts'

/** Another subscription and what is computed of it; undefined: nothing yet. */
export interface Relative extends SiblingRow {
  readonly seen: Detail | undefined
}

/** With what is computed of each. One that cannot be read stops no other: it is as if nothing were known of it. */
export const relativesOf = (siblings: readonly SiblingRow[]): readonly Relative[] =>
  siblings.map((sibling) => ({ ...sibling, seen: readable(sibling) }))

function readable(sibling: SiblingRow): Detail | undefined {
  try {
    return readDetail(sibling)
  } catch {
    return undefined
  }
}

/** Whom this purchase succeeds: by AWS's word, else by a person's (money §4 *Successor*). */
export async function predecessorOf(
  db: D1Database,
  row: SubscriptionRow,
  life: Lifecycle,
): Promise<SubscriptionId | null> {
  const told =
    life.previousAgreementId === null ? null : await findByAgreement(db, life.previousAgreementId, row.id)
  return told ?? row.predecessor
}

/** Whose running month is taken over: of those it succeeds the last that began. One that never did has none, and names its own. */
export function givesMonth(
  predecessor: SubscriptionId | null,
  relatives: readonly Relative[],
): SubscriptionId | null {
  const passed = new Set<SubscriptionId>()
  let at = predecessor
  while (at !== null && !passed.has(at)) {
    passed.add(at)
    const seen = relatives.find(({ id }) => id === at)?.seen
    if (seen === undefined || seen.activation !== null) return at
    at = seen.predecessor
  }
  return null
}

/** Who succeeds this purchase under a license of its own; the first, should several say so. */
export const successorOf = (
  row: Pick<SubscriptionRow, 'id' | 'predecessor'>,
  relatives: readonly Relative[],
): Relative | undefined =>
  relatives.find(
    ({ id, seen, predecessor }) => id !== row.predecessor && (seen?.predecessor ?? predecessor) === row.id,
  )

/** What relatives compute with: when it changes, they are due. */
export function seenByRelatives(detail: Detail | undefined): string {
  if (detail === undefined) return ''
  const { activation, end, agreementId, predecessor, trial, terms, grants } = detail
  return JSON.stringify([
    activation,
    end?.at ?? null,
    agreementId,
    predecessor,
    trial === null,
    terms.length > 0,
    grants.map((grant) => grant.agreementId),
  ])
}
