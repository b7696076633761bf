/** What a contract grants: when to ask GetEntitlements, and what its answer says of plan and amounts. */
import { decide } from '../../shared/aws/decide.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../shared/hour.ts'
import { licenseTail } from '../../shared/license.ts'
import type { Lifecycle } from '../../shared/lifecycle.ts'
import type { EdgeProduct, EdgeView } from '../../shared/seller/views.ts'
import { getEntitlements } from '../aws/entitlements.ts'
import type { SubscriptionRow } from '../db/lifecycle.ts'
import type { AwsAccess } from '../env.ts'
import { logLine } from '../log.ts'
import type { Asking, Entitled } from './state.ts'

/** So many empty answers, one after the other over a quarter of an hour, mean it. The contract's end comes as an event. */
const EMPTY_MEANT = 5

/** True for pricing in which License Updated alone grants nothing (design §5.4). */
export const needsEntitlement = (product: EdgeProduct): boolean => product.pricing !== 'subscription'

export interface Asked {
  readonly entitled: Entitled | null
  readonly asking: Asking | null
}

/**
 * Asks AWS when a License Updated has not been answered yet and it is time to; else answers what is known. Empty means
 * "not yet": asked again after 1, 2, 4 … 60 minutes of business time; of a contract that runs, or was renewed or
 * replaced, at last once a day.
 */
export async function askEntitlements(
  aws: AwsAccess,
  row: SubscriptionRow,
  life: Lifecycle,
  known: Asked,
  now: number,
): Promise<Asked> {
  const { updatedAt } = life
  if (updatedAt === null || life.end) return { ...known, asking: null }
  if (known.entitled?.life === life.life && known.entitled.updatedAt >= updatedAt)
    return { ...known, asking: null }
  // What AWS said of this life is taken back by something entitled, not by an event alone.
  const said = known.entitled?.life === life.life && saysNothing(known.asking) ? EMPTY_MEANT : 0
  const first = { updatedAt, inVain: 0, empty: said, nextAt: now, failed: false }
  const asking = known.asking?.updatedAt === updatedAt ? known.asking : first
  if (asking.nextAt === null || now < asking.nextAt) return { ...known, asking }

  const licenseArn = licenseOf(row, life)
  const filter = licenseArn === null ? { account: row.account } : { licenseArn }
  const answer = await getEntitlements(aws, row.productCode, filter)
  if (answer.ok && answer.value.length > 0) {
    return { entitled: { life: life.life, updatedAt, entitlements: answer.value }, asking: null }
  }
  if (!answer.ok) {
    const level = decide(answer.error).act === 'stop' ? 'error' : 'warn'
    logLine(level, 'entitlements_failed', { subscription: row.id, ...answer.error })
  }
  const inVain = asking.inVain + 1
  const empty = answer.ok ? asking.empty + 1 : saysNothing(asking) ? asking.empty : 0
  // What AWS took back comes as an event; what it was only late with does not, so it is asked on.
  const isMeant = (known.entitled?.life === life.life || life.succeeded) && empty >= EMPTY_MEANT
  const pauseMs = Math.min(isMeant ? DAY_MS : HOUR_MS, MINUTE_MS * 2 ** Math.min(inVain - 1, 11))
  const nextAt = now + pauseMs
  return { entitled: known.entitled, asking: { updatedAt, inVain, empty, nextAt, failed: !answer.ok } }
}

/** The license in force, as first received: AWS may have granted another in the place of the one the buyer came with. */
function licenseOf(row: SubscriptionRow, { licenses }: Lifecycle): string | null {
  const newest = licenses.at(-1)?.arn
  return newest === undefined || licenseTail(newest) === row.licenseTail ? row.licenseArn : newest
}

/** True once AWS has said often enough that nothing is entitled: right after a purchase, or a change, it says so too. */
export const saysNothing = (asking: Asking | null): boolean => (asking?.empty ?? 0) >= EMPTY_MEANT

/** The plan a contract entitles to: of those it owns, the last in the config's order. Null: it names none. */
export function entitledPlan(
  seller: EdgeView,
  product: EdgeProduct,
  entitled: Entitled | null,
): string | null {
  const owned = new Set(
    (entitled?.entitlements ?? [])
      .filter(({ value }) => value !== 0 && value !== false && value !== '')
      .map(({ dimension }) => product.dimensions.find((one) => one.key === dimension)?.plan),
  )
  return seller.plans.findLast((plan) => owned.has(plan.key))?.key ?? null
}

/**
 * Amounts by entitled dimension as decimal text: null while nothing is known or the last answer was a failure, `0` for
 * what a known contract lacks. An empty answer is neither: it means "not yet" (facts §1.3), so what the life's last
 * full answer granted stays in force until another says more, or the end does.
 */
export function entitledAmounts(
  product: EdgeProduct,
  { entitled, asking }: Asked,
): Readonly<Record<string, string | null>> {
  if (!needsEntitlement(product)) return {}
  const bought = product.dimensions.filter(
    (dimension) => !dimension.metered || dimension.contract !== undefined,
  )
  return Object.fromEntries(
    bought.map(({ key }) => {
      if (entitled === null || asking?.failed === true) return [key, null]
      const own = entitled.entitlements.find((one) => one.dimension === key)
      return [key, own ? own.amount : '0']
    }),
  )
}
