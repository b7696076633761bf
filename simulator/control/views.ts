/** The marketplace's state as the control API shows it: instants as ISO 8601. Pure. */
import type { Front } from '../front.ts'
import { nameOf, pendingOf } from '../front.ts'
import { licenseStanding } from '../marketplace/licenses.ts'
import type { State } from '../marketplace/model.ts'
import type { StatementFilter } from '../statement.ts'
import { nameMonth, statementOf } from '../statement.ts'

export const iso = (at: number): string => new Date(at).toISOString()

export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

/** One agreement, its license and what is still to happen; undefined: there is none of this id. */
export function agreementView(state: Readonly<State>, agreementId: string) {
  const agreement = Object.hasOwn(state.agreements, agreementId) ? state.agreements[agreementId] : undefined
  if (agreement === undefined) return undefined
  const { payment, cancellation } = agreement
  const { id, product, productId, productCode, account, offerId, status, trial, term, autoRenew } = agreement
  return {
    id,
    product,
    productId,
    productCode,
    account,
    offerId,
    status,
    trial,
    term,
    autoRenew,
    bought: agreement.bought,
    entitled: agreement.entitled,
    license: { arn: agreement.licenseArn, standing: licenseStanding(agreement, state.business) },
    customerIdentifier: agreement.customerIdentifier,
    previousAgreementId: agreement.previousAgreementId,
    payment: payment ?? null,
    cancellation: cancellation ?? null,
    acceptedAt: iso(agreement.acceptedAt),
    startsAt: iso(agreement.startsAt),
    endsAt: isoOrNull(agreement.endsAt),
    activatedAt: isoOrNull(agreement.activatedAt),
    endedAt: isoOrNull(agreement.endedAt),
    deprovisionedAt: isoOrNull(agreement.deprovisionedAt),
    pending: pendingOf(state, agreement).map((pending) => ({ due: iso(pending.due), what: nameOf(pending) })),
  }
}

/** The bill or the part asked for, record by record as they were sent, and what was refused lately. */
export function billView({ marketplace, journal }: Front, filter: StatementFilter) {
  const { lines, tasks, ...sums } = statementOf(marketplace.state, filter)
  return {
    lines: lines.map(({ units, ...line }) => ({ ...line, quantity: units })),
    ...sums,
    tasks: tasks.map((part) => ({ ...part, month: nameMonth(part.month) })),
    refused: journal.refused(filter.account),
  }
}

/** Everything a program may want to look at but the bill, the faults and the knobs. */
export function stateView({ marketplace: { state }, wall }: Front) {
  const now = wall()
  return {
    business: iso(state.business),
    wall: iso(now),
    seller: { account: state.sellerAccount, name: state.sellerName },
    products: state.products,
    accounts: state.buyers,
    agreements: Object.keys(state.agreements).map((id) => agreementView(state, id)),
    queues: Object.values(state.queues).map(({ name, region, messages }) => ({
      name,
      region,
      depth: messages.length,
      inFlight: messages.filter((message) => message.visibleAt > now).length,
    })),
    delivered: state.delivered.map((event) => ({
      ...event,
      at: iso(event.at),
      deliveredAt: iso(event.deliveredAt),
    })),
  }
}
