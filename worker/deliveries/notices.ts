/** Every word we tell the people who run the deployment, by SNS: what happened, whose move it is, what to do. Pure. */
import type { DecisionKind } from '../../shared/deliveries.ts'
import type { DeliveryRow } from '../db/deliveries.ts'
import type { Told } from '../db/outbox.ts'
import { dayOf, textOf } from './told.ts'

export interface NoticeText {
  /** ASCII, below 100 characters. */
  readonly subject: string
  readonly message: string
}

/** The notice of a row. It names accounts and ids, never a person. */
export function noticeOf(row: Pick<DeliveryRow, 'kind' | 'subscription' | 'atMs'>, told: Told): NoticeText {
  const { subject, sentence, next } = wordsOn(row.kind, told)
  const facts = [
    ...(row.subscription === ''
      ? []
      : [
          ['Subscription', row.subscription],
          ['AWS account', textOf(told, 'account') ?? '-'],
          ['Product', textOf(told, 'product') ?? '-'],
          ['Plan', textOf(told, 'plan') ?? '-'],
        ]),
    ['When', `${new Date(row.atMs).toISOString().slice(0, 16)}Z`],
  ]
  const lines = facts.map(([label, value]) => `${label}: ${value}`).join('\n')
  return { subject: `Tollgate: ${subject}`, message: `${sentence}\n\n${next}\n\n${lines}\n` }
}

interface Words {
  readonly subject: string
  readonly sentence: string
  readonly next: string
}

const NOTHING_TO_DO = 'Nothing to do: your application is told by webhook, where one is set up.'

function wordsOn(kind: DecisionKind, told: Told): Words {
  const why = textOf(told, 'why')
  switch (kind) {
    case 'registration.completed':
      return { subject: 'a buyer registered', sentence: 'A buyer registered.', next: NOTHING_TO_DO }
    case 'subscription.linked':
      return {
        subject: 'a workspace was chosen',
        sentence: 'A buyer said in which workspace a subscription belongs.',
        next: NOTHING_TO_DO,
      }
    case 'subscription.granted':
      return {
        subject: why === 'trial' ? 'a trial began' : 'access granted',
        sentence: `A buyer may use the product from now on${why === null ? '' : ` (${why})`}.`,
        next: NOTHING_TO_DO,
      }
    case 'subscription.changed':
      return {
        subject: 'a subscription changed',
        sentence: 'What a buyer may use has changed.',
        next: NOTHING_TO_DO,
      }
    case 'subscription.ending':
      return {
        subject: 'a subscription is ending',
        sentence: 'A subscription ends. Access goes on until AWS revokes it, usually within the hour.',
        next: 'Report usage that is not reported yet: AWS takes it for a short time only.',
      }
    case 'subscription.revoked':
      return {
        subject: 'access revoked',
        sentence: `A buyer may not use the product any more${why === null ? '' : ` (${why})`}.`,
        next: NOTHING_TO_DO,
      }
    case 'subscription.trial-ending':
      return {
        subject: 'a trial is ending',
        sentence: `A trial ends${sayDay(dayOf(told, 'endsAt'))}.`,
        next: NOTHING_TO_DO,
      }
    case 'subscription.trial-ended':
      return {
        subject: 'a trial ended',
        sentence: `A trial has ended${told.decision['converted'] === true ? ' and was paid for' : ''}.`,
        next: NOTHING_TO_DO,
      }
    case 'subscription.trial-converted':
      return {
        subject: 'a trial was paid for',
        sentence: 'A buyer on trial has bought a plan.',
        next: 'His data is carried over when he confirms it on the status page.',
      }
    case 'subscription.payment-failed':
      return {
        subject: 'a payment failed',
        sentence: 'AWS could not collect the payment of a purchase, so access is not granted.',
        next: 'The move is the buyer’s, with AWS. Access is granted by itself once AWS has the payment.',
      }
    case 'subscription.advisory':
      return {
        subject: 'AWS issued an advisory',
        sentence: 'AWS issued an advisory about an agreement: its terms do not let it go on as it is.',
        next: 'Nothing has changed for the buyer. Look at the agreement in the AWS Marketplace Management Portal and talk to the buyer.',
      }
    case 'subscription.advisory-resolved':
      return {
        subject: 'an advisory is resolved',
        sentence: 'AWS resolved its advisory about an agreement.',
        next: 'Nothing to do.',
      }
    case 'delivery.parked':
      return {
        subject: 'deliveries are parked',
        sentence: `Deliveries by ${textOf(told, 'channel') ?? 'a channel'} are parked: their receiver did not take them. The last answer: ${textOf(told, 'outcome') ?? 'none'}.`,
        next: 'Yours to repair: npm run deliveries -- list --state parked shows them with the reason, npm run deliveries -- redeliver --state parked sends them again.',
      }
    case 'reconciliation.repaired':
      return {
        subject: "AWS's events were missed",
        sentence: `${textOf(told, 'events') ?? 'Some'} events of AWS never came. Its agreement service told what they would have said, and the subscriptions are as they have to be.`,
        next: 'Yours to look at: npm run reconciliations shows each of them. If it goes on, look at the EventBridge rule and its targets (FailedInvocations) and at the dead-letter queue.',
      }
    case 'reconciliation.contradicted':
      return {
        subject: 'AWS contradicts its events',
        sentence: `Agreement ${textOf(told, 'agreement') ?? '-'}: ${textOf(told, 'finding') ?? 'AWS lists it otherwise than its events say.'}`,
        next: 'Nothing was changed. Yours to look at: compare it in the AWS Marketplace Management Portal with npm run reconciliations, and ask AWS which is right.',
      }
    case 'usage.in-danger':
      return {
        subject: 'usage is in danger',
        sentence: textOf(told, 'message') ?? 'Usage may not be billed in time.',
        next: 'npm run ledger -- backlog shows what waits, npm run ledger -- parked what a person has to do.',
      }
  }
}

const sayDay = (day: string | null): string => (day === null ? '' : ` on ${day}`)
