/** What the seller's software sent to people and programs, for programs to read: `/api/sent/…`, the newest first. */
import type { Hono } from 'hono'
import type { Front } from '../front.ts'
import type { Receiver } from '../marketplace/receiver.ts'
import { readFields } from './bodies.ts'
import type { Fields } from './fields.ts'
import { given } from './input.ts'
import { badRequest, problem, refused } from './problem.ts'
import { iso } from './views.ts'

export function sentRoutes(app: Hono, { marketplace }: Front): void {
  const { state } = marketplace
  app.get('/api/sent/webhooks', (c) => {
    const { id, type } = c.req.query()
    const webhooks = state.webhooks.filter(
      (one) => (id === undefined || one.id === id) && (type === undefined || one.type === type),
    )
    return c.json({ webhooks: webhooks.toReversed().map((one) => ({ ...one, at: iso(one.at) })) })
  })
  app.get('/api/receiver', (c) => c.json(receiverView(state.receiver)))
  app.post('/api/receiver', async (c) => {
    const body = await readFields(c.req.raw)
    if (!body.ok) return problem(body.error)
    const change = readReceiver(body.value)
    const wrong = body.value.problems()
    if (wrong !== '') return problem(badRequest(wrong))
    const set = await marketplace.run({ kind: 'set_receiver', change })
    return set.ok ? c.json(receiverView(set.value)) : problem(refused(set.error))
  })
  app.get('/api/sent/mail', (c) => {
    const { to } = c.req.query()
    const mails = state.mails.filter((mail) => to === undefined || mail.to.includes(to))
    return c.json({ mail: mails.toReversed().map((mail) => ({ ...mail, at: iso(mail.at) })) })
  })
  app.get('/api/pushes', (c) =>
    c.json({
      on: state.pushing,
      waiting: state.pushes.map(({ eventId, detailType, agreementId, since, due, attempts, last }) => ({
        eventId,
        detailType,
        agreementId,
        attempts,
        last,
        since: iso(since),
        due: iso(due),
      })),
      done: state.pushed.toReversed().map((push) => ({ ...push, at: iso(push.at) })),
    }),
  )
  app.get('/api/sent/metrics', (c) =>
    c.json({
      metrics: Object.values(state.metrics)
        .toReversed()
        .map((metric) => ({
          ...metric,
          points: metric.points.toReversed().map(({ at, value }) => ({ at: iso(at), value })),
        })),
    }),
  )
  app.get('/api/sent/sns', (c) =>
    c.json({
      topics: Object.keys(state.topics),
      messages: state.published.toReversed().map((message) => ({ ...message, at: iso(message.at) })),
    }),
  )
}

/** The secrets stay inside; how many there are tells enough. */
const receiverView = ({ mode, status, delayMs, secrets }: Receiver) => ({
  mode,
  status,
  delayMs,
  secrets: secrets.length,
})

function readReceiver(fields: Fields): Partial<Receiver> {
  const secrets = fields.raw('secrets')
  const texts = Array.isArray(secrets) ? secrets.filter((one) => typeof one === 'string') : undefined
  if (secrets !== undefined && (!Array.isArray(secrets) || texts?.length !== secrets.length))
    fields.note('"secrets" must be a list of texts.')
  return given({
    mode: fields.oneOf('mode', ['well', 'slow', 'failing']),
    status: fields.number('status'),
    delayMs: fields.duration('delay'),
    secrets: texts,
  })
}
