/** What the seller's software sent to people and programs, for programs to read: `/api/sent/…`, the newest first. */
import type { Hono } from 'hono'
import type { Front } from '../front.ts'
import { iso } from './views.ts'

export function sentRoutes(app: Hono, { marketplace: { state } }: Front): void {
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
  app.get('/api/sent/sns', (c) =>
    c.json({
      topics: Object.keys(state.topics),
      messages: state.published.toReversed().map((message) => ({ ...message, at: iso(message.at) })),
    }),
  )
}
