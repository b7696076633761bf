/** Usage by day as a picture and as a table: bars for who sees them, the same numbers for who does not. Pure; no script. */
import { html } from 'hono/html'
import { amountOf, formatAmount } from '../../shared/amount.ts'
import { DAY_MS, nextMonth, type Month } from '../../shared/hour.ts'
import type { HourUsage } from '../../shared/ledger/ledger.ts'
import type { Html } from './layout.ts'
import { withUnit } from './units.ts'

/** Units of the picture: one bar and its gap, and the height of the highest. */
const BAR = 8
const STEP = 10
const HEIGHT = 56

/** The days of a month with what each used, in millionths. */
function byDay(month: Month, hours: readonly HourUsage[]): readonly bigint[] {
  const days = Array.from({ length: (nextMonth(month) - month) / DAY_MS }, () => 0n)
  for (const { hour, counted } of hours) {
    const day = Math.floor((hour - month) / DAY_MS)
    days[day] = (days[day] ?? 0n) + amountOf(counted)
  }
  return days
}

/** The chart of one meter in one month; nothing where nothing was used. */
export function usageChart(
  label: string,
  unit: string,
  month: Month,
  hours: readonly HourUsage[],
): Html | '' {
  const days = byDay(month, hours)
  const highest = days.reduce((a, b) => (b > a ? b : a), 0n)
  if (highest === 0n) return ''
  const top = days.indexOf(highest)
  const said = `${label} by day: ${days.filter((day) => day > 0n).length} days with usage, most on ${dayText(month, top)}, ${withUnit(formatAmount(highest), unit)}.`
  const bars = days.flatMap((day, at) => {
    if (day === 0n) return []
    // A day that used anything is seen.
    const height = Math.max(1, Number((day * BigInt(HEIGHT)) / highest))
    return [html`<rect x="${at * STEP}" y="${HEIGHT - height}" width="${BAR}" height="${height}" />`]
  })
  const width = days.length * STEP
  return html`<figure>
    <svg viewBox="0 0 ${width} ${HEIGHT + 1}" preserveAspectRatio="none" role="img" aria-label="${said}">
      ${bars}
      <path d="M0 ${HEIGHT + 0.5}H${width}" />
    </svg>
    <figcaption>
      <span>${dayText(month, 0)}</span><span>most: ${withUnit(formatAmount(highest), unit)}</span
      ><span>${dayText(month, days.length - 1)}</span>
    </figcaption>
    <details>
      <summary>${label} by day as a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Day (UTC)</th>
            <th scope="col">Used</th>
          </tr>
        </thead>
        <tbody>
          ${days.flatMap((day, at) =>
            day === 0n
              ? []
              : [
                  html`<tr>
                    <th scope="row">${dayText(month, at)}</th>
                    <td>${withUnit(formatAmount(day), unit)}</td>
                  </tr>`,
                ],
          )}
        </tbody>
      </table>
    </details>
  </figure>`
}

const dayText = (month: Month, day: number): string =>
  new Date(month + day * DAY_MS).toLocaleDateString('en', { month: 'short', day: 'numeric', timeZone: 'UTC' })
