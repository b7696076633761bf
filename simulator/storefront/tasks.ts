/** Running a container: the form that starts a task of a buyer, and every task with what became of it. Pure. */
import { html } from 'hono/html'
import type { MarketplaceProduct, State } from '../marketplace/model.ts'
import { CONTAINER_REGIONS } from '../../shared/aws/regions.ts'
import type { Task } from '../marketplace/task.ts'
import type { Html } from './format.ts'
import { buyerName, instant } from './format.ts'
import { scrolling } from './layout.ts'

/** Where a buyer runs it, by the value its form sends. */
export const LAUNCHES = [
  ['ecs', 'ECS', 'An ECS task with a task role'],
  ['eks', 'EKS', 'A pod on EKS with a service account’s role (IRSA)'],
] as const

/** The newest of them are on the page; GET /tasks has all. */
const SHOWN_MAX = 50

export const tasksSection = (state: Readonly<State>, product: MarketplaceProduct): Html =>
  html`<h2 id="run">Run a task</h2>
    <p>
      A buyer’s platform team starts the image with a role and nothing else. Not subscribed, it never serves;
      subscribed, every hour is metered
      once${
        product.pricing === 'custom-metering'
          ? ', and what is used in the hour in which a task begins on a new disk comes with the next hour'
          : ''
      }. <code>npm start</code> runs what is asked for here; a simulator that runs alone hands it to your own
      program (<code>GET /tasks</code>).
    </p>
    <form method="post" action="/products/${product.key}/tasks">
      <fieldset>
        <legend>The task</legend>
        <div class="fields">
          ${select(
            'account',
            'AWS account',
            accountsOf(state, product).map((account) => [account, `${buyerName(state, account)} ${account}`]),
          )}
          ${select(
            'launch',
            'Platform',
            LAUNCHES.map(([value, , text]) => [value, text]),
          )}
          ${select(
            'region',
            'Region',
            CONTAINER_REGIONS.map((region) => [region, region]),
          )}
        </div>
        <p class="field"><button>Run a task</button></p>
      </fieldset>
    </form>
    <h2 id="tasks">Tasks</h2>
    ${tasksTable(state, product)}`

/** Every buyer there is by name, and every other account that bought it. */
const accountsOf = (state: Readonly<State>, product: MarketplaceProduct): readonly string[] => [
  ...new Set([
    ...state.buyers.map(({ account }) => account),
    ...Object.values(state.agreements)
      .filter((agreement) => agreement.product === product.key)
      .map(({ account }) => account),
  ]),
]

const select = (name: string, label: string, options: readonly (readonly [string, string])[]): Html =>
  html`<div class="field">
    <label for="t-${name}">${label}</label>
    <select id="t-${name}" name="${name}">
      ${options.map(([value, text]) => html`<option value="${value}">${text}</option>`)}
    </select>
  </div>`

function tasksTable(state: Readonly<State>, product: MarketplaceProduct): Html {
  const tasks = Object.values(state.tasks).filter((task) => task.product === product.key)
  if (tasks.length === 0) return html`<p class="empty">No task was run yet.</p>`
  return html`${scrolling(
      'Tasks',
      html`<table>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">AWS account</th>
            <th scope="col">Started</th>
            <th scope="col">State</th>
            <th scope="col" class="n">Exit code</th>
            <th scope="col">Reason</th>
            <th scope="col">Action</th>
          </tr>
        </thead>
        <tbody>
          ${tasks
            .toReversed()
            .slice(0, SHOWN_MAX)
            .map((task) => row(state, product, task))}
        </tbody>
      </table>`,
    )}
    <form method="post" action="/products/${product.key}/tasks/look">
      <p>This page does not change by itself. <button class="quiet">Look again</button></p>
    </form>`
}

/** The end of a task's name, which is all a person needs to tell it from others. */
export const shortTask = (task: string): string => task.slice(task.lastIndexOf('/') + 1).slice(0, 8)

const row = (state: Readonly<State>, product: MarketplaceProduct, task: Task): Html =>
  html`<tr>
    <th scope="row">
      ${LAUNCHES.find(([value]) => value === task.launch)?.[1] ?? task.launch}
      <span class="mono">${shortTask(task.task)}</span>${
        task.restarts === 0
          ? ''
          : html`<br /><small>restarted ${task.restarts === 1 ? 'once' : `${task.restarts} times`}</small>`
      }${task.url === null ? '' : html`<br /><a href="${task.url}">Open</a>`}
    </th>
    <td>${buyerName(state, task.account)} <small class="mono">${task.account}</small></td>
    <td>${instant(task.startedAt)}<br /><small>${task.region}</small></td>
    <td><span class="tag${TONES[task.state]}">${stateText(task)}</span></td>
    <td class="n">${task.exitCode ?? '–'}</td>
    <td class="wrap">${task.reason ?? ''}</td>
    <td>
      <div class="row">
        ${
          task.desired === 'RUNNING'
            ? [button(product, task, 'stop', 'Stop'), button(product, task, 'restart', 'Restart')]
            : ''
        }
      </div>
    </td>
  </tr>`

const TONES = { PENDING: ' wait', RUNNING: '', STOPPED: ' none' } as const

const stateText = ({ state, desired }: Task): string =>
  state !== 'STOPPED' && desired === 'STOPPED' ? 'stopping' : state.toLowerCase()

const button = (product: MarketplaceProduct, task: Task, act: string, text: string): Html =>
  html`<form method="post" action="/products/${product.key}/tasks/${task.id}/${act}">
    <button class="quiet" aria-label="${text} the task ${shortTask(task.task)}">${text}</button>
  </form>`
