/** What a buyer used this month, by day: of his own plan, with what is included and what is billed. Pure. */
import { html } from 'hono/html'
import { amountOf, formatAmount } from '../../shared/amount.ts'
import type { Month } from '../../shared/hour.ts'
import type { DimensionUsage, MonthUsage } from '../../shared/ledger/ledger.ts'
import type { Dimension } from '../../shared/seller.ts'
import type { EdgeProduct, EdgeView } from '../../shared/seller/views.ts'
import { unitOf, type Limit } from '../entitlements/entitlements.ts'
import type { Html } from './layout.ts'
import { amountText, priceOf, quantityText } from './money-text.ts'
import { withUnit } from './units.ts'
import { usageChart } from './usage-chart.ts'

/** The card of a month; `plan` is the buyer's, null while he has the product's default. `limits`: of a trial, in force now. `isOver`: nothing may be used any more. */
export function usageCard(
  usage: MonthUsage | 'unknown',
  product: EdgeProduct,
  plan: string | null,
  seller: EdgeView,
  limits: readonly Limit[] | null = null,
  isOver = false,
): Html {
  if (usage === 'unknown') {
    return html`<section class="card" aria-labelledby="usage">
      <h2 id="usage">Usage this month</h2>
      <p>It cannot be shown right now. It is still being counted; please look again in a minute.</p>
    </section>`
  }
  const month = new Date(usage.month).toLocaleDateString('en', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
  const ownPlan = plan ?? product.defaultPlan
  const rows = usage.dimensions.flatMap((row) => {
    const dimension = product.dimensions.find((one) => one.key === row.dimension && one.offered)
    if (!dimension || !concerns(row, dimension, ownPlan)) return []
    const limit = limits?.find(({ meter }) => meter === row.meter) ?? null
    const included =
      limits === null
        ? includedIn(row, dimension, ownPlan, seller, isOver)
        : limit === null
          ? undefined
          : allowed(limit)
    return [usageRow(row, dimension, included, limits === null, usage.month as Month, seller)]
  })
  return html`<section class="card" aria-labelledby="usage">
    <h2 id="usage">Usage in ${month}</h2>
    ${rows.length === 0 ? html`<p>Nothing has been used yet.</p>` : rows}
    <p class="soft">
      Months, days and hours are UTC.
      ${
        limits === null
          ? html`An hour is billed some minutes after it ends. Amounts are before tax and discounts; your AWS
            bill is what counts.`
          : 'Nothing is billed for a trial.'
      }
    </p>
  </section>`
}

/** Where a trial ends, and how far it is from there. */
const allowed = ({ max, left, unit, per }: Limit): Included => ({
  term: per === 'term' ? 'Allowed in the whole trial' : 'Allowed at any time',
  text:
    max === 'unlimited'
      ? 'As much as you use'
      : `${withUnit(max, unit)}${left === null ? '' : left === '0' ? ', all of it used' : `, ${quantityText(left)} left`}`,
})

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
  isOver: boolean,
): Included | undefined {
  const { covered, includedLeft: left } = row
  if (left === null) return undefined
  if (left === 'unlimited') return { term: 'Included', text: 'As much as you use' }
  const level = levelOf(dimension, plan, seller)
  const unit = seller.meters[row.meter]?.unit ?? row.meter
  if (level !== undefined) return { term: 'Included at any time', text: withUnit(level, unit) }
  const whole = amountOf(covered) + amountOf(left)
  if (whole === 0n) return undefined
  const all = withUnit(formatAmount(whole), unit)
  if (isOver) return { term: 'Included', text: all }
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

function usageRow(
  row: DimensionUsage,
  dimension: Dimension,
  included: Included | undefined,
  isBilled: boolean,
  month: Month,
  seller: EdgeView,
): Html {
  const unit = unitOf(dimension, seller)
  const label = seller.meters[row.meter]?.label ?? row.meter
  return html`<h3><bdi>${label}</bdi></h3>
    <dl>
      <dt>Used</dt>
      <dd>
        ${withUnit(row.counted, unit)}
        ${
          dimension.charge?.kind === 'time-weighted'
            ? html`<span class="soft">(1 ${unit} is that much for the whole month)</span>`
            : ''
        }
      </dd>
      ${
        included === undefined
          ? ''
          : html`<dt>${included.term}</dt>
              <dd>${included.text}</dd>`
      }
      ${
        row.metered && isBilled
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
    </dl>
    ${usageChart(label, unit, month, row.hours)}`
}
