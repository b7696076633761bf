/** A purchase: what is bought is checked, the agreement made, and the events that follow are planned. Pure. */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Answers, Arrival, Refusal, Subscribe } from './commands.ts'
import type { Draft } from './draft.ts'
import { own } from './draft.ts'
import type { Agreement, Bought, MarketplaceProduct, Purchase, Term } from './model.ts'
import { plan } from './pending.ts'
import { drawHex32, drawIdentifier, drawName, drawToken } from './random.ts'

/** Source: agreement-service-quotas, "active agreements per resource per account" (facts §5.1, 2026-11-21). */
const ACTIVE_MAX = 100

const DAY_MS = 86_400_000

/** Source: facts §5.3, Purchase Agreement Ending. */
const ENDING_DAYS = [180, 120, 90, 60, 30]

/** Source: facts §8, future-dated agreements, "3 years ahead". */
const START_WITHIN_MS = 3 * 366 * DAY_MS

export function subscribe(draft: Draft, command: Subscribe): Answers['subscribe'] {
  const { state, times } = draft
  const product = state.products.find((p) => p.key === command.product)
  if (product === undefined)
    return refuse('unknown_product', `No product is called ${JSON.stringify(command.product)}.`)
  const able = checkBuyer(draft, product, command)
  if (!able.ok) return able
  const bought = checkBought(product, command.bought ?? [], command.term)
  if (!bought.ok) return bought

  const startsLater = command.startDelayMs ?? 0
  if (startsLater > 0 && bought.value.length === 0)
    return refuse('not_possible', 'Only a contract starts at a later date. Subscribe to start now.')
  if (startsLater < 0 || startsLater > START_WITHIN_MS)
    return refuse('bad_input', 'An agreement starts at most three years after its acceptance.')

  const agreement = makeAgreement(draft, {
    product,
    account: command.account,
    bought: bought.value,
    term: bought.value.length > 0 ? (command.term ?? null) : null,
    autoRenew: command.autoRenew ?? false,
    trial: command.trial ?? false,
    intent: 'NEW',
    previous: null,
    startDelayMs: startsLater,
    at: times.business,
  })
  if (command.payment !== undefined) agreement.payment = command.payment
  planStart(draft, agreement, command)
  return ok(arrive(draft, agreement, times.business))
}

/** Who buys again must be able to: a well-formed account, not the seller, below the quota, one trial. */
function checkBuyer(draft: Draft, product: MarketplaceProduct, command: Subscribe): Result<null, Refusal> {
  const { state } = draft
  const { account } = command
  if (!/^\d{12}$/.test(account))
    return refuse('unknown_account', 'An AWS account is 12 digits. Correct the account and subscribe again.')
  if (account === state.sellerAccount)
    return refuse('not_possible', 'A seller cannot buy the own product. Choose another account.')

  const held = (own(state.accounts, account) ?? []).map((id) => own(state.agreements, id))
  const ofProduct = held.filter((agreement) => agreement?.product === product.key)
  if (ofProduct.filter((agreement) => agreement?.status === 'ACTIVE').length >= ACTIVE_MAX)
    return refuse('not_possible', `This account has ${ACTIVE_MAX} active agreements. Cancel one first.`)
  if (command.trial !== true) return ok(null)
  if (product.trialDays === undefined)
    return refuse('not_possible', 'This product offers no free trial. Subscribe without one.')
  return ofProduct.some((agreement) => agreement?.trial === true)
    ? refuse('not_possible', 'This account had its free trial of this product. Subscribe without one.')
    : ok(null)
}

/** Contract products are bought ahead, others never are; each dimension once, in a quantity that is on offer. */
export function checkBought(
  product: MarketplaceProduct,
  bought: readonly Bought[],
  term: Term | undefined,
): Result<Purchase[], Refusal> {
  const contract = product.pricing === 'contract' || product.pricing === 'contract-with-consumption'
  if (!contract)
    return bought.length === 0
      ? ok([])
      : refuse('bad_input', 'Nothing of this product is bought ahead. Subscribe without dimensions.')
  if (bought.length === 0 || term === undefined)
    return refuse('bad_input', 'This product is a contract. Choose a dimension, a quantity and a term.')

  const purchases: Purchase[] = []
  for (const { dimension, quantity } of bought) {
    const offer = product.dimensions.find((d) => d.key === dimension && d.offered)?.contract
    if (offer === undefined)
      return refuse('bad_input', `${JSON.stringify(dimension)} cannot be bought ahead. Choose another.`)
    if (purchases.some((p) => p.dimension === dimension))
      return refuse('bad_input', `${JSON.stringify(dimension)} is named twice. Name each dimension once.`)
    if (!offer.quantities.includes(quantity))
      return refuse(
        'bad_input',
        `${dimension} is sold by ${offer.quantities.join(', ')}. Choose one of these.`,
      )
    purchases.push({ dimension, quantity, price: term === 'month' ? offer.monthly : offer.annual })
  }
  return ok(purchases)
}

interface Terms {
  readonly product: MarketplaceProduct
  readonly account: string
  readonly bought: readonly Purchase[]
  readonly term: Term | null
  readonly autoRenew: boolean
  readonly trial: boolean
  readonly intent: Agreement['intent']
  readonly previous: Agreement | null
  /** Whether it keeps its predecessor's license; absent: the knob. */
  readonly license?: 'same' | 'new' | undefined
  readonly startDelayMs?: number
  /** Business time of acceptance, epoch ms. */
  readonly at: number
}

/** The agreement and its license, accepted at `terms.at`; nothing of it is in force yet. */
export function makeAgreement(draft: Draft, terms: Terms): Agreement {
  const { state } = draft
  const { product, account, previous, at } = terms
  const startsAt = at + (terms.startDelayMs ?? 0)
  const keeps = previous !== null && (terms.license ?? state.knobs.renewedLicense) === 'same'
  const agreement: Agreement = {
    id: `agmt-${drawName(state, 25)}`,
    product: product.key,
    productId: product.id,
    productCode: product.code,
    account,
    offerId: `offer-${drawName(state, 13)}`,
    licenseArn: keeps
      ? previous.licenseArn
      : `arn:aws:license-manager::294406891311:license:l-${drawHex32(state)}`,
    customerIdentifier: product.integration === 'legacy' ? customerIdentifier(draft, product, account) : null,
    intent: terms.intent,
    previousAgreementId: previous?.id ?? null,
    acceptedAt: at,
    startsAt,
    endsAt: termEnd(startsAt, terms),
    trial: terms.trial,
    autoRenew: terms.autoRenew,
    term: terms.term,
    status: 'ACTIVE',
    bought: [...terms.bought],
    entitled: [],
    activatedAt: null,
    endedAt: null,
    deprovisionedAt: null,
  }
  draft.changed = true
  state.agreements[agreement.id] = agreement
  append(state.licenses, agreement.licenseArn, agreement.id)
  append(state.accounts, account, agreement.id)
  return agreement
}

function append(table: { [key: string]: string[] }, key: string, id: string): void {
  const list = own(table, key)
  if (list === undefined) table[key] = [id]
  else list.push(id)
}

/** A legacy customer keeps the identifier of the first purchase of the product. */
function customerIdentifier(draft: Draft, product: MarketplaceProduct, account: string): string {
  const { state } = draft
  for (const id of own(state.accounts, account) ?? []) {
    const earlier = own(state.agreements, id)
    if (earlier?.product === product.key && earlier.customerIdentifier !== null)
      return earlier.customerIdentifier
  }
  return drawIdentifier(state, 11)
}

function termEnd(start: number, terms: Terms): number | null {
  if (terms.trial) return start + (terms.product.trialDays ?? 0) * DAY_MS
  if (terms.term === null) return null
  const end = new Date(start)
  end.setUTCMonth(end.getUTCMonth() + (terms.term === 'month' ? 1 : 12))
  return end.getTime()
}

/** Created, License Updated and the end of the term, each at its time. */
export function planStart(
  draft: Draft,
  agreement: Agreement,
  delays: { readonly createdDelayMs?: number; readonly licenseDelayMs?: number } = {},
): void {
  const { knobs } = draft.state
  const { acceptedAt, startsAt, id } = agreement
  plan(draft, acceptedAt + (delays.createdDelayMs ?? knobs.createdDelayMs), id, { kind: 'created' })
  if (agreement.payment === undefined)
    plan(draft, startsAt + (delays.licenseDelayMs ?? knobs.licenseDelayMs), id, { kind: 'license_updated' })
  else if (agreement.payment === 'failed') plan(draft, startsAt, id, { kind: 'payment_failed' })
  if (agreement.endsAt === null) return
  if (knobs.endingEvents === 'on' && !agreement.trial)
    for (const days of ENDING_DAYS)
      if (agreement.endsAt - days * DAY_MS > acceptedAt)
        plan(draft, agreement.endsAt - days * DAY_MS, id, { kind: 'ending', days })
  plan(draft, agreement.endsAt, id, { kind: 'term_over' })
}

/** A new registration token, and the form that brings it to the seller. Source: facts §1.2. */
export function arrive(draft: Draft, agreement: Agreement, at: number): Arrival {
  const token = drawToken(draft.state)
  draft.changed = true
  draft.state.tokens[token] = {
    agreementId: agreement.id,
    madeAt: at,
    expiresAt: at + draft.state.knobs.tokenLifeMs,
  }
  const fields = [{ name: 'x-amzn-marketplace-token', value: token }]
  if (agreement.trial) fields.push({ name: 'x-amzn-marketplace-offer-type', value: 'free-trial' })
  return { agreementId: agreement.id, token, fields }
}

export const refuse = (kind: Refusal['kind'], message: string): Result<never, Refusal> =>
  err({ kind, message })
