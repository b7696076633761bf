/** Every word we write to a buyer, and only the words: what a letter looks like is `letter.ts`'s. Pure. */
import type { Letter } from './letter.ts'

/** What a letter may say: the seller's own words, dates and numbers. Nothing a buyer typed but a name that was checked. */
export interface Known {
  readonly brand: string
  /** The product's title. */
  readonly product: string
  readonly support: string
  /** Who is greeted; null: nobody by name. */
  readonly name: string | null
  /** The last four digits of the AWS account. */
  readonly account: string
  /** The plan's title; null: there is none. */
  readonly plan: string | null
  /** The plan after the trial. */
  readonly nextPlan: string | null
  /** Where the subscription's state can be seen; null: the address is not known. */
  readonly link: string | null
  readonly isTrial: boolean
  /** True: a plan that the seller's application gave, and AWS knows nothing of it. */
  readonly isPlanOnly: boolean
  /** True: a trial ends before its time, and nothing is billed. */
  readonly isFree: boolean
  readonly daysLeft: number | null
  /** Days as text. */
  readonly endsOn: string | null
  readonly graceUntil: string | null
}

/** One for each occasion. */
export type Occasion =
  | 'welcome'
  | 'ready'
  | 'changed'
  | 'ending'
  | 'ended'
  | 'trial-ending'
  | 'grace'
  | 'trial-paid'
  | 'trial-over'

const NOT_BILLED = 'Nothing is billed for the trial.'

/** The letter for an occasion. */
export function letterOn(occasion: Occasion, known: Known): Letter {
  const { brand, product, name, account, plan, nextPlan, link } = known
  const common = {
    brand,
    greeting: name === null ? 'Hello,' : `Hello ${name},`,
    facts: [
      ['Product', product] as const,
      ['AWS account', `ending in ${account}`] as const,
      ...(plan === null ? [] : [['Plan', plan] as const]),
    ],
    action: link === null ? null : { label: 'See your subscription', url: link },
    closing: `Questions? Answer this mail, or write to ${known.support}. AWS Marketplace does the billing; we never ask for payment details.`,
  }
  switch (occasion) {
    case 'welcome':
      return {
        ...common,
        subject: `Welcome to ${brand}`,
        paragraphs: [
          `thank you for registering. We now know whom to write to about ${product}.`,
          'AWS confirms most purchases within minutes. We write again as soon as you can begin; you do not have to do anything.',
        ],
      }
    case 'ready':
      return {
        ...common,
        subject: known.isTrial ? `Your trial of ${brand} has begun` : `${brand} is ready for you`,
        paragraphs: known.isTrial
          ? [
              `your free trial of ${product} has begun.`,
              known.endsOn === null
                ? 'We remind you before it ends.'
                : `It ends on ${known.endsOn}. We remind you before.`,
            ]
          : [`AWS has confirmed your purchase of ${product}, and you can begin.`],
      }
    case 'changed':
      return {
        ...common,
        subject: `Your ${brand} subscription has changed`,
        paragraphs: known.isPlanOnly
          ? [
              `the plan of your subscription to ${product} has changed. You do not have to do anything.`,
              'If you did not expect this, write to us.',
            ]
          : [
              `what you have bought of ${product} has changed, as AWS Marketplace told us. It is in force now; you do not have to do anything.`,
              'If you did not expect this, look at your agreements in the AWS Marketplace console, or write to us.',
            ],
      }
    case 'ending':
      return {
        ...common,
        subject: `Your ${brand} subscription is ending`,
        paragraphs: [
          `AWS Marketplace told us that your subscription to ${product} ends. You keep access until AWS revokes it, which usually takes less than an hour.`,
          `${known.isFree ? NOT_BILLED : 'What was used until then is billed once more.'} To stay, subscribe again in AWS Marketplace.`,
        ],
      }
    case 'ended':
      return {
        ...common,
        subject: `Your ${brand} subscription has ended`,
        paragraphs: [
          `your subscription to ${product} has ended, and access with it. ${known.isFree ? NOT_BILLED : 'What was used before is billed by AWS; nothing is billed from now on.'}`,
          'To come back, subscribe again in AWS Marketplace.',
        ],
      }
    case 'trial-ending':
      return {
        ...common,
        subject: `${daysText(known.daysLeft)} left of your ${brand} trial`,
        paragraphs: [
          `your trial of ${product} ends${known.endsOn === null ? ' soon' : ` on ${known.endsOn}`}.`,
          `To go on without a break, buy ${planText(nextPlan)} in AWS Marketplace before then. If you do not, the trial ends and nothing is billed.`,
        ],
      }
    case 'grace':
      return {
        ...common,
        subject: `Your ${brand} trial has ended`,
        paragraphs: [
          `your trial of ${product} has ended. You keep access${known.graceUntil === null ? ' for a few days more' : ` until ${known.graceUntil}`}, so that nothing of your work is lost.`,
          `To stay, buy ${planText(nextPlan)} in AWS Marketplace before then.`,
        ],
      }
    case 'trial-paid':
      return {
        ...common,
        subject: `Your ${brand} plan goes on`,
        paragraphs: [
          `your trial of ${product} is over, and what you bought takes its place. You do not have to do anything.`,
        ],
      }
    case 'trial-over':
      return {
        ...common,
        subject: `Your ${brand} trial is over`,
        paragraphs: [
          `your trial of ${product} is over, and access with it. Nothing is billed for it.`,
          'To come back, subscribe in AWS Marketplace with the same AWS account.',
        ],
      }
  }
}

/** The letter with the link by which a returning buyer signs in. The link is a secret: it stands in no log and no table. */
export const signInLetter = (
  known: Pick<Known, 'brand' | 'support'>,
  link: string,
  minutes: number,
): Letter => ({
  brand: known.brand,
  subject: `Sign in to ${known.brand}`,
  greeting: 'Hello,',
  paragraphs: [
    `with this link you sign in to your ${known.brand} subscriptions. It can be used once, within ${minutes} minutes, in the browser in which you asked for it.`,
    'If you did not ask for it, nobody has signed in, and you can ignore this mail.',
  ],
  facts: [],
  action: { label: 'Sign in', url: link },
  closing: `Questions? Write to ${known.support}.`,
})

const daysText = (days: number | null): string =>
  days === null ? 'A few days' : days === 1 ? '1 day' : `${days} days`

const planText = (plan: string | null): string => (plan === null ? 'a plan' : `the ${plan} plan`)
