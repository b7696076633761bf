/** `GET /api/scenarios` lists whole lives, `POST /api/scenarios/{name}` plays one: purchases, acts and the clock, in order. */
import type { Hono } from 'hono'
import type { Result } from '../../shared/result.ts'
import { err, ok } from '../../shared/result.ts'
import type { Done } from '../clock.ts'
import type { Front } from '../front.ts'
import { arrivalForm } from '../front.ts'
import type { Arrival } from '../marketplace/commands.ts'
import type { MarketplaceProduct } from '../marketplace/model.ts'
import type { Bundle, Scenario, Step } from '../scenarios.ts'
import { bundleOf, SCENARIOS } from '../scenarios.ts'
import { readFields } from './bodies.ts'
import type { Problem } from './problem.ts'
import { badRequest, problem, refused, stepProblem } from './problem.ts'
import { agreementView, iso } from './views.ts'

const CONTRACTS: ReadonlySet<MarketplaceProduct['pricing']> = new Set([
  'contract',
  'contract-with-consumption',
])

/** What was played until now. */
interface Played {
  readonly agreements: string[]
  readonly arrivals: Arrival[]
  readonly did: Done[]
}

export function scenarioRoutes(app: Hono, front: Front): void {
  const { state } = front.marketplace
  app.get('/api/scenarios', (c) =>
    c.json({ scenarios: Object.entries(SCENARIOS).map(([name, { title, of }]) => ({ name, title, of })) }),
  )
  app.post('/api/scenarios/:name', async (c) => {
    const body = await readFields(c.req.raw)
    if (!body.ok) return problem(body.error)
    const account = body.value.text('account') ?? state.buyers[0]?.account ?? ''
    const key = body.value.text('product')
    const wrong = body.value.problems()
    if (wrong !== '') return problem(badRequest(wrong))
    const name = c.req.param('name')
    const scenario = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined
    if (scenario === undefined)
      return problem(
        badRequest(`There is no scenario ${JSON.stringify(name)}. GET /api/scenarios lists them.`),
      )
    const product = state.products.find((one) => (key === undefined ? fits(one, scenario) : one.key === key))
    if (product === undefined) return problem(badRequest('No product of this seller fits the scenario.'))

    const played: Played = { agreements: [], arrivals: [], did: [] }
    for (const step of scenario.steps) {
      const done = await play(front, step, product, account, played)
      if (!done.ok) return problem(done.error)
    }
    return c.json({
      agreements: [...new Set(played.agreements)].map((id) => agreementView(state, id)),
      arrivals: played.arrivals.map(({ agreementId, token }) => ({
        agreement: agreementId,
        token,
        form: arrivalForm(front, agreementId, token),
      })),
      did: played.did.map(({ at, by, what }) => ({ at: iso(at), by, what })),
    })
  })
}

const fits = (
  { kind, pricing, trialDays, dimensions }: MarketplaceProduct,
  { of, steps }: Scenario,
): boolean =>
  kind === 'saas' &&
  CONTRACTS.has(pricing) === (of === 'contract') &&
  dimensions.some(({ offered }) => offered) &&
  (trialDays !== undefined || !steps.some((step) => 'buy' in step && step.buy(NO_BUNDLE).trial === true))

const NO_BUNDLE: Bundle = { small: { dimension: '', quantity: 0 }, large: { dimension: '', quantity: 0 } }

/** One step; the last agreement of `played` is the one that goes on. */
async function play(
  { marketplace, stepper }: Front,
  step: Step,
  product: MarketplaceProduct,
  account: string,
  played: Played,
): Promise<Result<null, Problem>> {
  const bundle = bundleOf(product) ?? NO_BUNDLE
  if ('waitMs' in step) {
    const moved = await stepper.advance((now) => ({ at: now + step.waitMs, closing: 'step' }))
    if (!moved.ok) return err(stepProblem(moved.error))
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
    if (!bought.ok) return err(refused(bought.error))
    played.agreements.push(bought.value.agreementId)
    played.arrivals.push(bought.value)
    return ok(null)
  }
  const agreementId = played.agreements.at(-1) ?? ''
  const lived = await marketplace.run({ kind: 'live', agreementId, act: step.act(bundle) })
  if (!lived.ok) return err(refused(lived.error))
  played.agreements.push(lived.value.agreementId)
  if (lived.value.arrival !== undefined) played.arrivals.push(lived.value.arrival)
  return ok(null)
}
