/** The bill of tasks that are paid by the hour. Pure. */
import { html } from 'hono/html'
import type { State } from '../marketplace/model.ts'
import type { TaskHours } from '../marketplace/task-hours.ts'
import { nameMonth } from '../statement.ts'
import type { Html } from './format.ts'
import { count, dollars, instant, monthText, titleOf } from './format.ts'
import { scrolling } from './layout.ts'
import { shortTask } from './tasks.ts'

export const taskHoursTable = (state: Readonly<State>, hours: readonly TaskHours[]): Html =>
  scrolling(
    'Task hours',
    html`<table class="lines">
      <caption>
        By the second from a task’s start until it stops, at least a minute.
      </caption>
      <thead>
        <tr>
          <th scope="col">Month</th>
          <th scope="col">AWS account</th>
          <th scope="col">Product</th>
          <th scope="col">Task</th>
          <th scope="col">From</th>
          <th scope="col">Until</th>
          <th scope="col" class="n">Hours</th>
          <th scope="col" class="n">Price</th>
          <th scope="col" class="n">Dollars</th>
        </tr>
      </thead>
      <tbody>
        ${hours.map(
          (part) =>
            html`<tr>
              <td>${monthText(nameMonth(part.month))}</td>
              <td class="mono">${part.account}</td>
              <td class="wrap">${titleOf(state, part.product)}</td>
              <td class="mono">${shortTask(part.task)}</td>
              <td>${instant(part.from)}</td>
              <td>${part.isRunning ? 'still running' : instant(part.until)}</td>
              <td class="n">${hoursText(part.seconds)}</td>
              <td class="n">${dollars(part.price)}</td>
              <td class="n">${dollars(part.dollars)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  )

/** `1,234:05:09`: hours, minutes and seconds, exact. */
const hoursText = (seconds: number): string =>
  [count(Math.floor(seconds / 3600)), ...[Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits)].join(
    ':',
  )

const twoDigits = (n: number): string => String(n).padStart(2, '0')
