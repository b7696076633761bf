/** A contract's dimensions taken from License Manager: tiers together, counted ones each for itself (facts, aws-runtime §6.3). */
import type { CallFailure } from '../../shared/aws/failure.ts'
import type { Checkout as Sold } from '../../shared/seller.ts'
import type { ContainerProductView } from '../../shared/seller/views.ts'
import type { LicenseCalls } from '../aws/license-manager.ts'
import type { CheckoutStore, StoredCheckout } from './checkout-store.ts'
import type { Heard } from './standing.ts'

/** What was heard of one dimension. `why`: the failure, where there is no yes. */
export interface Answered {
  readonly key: string
  readonly heard: Heard
  /** Null: a tier. */
  readonly value: string | null
  readonly expires: number | null
  readonly failure: CallFailure | null
}

export interface CheckoutPorts {
  readonly calls: LicenseCalls
  readonly store: CheckoutStore
  /** Another UUID each time. */
  readonly token: () => string
}

export interface Checkouts {
  /** Asks for everything once, one call after the other. Throws where the disk does not take a token: nothing was asked then. */
  look(now: number): Promise<readonly Answered[]>
  /** Gives back what can be given back. */
  giveBack(): Promise<void>
}

type Counted = Extract<Sold, { readonly quantity: number }>

export function openContract(product: ContainerProductView, ports: CheckoutPorts): Checkouts {
  const { calls, store, token } = ports
  const tiers = product.checkouts.flatMap(({ key, checkout }) => (checkout.kind === 'tier' ? [key] : []))
  const counted = product.checkouts.flatMap(({ key, checkout }) =>
    checkout.kind === 'tier' ? [] : [{ key, checkout }],
  )
  /** The tiers' lease, in memory: it uses nothing up, so that one too many harms nobody and ends by itself. */
  let tierToken: string | null = null
  let tierClientToken = token()

  async function lookAtTiers(): Promise<readonly Answered[]> {
    const said = await calls.checkout({
      sku: product.id,
      type: 'PROVISIONAL',
      entitlements: tiers.map((name) => ({ name, quantity: null })),
      clientToken: tierClientToken,
    })
    if (!said.ok) return tiers.map((key) => failed(key, said.error))
    // Answered: the next look is another checkout, which sees an upgrade; this one is not needed any more.
    tierClientToken = token()
    const before = tierToken
    tierToken = said.value.consumptionToken
    if (before !== null && before !== tierToken) await calls.checkIn(before)
    const owned = new Set(said.value.allowed.map(({ name }) => name))
    return tiers.map((key) => ({
      key,
      heard: owned.has(key) ? 'yes' : owned.size > 0 ? 'gone' : 'no',
      value: null,
      expires: said.value.expires,
      failure: null,
    }))
  }

  async function lookAtCounted(key: string, sold: Counted, now: number): Promise<Answered> {
    const stored = store.get(key)
    const granted = (expires: number | null): Answered => ({
      key,
      heard: 'yes',
      value: String(sold.quantity),
      expires,
      failure: null,
    })
    if (stored !== null && stored.consumptionToken !== null) {
      // Drawn once and for good: AWS has nothing to say about it any more, and asking again might draw again.
      if (sold.kind === 'drawdown') return granted(stored.expires)
      if (stored.expires === null || stored.expires > now) {
        const said = await calls.extend(stored.consumptionToken)
        if (said.ok) {
          store.put(key, { ...stored, ...said.value })
          return granted(said.value.expires)
        }
        if (!isOver(said.error)) return failed(key, said.error)
      }
      // The lease is gone, or belongs to a version of the license that was replaced: what is asked for next is another checkout.
      store.put(key, null)
    }
    return takeCounted(key, sold, store.get(key), granted)
  }

  async function takeCounted(
    key: string,
    sold: Counted,
    unanswered: StoredCheckout | null,
    granted: (expires: number | null) => Answered,
  ): Promise<Answered> {
    const clientToken = unanswered?.clientToken ?? token()
    if (unanswered === null) store.put(key, { clientToken, consumptionToken: null, expires: null })
    const said = await calls.checkout({
      sku: product.id,
      type: sold.kind === 'drawdown' ? 'PERPETUAL' : 'PROVISIONAL',
      entitlements: [{ name: key, quantity: sold.quantity }],
      clientToken,
    })
    if (!said.ok) {
      // Refused: nothing was taken, and a later one is another checkout.
      if (isOver(said.error)) store.put(key, null)
      return failed(key, said.error)
    }
    const { consumptionToken, expires } = said.value
    store.put(key, { clientToken, consumptionToken, expires })
    return granted(expires)
  }

  return {
    async look(now) {
      const answered: Answered[] = tiers.length === 0 ? [] : [...(await lookAtTiers())]
      for (const { key, checkout } of counted) answered.push(await lookAtCounted(key, checkout, now))
      return answered
    },

    async giveBack() {
      const floating = counted.filter(({ checkout }) => checkout.kind === 'floating')
      const back = async (key: string): Promise<void> => {
        const held = store.get(key)?.consumptionToken
        if (held === undefined || held === null) return
        const said = await calls.checkIn(held)
        if (said.ok) store.put(key, null)
      }
      const tier = tierToken
      tierToken = null
      await Promise.all([
        ...floating.map(({ key }) => back(key)),
        ...(tier === null ? [] : [calls.checkIn(tier)]),
      ])
    },
  }
}

const failed = (key: string, failure: CallFailure): Answered => ({
  key,
  heard: isNamed(failure, NO) ? 'no' : 'silence',
  value: null,
  expires: null,
  failure,
})

/** AWS's own word that there is no such right, by whichever of its names. */
const NO: readonly string[] = ['NoEntitlementsAllowed', 'EntitlementNotAllowed', 'ResourceNotFound']
/** What was asked for by this token is over: another checkout has to be made. Anything else may pass. */
const OVER: readonly string[] = [
  ...NO,
  'Conflict',
  'InvalidParameterValue',
  'InvalidResourceState',
  'LicenseUsage',
  'Validation',
]

const isNamed = (failure: CallFailure, names: readonly string[]): boolean =>
  failure.kind === 'refused' && failure.status < 500 && names.includes(failure.name.replace(/Exception$/, ''))

const isOver = (failure: CallFailure): boolean => isNamed(failure, OVER)
