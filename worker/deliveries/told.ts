/** What a row of the outbox says: read from its body, which we wrote, and asked member by member. Pure. */
import { integerMember, member, objectOf, textMember } from '../../shared/aws/json.ts'
import type { DeliveryRow } from '../db/deliveries.ts'
import type { Told } from '../db/outbox.ts'

/** The body; its shape is trusted, that of its members is not: versions of this program differ in them. */
export const readTold = (row: Pick<DeliveryRow, 'body'>): Told => JSON.parse(row.body)

/** A text of the decision, else of the subscription. */
export const textOf = ({ decision, subscription }: Told, name: string): string | null =>
  textMember(objectOf(decision), name) ?? textMember(objectOf(subscription), name) ?? null

/** A whole number of the decision. */
export const numberOf = ({ decision }: Told, name: string): number | null =>
  integerMember(objectOf(decision), name) ?? null

/** `21 November 2026`, UTC, of a time of the decision, else of the subscription's trial. */
export function dayOf(told: Told, name: string): string | null {
  const trial = objectOf(member(told.subscription, 'trial'))
  const at = numberOf(told, name) ?? Date.parse(textMember(trial, name) ?? '')
  if (Number.isNaN(at)) return null
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(at)
}
