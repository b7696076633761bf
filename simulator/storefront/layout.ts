/** The frame of every page: head, navigation, the business clock with its buttons, and what a form did. Pure. */
import { html } from 'hono/html'
import type { State } from '../marketplace/model.ts'
import type { Html } from './format.ts'
import { instant } from './format.ts'
import { STYLE_TAG } from './style.ts'

/** What a form did, or why it did not, shown once on the page that follows. */
export interface Notice {
  readonly tone: 'good' | 'wait' | 'bad-news'
  readonly title: string
  readonly text: string
  /** What was done, step by step. */
  readonly steps?: readonly { readonly at: number; readonly what: string }[]
}

export interface Frame {
  readonly title: string
  /** The page's own path: marks it in the navigation and brings the clock's buttons back here. */
  readonly path: string
  readonly state: Readonly<State>
  readonly notice?: Notice | undefined
}

const PAGES = [
  ['/', 'Products'],
  ['/agreements', 'Agreements'],
  ['/bill', 'Bill'],
  ['/mail', 'Mail'],
  ['/webhooks', 'Webhooks'],
  ['/messages', 'Messages'],
  ['/metrics', 'Metrics'],
  ['/faults', 'Faults'],
] as const

export const page = ({ title, path, state, notice }: Frame, body: Html): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${title} · Marketplace simulator</title>
        <link rel="icon" href="data:," />
        ${STYLE_TAG}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <div class="bar">
            <a class="brand" href="/">Marketplace <span>simulator</span></a>
            <nav aria-label="Pages">
              <ul>
                ${PAGES.map(
                  ([href, name]) =>
                    html`<li>
                      <a href="${href}" ${path === href ? html` aria-current="page"` : ''}>${name}</a>
                    </li>`,
                )}
              </ul>
            </nav>
          </div>
        </header>
        ${clockBar(state, path)}
        <main id="main">${notice === undefined ? '' : noticeBox(notice)} ${body}</main>
        <footer>
          <p>
            Simulated on this machine: nothing here reaches AWS, and nobody is charged. Not affiliated with
            Amazon Web Services.
          </p>
        </footer>
      </body>
    </html>`

/** Moving time is what most visits are for, so it is at hand on every page. */
const clockBar = (state: Readonly<State>, path: string): Html =>
  html`<section class="clock" aria-label="Business clock">
    <div class="bar">
      <p><span class="soft">Business time</span> ${instant(state.business)}</p>
      <form method="post" action="/time">
        <input type="hidden" name="back" value="${path}" />
        <button name="move" value="close-hour">Close this hour</button>
        <button class="quiet" name="move" value="PT1H">Advance 1 hour</button>
        <button class="quiet" name="move" value="P1D">Advance 1 day</button>
      </form>
    </div>
  </section>`

const noticeBox = ({ tone, title, text, steps = [] }: Notice): Html =>
  html`<section
    class="notice ${tone}"
    role="${tone === 'bad-news' ? 'alert' : 'status'}"
    aria-label="${title}"
  >
    <h2>${title}</h2>
    <p>${text}</p>
    ${
      steps.length === 0
        ? ''
        : html`<details${steps.length <= 12 ? html` open` : ''}><summary>What was done (${steps.length})</summary>
<ol>${steps.map((step) => html`<li>${instant(step.at)}: ${step.what}</li>`)}</ol></details>`
    }
  </section>`

/** A table that scrolls inside itself on a narrow screen. `label` names it for those who do not see it. */
export const scrolling = (label: string, table: Html): Html =>
  html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`
