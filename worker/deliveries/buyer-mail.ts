/** One attempt at the buyer: which letter a decision makes, whether it is still true, and to whom it goes. */
import { member, objectOf, textMember } from '../../shared/aws/json.ts'
import type { DecisionKind } from '../../shared/deliveries.ts'
import { sendMail } from '../aws/ses.ts'
import { hasBegun, isSuperseded, type DeliveryRow } from '../db/deliveries.ts'
import type { Told } from '../db/outbox.ts'
import { ERASED } from '../db/personal.ts'
import type { Edge } from '../env.ts'
import { addressOf, nameOf } from './addressee.ts'
import { isErased, readContact, type Contact } from './contact.ts'
import { render } from './letter.ts'
import { letterOn, type Known, type Occasion } from './texts.ts'
import { dayOf, numberOf, readTold, textOf } from './told.ts'
import { triedInVain, type Tried } from './tried.ts'

/** Later decisions that make a letter wrong: nobody reads "it is ready" after "it has ended". */
const WRONG_AFTER: Readonly<Partial<Record<DecisionKind, readonly DecisionKind[]>>> = {
  'subscription.granted': ['subscription.revoked'],
  'subscription.changed': ['subscription.changed', 'subscription.revoked'],
  'subscription.ending': ['subscription.granted', 'subscription.revoked'],
  'subscription.revoked': ['subscription.granted'],
  'subscription.trial-ending': [
    'subscription.trial-converted',
    'subscription.trial-ended',
    'subscription.revoked',
  ],
  'subscription.trial-ended': ['subscription.granted', 'subscription.revoked'],
}

/** Sends the mail of a row that was claimed. */
export async function mailBuyer(edge: Edge, row: DeliveryRow): Promise<Tried> {
  const { db, mailFrom, mailConfigurationSet } = edge.settings
  if (mailFrom === undefined) return { kind: 'hopeless', outcome: 'MAIL_FROM is not set' }
  const told = readTold(row)
  const occasion = occasionOf(row.kind, told)
  if (occasion === undefined || (row.kind === 'subscription.revoked' && (await goesOn(db, told))))
    return { kind: 'skipped', outcome: 'there is nothing to write about it' }
  if (row.staleMs !== null && edge.clocks.business() >= row.staleMs) {
    return { kind: 'skipped', outcome: 'its time was over before it could be sent' }
  }
  if (await isSuperseded(db, row, WRONG_AFTER[row.kind] ?? [])) {
    return { kind: 'skipped', outcome: 'a later change made it wrong' }
  }
  const contact = await readContact(db, row.subscription)
  if (contact === undefined) {
    return (await isErased(db, row.subscription))
      ? { kind: 'skipped', outcome: ERASED }
      : { kind: 'nobody', outcome: 'nobody has registered yet' }
  }
  const to = addressOf(contact.email)
  if (to === undefined) {
    return { kind: 'hopeless', outcome: 'the address that was registered cannot be written to' }
  }
  const letter = letterOn(occasion, knownOf(edge, row, told, contact))
  const rendered = await render(letter, edge.seller.branding.accent, edge.settings.metering)
  const sent = await sendMail(edge.aws, {
    from: mailFrom,
    to,
    replyTo: edge.seller.seller.support,
    ...rendered,
    configurationSet: mailConfigurationSet,
    tags: { delivery: row.id, occasion },
  })
  return sent.ok
    ? { kind: 'delivered', outcome: `SES took it as ${sent.value}` }
    : triedInVain('SES', sent.error)
}

/** Undefined: a buyer is not written to about it. */
function occasionOf(kind: DecisionKind, told: Told): Occasion | undefined {
  switch (kind) {
    case 'registration.completed':
      return 'welcome'
    case 'subscription.granted':
      return 'ready'
    case 'subscription.changed':
      // Whom it goes on from is his own word: nothing that he may use is another.
      return JSON.stringify(told.decision['changed']) === '["predecessor"]' ? undefined : 'changed'
    case 'subscription.ending':
      return isTrialsOwnEnd(told) ? undefined : 'ending'
    case 'subscription.revoked':
      return onRevoked(told)
    case 'subscription.trial-ending':
      return 'trial-ending'
    case 'subscription.trial-ended':
      return onTrialsEnd(told)
    case 'subscription.linked':
    case 'subscription.trial-converted':
    case 'subscription.payment-failed':
    case 'subscription.advisory':
    case 'subscription.advisory-resolved':
    case 'delivery.parked':
    case 'usage.in-danger':
    case 'reconciliation.repaired':
    case 'reconciliation.contradicted':
      return undefined
  }
}

/** A trial that runs out has letters of its own, with what follows; AWS's clock may be ahead of ours by a moment. */
const isTrialsOwnEnd = (told: Told): boolean =>
  textOf(told, 'why') === 'grace' ||
  (textOf(told, 'endedBy') === 'EXPIRED' &&
    member(objectOf(member(told.subscription, 'trial')), 'converted') === false)

/** Who goes on elsewhere, by a renewal or because the trial was paid for, has been written to about that purchase. */
async function goesOn(db: D1Database, told: Told): Promise<boolean> {
  const successor = textOf(told, 'successor')
  return successor !== null && (await hasBegun(db, successor))
}

/** Who paid for the trial elsewhere goes on there. */
function onRevoked(told: Told): Occasion | undefined {
  if (textOf(told, 'why') !== 'trial-over') return 'ended'
  return told.decision['converted'] === true ? undefined : 'trial-over'
}

/** Where there are no days of grace, the end of access says it. */
function onTrialsEnd(told: Told): Occasion | undefined {
  if (told.decision['converted'] === true) return 'trial-paid'
  return (numberOf(told, 'graceUntil') ?? 0) > (numberOf(told, 'endsAt') ?? 0) ? 'grace' : undefined
}

function knownOf({ seller, settings }: Edge, { atMs }: DeliveryRow, told: Told, { fields }: Contact): Known {
  const trialEndsAt = Date.parse(textMember(objectOf(member(told.subscription, 'trial')), 'endsAt') ?? '')
  const titleOf = (key: string | null): string | null =>
    seller.plans.find((plan) => plan.key === key)?.title ?? null
  const product = seller.products.find((one) => one.key === textOf(told, 'product'))
  return {
    brand: seller.branding.name,
    product: product?.title ?? seller.branding.name,
    support: seller.seller.support,
    name: nameOf(member(fields, 'name')),
    account: (textOf(told, 'account') ?? '').slice(-4),
    plan: titleOf(textOf(told, 'plan')),
    nextPlan: titleOf(textOf(told, 'nextPlan')),
    link: settings.publicUrl === undefined ? null : `${settings.publicUrl}/`,
    isTrial: textOf(told, 'why') === 'trial',
    isPlanOnly: JSON.stringify(told.decision['changed']) === '["plan"]',
    isFree: atMs < trialEndsAt,
    daysLeft: numberOf(told, 'daysLeft'),
    endsOn: dayOf(told, 'endsAt'),
    graceUntil: dayOf(told, 'graceUntil'),
  }
}
