/** The routes by which the simulator's stepper moves business time, and the demo tells its webhook secret; `index.dev.ts` alone has them (design §9). */
import { Hono } from 'hono'
import { integerMember, objectOf, textMember } from '../shared/aws/json.ts'
import type { Edge } from './env.ts'
import { keepWebhookSecret } from './keys/webhook-secrets.ts'
import { dueOf, runDueObjects, settledBefore } from './metering/due.ts'
import { problemResponse } from './problem.ts'
import { runScheduled } from './scheduled.ts'
import { isToThisMachine } from './web.ts'

/** `moveTo` sets business time, never back. */
export function devRoutes(edge: Edge, moveTo: (now: number) => void): Hono {
  const routes = new Hono()

  // A web page elsewhere can neither send this content type without asking first nor name this host.
  routes.use(async (c, next) => {
    const type = c.req.header('content-type')?.split(';', 1)[0]
    if (c.req.method === 'POST' && type === 'application/json' && isToThisMachine(c.req.raw)) return next()
    return problemResponse({ code: 'forbidden', detail: 'Send JSON by POST from this machine.' })
  })

  const instant = async (request: Request, name: string): Promise<number | undefined> =>
    integerMember(objectOf(await request.json().catch(() => undefined)), name)
  const malformed = (name: string): Response =>
    problemResponse({ code: 'bad-parameter', detail: `Send {"${name}": <epoch milliseconds>}.` })

  routes.post('/clock', async (c) => {
    const now = await instant(c.req.raw, 'now')
    if (now === undefined) return malformed('now')
    moveTo(now)
    return c.json({ next: await dueOf(edge) })
  })

  routes.post('/step', async (c) => {
    const now = await instant(c.req.raw, 'now')
    if (now === undefined) return malformed('now')
    moveTo(now)
    const did = [...(await runScheduled(edge)), ...(await runDueObjects(edge, now))]
    return c.json({ did, next: await dueOf(edge) })
  })

  routes.post('/webhook-secret', async (c) => {
    const secret = textMember(objectOf(await c.req.json().catch(() => undefined)), 'secret')
    if (secret === undefined || !/^whsec_[A-Za-z0-9+/]{43}=$/.test(secret))
      return problemResponse({ code: 'bad-parameter', detail: 'Send {"secret": "whsec_…"}.' })
    await keepWebhookSecret(edge, 'whs_demo', 'The demo of npm start', secret)
    return c.body(null, 204)
  })

  routes.post('/settled', async (c) => {
    const before = await instant(c.req.raw, 'before')
    return before === undefined ? malformed('before') : c.json(await settledBefore(edge, before))
  })
  return routes
}
