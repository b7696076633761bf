/** The pages that only say something: what happened, whose move it is, what to do. No I/O. */
import { html } from 'hono/html'
import type { EdgeView } from '../../shared/seller/views.ts'
import { openLayout, type Html, type Layout, type Page } from './layout.ts'

/** Everything that can keep a buyer from the form. */
export type Notice =
  /** Somebody came without a purchase. */
  | 'welcome'
  | 'no-token'
  | 'not-a-form'
  | 'too-large'
  /** AWS does not know the token, or no longer, or it belongs to another product: one page for all, on purpose. */
  | 'not-confirmed'
  /** AWS did not answer, or we may not ask it now. */
  | 'try-again'
  /** AWS was not asked: this address, or everybody together, came too often. */
  | 'too-many'
  /** The seller registers buyers on a page of its own. */
  | 'own-page'
  | 'no-session'
  | 'not-our-form'
  /** It has to stand in the audit log first, and that does not answer. */
  | 'not-written'
  | 'https-only'
  | 'not-found'
  | 'wrong-method'
  | 'internal'

const AGAIN =
  'In the AWS Marketplace console, open Manage subscriptions, choose this product and press “Set up your account”.'

const SIGN_IN = html`<a href="/sign-in">Sign in</a>`
const SIGN_IN_SMALL = html`<a href="/sign-in">sign in</a>`

/** Answers with the page of a notice. */
export function openNotices(layout: Layout): (notice: Notice) => Promise<Response> {
  const render = openLayout(layout)
  return (notice) => render(noticePage(notice, layout.seller))
}

/** The page of a notice. */
export function noticePage(notice: Notice, seller: EdgeView): Page {
  const name = seller.branding.name
  switch (notice) {
    case 'welcome':
      return page(200, `Welcome to ${name}`, [
        `${name} is sold on AWS Marketplace. Subscribe there and AWS will bring you back here to set up your account.`,
        html`Already a customer? ${SIGN_IN} with your e-mail address.`,
        `Subscribed, but not registered here yet? ${AGAIN}`,
      ])
    case 'no-token':
      return page(400, 'We could not tell which subscription this is', [
        'Your browser arrived without the registration that AWS Marketplace sends along. Nothing was changed.',
        `Please come back through AWS Marketplace. ${AGAIN}`,
      ])
    case 'not-a-form':
      return page(415, 'We could not read this request', [
        'It did not come in the form that AWS Marketplace sends. Nothing was changed.',
        `Please come back through AWS Marketplace. ${AGAIN}`,
      ])
    case 'too-large':
      return page(413, 'That was too much to read', [
        'What was sent is larger than any form here needs. Nothing was changed. Please go back and shorten it.',
      ])
    case 'not-confirmed':
      return page(400, 'AWS did not confirm this registration', [
        'A registration is good for a few hours after you leave AWS Marketplace, and for one product only. This one has run out or is not for a product of ours. Your subscription at AWS is not affected.',
        `To get a fresh one: ${AGAIN} You do not need to subscribe again.`,
      ])
    case 'try-again':
      return {
        ...page(503, 'AWS did not answer in time', [
          'We could not confirm your registration with AWS just now. Nothing is lost, and your subscription at AWS is not affected.',
          `Please wait a minute and try once more. ${AGAIN}`,
        ]),
        retryAfterSeconds: 60,
      }
    case 'too-many':
      return page(429, 'Too many registrations at once', [
        'More registrations arrive right now than we may ask AWS about, so we did not ask about yours. It is as good as before, and your subscription at AWS is not affected.',
        `Please wait a minute, then load this page again and let your browser send it once more. Or: ${AGAIN}`,
      ])
    case 'own-page':
      return page(404, `${name} has its own page for this`, [
        html`Registration for ${name} is not at this address. Please go to
          <a href="${seller.seller.website}">${seller.seller.website}</a>, or write to us. Your subscription
          at AWS is not affected.`,
      ])
    case 'no-session':
      return page(403, 'This page is no longer open', [
        'For your safety it closes after some hours, and it opens only in the browser you came with. Nothing is lost.',
        html`To open it again, ${SIGN_IN_SMALL} with your e-mail address. Or: ${AGAIN}`,
      ])
    case 'not-our-form':
      return page(403, 'This form did not come from our page', [
        'To protect you, nothing was saved. Go back, load the page again and send the form once more.',
      ])
    case 'not-written':
      return {
        ...page(503, 'We could not save this just now', [
          'What you sent was not saved, and nothing was changed.',
          'Please wait a minute, go back and send it once more.',
        ]),
        retryAfterSeconds: 60,
      }
    case 'https-only':
      return page(403, 'This page needs a secure connection', ['Please use the same address with https.'])
    case 'not-found':
      return page(404, 'There is nothing here', [`Looking for your subscription? ${AGAIN}`])
    case 'wrong-method':
      return page(405, 'This address cannot be used like that', [
        'Please go back and use the page’s own buttons.',
      ])
    case 'internal':
      return page(500, 'Something went wrong on our side', [
        'It was recorded, and what you entered before is safe. Please try again in a minute.',
      ])
  }
}

const page = (status: number, title: string, paragraphs: readonly (string | Html)[]): Page => ({
  status,
  title,
  body: card(title, paragraphs),
})

const card = (title: string, paragraphs: readonly (string | Html)[]): Html =>
  html`<div class="card">
    <h1>${title}</h1>
    ${paragraphs.map((text) => html`<p>${text}</p>`)}
  </div>`
