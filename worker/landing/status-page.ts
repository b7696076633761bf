/** The status page: where the subscription stands, what happens next, what was used this month. Pure. */
import { html } from 'hono/html'
import type { DimensionUsage, MonthUsage } from '../../shared/ledger/ledger.ts'
import type { LifecycleState } from '../../shared/lifecycle.ts'
import type { Dimension } from '../../shared/seller.ts'
import type { EdgeProduct, EdgeView } from '../../shared/seller/views.ts'
import { maskAccount } from './form-page.ts'
import type { Html, Page } from './layout.ts'
import { amountText, priceOf, quantityText } from './money-text.ts'

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
      ${view.usage === null ? '' : usageCard(view.usage, view.product, seller)}`,
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

function usageCard(usage: MonthUsage | 'unknown', product: EdgeProduct, seller: EdgeView): Html {
  if (usage === 'unknown') {
    return html`<div class="card">
      <h2>Usage this month</h2>
      <p>It cannot be shown right now. It is still being counted; please look again in a minute.</p>
    </div>`
  }
  const month = new Date(usage.month).toLocaleDateString('en', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
  const rows = usage.dimensions.flatMap((row) => {
    const dimension = product.dimensions.find((one) => one.key === row.dimension && one.offered)
    return dimension ? [usageRow(row, dimension, seller)] : []
  })
  return html`<div class="card">
    <h2>Usage in ${month}</h2>
    ${rows.length === 0 ? html`<p>Nothing has been used yet.</p>` : rows}
    <p class="soft">
      Months and hours are UTC. An hour is billed some minutes after it ends. Amounts are before tax and
      discounts; your AWS bill is what counts.
    </p>
  </div>`
}

function usageRow(row: DimensionUsage, dimension: Dimension, seller: EdgeView): Html {
  const meter = seller.meters[row.meter]
  return html`<h3><bdi>${meter?.label ?? row.meter}</bdi></h3>
    <dl>
      <dt>Used</dt>
      <dd>${quantityText(row.counted)}</dd>
      ${
        row.includedLeft === null
          ? ''
          : html`<dt>Included, still left</dt>
              <dd>${quantityText(row.includedLeft)}</dd>`
      }
      ${
        row.metered
          ? html`<dt>Billed so far</dt>
              <dd>
                ${amountText(row.billed, dimension.price)}
                <span class="soft">
                  (${quantityText(row.billed)} × ${priceOf(dimension.price)} for
                  <bdi>${dimension.title}</bdi>)
                </span>
              </dd>`
          : ''
      }
    </dl>`
}

const dateText = (ms: number): string =>
  `${new Date(ms).toLocaleString('en', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })} UTC`
