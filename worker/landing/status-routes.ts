/** `/subscription`, the status page of a visit, and `/feedback`, what its form sends. */
import { Hono, type Context } from 'hono'
import type { EdgeProduct } from '../../shared/seller/views.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { note } from '../audit/audited.ts'
import { feedbackOf, hasRoom, keepFeedback } from '../db/feedback.ts'
import type { Registered } from '../db/registrations.ts'
import { findSubscription } from '../db/subscriptions.ts'
import { usageOf } from '../entitlements/usage.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { readFeedback, type FeedbackProblem } from './feedback-card.ts'
import { readForm } from './form-body.ts'
import type { Render } from './layout.ts'
import type { Notice } from './notices.ts'
import type { Session, Sessions } from './session.ts'
import { statusPage } from './status-page.ts'

/** "Setting up" looks again by itself this long after the buyer came. */
const REFRESH_FOR_MS = 10 * 60_000

/** Of what a buyer wrote, so much is shown to him again. */
const SENT_MAX = 5

/** A session and what it stands for. */
export interface Visit {
  readonly session: Session
  readonly registered: Registered
  readonly product: EdgeProduct
}

export interface StatusDoors {
  readonly render: Render
  readonly sessions: Sessions
  readonly notice: (kind: Notice) => Promise<Response>
  readonly visitOf: (request: Request) => Promise<Visit | undefined>
}

export function statusRoutes(edge: Edge, { render, sessions, notice, visitOf }: StatusDoors): Hono {
  const { settings, seller, clocks } = edge
  const { db } = settings
  const app = new Hono()

  async function page(visit: Visit, problem: FeedbackProblem | null = null): Promise<Response> {
    const { registered, product, session } = visit
    const row = await findSubscription(db, registered.subscription)
    if (row === undefined || registered.email === null) return notice('no-session')
    const [usage, lacksLicense, sent, csrf] = await Promise.all([
      usageOf(edge, row),
      row.state === 'pending' ? false : waitsForLicense(edge, registered.subscription),
      feedbackOf(db, registered.subscription, SENT_MAX),
      sessions.formToken(session),
    ])
    return render(
      statusPage(
        {
          row,
          product,
          email: registered.email,
          usage,
          lacksLicense,
          refresh: sessions.ageMs(session) < REFRESH_FOR_MS,
          feedback: { csrf, sent, problem },
          now: clocks.business(),
        },
        seller,
      ),
    )
  }

  app.get('/subscription', async (c) => {
    const visit = await visitOf(c.req.raw)
    if (!visit) return notice('no-session')
    return visit.registered.email === null ? seeOther(c, '/registration') : page(visit)
  })

  app.post('/feedback', async (c) => {
    const site = c.req.header('sec-fetch-site')
    if (site !== undefined && site !== 'same-origin') return notice('not-our-form')
    const posted = await readForm(c.req.raw)
    if (!posted.ok) return notice(posted.error)
    const visit = await visitOf(c.req.raw)
    if (!visit) return notice('no-session')
    const { session, registered } = visit
    if (!(await sessions.isFormToken(session, posted.value.get('_csrf') ?? ''))) return notice('not-our-form')
    if (registered.email === null) return seeOther(c, '/registration')

    const read = readFeedback(posted.value)
    if (!read.ok) return page(visit, read.error)
    const { subscription } = registered
    const now = clocks.business()
    if (!(await hasRoom(db, subscription, now)))
      return page(visit, tooMany(posted.value, seller.seller.support))
    const who = { kind: 'give feedback', who: session.id, why: 'by the form', subject: subscription } as const
    if (!(await note(edge, who)).ok) return notice('not-written')
    if (await keepFeedback(db, subscription, read.value, now)) return seeOther(c, '/subscription#received')
    const still = await visitOf(c.req.raw)
    return still ? page(still, tooMany(posted.value, seller.seller.support)) : notice('no-session')
  })
  return app
}

const tooMany = (posted: URLSearchParams, support: string): FeedbackProblem => ({
  kind: posted.get('kind') ?? '',
  score: posted.get('score') ?? '',
  message: posted.get('message') ?? '',
  wrong: `We have received several messages within this hour already. Try again in an hour, or write to ${support}.`,
  tooMany: true,
})

async function waitsForLicense(edge: Edge, subscription: SubscriptionId): Promise<boolean> {
  try {
    const { waiting } = await edge.settings.ledgers.getByName(subscription).status()
    return waiting === 'license'
  } catch (thrown) {
    logLine('warn', 'status_unreadable', { subscription, error: messageOf(thrown) })
    return false
  }
}

/** 303: the browser goes on with a GET, and going back sends nothing twice. */
export function seeOther(c: Context, path: string, headers: Readonly<Record<string, string>> = {}): Response {
  return c.body(null, 303, { location: path, 'cache-control': 'no-store', ...headers })
}
