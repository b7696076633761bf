/** What a buyer may use now, in words: the plan's features, its limits, what was bought. Pure. */
import { html } from 'hono/html'
import type { EdgeView } from '../../shared/seller/views.ts'
import type { entitlementsOf, Limit } from '../entitlements/entitlements.ts'
import type { Html } from './layout.ts'
import { quantityText } from './money-text.ts'
import { dateText } from './status-words.ts'
import { withUnit } from './units.ts'

/** Nothing where there is nothing to use. */
export function planCard(
  {
    features,
    limits,
    entitlements,
  }: Pick<ReturnType<typeof entitlementsOf>, 'features' | 'limits' | 'entitlements'>,
  seller: EdgeView,
): Html | '' {
  if (features.length + limits.length + entitlements.length === 0) return ''
  return html`<section class="card" aria-labelledby="may-use">
    <h2 id="may-use">What you may use</h2>
    ${
      features.length === 0
        ? ''
        : html`<ul>
            ${features.map((key) => html`<li><bdi>${seller.features[key] ?? key}</bdi></li>`)}
          </ul>`
    }
    <dl>
      ${limits.map(
        (limit) =>
          html`<dt><bdi>${seller.meters[limit.meter]?.label ?? limit.meter}</bdi></dt>
            <dd>${limitText(limit)}</dd>`,
      )}
      ${entitlements.map(
        ({ title, quantity, expiresAt }) =>
          html`<dt><bdi>${title}</bdi></dt>
            <dd>
              ${quantity === null ? 'bought' : `${quantityText(quantity)} bought`}
              ${
                expiresAt === null
                  ? ''
                  : html`<span class="soft">(renews or ends on ${dateText(Date.parse(expiresAt))})</span>`
              }
            </dd>`,
      )}
    </dl>
  </section>`
}

function limitText({ max, unit, per, used }: Limit): string {
  if (max === 'unlimited') return 'no limit'
  const most = `at most ${withUnit(max, unit)}${per === 'term' ? ' in the whole trial' : per === 'month' ? ' a month' : ''}`
  return used === null ? most : `${most}; ${quantityText(used)} so far`
}
