/** The status page: where the subscription stands, what happens next, what may be used, what was used, and a form. Pure. */
import { html } from 'hono/html'
import type { MonthUsage } from '../../shared/ledger/ledger.ts'
import type { EdgeProduct, EdgeView } from '../../shared/seller/views.ts'
import type { Shown } from '../db/subscriptions.ts'
import { entitlementsOf, termFrom } from '../entitlements/entitlements.ts'
import { readDetail } from '../lifecycle/state.ts'
import { feedbackCard, type FeedbackView } from './feedback-card.ts'
import { maskAccount } from './form-page.ts'
import type { Html, Page } from './layout.ts'
import { planCard } from './plan-card.ts'
import { dateText, daysLeft, wordsOf } from './status-words.ts'
import { usageCard } from './usage-card.ts'

export interface StatusView {
  readonly row: Shown
  readonly product: EdgeProduct
  readonly email: string
  /** This month last, a trial's months before it; null: nothing is counted yet. `unknown`: it cannot be read just now. */
  readonly usage: readonly MonthUsage[] | 'unknown' | null
  /** True: from now on AWS knows this purchase by a license that only the buyer's visit tells us (money §10). */
  readonly lacksLicense: boolean
  /** True: the page looks again by itself. */
  readonly refresh: boolean
  readonly feedback: FeedbackView
  /** Business time, epoch ms. */
  readonly now: number
}

/** How often "setting up" looks again. Source: facts §8, "poll at 15 s". */
const REFRESH_SECONDS = 15

/** The page of a session. */
export function statusPage(view: StatusView, seller: EdgeView): Page {
  const { row, product, usage, lacksLicense, refresh, feedback, now } = view
  const detail = readDetail(row)
  const titleOf = (key: string | null) => seller.plans.find((one) => one.key === key)?.title ?? null
  const nextPlan = titleOf(detail?.nextPlan ?? null)
  const words = wordsOf({ detail, nextPlan, lacksLicense, refresh, now }, seller)
  const may = entitlementsOf(row, seller, usage === 'unknown' ? null : usage)
  const isOn = may.access === true
  const month = usage === null || usage === 'unknown' ? usage : (usage.at(-1) ?? null)
  const { problem } = feedback
  return {
    status: problem === null ? 200 : problem.tooMany ? 429 : 422,
    title: words.state,
    ...(problem?.tooMany ? { retryAfterSeconds: 3_600 } : {}),
    body: html`<section class="card" aria-labelledby="standing">
        <p class="state ${isOn ? 'active' : row.state}">${words.state}</p>
        <h1 id="standing">${words.title}</h1>
        ${words.next.map((text) => html`<p>${text}</p>`)}
        ${words.settles ? html`<p><a class="button" href="/subscription">Check again</a></p>` : ''}
        <dl>
          ${fact('Product', product.title)} ${fact('Plan', titleOf(may.plan))}
          ${nextPlan === titleOf(may.plan) ? '' : fact('Plan after it', nextPlan)}
          ${
            isOn && detail?.trial && termFrom(row) !== null
              ? fact('Trial', `${dateText(detail.trial.endsAt)} (${daysLeft(detail.trial.endsAt, now)})`)
              : ''
          }
          <dt>AWS account</dt>
          <dd>${maskAccount(row.account)}</dd>
          ${fact('Contact', view.email)}
        </dl>
        ${row.workspace === null ? html`<p><a href="/workspace">Say which workspace it belongs to</a></p>` : ''}
        <p><a href="/subscriptions">All your subscriptions</a></p>
      </section>
      ${planCard(may, seller)}
      ${month === null ? '' : usageCard(month, product, row.plan, seller, termFrom(row) === null ? null : may.limits, row.state === 'ended' && !isOn)}
      ${feedbackCard(feedback, seller)}`,
    ...(row.state === 'pending' && refresh && words.settles && problem === null
      ? { refreshSeconds: REFRESH_SECONDS }
      : {}),
  }
}

const fact = (term: string, text: string | null): Html | '' =>
  text === null
    ? ''
    : html`<dt>${term}</dt>
        <dd><bdi>${text}</bdi></dd>`
