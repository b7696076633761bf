/** Messages published by SNS, and events pushed to the API destination, for people to read. Pure. */
import { html } from 'hono/html'
import type { State } from '../marketplace/model.ts'
import type { Push, Pushed } from '../marketplace/pushes.ts'
import type { Queue } from '../marketplace/queue.ts'
import type { Published } from '../marketplace/topics.ts'
import type { Html } from './format.ts'
import { dueText, instant } from './format.ts'
import { scrolling } from './layout.ts'

const SHOWN = 50

export const messagesPage = (state: Readonly<State>): Html =>
  html`<h1>Messages</h1>
    <p class="lead">
      What the seller’s software published by SNS, for the people who run it, and what AWS pushed to the
      seller.
    </p>
    <h2>Published by SNS</h2>
    ${
      state.published.length === 0
        ? html`<p class="empty">Nothing was published yet.</p>`
        : html`<div class="stack">${state.published.toReversed().slice(0, SHOWN).map(message)}</div>`
    }
    <h2>Queues</h2>
    ${queues(state)}
    <h2>Pushed by EventBridge</h2>
    ${
      state.pushing
        ? pushes(state)
        : html`<p class="empty">
            No API destination is set up: events come to the queue only. Start the simulator with
            <code>--push-url</code>.
          </p>`
    }`

const message = ({ id, topicArn, at, subject, message: text, attributes }: Published): Html =>
  html`<section class="card" aria-labelledby="m-${id}">
    <h3 id="m-${id}">${subject ?? 'Without a subject'}</h3>
    <p class="soft small">${instant(at)}, <span class="mono">${topicArn}</span></p>
    <div class="letter">${readable(text)}</div>
    ${Object.entries(attributes).map(
      ([name, value]) => html`<p class="small"><span class="soft">${name}</span> ${value}</p>`,
    )}
  </section>`

/** JSON with its lines broken; any other text as it is. */
export function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

const queues = (state: Readonly<State>): Html =>
  scrolling(
    'Queues',
    html`<table class="lines">
      <caption>
        Messages that wait in the seller’s queues. What is received too often is buried in a dead-letter
        queue.
      </caption>
      <thead>
        <tr>
          <th scope="col">Queue</th>
          <th scope="col" class="n">Messages</th>
          <th scope="col">Action</th>
        </tr>
      </thead>
      <tbody>
        ${Object.values(state.queues).map((queue) => queueRow(queue))}
      </tbody>
    </table>`,
  )

const queueRow = ({ name, messages }: Queue): Html =>
  html`<tr>
    <th scope="row" class="mono">${name}</th>
    <td class="n">${messages.length}</td>
    <td>
      ${
        messages.some(({ source }) => source !== undefined)
          ? html`<form method="post" action="/messages/redrive">
              <button class="quiet" name="queue" value="${name}" aria-label="Bring back: ${name}">
                Bring back
              </button>
            </form>`
          : ''
      }
    </td>
  </tr>`

function pushes({ pushes: waiting, pushed, business }: Readonly<State>): Html {
  if (waiting.length + pushed.length === 0) return html`<p class="empty">Nothing was pushed yet.</p>`
  return scrolling(
    'Pushed events',
    html`<table class="lines">
      <caption>
        Events pushed to the seller: first those still on their way.
      </caption>
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col">Outcome</th>
          <th scope="col" class="n">Attempts</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        ${waiting.map((push) => onItsWay(push, business))}${pushed.toReversed().slice(0, SHOWN).map(over)}
      </tbody>
    </table>`,
  )
}

const onItsWay = ({ detailType, attempts, due, last }: Push, business: number): Html =>
  html`<tr>
    <th scope="row">${detailType}</th>
    <td><span class="tag wait">${last ?? 'on its way'}</span></td>
    <td class="n">${attempts}</td>
    <td>again ${dueText({ due }, business)}</td>
  </tr>`

const over = ({ detailType, attempts, at, last, outcome }: Pushed): Html =>
  html`<tr>
    <th scope="row">${detailType}</th>
    <td><span class="tag${outcome === 'delivered' ? '' : ' over'}">${outcome}, ${last}</span></td>
    <td class="n">${attempts}</td>
    <td>${instant(at)}</td>
  </tr>`
