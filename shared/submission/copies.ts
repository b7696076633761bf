/** A record's copy in the Submitter's tables, and how it is read back. No decisions. */
import { licenseTail } from '../license.ts'
import { hourOf } from '../hour.ts'
import type { SqlRow } from '../sql.ts'
import type { Identity, SubscriptionId } from '../subscription.ts'
import type { FrozenRecord, Settlement } from './record.ts'

export interface CopyRow extends SqlRow {
  readonly key: string
  readonly subscription: string
  readonly product: string
  readonly product_code: string
  readonly kind: string
  readonly identity: string
  readonly license: string
  readonly account: string | null
  readonly dimension: string
  readonly hour: number
  readonly timestamp: number
  readonly quantity: number
  readonly deadline: number
  readonly final: number
  readonly price: string
  readonly lines: string | null
  readonly value: string
  readonly state: string
  readonly place: number
  readonly held: string | null
  readonly resume_ms: number
  readonly pauses: number
  readonly refusals: number
  readonly party: number | null
  readonly attempt: number
  readonly unanswered: number
  readonly late_tries: number
  readonly round: number
  readonly not_subscribed_ms: number | null
  readonly result: string | null
  readonly reason: string | null
  readonly receipt: string | null
  readonly settled_ms: number | null
}

/** The buyer as AWS knows him: what an InvalidLicense or InvalidCustomerIdentifier is about. */
export function licenseOf(identity: Identity): string {
  switch (identity.kind) {
    case 'license':
      return licenseTail(identity.licenseArn) ?? identity.licenseArn
    case 'product-account':
      return identity.account
    case 'product-customer':
      return identity.customerIdentifier
    case 'task':
      return identity.task
  }
}

/** `quantity × price` in millionths of millionths of a dollar, 40 digits: as text it sorts like the number. */
export function valueOf(quantity: number, price: string): string {
  const parts = /^(\d{1,20})(?:\.(\d{1,6}))?$/.exec(price)
  const millionths =
    parts === null ? 0n : BigInt(parts[1] ?? '0') * 1_000_000n + BigInt((parts[2] ?? '').padEnd(6, '0'))
  return String(BigInt(quantity) * millionths).padStart(40, '0')
}

/** The record as its Ledger froze it. */
export function recordOf(row: CopyRow): FrozenRecord {
  return {
    key: row.key,
    subscription: row.subscription as SubscriptionId,
    product: row.product,
    productCode: row.product_code,
    identity: JSON.parse(row.identity) as Identity,
    dimension: row.dimension,
    hour: hourOf(row.hour),
    timestamp: row.timestamp,
    quantity: row.quantity,
    deadline: row.deadline,
    final: row.final === 1,
    price: row.price,
  }
}

/** The result of a settled copy. Throws for one that is not: its caller has asked for the wrong rows. */
export function settlementOf(row: CopyRow): Settlement {
  if (row.result === null || row.settled_ms === null) throw new Error(`${row.key} is not settled`)
  return {
    key: row.key,
    attempt: row.attempt,
    at: row.settled_ms,
    state: row.result as Settlement['state'],
    reason: row.reason,
    receipt: row.receipt,
    unanswered: row.unanswered === 1,
  }
}
