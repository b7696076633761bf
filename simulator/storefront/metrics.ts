/** What the seller's software wrote to CloudWatch, for people to read: the last value of each metric. Pure. */
import { html } from 'hono/html'
import type { Metric } from '../marketplace/metrics.ts'
import type { State } from '../marketplace/model.ts'
import type { Html } from './format.ts'
import { instant } from './format.ts'
import { scrolling } from './layout.ts'

export const metricsPage = ({ metrics }: Readonly<State>): Html =>
  html`<h1>Metrics</h1>
    <p class="lead">
      What the seller’s software wrote to CloudWatch since the simulator was started. Alarms and dashboards
      are AWS’s own and not simulated.
    </p>
    ${
      Object.keys(metrics).length === 0
        ? html`<p class="empty">Nothing was written yet.</p>`
        : scrolling(
            'Metrics',
            html`<table class="lines">
              <caption>
                The last value of each metric.
              </caption>
              <thead>
                <tr>
                  <th scope="col">Metric</th>
                  <th scope="col">Dimensions</th>
                  <th scope="col" class="n">Value</th>
                  <th scope="col">Unit</th>
                  <th scope="col">When</th>
                </tr>
              </thead>
              <tbody>
                ${Object.values(metrics).toReversed().map(row)}
              </tbody>
            </table>`,
          )
    }`

const row = ({ namespace, name, dimensions, unit, points }: Metric): Html => {
  const last = points.at(-1)
  return html`<tr>
    <th scope="row">${namespace} ${name}</th>
    <td>
      ${Object.entries(dimensions)
        .map(([key, value]) => `${key} ${value}`)
        .join(', ')}
    </td>
    <td class="n">${last === undefined ? '' : String(Math.round(last.value * 1_000) / 1_000)}</td>
    <td>${unit}</td>
    <td>${last === undefined ? '' : instant(last.at)}</td>
  </tr>`
}
