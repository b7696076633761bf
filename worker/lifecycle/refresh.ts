/** Computes a subscription anew from all its stored events and writes it if it changed (design §5.3). */
import type { Order } from '../../shared/ledger/order.ts'
import { accessTimes } from '../../shared/lifecycle/access.ts'
import { earliestAfter } from '../../shared/lifecycle/trial.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { markApplied, nextVersion, readKnown, writeChange, type Change, type Known } from '../db/lifecycle.ts'
import { dispatchDeliveries } from '../deliveries/sweep.ts'
import type { Edge } from '../env.ts'
import { logLine } from '../log.ts'
import { announce } from './announce.ts'
import { entitledAmounts, entitledPlan, needsEntitlement } from './entitled.ts'
import { identitiesOf, keepRegions, switchesOf } from './identity.ts'
import { isNews, orderOf } from './order.ts'
import { choosePlan, planHistory } from './plan-history.ts'
import { givesMonth, predecessorOf, seenByRelatives } from './relatives.ts'
import { standsAt } from './standing.ts'
import { readDetail, type Detail } from './state.ts'
import { nextPlanOf, trialPlan } from './trial.ts'

/** Writers of one subscription: poll, push, a buyer, the clock. More rounds than this means something is wrong. */
const ROUNDS_MAX = 8

/**
 * Brings the subscription up to what is stored, at the present business time. True when it changed: the caller has its
 * order delivered. Safe to call at any time, any number of times, from any number of callers. `chosenPlan`: what the
 * application sets; the product must not be a contract.
 */
export async function refreshSubscription(
  edge: Edge,
  id: SubscriptionId,
  chosenPlan: string | null = null,
): Promise<boolean> {
  const { db } = edge.settings
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const known = await readKnown(db, id)
    if (!known) return false
    const change = await computeChange(edge, known, chosenPlan)
    if (!change) {
      await markApplied(db, waiting(known))
      return false
    }
    if (await writeChange(db, change)) {
      const { state } = change.next
      if (state !== known.row.state)
        logLine('info', 'subscription_changed', {
          subscription: id,
          state,
          version: nextVersion(known.row, change.now),
        })
      if (beginsUnlinked(known, change))
        logLine('warn', 'successor_unlinked', { subscription: id, ...UNLINKED })
      await dispatchDeliveries(edge)
      return true
    }
  }
  throw new Error(`subscription ${id} changed ${ROUNDS_MAX} times while it was computed`)
}

const UNLINKED = {
  what: 'The account had this product before, and no event says that this license renews or replaces that one. Nothing of the running month is taken over: users may be billed in both. If it is a renewal, say so in this month: npm run ledger -- succeed OLD NEW.',
}

/** True when a license begins that is not its account's first of the product and succeeds none (money §4 *Successor*). */
function beginsUnlinked(known: Known, { order, next }: Change): boolean {
  if (known.isFirst || order === null || order.activation === null) return false
  if ((readDetail(next)?.predecessor ?? null) !== null) return false
  const before: Pick<Order, 'activation'> | null =
    known.lastOrder === null ? null : JSON.parse(known.lastOrder)
  return before === null || before.activation === null
}

/** The change that is to be written, or undefined when everything is as it should be. */
async function computeChange(
  edge: Edge,
  known: Known,
  chosenPlan: string | null,
): Promise<Change | undefined> {
  const { settings, seller, clocks } = edge
  const { row } = known
  const now = clocks.business()
  const product = seller.products.find((one) => one.key === row.product)
  if (!product) {
    // Its events wait no more: they would keep those of others from their turn. Should it be sold again, they are read again.
    await markApplied(settings.db, waiting(known))
    throw new Error(`${row.id} is of the product ${row.product}, which seller.config.ts no longer has`)
  }

  const held = readDetail(row)
  const stands = await standsAt(edge, product, known, held, now)
  const { life, access, trial, agreement, entitled, asking, relatives } = stands
  const chosen = chosenPlan ?? held?.chosenPlan ?? null
  const byTrial = trialPlan(product, trial, now)
  const onTrial = access.why === 'trial' || access.why === 'grace'
  const bought = entitledPlan(seller, product, entitled)
  const plan = chosen ?? (onTrial ? byTrial : (bought ?? byTrial)) ?? row.plan
  const earlier = held?.plans ?? []
  // What an application has not chosen follows from the contract, or from the trial.
  const given = needsEntitlement(product) ? plan : chosen === null ? byTrial : null
  const plans =
    chosenPlan === null
      ? planHistory(earlier, given, now)
      : choosePlan(earlier, chosenPlan, product.defaultPlan, now)
  const predecessor = await predecessorOf(settings.db, row, life)
  const detail: Detail = {
    ...life,
    access,
    trial,
    plans,
    chosenPlan: chosen,
    nextPlan: nextPlanOf(product, trial, plans, chosen, now),
    asking,
    terms: agreement.terms,
    askingAgreement: agreement.asking,
    provisioning: agreement.provisioning,
    predecessor,
    successor: stands.successor?.id ?? null,
  }
  const switches = switchesOf(product, row, known.switches, now)
  const told: Pick<Order, 'identities'> | null = known.lastOrder === null ? null : JSON.parse(known.lastOrder)
  const identities = keepRegions(
    identitiesOf(row, life, switches, seller.region, known.isFirst),
    told?.identities ?? [],
    now,
  )
  const version = nextVersion(row, now)
  const order = orderOf(row, version, {
    detail,
    identities,
    switches,
    amounts: entitledAmounts(product, { entitled, asking }),
    predecessor: givesMonth(predecessor, relatives),
  })

  const next = {
    agreementId: life.agreementId ?? agreement.agreementId ?? row.agreementId,
    state: life.state,
    detail: JSON.stringify(detail),
    plan,
    entitlements: entitled === null ? null : JSON.stringify(entitled),
    dueMs: earliest([
      life.changesAt,
      asking?.nextAt ?? null,
      agreement.asking?.nextAt ?? null,
      stands.trialChangesAt,
      earliestAfter(now, accessTimes(life)),
    ]),
  }
  const news = isNews(order, known.lastOrder) ? order : null
  const newSwitches = switches.filter((one) => !known.switches.some((old) => old.kind === one.kind))
  const same = Object.entries(next).every(([name, value]) => Reflect.get(row, name) === value)
  if (same && news === null && newSwitches.length === 0) return undefined
  return {
    row,
    next,
    order: news,
    identities,
    newSwitches,
    applied: waiting(known),
    concerned: seenByRelatives(held) === seenByRelatives(detail) ? [] : relatives.map(({ id }) => id),
    outbox: announce(edge, row, held, { ...next, detail, version }, now),
    now,
  }
}

const waiting = (known: Known): readonly string[] =>
  known.events.filter((event) => event.state === 'waiting').map((event) => event.id)

const earliest = (times: readonly (number | null)[]): number | null => {
  const known = times.flatMap((time) => time ?? [])
  return known.length === 0 ? null : Math.min(...known)
}
