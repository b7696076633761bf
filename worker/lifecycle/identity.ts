/** How AWS knows a subscription from which hour on (money §10). Pure. */
import { hourFrom, hourOf, nextHour } from '../../shared/hour.ts'
import { licenseTail } from '../../shared/license.ts'
import type { Lifecycle } from '../../shared/lifecycle.ts'
import type { EdgeProduct } from '../../shared/seller/views.ts'
import { type EdgeIdentity, type Identity, identityKey } from '../../shared/subscription.ts'
import type { SubscriptionRow, Switch } from '../db/lifecycle.ts'

const ALWAYS = hourOf(0)

/**
 * The switch-over of a product and account: what is known of it, and what this subscription adds. Rows that are there
 * never change. The license kind begins at the configured hour, else at the full hour after the first license was learnt;
 * never in an hour that has begun, for in that one the other kind may have been used already.
 */
export function switchesOf(
  product: EdgeProduct,
  row: Pick<SubscriptionRow, 'licenseArn' | 'customerIdentifier'>,
  known: readonly Switch[],
  now: number,
): readonly Switch[] {
  const { integration } = product
  const configured = typeof integration === 'object' ? Date.parse(integration.switchAt) : null
  const isOver = integration === 'license' || (configured !== null && configured <= now)
  if (known.length === 0 && isOver) return [{ fromHour: ALWAYS, kind: 'license' }]

  const rows = known.length > 0 ? [...known] : [{ fromHour: ALWAYS, kind: legacyKind(row) }]
  const hasLicenses = rows.some(({ kind }) => kind === 'license')
  if (!hasLicenses && (isOver || configured !== null || row.licenseArn !== null)) {
    rows.push({ fromHour: hourFrom(Math.max(configured ?? 0, nextHour(hourOf(now)))), kind: 'license' })
  }
  return rows.sort((a, b) => a.fromHour - b.fromHour)
}

const legacyKind = (row: Pick<SubscriptionRow, 'customerIdentifier'>): EdgeIdentity['kind'] =>
  row.customerIdentifier === null ? 'product-account' : 'product-customer'

/**
 * The subscription's identities, oldest first. A license ARN keeps the text it first had: it is part of every record's key.
 * `isFirst`: it is the account's first of this product. Only that one has the identities that name no license: a later
 * one shares them with it, so what it uses before the switch belongs to the switch's hour (money §10).
 */
export function identitiesOf(
  row: SubscriptionRow,
  life: Lifecycle,
  switches: readonly Switch[],
  region: string,
  isFirst: boolean,
): readonly Identity[] {
  return switches.flatMap(({ fromHour, kind }): Identity[] => {
    if (kind !== 'license' && !isFirst) return []
    switch (kind) {
      case 'license':
        return licensesOf(row, life).map(({ licenseArn, from }) => ({
          kind,
          licenseArn,
          account: row.account,
          fromHour: hourFrom(Math.max(fromHour, from)),
          region,
        }))
      case 'product-account':
        return [{ kind, productCode: row.productCode, account: row.account, fromHour, region }]
      case 'product-customer': {
        if (row.customerIdentifier === null) return []
        return [
          {
            kind,
            productCode: row.productCode,
            customerIdentifier: row.customerIdentifier,
            fromHour,
            region,
          },
        ]
      }
    }
  })
}

/** Each license once; the first from ever, a later one from the hour after AWS granted it. */
function licensesOf(row: SubscriptionRow, life: Lifecycle): readonly { licenseArn: string; from: number }[] {
  const licenses: { licenseArn: string; tail: string | undefined; from: number }[] = []
  for (const { arn, at } of life.licenses) {
    const tail = licenseTail(arn)
    if (licenses.at(-1)?.tail === tail) continue
    const licenseArn = tail === row.licenseTail && row.licenseArn !== null ? row.licenseArn : arn
    licenses.push({ licenseArn, tail, from: licenses.length === 0 ? 0 : at })
  }
  if (licenses.length === 0 && row.licenseArn !== null) {
    return [{ licenseArn: row.licenseArn, from: 0 }]
  }
  return licenses
}

/**
 * The identities with the Regions they are `held` with: a Region that has changed since begins at the next full hour, as
 * a kind does, and the hours before keep theirs (money §10). What has not begun yet takes the new one at once.
 */
export function keepRegions(
  identities: readonly Identity[],
  held: readonly Identity[],
  now: number,
): readonly Identity[] {
  const next = nextHour(hourOf(now))
  return identities.flatMap((identity): Identity[] => {
    const before = held.filter((one) => nameOf(one) === nameOf(identity))
    if (before.length === 0 || identity.fromHour >= next) return [identity]
    const steps = before.map((one, at) => (at === 0 ? { ...one, fromHour: identity.fromHour } : one))
    const isOver = identities.some(
      ({ kind, fromHour }) => kind === identity.kind && fromHour > identity.fromHour && fromHour <= next,
    )
    const same = steps.at(-1)?.region === identity.region
    return same || isOver ? steps : [...steps, { ...identity, fromHour: next }]
  })
}

/** Names an identity whatever its Region and its first hour. */
const nameOf = (identity: Identity): string => identityKey({ ...identity, region: '' })
