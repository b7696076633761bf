/**
 * The control API: the clock, purchases, faults and knobs as JSON, for programs on this machine. Failures are problem
 * details (RFC 9457). What it writes goes through the marketplace's one door.
 */
import { Hono } from 'hono'
import { DAY_MS } from '../shared/hour.ts'
import type { Result } from '../shared/result.ts'
import { err, ok } from '../shared/result.ts'
import type { Goal, Settled, Stepped } from './clock.ts'
import { readBodyObject, readEmpty, readFields } from './control/bodies.ts'
import type { Fields } from './control/fields.ts'
import { liveRoutes } from './control/lives.ts'
import { badRequest, problem, refused, stepProblem } from './control/problem.ts'
import { scenarioRoutes } from './control/scenarios.ts'
import { sentRoutes } from './control/sent.ts'
import type { Front } from './front.ts'
import { arrivalForm } from './front.ts'
import { checkHost, checkSite } from './guard.ts'
import type { Door } from './host.ts'
import { readFault, readSubscribe } from './control/input.ts'
import { agreementView, billView, iso, stateView } from './control/views.ts'
import { parseMonth } from './statement.ts'

/** No move of the clock is longer: a year of hours takes minutes. */
const ADVANCE_MAX_MS = 400 * DAY_MS

/** `/clock` and `/api/…`; any other path is not answered. To this machine only, and to no page of another site. */
export function controlRoutes(front: Front): Door {
  const { marketplace, stepper } = front
  const app = new Hono()

  app.get('/clock', (c) => c.json(clockView(front)))
  app.post('/clock', async (c) => {
    const body = await readFields(c.req.raw)
    if (!body.ok) return problem(body.error)
    const move = readMove(body.value, marketplace.state.business)
    if (!move.ok) return problem(badRequest(move.error))
    const moved = await ('settle' in move.value
      ? stepper.settle(move.value.settle)
      : stepper.advance(move.value.goalFrom))
    return moved.ok ? c.json(movedView(moved.value)) : problem(stepProblem(moved.error))
  })

  app.get('/api/state', (c) => c.json(stateView(front)))
  app.get('/api/bill', (c) => {
    const { account, product, month } = c.req.query()
    const start = month === undefined ? undefined : parseMonth(month)
    if (month !== undefined && start === undefined)
      return problem(badRequest('"month" must be written YYYY-MM.'))
    const filter = {
      ...(account === undefined ? {} : { account }),
      ...(product === undefined ? {} : { product }),
      ...(start === undefined ? {} : { month: start }),
    }
    return c.json(billView(front, filter))
  })

  app.post('/api/subscriptions', async (c) => {
    const body = await readFields(c.req.raw)
    if (!body.ok) return problem(body.error)
    const subscribe = readSubscribe(body.value)
    if (!subscribe.ok) return problem(badRequest(subscribe.error))
    const arrival = await marketplace.run({ kind: 'subscribe', ...subscribe.value })
    return arrival.ok
      ? c.json(arrivalView(arrival.value.agreementId, arrival.value.token), 201)
      : problem(refused(arrival.error))
  })
  app.post('/api/subscriptions/:agreement/token', async (c) => {
    const body = await readEmpty(c.req.raw)
    if (!body.ok) return problem(body.error)
    const arrival = await marketplace.run({ kind: 'visit', agreementId: c.req.param('agreement') })
    return arrival.ok
      ? c.json(arrivalView(arrival.value.agreementId, arrival.value.token))
      : problem(refused(arrival.error))
  })
  app.post('/api/subscriptions/:agreement/cancel', async (c) => {
    const body = await readFields(c.req.raw)
    if (!body.ok) return problem(body.error)
    const by = body.value.oneOf('by', ['buyer', 'seller']) ?? 'buyer'
    const wrong = body.value.problems()
    if (wrong !== '') return problem(badRequest(wrong))
    const agreementId = c.req.param('agreement')
    const cancelled = await marketplace.run({ kind: 'cancel', agreementId, by })
    return cancelled.ok
      ? c.json({ agreement: agreementView(marketplace.state, agreementId) })
      : problem(refused(cancelled.error))
  })

  app.get('/api/faults', (c) => c.json({ faults: marketplace.state.faults, calls: front.journal.calls() }))
  app.post('/api/faults', async (c) => {
    const body = await readFields(c.req.raw)
    if (!body.ok) return problem(body.error)
    const fault = readFault(body.value)
    if (!fault.ok) return problem(badRequest(fault.error))
    const set = await marketplace.run({ kind: 'set_fault', ...fault.value })
    return set.ok ? c.json(set.value, 201) : problem(refused(set.error))
  })
  app.delete('/api/faults', async (c) => {
    const id = c.req.query('id')
    return c.json(await marketplace.run({ kind: 'clear_faults', ...(id === undefined ? {} : { id }) }))
  })

  app.get('/api/knobs', (c) => c.json(marketplace.state.knobs))
  app.post('/api/knobs', async (c) => {
    const body = await readBodyObject(c.req.raw)
    if (!body.ok) return problem(body.error)
    // The machine checks each name and value itself.
    const set = await marketplace.run({ kind: 'set_knobs', knobs: body.value })
    return set.ok ? c.json(set.value) : problem(refused(set.error))
  })

  liveRoutes(app, front)
  scenarioRoutes(app, front)
  sentRoutes(app, front)

  app.notFound(() =>
    problem({
      status: 404,
      code: 'not-found',
      message: 'There is no such route. docs/simulator.md lists them.',
    }),
  )
  app.onError((error) => {
    console.error(error)
    return problem({ status: 500, code: 'failed', message: 'The simulator failed; its log says why.' })
  })

  const arrivalView = (agreementId: string, token: string) => ({
    agreement: agreementView(marketplace.state, agreementId),
    token,
    form: arrivalForm(front, agreementId, token),
  })

  return (request) => {
    const { pathname } = new URL(request.url)
    if (pathname !== '/clock' && pathname !== '/api' && !pathname.startsWith('/api/')) return undefined
    const turned = checkHost(request) ?? checkSite(request)
    return turned === undefined ? app.fetch(request) : problem(turned)
  }
}

const clockView = ({ marketplace: { state }, stepper, wall }: Front) => ({
  business: iso(state.business),
  wall: iso(wall()),
  next: state.pending[0] === undefined ? null : iso(state.pending[0].due),
  moving: stepper.busy(),
})

const movedView = (moved: Stepped | Settled) => ({
  business: iso(moved.business),
  ...('settled' in moved ? { settled: moved.settled, waiting: moved.waiting } : {}),
  steps: moved.steps,
  doneInAll: moved.doneInAll,
  did: moved.did.map(({ at, by, what }) => ({ at: iso(at), by, what })),
})

type Move = { settle: 'hour' | 'day' | 'month' } | { goalFrom: (business: number) => Goal }

function readMove(fields: Fields, business: number): Result<Move, string> {
  const advance = fields.duration('advance')
  const to = fields.text('to')
  const settle = fields.oneOf('settle', ['hour', 'day', 'month'])
  const wrong = fields.problems()
  if (wrong !== '') return err(wrong)
  if ([advance, to, settle].filter((given) => given !== undefined).length !== 1)
    return err('Say one of {"advance": "PT1H"}, {"to": "2026-12-01T06:00:00Z"} or {"settle": "hour"}.')
  if (settle !== undefined) return ok({ settle })
  const tooFar = 'The clock moves at most 400 days at once. Move it in parts.'
  if (advance !== undefined)
    return advance <= ADVANCE_MAX_MS
      ? ok({ goalFrom: (now) => ({ at: now + advance, closing: 'step' }) })
      : err(tooFar)
  const at = Date.parse(to ?? '')
  if (Number.isNaN(at) || !/(?:Z|[+-]\d\d:\d\d)$/.test(to ?? ''))
    return err('"to" must be an instant with its zone, such as "2026-12-01T06:00:00Z".')
  return at - business <= ADVANCE_MAX_MS ? ok({ goalFrom: () => ({ at, closing: 'step' }) }) : err(tooFar)
}
