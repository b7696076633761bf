/** The pages of a person who comes back: signing in, his subscriptions, where a new one belongs. Pure; all is escaped. */
import { html } from 'hono/html'
import type { LifecycleState } from '../../shared/lifecycle.ts'
import type { EdgeView } from '../../shared/seller/views.ts'
import type { Mine } from '../db/sign-ins.ts'
import { maskAccount } from '../landing/form-page.ts'
import type { Html, Page } from '../landing/layout.ts'
import type { Offer } from './workspace.ts'

const MINUTES = 15

const cardOf = (title: string, body: Html): Html =>
  html`<div class="card">
    <h1>${title}</h1>
    ${body}
  </div>`

/** Asks for the address. `typed` and `problem`: what was typed before, and what is wrong with it. */
export function signInPage(typed: string, problem: string | null): Page {
  const title = 'Sign in'
  return {
    status: problem === null ? 200 : 422,
    title,
    body: cardOf(
      title,
      html`<p>Enter the e-mail address that you registered with. We send you a link; there is no password.</p>
        <form method="post" action="/sign-in" novalidate>
          <div class="field">
            <label for="email">E-mail</label>
            <input
              id="email"
              name="email"
              type="email"
              value="${typed.slice(0, 300)}"
              maxlength="254"
              required
              autocomplete="email"
              ${problem === null ? '' : html`aria-invalid="true" aria-describedby="email-error"`}
            />
            ${problem === null ? '' : html`<p class="wrong" id="email-error">${problem}</p>`}
          </div>
          <button class="button" type="submit">Send me a link</button>
        </form>
        <p class="soft">New here? Subscribe on AWS Marketplace, and AWS brings you to our page.</p>`,
    ),
  }
}

/** The same for everybody who asked: whether a mail was sent, only its reader knows. */
export function sentPage(): Page {
  const title = 'Look into your mail'
  return {
    status: 200,
    title,
    body: cardOf(
      title,
      html`<p>
          If this address is registered with us, a mail with a link is on its way. Open the link in this
          browser within ${MINUTES} minutes; it can be used once.
        </p>
        <p>
          Nothing came? Look into your spam folder, or <a href="/sign-in">try another address</a>: it has to
          be the one you registered with.
        </p>`,
    ),
  }
}

/** Opening the link changes nothing: programs that look through mail open links too. */
export function linkPage(token: string): Page {
  const title = 'Sign in now?'
  return {
    status: 200,
    title,
    body: cardOf(
      title,
      html`<p>You asked for this link in this browser. It can be used once.</p>
        <form method="post" action="/sign-in/link">
          <input type="hidden" name="link" value="${token}" />
          <button class="button" type="submit">Sign in</button>
        </form>`,
    ),
  }
}

const THROUGH_AWS =
  'you can come through AWS Marketplace: open Manage subscriptions there and press “Set up your account”'

type Refusal = 'over' | 'too-often' | 'off'

/** Why somebody is not signed in, and what to do. The same for a link nobody made and one that was used. */
export function refusalPage(refusal: Refusal, seller: EdgeView): Page {
  switch (refusal) {
    case 'over':
      return {
        status: 403,
        title: 'This link cannot be used here',
        body: cardOf(
          'This link cannot be used here',
          html`<p>
              A link is good for ${MINUTES} minutes, once, and only in the browser in which you asked for it.
              Nobody was signed in.
            </p>
            <p><a class="button" href="/sign-in">Ask for a new link</a></p>`,
        ),
      }
    case 'too-often':
      return {
        status: 429,
        title: 'Too many links were asked for',
        retryAfterSeconds: MINUTES * 60,
        body: cardOf(
          'Too many links were asked for',
          html`<p>
              To protect mailboxes, we send only a few links in ${MINUTES} minutes. Use the newest mail you
              have, or try again later.
            </p>
            <p>You did not ask for any? You need no link: ${THROUGH_AWS}.</p>`,
        ),
      }
    case 'off':
      return {
        status: 503,
        title: 'Signing in is not set up',
        body: cardOf(
          'Signing in is not set up',
          html`<p>We cannot send you a link. But ${THROUGH_AWS}, or write to ${seller.seller.support}.</p>`,
        ),
      }
  }
}

const STATES: Readonly<Record<LifecycleState, string>> = {
  pending: 'Setting up',
  active: 'Active',
  ending: 'Ending',
  ended: 'Ended',
}

/** All that a person has. `csrf` is for the button that signs out. */
export function subscriptionsPage(
  mine: readonly Mine[],
  email: string,
  csrf: string,
  seller: EdgeView,
): Page {
  const title = 'Your subscriptions'
  return {
    status: 200,
    title,
    body: html`<div class="card">
        <h1>${title}</h1>
        <p>You are signed in as <bdi>${email}</bdi>.</p>
      </div>
      ${mine.map((one) => subscriptionCard(one, seller))}
      <form class="card" method="post" action="/sign-out">
        <input type="hidden" name="_csrf" value="${csrf}" />
        <button class="button" type="submit">Sign out</button>
      </form>`,
  }
}

const subscriptionCard = (one: Mine, seller: EdgeView): Html =>
  html`<div class="card">
    <p class="state ${one.state}">${STATES[one.state]}</p>
    <h2><bdi>${titleOf(one, seller)}</bdi></h2>
    <dl>
      <dt>AWS account</dt>
      <dd>${maskAccount(one.account)}</dd>
      <dt>Registered since</dt>
      <dd>${dayText(one.createdMs)}</dd>
      ${
        one.workspace === null
          ? ''
          : html`<dt>Workspace</dt>
              <dd>${workspaceText(one.workspace)}</dd>`
      }
    </dl>
    <p><a href="/subscriptions/${one.id}">See this subscription</a></p>
    ${
      one.workspace === null
        ? html`<p><a href="/subscriptions/${one.id}?to=workspace">Say which workspace it belongs to</a></p>`
        : ''
    }
  </div>`

/** Where a purchase may go. */
export interface WorkspaceView {
  readonly product: string
  readonly account: string
  readonly csrf: string
  readonly isSignedIn: boolean
  readonly offers: readonly Offer[]
}

/** Asks where a new purchase belongs. Nothing happens until a button is pressed. */
export function workspacePage(view: WorkspaceView, seller: EdgeView): Page {
  const title = 'Where does this subscription belong?'
  const choice = (workspace: string, label: string): Html =>
    html`<form method="post" action="/workspace">
      <input type="hidden" name="_csrf" value="${view.csrf}" />
      <input type="hidden" name="workspace" value="${workspace}" />
      <button class="button" type="submit">${label}</button>
    </form>`
  return {
    status: 200,
    title,
    body: html`<div class="card">
        <h1>${title}</h1>
        <p>
          Your company uses ${seller.branding.name} already. You can go on in a workspace you have, or begin a
          new one that shares nothing with it. What AWS bills stays as you bought it, and this cannot be
          changed later.
        </p>
        <dl>
          <dt>New subscription</dt>
          <dd><bdi>${view.product}</bdi></dd>
          <dt>AWS account</dt>
          <dd>${maskAccount(view.account)}</dd>
        </dl>
        ${
          view.isSignedIn
            ? ''
            : html`<p>
                To go on in a workspace you have, <a href="/sign-in">sign in</a> with the e-mail address you
                registered there.
              </p>`
        }
      </div>
      ${view.offers.map(
        (offer) =>
          html`<div class="card">
            <h2>Workspace ${workspaceText(offer.workspace)}</h2>
            <ul>
              ${offer.subscriptions.map(
                (one) =>
                  html`<li>
                    <bdi>${titleOf(one, seller)}</bdi>, ${STATES[one.state].toLowerCase()}, since
                    ${dayText(one.createdMs)}
                  </li>`,
              )}
            </ul>
            ${
              offer.trial === null
                ? ''
                : html`<p>
                    Your trial is in it. What you made in the trial goes on in this subscription, and what was
                    used of this month is not billed twice.
                  </p>`
            }
            ${choice(offer.workspace, offer.trial === null ? 'Link to this workspace' : 'Go on from the trial here')}
          </div>`,
      )}
      <div class="card">
        <h2>A new workspace</h2>
        <p>It begins empty.</p>
        ${choice('new', 'Open a new workspace')}
        <p><a href="/subscription">Decide later</a></p>
      </div>`,
  }
}

/** Its last characters: enough to tell one from another. */
const workspaceText = (id: string): string => id.slice(-6).toUpperCase()

const titleOf = ({ product }: Pick<Mine, 'product'>, seller: EdgeView): string =>
  seller.products.find(({ key }) => key === product)?.title ?? product

const dayText = (ms: number): string =>
  new Date(ms).toLocaleDateString('en', { dateStyle: 'long', timeZone: 'UTC' })
