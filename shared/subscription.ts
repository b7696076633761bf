/** A subscription's own id and its AWS identities (money §10). Types and pure checks only. */
import { type Hour, refusedFrom, taskRefusedFrom } from './hour.ts'
import { licenseTail } from './license.ts'

/** Our id of one purchase: `sub_` and 22 letters or digits. Made once, never changed; it names the Ledger. */
export type SubscriptionId = `sub_${string}`

/** True for a text that has the form of a subscription id; says nothing about whether it exists. */
export const isSubscriptionId = (text: string): text is SubscriptionId => /^sub_[0-9A-Za-z]{22}$/.test(text)

/** How AWS knows a subscription, from `fromHour` on, in one metering Region. `account` is a string: it may begin with 0. */
export type Identity = {
  readonly fromHour: Hour
  readonly region: string
} & (
  | { readonly kind: 'license'; readonly licenseArn: string; readonly account: string }
  | { readonly kind: 'product-account'; readonly productCode: string; readonly account: string }
  | { readonly kind: 'product-customer'; readonly productCode: string; readonly customerIdentifier: string }
  /**
   * A container: `task` is the ECS task's ARN or `pod/<uid>`, and MeterUsage tells whose it is by the role (money §11).
   * `startedAt`: no record of it is stamped before, epoch ms. The edge never has one.
   */
  | { readonly kind: 'task'; readonly productCode: string; readonly task: string; readonly startedAt: number }
)

/** The kinds the edge has: those that BatchMeterUsage knows a buyer by. */
export type EdgeIdentity = Exclude<Identity, { readonly kind: 'task' }>

/** The identity as one text, equal for equal AWS identities, however AWS spells a license: part of every record's key. */
export function identityKey(identity: Identity): string {
  switch (identity.kind) {
    case 'license':
      return `${identity.region}|license|${licenseTail(identity.licenseArn) ?? identity.licenseArn}|${identity.account}`
    case 'product-account':
      return `${identity.region}|account|${identity.productCode}|${identity.account}`
    case 'product-customer':
      return `${identity.region}|customer|${identity.productCode}|${identity.customerIdentifier}`
    case 'task':
      return `${identity.region}|task|${identity.productCode}|${identity.task}`
  }
}

/** The first instant at which AWS refuses a record of this kind stamped `timestamp`. */
export function refusedFor(kind: Identity['kind'], timestamp: number): number {
  switch (kind) {
    case 'license':
    case 'product-account':
    case 'product-customer':
      return refusedFrom(timestamp)
    case 'task':
      return taskRefusedFrom(timestamp)
  }
}

/** The identity as the edge may have it; throws for a task's, which is never sent from there. */
export function edgeIdentity(identity: Identity): EdgeIdentity {
  if (identity.kind === 'task')
    throw new Error(`${identityKey(identity)} is a container's identity: only its own task meters it`)
  return identity
}
