/** The seller's application, played: the webhooks it got, and how it is set to answer. Pure. */
import { html } from 'hono/html'
import type { State } from '../marketplace/model.ts'
import type { ReceivedWebhook, Receiver } from '../marketplace/receiver.ts'
import type { Html } from './format.ts'
import { instant, span } from './format.ts'
import { readable } from './messages.ts'

const SHOWN = 50

export const webhooksPage = ({ receiver, webhooks }: Readonly<State>): Html =>
  html`<h1>Webhooks</h1>
    <p class="lead">
      The seller’s own application would receive these. Here it is played by the simulator, at
      <span class="mono">/seller/webhooks</span>: it verifies each signature, and keeps what came.
    </p>
    <p>
      It answers <strong>${behavior(receiver)}</strong>, and knows
      ${receiver.secrets.length === 0 ? 'no secret: nothing is verified' : html`${receiver.secrets.length} of the secrets that sign`}.
    </p>
    <form method="post" action="/webhooks/receiver" class="row">
      ${choice(receiver, 'well', 'Answer well')} ${choice(receiver, 'slow', 'Answer slowly')}
      ${choice(receiver, 'failing', 'Fail each time')}
    </form>
    <details>
      <summary>Tell it a secret</summary>
      <form method="post" action="/webhooks/secrets">
        <div class="field">
          <label for="secret">Secret</label>
          <p class="hint" id="secret-hint">
            As the seller’s software shows it once, beginning with <span class="mono">whsec_</span>. Several
            may be in force at a time.
          </p>
          <input
            id="secret"
            name="secret"
            autocomplete="off"
            maxlength="120"
            aria-describedby="secret-hint"
          />
        </div>
        <p class="field row">
          <button name="do" value="add">Tell it</button>
          <button class="quiet" name="do" value="forget">Forget all secrets</button>
        </p>
      </form>
    </details>
    <h2>What came</h2>
    ${
      webhooks.length === 0
        ? html`<p class="empty">No webhook came yet.</p>`
        : html`<div class="stack">
            ${webhooks
              .toReversed()
              .slice(0, SHOWN)
              .map((webhook) => card(webhook, attemptsOf(webhooks, webhook)))}
          </div>`
    }`

function behavior({ mode, status, delayMs }: Receiver): string {
  switch (mode) {
    case 'well':
      return 'well, at once'
    case 'slow':
      return `well, after ${span(delayMs)}`
    case 'failing':
      return `with HTTP ${status} each time`
  }
}

const choice = ({ mode }: Receiver, value: Receiver['mode'], text: string): Html =>
  html`<button
    ${mode === value ? html`` : html` class="quiet"`}
    name="mode"
    value="${value}"
    aria-pressed="${String(mode === value)}"
  >
    ${text}
  </button>`

/** Which attempt of its delivery a webhook is, and of how many that came. */
function attemptsOf(webhooks: readonly ReceivedWebhook[], webhook: ReceivedWebhook): string {
  const same = webhooks.filter(({ id }) => id === webhook.id && id !== '')
  return same.length < 2 ? '' : `, attempt ${same.indexOf(webhook) + 1} of ${same.length}`
}

const card = (webhook: ReceivedWebhook, attempts: string): Html =>
  html`<section
    class="card"
    aria-label="${webhook.type === '' ? 'A webhook without a type' : webhook.type}, ${webhook.id}${attempts}"
  >
    <h3>
      ${webhook.type === '' ? 'Without a type' : webhook.type} ${verified(webhook)}
      <span class="tag${webhook.answered < 300 ? '' : ' over'}">answered ${webhook.answered}</span>
    </h3>
    <p class="soft small">
      ${instant(webhook.at)},
      <span class="mono">${webhook.id === '' ? 'no webhook-id' : webhook.id}</span>${attempts}
    </p>
    <details>
      <summary>What it says</summary>
      <div class="letter mono">${readable(webhook.body)}</div>
    </details>
  </section>`

const verified = ({ verified: is, reason }: ReceivedWebhook): Html =>
  is === true
    ? html`<span class="tag">signature good</span>`
    : html`<span class="tag ${is === null ? 'none' : 'over'}">${is === null ? 'not verified' : reason}</span>`
