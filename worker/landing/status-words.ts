/** Where a subscription stands in words: what it is, what happens next, whose move it is. One text for each reason. Pure. */
import { DAY_MS } from '../../shared/hour.ts'
import type { Why } from '../../shared/lifecycle/access.ts'
import type { EdgeView } from '../../shared/seller/views.ts'
import { isOnTrial } from '../entitlements/entitlements.ts'
import type { Detail } from '../lifecycle/state.ts'

/** What the words depend on. Times are epoch ms of business time. */
export interface Standing {
  readonly detail: Detail | undefined
  /** The title of the plan behind the trial; null: not known. */
  readonly nextPlan: string | null
  /** True: from now on AWS knows this purchase by a license that only the buyer's visit tells us (money §10). */
  readonly lacksLicense: boolean
  /** True: the page looks again by itself. */
  readonly refresh: boolean
  readonly now: number
}

export interface Words {
  /** One or two words. */
  readonly state: string
  readonly title: string
  readonly next: readonly string[]
  /** True while it may be another before long, without anybody here doing anything. */
  readonly settles: boolean
}

const LICENSE =
  'AWS now knows your purchase by a license that it tells us only when you come from there. Please open Manage subscriptions in the AWS Marketplace console once, choose this product and press “Set up your account”. Nothing stops until then; what you use is counted and billed afterwards.'

const CONSOLE = 'Manage subscriptions in the AWS Marketplace console'

/** What stood so when another agreement took its place will stand so for ever. */
const NEVER_BEGAN: ReadonlySet<Why> = new Set(['setting-up', 'payment-pending', 'no-entitlement'])

/** The words for a reason. */
export function wordsOf(standing: Standing, { branding, seller }: EdgeView): Words {
  const { detail, now } = standing
  const name = branding.name
  const help = `write to ${seller.support}`
  const trial = detail?.trial ?? null
  const buy = `buy ${standing.nextPlan === null ? 'a plan' : `the ${standing.nextPlan} plan`} on AWS Marketplace`
  const of = (state: string, title: string, next: readonly string[], settles = false): Words => ({
    state,
    title,
    next,
    settles,
  })
  const why: Why = detail?.access.why ?? 'setting-up'
  if (NEVER_BEGAN.has(why) && (detail?.successor ?? null) !== null) return endedWords(standing, of)
  switch (why) {
    case 'setting-up':
      return of(
        'Setting up',
        'We are setting up your subscription',
        [
          'You are registered. AWS is confirming your purchase, which usually takes a minute or two. There is nothing more for you to do.',
          standing.refresh
            ? 'This page looks again by itself every 15 seconds.'
            : `It is taking longer than usual. You can close this page and come back later; if it still says so tomorrow, ${help}.`,
        ],
        true,
      )
    case 'payment-pending':
      return of(
        'Waiting for AWS',
        'AWS has not confirmed the payment yet',
        [
          'You are registered, and AWS Marketplace has your order. It lets you in once the payment is settled; that can take a while with an invoice or a purchase order.',
          'Whoever pays for this AWS account can look at it in the AWS Billing console. Access begins by itself as soon as AWS confirms; you need not come back here for it.',
        ],
        true,
      )
    case 'payment-failed':
      return of('Payment failed', 'AWS could not take the payment', [
        'Access was not granted, and nothing is billed for this purchase.',
        `Whoever pays for this AWS account corrects the payment method in the AWS Billing console. Then look at ${CONSOLE}: if this product is not listed there any more, subscribe again.`,
      ])
    case 'not-started':
      return of(
        'Not begun',
        startOf(detail),
        [
          'Your agreement is accepted and begins later. There is nothing for you to do: access begins by itself.',
        ],
        true,
      )
    case 'no-entitlement':
      return of(
        'Nothing to use',
        'Your agreement contains nothing to use now',
        [
          'AWS tells us that nothing is entitled under this agreement, so access is off.',
          `Look at the agreement in ${CONSOLE}. If it shows what you bought, ${help}: then it is ours to put right.`,
        ],
        true,
      )
    case 'active':
      return of('Active', 'Your subscription is active', [
        `${name} is ready for you. What you use is added up here and billed by AWS Marketplace.`,
        ...(standing.lacksLicense ? [LICENSE] : []),
      ])
    case 'ending':
      return of('Ending', 'Your subscription is about to end', [
        isOnTrial(detail)
          ? 'AWS told us that the agreement is over. Access ends within the hour; nothing is billed for the trial.'
          : 'AWS told us that the agreement is over. Access ends within the hour, and what was used until then is billed.',
        'Did not mean to? Subscribe again on AWS Marketplace.',
      ])
    case 'ended':
      return endedWords(standing, of)
    case 'trial':
      return of('Free trial', `Your trial is running: ${daysLeft(trial?.endsAt ?? now, now)}`, [
        `${name} is ready for you. The trial ends on ${dateText(trial?.endsAt ?? now)}. Nothing is billed for it.`,
        trial?.converted === true
          ? 'You have bought already: what you bought takes its place.'
          : `To go on after it, ${buy} with the same AWS account. If you do nothing, it ends and nothing is billed.`,
      ])
    case 'grace':
      return of('Trial ended', 'Your trial has ended; you still have access', [
        `So that nothing of your work is lost, access goes on until ${dateText(trial?.graceUntil ?? now)}: ${daysLeft(trial?.graceUntil ?? now, now)}. Nothing is billed for these days.`,
        trial?.converted === true
          ? 'You have bought already: what you bought takes its place.'
          : `To stay, ${buy} with the same AWS account before then.`,
      ])
    case 'trial-over':
      return of('Trial over', 'Your trial is over', [
        'Access has ended. Nothing is billed for the trial.',
        trial?.converted === true
          ? 'What you bought has taken its place: come to it from AWS Marketplace.'
          : `To come back, ${buy} with the same AWS account.`,
      ])
  }
}

function endedWords(
  { detail }: Standing,
  of: (state: string, title: string, next: readonly string[]) => Words,
): Words {
  // What ended before it was granted has an end too, and access since never.
  const at = detail?.access.since === null ? undefined : detail?.end?.at
  const trial = detail?.trial ?? null
  const isFree = trial !== null && trial.paid !== 'same' && (at ?? 0) < trial.endsAt
  if ((detail?.successor ?? null) !== null)
    return of('Replaced', 'This agreement was renewed or replaced', [
      'Your access goes on under the new agreement. What was used under this one is on your AWS bill.',
      `To see the new one, open ${CONSOLE} and press “Set up your account”, or sign in here.`,
    ])
  return of('Ended', 'Your subscription has ended', [
    at === undefined
      ? 'AWS told us that the agreement is over. Access was never granted under it, so nothing was used.'
      : `Access ended on ${dateText(at)}. ${isFree ? 'Nothing is billed for the trial.' : 'What was used until then is on your AWS bill; nothing after it is billed.'}`,
    'To start again, subscribe on AWS Marketplace.',
  ])
}

function startOf(detail: Detail | undefined): string {
  const at = detail?.startsAt ?? null
  return at === null ? 'Your subscription begins later' : `Your subscription begins on ${dateText(at)}`
}

/** `3 days left`; the day that has begun counts. */
export function daysLeft(until: number, now: number): string {
  const days = Math.max(0, Math.ceil((until - now) / DAY_MS))
  return days === 1 ? '1 day left' : `${days} days left`
}

export const dateText = (ms: number): string =>
  `${new Date(ms).toLocaleString('en', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })} UTC`
