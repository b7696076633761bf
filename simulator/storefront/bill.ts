/** What AWS would bill: totals by month, every record with its receipt, contracts, and what was refused. Pure. */
import { html } from 'hono/html'
import type { RefusedRecord } from '../journal.ts'
import type { State } from '../marketplace/model.ts'
import type { ContractCharge, Statement } from '../statement.ts'
import { nameMonth } from '../statement.ts'
import type { Html } from './format.ts'
import { buyerName, count, dollars, hourText, instant, monthText, titleOf } from './format.ts'
import { scrolling } from './layout.ts'
import { taskHoursTable } from './task-bill.ts'
import { shortTask } from './tasks.ts'

/** What the filter form holds; an empty text is everything. */
export interface Asked {
  readonly account: string
  readonly product: string
  readonly month: string
}

/** More records than this are on the page of a narrower choice, or at GET /api/bill. */
const LINES_MAX = 500

export const billPage = (
  state: Readonly<State>,
  statement: Statement,
  refused: readonly RefusedRecord[],
  asked: Asked,
): Html =>
  html`<h1>What AWS would bill</h1>
    <p class="lead">
      Exactly what the simulated metering service accepted: the first quantity for a license or task,
      dimension and hour stands, and nothing is rounded.
    </p>
    ${filterForm(state, asked)}
    <dl class="sums">
      <div>
        <dt>Usage</dt>
        <dd>${dollars(statement.usageDollars)}</dd>
      </div>
      ${
        statement.tasks.length === 0
          ? ''
          : html`<div>
              <dt>Task hours</dt>
              <dd>${dollars(statement.taskDollars)}</dd>
            </div>`
      }
      ${
        statement.contracts.length === 0
          ? ''
          : html`<div>
              <dt>Contracts</dt>
              <dd>${dollars(statement.contractDollars)}</dd>
            </div>`
      }
    </dl>
    <h2>By month</h2>
    ${totalsTable(state, statement)}
    <h2>By hour</h2>
    ${linesTable(statement)}
    ${
      statement.tasks.length === 0
        ? ''
        : html`<h2>Task hours</h2>
            ${taskHoursTable(state, statement.tasks)}`
    }
    ${
      statement.contracts.length === 0
        ? ''
        : html`<h2>Contracts</h2>
            ${contractsTable(state, statement.contracts)}`
    }
    <h2>Refused</h2>
    ${refusedTable(refused)}`

function filterForm(state: Readonly<State>, asked: Asked): Html {
  const records = Object.values(state.bill)
  const agreements = Object.values(state.agreements)
  const accounts = [...new Set(agreements.map(({ account }) => account))]
  const products = [...new Set(agreements.map(({ product }) => product))]
  const months = [
    ...new Set([
      ...records.map(({ hour }) => nameMonth(hour)),
      ...agreements.map(({ acceptedAt }) => nameMonth(acceptedAt)),
    ]),
  ].sort()
  if (agreements.length === 0) return html``
  return html`<form method="get" action="/bill">
    <div class="fields">
      ${select(
        'account',
        'AWS account',
        asked.account,
        accounts.map((account) => [account, `${account} ${buyerName(state, account)}`]),
      )}
      ${select(
        'product',
        'Product',
        asked.product,
        products.map((key) => [key, titleOf(state, key)]),
      )}
      ${select(
        'month',
        'Month',
        asked.month,
        months.map((month) => [month, monthText(month)]),
      )}
      <div class="field"><button class="quiet">Show</button></div>
    </div>
  </form>`
}

const select = (
  name: string,
  label: string,
  chosen: string,
  options: readonly (readonly [string, string])[],
): Html =>
  html`<div class="field">
    <label for="f-${name}">${label}</label>
    <select id="f-${name}" name="${name}">
      <option value="">All</option>
      ${options.map(
        ([value, text]) =>
          html`<option value="${value}" ${value === chosen ? html` selected` : ''}>${text}</option>`,
      )}
    </select>
  </div>`

function totalsTable(state: Readonly<State>, { totals, usageDollars }: Statement): Html {
  if (totals.length === 0)
    return html`<p class="empty">
      Nothing is billed yet. Report usage of an active subscription, then close the hour.
    </p>`
  return scrolling(
    'Usage by month',
    html`<table>
      <thead>
        <tr>
          <th scope="col">Month</th>
          <th scope="col">AWS account</th>
          <th scope="col">Product</th>
          <th scope="col">Dimension</th>
          <th scope="col" class="n">Units</th>
          <th scope="col" class="n">Dollars</th>
        </tr>
      </thead>
      <tbody>
        ${totals.map(
          (total) =>
            html`<tr>
              <td>${monthText(total.month)}</td>
              <td class="mono">${total.account}</td>
              <td class="wrap">
                ${titleOf(state, total.product)} <small class="mono">${total.product}</small>
              </td>
              <td class="mono">${total.dimension}</td>
              <td class="n">${count(total.units)}</td>
              <td class="n">${dollars(total.dollars)}</td>
            </tr>`,
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colspan="5">Sum</th>
          <td class="n">${dollars(usageDollars)}</td>
        </tr>
      </tfoot>
    </table>`,
  )
}

function linesTable({ lines }: Statement): Html {
  if (lines.length === 0) return html`<p class="empty">No record was accepted.</p>`
  const shown = lines.slice(0, LINES_MAX)
  return html`${scrolling(
    'Usage by hour',
    html`<table class="lines">
      <thead>
        <tr>
          <th scope="col">Hour (UTC)</th>
          <th scope="col">AWS account</th>
          <th scope="col">Product</th>
          <th scope="col">Dimension</th>
          <th scope="col" class="n">Units</th>
          <th scope="col" class="n">Price</th>
          <th scope="col" class="n">Dollars</th>
          <th scope="col">Receipt</th>
          <th scope="col">Accepted</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map(
          (line) =>
            html`<tr>
              <td>${hourText(line.hour)}</td>
              <td class="mono">${line.account}</td>
              <td class="mono">
                ${line.product}${line.task === undefined ? '' : html` <small>task ${shortTask(line.task)}</small>`}
              </td>
              <td class="mono">${line.dimension}</td>
              <td class="n">${count(line.units)}</td>
              <td class="n">${dollars(line.price)}</td>
              <td class="n">${dollars(line.dollars)}</td>
              <td class="mono">${line.id}</td>
              <td>${instant(line.acceptedAt)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  )}${
    lines.length > shown.length
      ? html`<p class="soft">
          The newest ${count(shown.length)} of ${count(lines.length)} records. Choose a month or an account to
          see the others; the sums above hold all of them.
        </p>`
      : ''
  }`
}

const contractsTable = (state: Readonly<State>, contracts: readonly ContractCharge[]): Html =>
  scrolling(
    'Contracts',
    html`<table>
      <thead>
        <tr>
          <th scope="col">Accepted in</th>
          <th scope="col">AWS account</th>
          <th scope="col">Product</th>
          <th scope="col">Dimension</th>
          <th scope="col">Term</th>
          <th scope="col" class="n">Units</th>
          <th scope="col" class="n">Price</th>
          <th scope="col" class="n">Dollars</th>
        </tr>
      </thead>
      <tbody>
        ${contracts.map(
          (charge) =>
            html`<tr>
              <td>${monthText(charge.month)}</td>
              <td class="mono">${charge.account}</td>
              <td class="wrap">${titleOf(state, charge.product)}</td>
              <td class="mono">${charge.dimension}</td>
              <td>${charge.term}</td>
              <td class="n">${count(charge.units)}</td>
              <td class="n">${dollars(charge.price)}</td>
              <td class="n">${dollars(charge.dollars)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  )

function refusedTable(refused: readonly RefusedRecord[]): Html {
  if (refused.length === 0)
    return html`<p class="empty">No record was refused or handed back since the simulator started.</p>`
  return scrolling(
    'Refused records',
    html`<table>
      <caption>
        Records not billed when they were sent, since the simulator started. The seller may have sent them
        again.
      </caption>
      <thead>
        <tr>
          <th scope="col">Sent</th>
          <th scope="col">AWS account</th>
          <th scope="col">Dimension</th>
          <th scope="col">Timestamp</th>
          <th scope="col" class="n">Units</th>
          <th scope="col">Answer</th>
        </tr>
      </thead>
      <tbody>
        ${refused.map(
          (record) =>
            html`<tr>
              <td>${instant(record.at)}</td>
              <td class="mono">${record.account}</td>
              <td class="mono">${record.dimension}</td>
              <td>${record.timestamp === null ? 'unreadable' : instant(record.timestamp)}</td>
              <td class="n">${record.quantity ?? '–'}</td>
              <td>${record.reason}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  )
}
