/** `GET /api/scenarios` lists whole lives, `POST /api/scenarios/{name}` plays one: purchases, acts and the clock, in order. */
import type { Hono } from 'hono'
import type { Front } from '../front.ts'
import { arrivalForm } from '../front.ts'
import { fits, playScenario } from '../play.ts'
import { SCENARIOS } from '../scenarios.ts'
import { readFields } from './bodies.ts'
import { badRequest, problem, refused, stepProblem } from './problem.ts'
import { agreementView, iso } from './views.ts'

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

    const played = await playScenario(front, scenario, product, account)
    if (!played.ok)
      return problem(
        played.error.kind === 'refused' ? refused(played.error.refusal) : stepProblem(played.error.failure),
      )
    const { agreements, arrivals, did } = played.value
    return c.json({
      agreements: [...new Set(agreements)].map((id) => agreementView(state, id)),
      arrivals: arrivals.map(({ agreementId, token }) => ({
        agreement: agreementId,
        token,
        form: arrivalForm(front, agreementId, token),
      })),
      did: did.map(({ at, by, what }) => ({ at: iso(at), by, what })),
    })
  })
}
