/** Mail that was sent by SES, as the person who got it would read it. Pure. */
import { html } from 'hono/html'
import type { Mail } from '../marketplace/mail.ts'
import type { State } from '../marketplace/model.ts'
import type { Html } from './format.ts'
import { instant } from './format.ts'
import { scrolling } from './layout.ts'

/** What the list shows at once. */
const SHOWN = 100

export function mailPage({ mails }: Readonly<State>): Html {
  return html`<h1>Mail</h1>
    <p class="lead">
      What the seller’s software sent by SES. Nothing leaves this machine: the mail is here to be read.
    </p>
    ${
      mails.length === 0
        ? html`<p class="empty">No mail was sent yet. Register a subscription, and come back.</p>`
        : scrolling(
            'Mail',
            html`<table>
              <caption>
                Mail, the newest first.
              </caption>
              <thead>
                <tr>
                  <th scope="col">Subject</th>
                  <th scope="col">To</th>
                  <th scope="col">Sent</th>
                </tr>
              </thead>
              <tbody>
                ${mails.toReversed().slice(0, SHOWN).map(row)}
              </tbody>
            </table>`,
          )
    }`
}

const row = (mail: Mail): Html =>
  html`<tr>
    <th scope="row" class="wrap"><a href="/mail/${mail.id}">${mail.subject}</a>${outcome(mail)}</th>
    <td class="wrap">${mail.to.join(', ')}</td>
    <td>${instant(mail.at)}</td>
  </tr>`

const outcome = ({ outcome: came }: Mail): Html =>
  came === 'delivered' ? html`` : html` <span class="tag over">${came}</span>`

export const letterPage = (mail: Mail): Html =>
  html`<h1>${mail.subject}</h1>
    <dl class="facts">
      <dt>From</dt>
      <dd>${mail.from}</dd>
      <dt>To</dt>
      <dd>${mail.to.join(', ')}${outcome(mail)}</dd>
      ${people('Copy', mail.cc)} ${people('Blind copy', mail.bcc)} ${people('Answers to', mail.replyTo)}
      <dt>Sent</dt>
      <dd>${instant(mail.at)}</dd>
      ${
        mail.configurationSet === null
          ? ''
          : html`<dt>Configuration set</dt>
              <dd class="mono">${mail.configurationSet}</dd>`
      }
    </dl>
    ${
      mail.text === null
        ? html`<h2>Plain text</h2>
            <p class="empty">This mail has no plain text. Some people will see nothing.</p>`
        : html`<h2>Plain text</h2>
            <div class="letter">${linked(mail.text)}</div>`
    }
    ${
      mail.html === null
        ? ''
        : html`<h2>HTML</h2>
            <iframe
              class="page"
              title="The mail as HTML"
              sandbox="allow-popups allow-popups-to-escape-sandbox"
              src="/mail/${mail.id}/html"
            ></iframe>
            <p class="small"><a href="/mail/${mail.id}/html">The HTML on a page of its own</a></p>`
    }
    <p><a href="/mail">All mail</a></p>`

const people = (name: string, addresses: readonly string[]): Html =>
  addresses.length === 0
    ? html``
    : html`<dt>${name}</dt>
        <dd>${addresses.join(', ')}</dd>`

/** A text with its web addresses as links, as a mail program shows it. */
function linked(text: string): Html {
  const parts = text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/)
  return html`${parts.map((part, i) => (i % 2 === 1 ? html`<a href="${part}">${part}</a>` : part))}`
}

/** The mail's HTML by itself: it may look as it likes, and do nothing. */
export const letterHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; " +
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
