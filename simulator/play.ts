/** Plays a whole life by its script: purchases and acts through the one door, waits through the stepper. */
import type { Result } from '../shared/result.ts'
import { err, ok } from '../shared/result.ts'
import type { Done, StepFailure } from './clock.ts'
import type { Front } from './front.ts'
import type { Arrival, Refusal } from './marketplace/commands.ts'
import type { MarketplaceProduct } from './marketplace/model.ts'
import type { Bundle, Scenario, Step } from './scenarios.ts'
import { bundleOf } from './scenarios.ts'

const CONTRACTS: ReadonlySet<MarketplaceProduct['pricing']> = new Set([
  'contract',
  'contract-with-consumption',
])

/** What was played. */
export interface Played {
  /** In the order they came to be; the last one goes on. */
  readonly agreements: string[]
  /** Where a buyer came back with a token. */
  readonly arrivals: Arrival[]
  readonly did: Done[]
}

/** Why a script stopped: a refusal of the machine's, or a clock that could not be moved. What was played stands. */
export type PlayFailure =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'stopped'; readonly failure: StepFailure }

const NO_BUNDLE: Bundle = {
  small: { dimension: '', quantity: 0 },
  large: { dimension: '', quantity: 0 },
}

/** Whether a script can be played with a product. */
export const fits = (
  { kind, pricing, trialDays, dimensions }: MarketplaceProduct,
  { of, steps }: Scenario,
): boolean =>
  kind === 'saas' &&
  CONTRACTS.has(pricing) === (of === 'contract') &&
  dimensions.some(({ offered }) => offered) &&
  (trialDays !== undefined || !steps.some((step) => 'buy' in step && step.buy(NO_BUNDLE).trial === true))

/** Plays all of it, from the present business time on. */
export async function playScenario(
  front: Front,
  scenario: Scenario,
  product: MarketplaceProduct,
  account: string,
): Promise<Result<Played, PlayFailure>> {
  const played: Played = { agreements: [], arrivals: [], did: [] }
  for (const step of scenario.steps) {
    const done = await play(front, step, product, account, played)
    if (!done.ok) return done
  }
  return ok(played)
}

async function play(
  { marketplace, stepper }: Front,
  step: Step,
  product: MarketplaceProduct,
  account: string,
  played: Played,
): Promise<Result<null, PlayFailure>> {
  const bundle = bundleOf(product) ?? NO_BUNDLE
  if ('waitMs' in step) {
    const moved = await stepper.advance((now) => ({ at: now + step.waitMs, closing: 'step' }))
    if (!moved.ok) return err({ kind: 'stopped', failure: moved.error })
    played.did.push(...moved.value.did)
    return ok(null)
  }
  if ('buy' in step) {
    const bought = await marketplace.run({
      kind: 'subscribe',
      product: product.key,
      account,
      ...step.buy(bundle),
    })
    if (!bought.ok) return err({ kind: 'refused', refusal: bought.error })
    played.agreements.push(bought.value.agreementId)
    played.arrivals.push(bought.value)
    return ok(null)
  }
  const agreementId = played.agreements.at(-1) ?? ''
  const lived = await marketplace.run({ kind: 'live', agreementId, act: step.act(bundle) })
  if (!lived.ok) return err({ kind: 'refused', refusal: lived.error })
  played.agreements.push(lived.value.agreementId)
  if (lived.value.arrival !== undefined) played.arrivals.push(lived.value.arrival)
  return ok(null)
}
