/** The status page: where the subscription stands, what happens next, what was used (usage-card.ts). Pure. */
import { html } from 'hono/html'
import type { MonthUsage } from '../../shared/ledger/ledger.ts'
import type { LifecycleState } from '../../shared/lifecycle.ts'
import type { EdgeProduct, EdgeView } from '../../shared/seller/views.ts'
import { maskAccount } from './form-page.ts'
import type { Page } from './layout.ts'
import { usageCard } from './usage-card.ts'

export interface StatusView {
  readonly state: LifecycleState
  readonly account: string
  readonly product: EdgeProduct
  readonly plan: string | null
  readonly email: string
  /** Business time, epoch ms: when access ended; null while it has not. */
  readonly endedAt: number | null
  /** Null: nothing is counted yet. `unknown`: it could not be read just now. */
  readonly usage: MonthUsage | 'unknown' | null
  /** True: from now on AWS knows this purchase by a license that only the buyer's visit tells us (money §10). */
  readonly lacksLicense: boolean
  /** True: the page looks again by itself. */
  readonly refresh: boolean
}

/** How often "setting up" looks again. Source: facts §8, "poll at 15 s". */
const REFRESH_SECONDS = 15

/** The page of a session. */
export function statusPage(view: StatusView, seller: EdgeView): Page {
  const words = wordsOf(view, seller)
  const plan = seller.plans.find((one) => one.key === view.plan)?.title
  return {
    status: 200,
    title: words.state,
    body: html`<div class="card">
        <p class="state ${view.state}">${words.state}</p>
        <h1>${words.title}</h1>
        ${words.next.map((text) => html`<p>${text}</p>`)}
        ${view.state === 'pending' ? html`<p><a class="button" href="/subscription">Check again</a></p>` : ''}
        <dl>
          <dt>Product</dt>
          <dd><bdi>${view.product.title}</bdi></dd>
          ${
            plan === undefined
              ? ''
              : html`<dt>Plan</dt>
                  <dd><bdi>${plan}</bdi></dd>`
          }
          <dt>AWS account</dt>
          <dd>${maskAccount(view.account)}</dd>
          <dt>Contact</dt>
          <dd><bdi>${view.email}</bdi></dd>
        </dl>
      </div>
      ${view.usage === null ? '' : usageCard(view.usage, view.product, view.plan, seller)}`,
    ...(view.state === 'pending' && view.refresh ? { refreshSeconds: REFRESH_SECONDS } : {}),
  }
}

interface Words {
  readonly state: string
  readonly title: string
  readonly next: readonly string[]
}

const LICENSE =
  'AWS now knows your purchase by a license that it tells us only when you come from there. Please open Manage subscriptions in the AWS Marketplace console once, choose this product and press “Set up your account”. Nothing stops until then; what you use is counted and billed afterwards.'

function wordsOf(view: StatusView, seller: EdgeView): Words {
  const name = seller.branding.name
  switch (view.state) {
    case 'pending':
      return {
        state: 'Setting up',
        title: 'We are setting up your subscription',
        next: [
          'You are registered. AWS is confirming your purchase, which usually takes a minute or two. There is nothing more for you to do.',
          view.refresh
            ? 'This page looks again by itself every 15 seconds.'
            : `It is taking longer than usual. You can close this page and come back later; if it still says so tomorrow, write to ${seller.seller.support}.`,
        ],
      }
    case 'active':
      return {
        state: 'Active',
        title: 'Your subscription is active',
        next: [
          `${name} is ready for you. What you use is added up here and billed by AWS Marketplace.`,
          ...(view.lacksLicense ? [LICENSE] : []),
        ],
      }
    case 'ending':
      return {
        state: 'Ending',
        title: 'Your subscription is about to end',
        next: [
          'AWS told us that the agreement is over. Access ends within the hour, and what was used until then is billed.',
          'Did not mean to? Subscribe again on AWS Marketplace.',
        ],
      }
    case 'ended':
      return {
        state: 'Ended',
        title: 'Your subscription has ended',
        next: [
          `Access ended${view.endedAt === null ? '' : ` on ${dateText(view.endedAt)}`}. What was used until then is on your AWS bill; nothing after it is billed.`,
          'To start again, subscribe on AWS Marketplace.',
        ],
      }
  }
}

const dateText = (ms: number): string =>
  `${new Date(ms).toLocaleString('en', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })} UTC`
