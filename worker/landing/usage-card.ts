/** What a buyer used this month: of his own plan, with what is included and what is billed. Pure. */
import { html } from 'hono/html'
import { amountOf, formatAmount } from '../../shared/amount.ts'
import type { DimensionUsage, MonthUsage } from '../../shared/ledger/ledger.ts'
import type { Dimension } from '../../shared/seller.ts'
import type { EdgeProduct, EdgeView } from '../../shared/seller/views.ts'
import type { Html } from './layout.ts'
import { amountText, priceOf, quantityText } from './money-text.ts'

/** The card of a month; `plan` is the buyer's, null while he has the product's default. */
export function usageCard(
  usage: MonthUsage | 'unknown',
  product: EdgeProduct,
  plan: string | null,
  seller: EdgeView,
): Html {
  if (usage === 'unknown') {
    return html`<div class="card">
      <h2>Usage this month</h2>
      <p>It cannot be shown right now. It is still being counted; please look again in a minute.</p>
    </div>`
  }
  const month = new Date(usage.month).toLocaleDateString('en', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
  const ownPlan = plan ?? product.defaultPlan
  const rows = usage.dimensions.flatMap((row) => {
    const dimension = product.dimensions.find((one) => one.key === row.dimension && one.offered)
    return dimension && concerns(row, dimension, ownPlan) ? [usageRow(row, dimension, ownPlan, seller)] : []
  })
  return html`<div class="card">
    <h2>Usage in ${month}</h2>
    ${rows.length === 0 ? html`<p>Nothing has been used yet.</p>` : rows}
    <p class="soft">
      Months and hours are UTC. An hour is billed some minutes after it ends. Amounts are before tax and
      discounts; your AWS bill is what counts.
    </p>
  </div>`
}

/** What is charged under the buyer's plan, and what was charged under another before it changed in this month. */
const concerns = (row: DimensionUsage, dimension: Dimension, plan: string | null): boolean =>
  dimension.plan === undefined || dimension.plan === plan || row.due !== '0' || row.frozen !== '0'

interface Included {
  readonly term: string
  readonly text: string
}

/** What is included and what is left of it, in words; undefined: nothing is, or it is not known yet. */
function includedIn(
  row: DimensionUsage,
  dimension: Dimension,
  plan: string | null,
  seller: EdgeView,
): Included | undefined {
  const { covered, includedLeft: left } = row
  if (left === null) return undefined
  if (left === 'unlimited') return { term: 'Included', text: 'As much as you use' }
  const level = levelOf(dimension, plan, seller)
  if (level !== undefined) return { term: 'Included at any time', text: quantityText(level) }
  const whole = amountOf(covered) + amountOf(left)
  if (whole === 0n) return undefined
  const all = quantityText(formatAmount(whole))
  return left === '0'
    ? { term: 'Included', text: `${all}, all of it used` }
    : { term: 'Included, still left', text: `${quantityText(left)} of ${all}` }
}

/** The level that is taken off before anything is billed; undefined for what is included by amount, or where there is none. */
function levelOf({ key, charge }: Dimension, plan: string | null, seller: EdgeView): string | undefined {
  if (charge?.kind !== 'max' && charge?.kind !== 'time-weighted') return undefined
  if (charge.included !== 'plan') return charge.included?.level
  const allowance = seller.plans.find((one) => one.key === plan)?.allowances[key]
  return allowance !== undefined && allowance !== 'unlimited' && 'level' in allowance
    ? allowance.level
    : undefined
}

function usageRow(row: DimensionUsage, dimension: Dimension, plan: string | null, seller: EdgeView): Html {
  const included = includedIn(row, dimension, plan, seller)
  const meter = seller.meters[row.meter]
  return html`<h3><bdi>${meter?.label ?? row.meter}</bdi></h3>
    <dl>
      <dt>Used</dt>
      <dd>${quantityText(row.counted)}</dd>
      ${
        included === undefined
          ? ''
          : html`<dt>${included.term}</dt>
              <dd>${included.text}</dd>`
      }
      ${
        row.metered
          ? html`<dt>Billed so far</dt>
              <dd>
                ${amountText(row.billed, dimension.price)}
                <span class="soft">
                  (${quantityText(row.billed)} × ${priceOf(dimension.price)} for
                  <bdi>${dimension.title}</bdi>)
                </span>
              </dd>`
          : ''
      }
    </dl>`
}
