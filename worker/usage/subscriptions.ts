/** Which subscriptions the events of a request name, as D1 knows them. Says nothing about their state: the Ledger does. */
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { Naming } from '../../shared/usage/naming.ts'

/** A subscription that exists. Its id and product never change; `state` is for showing only. */
export interface Found {
  readonly id: SubscriptionId
  readonly product: string
  readonly state: string
}

interface Row extends Found {
  readonly named: string
}

/** How many namings are remembered; then all are forgotten. */
const REMEMBERED_MAX = 10_000

/** `licenses` are matched by tail, also those that a subscription had before its present one. */
const BY_ID = `SELECT s.id AS named, s.id, s.product, s.state FROM subscriptions s
  WHERE s.id IN (SELECT value FROM json_each(?))`
const BY_LICENSE = `SELECT s.license_tail AS named, s.id, s.product, s.state FROM subscriptions s
  WHERE s.license_tail IN (SELECT value FROM json_each(?1))
  UNION SELECT i.value, s.id, s.product, s.state FROM identities i JOIN subscriptions s ON s.id = i.subscription
  WHERE i.kind = 'license' AND i.value IN (SELECT value FROM json_each(?1))`
const BY_ACCOUNT = `SELECT w.value AS named, s.id, s.product, s.state FROM json_each(?) w JOIN subscriptions s
  ON s.account = substr(w.value, 1, 12) AND substr(w.value, 14) IN (s.product, s.product_code) ORDER BY s.id`
/** Also by the identities, which keep what AWS was told before a switch-over. */
const BY_CUSTOMER = `SELECT w.value AS named, s.id, s.product, s.state FROM json_each(?) w JOIN subscriptions s
  ON s.id IN (SELECT o.id FROM subscriptions o WHERE o.customer_identifier = w.value ->> 0
    UNION SELECT i.subscription FROM identities i WHERE i.kind = 'product-customer' AND i.value = w.value ->> 0)
    AND (w.value ->> 1 IS NULL OR w.value ->> 1 IN (s.product, s.product_code)) ORDER BY s.id`

/** Looks namings up; one for each isolate. */
export interface SubscriptionLookup {
  /** The subscriptions of each naming, by `nameOf`; one that is not there has none. */
  find(namings: Iterable<Naming>): Promise<ReadonlyMap<string, readonly Found[]>>
}

/** A naming as one text, equal for equal namings. */
export function nameOf(naming: Naming): string {
  switch (naming.kind) {
    case 'subscription':
      return naming.id
    case 'license':
      return naming.tail
    case 'account':
      return `${naming.account} ${naming.product}`
    case 'customer':
      return JSON.stringify([naming.customer, naming.product])
  }
}

/**
 * Remembers which subscription an id or a license is, for that never changes. Never remembers that one is missing, nor
 * what an account or a customer has: both change.
 */
export function openLookup(db: D1Database): SubscriptionLookup {
  const remembered = new Map<string, readonly Found[]>()

  return {
    async find(namings) {
      const found = new Map<string, readonly Found[]>()
      const wanted = {
        subscription: new Set<string>(),
        license: new Set<string>(),
        account: new Set<string>(),
        customer: new Set<string>(),
      }
      for (const naming of namings) {
        const name = nameOf(naming)
        const known = remembered.get(name)
        if (known) found.set(name, known)
        else wanted[naming.kind].add(name)
      }
      const statements = [
        [BY_ID, wanted.subscription] as const,
        [BY_LICENSE, wanted.license] as const,
        [BY_ACCOUNT, wanted.account] as const,
        [BY_CUSTOMER, wanted.customer] as const,
      ].filter(([, names]) => names.size > 0)
      if (statements.length === 0) return found

      const answers = await db.batch<Row>(
        statements.map(([sql, names]) => db.prepare(sql).bind(JSON.stringify([...names]))),
      )
      for (const { named, id, product, state } of answers.flatMap((answer) => answer.results)) {
        const known = { id, product, state }
        found.set(named, [...(found.get(named) ?? []), known])
        if (wanted.account.has(named) || wanted.customer.has(named)) continue
        if (remembered.size >= REMEMBERED_MAX) remembered.clear()
        remembered.set(named, [known])
      }
      return found
    },
  }
}
