/** The storefront's routes for what comes after a purchase: its life, and what the seller's software sent. */
import type { Context, Hono } from 'hono'
import type { Result } from '../../shared/result.ts'
import { explainStepFailure } from '../clock.ts'
import type { Front } from '../front.ts'
import { queueArn } from '../marketplace/queue-redrive.ts'
import type { PlayFailure, Played } from '../play.ts'
import { fits, playScenario } from '../play.ts'
import type { Scenario } from '../scenarios.ts'
import { SCENARIOS } from '../scenarios.ts'
import type { Html } from './format.ts'
import type { Notice } from './layout.ts'
import { lifePage } from './life.ts'
import { CHOICES } from './life-form.ts'
import { livesPage } from './lives.ts'
import { letterHeaders, letterPage, mailPage } from './mail.ts'
import { messagesPage } from './messages.ts'
import { metricsPage } from './metrics.ts'
import type { Notices } from './notices.ts'
import { webhooksPage } from './webhooks.ts'

/** What every route of the storefront is given. */
export interface Pages {
  readonly notices: Notices
  readonly frame: (c: Context, title: string, body: Html, path?: string) => Response | Promise<Response>
  readonly missing: (c: Context, what: string) => Response | Promise<Response>
  readonly problem: (message: string) => Notice
  readonly sentBy: (c: Context) => Promise<URLSearchParams>
}

const MODES = ['well', 'slow', 'failing'] as const

export function laterRoutes(app: Hono, front: Front, pages: Pages): void {
  const { marketplace } = front
  const { state } = marketplace
  const { notices, frame, missing, problem, sentBy } = pages
  const agreementOf = (id: string) => (Object.hasOwn(state.agreements, id) ? state.agreements[id] : undefined)
  const mailOf = (id: string) => state.mails.find((mail) => mail.id === id)

  app.get('/agreements/:id/life', (c) => {
    const agreement = agreementOf(c.req.param('id'))
    if (agreement === undefined) return missing(c, 'There is no such agreement.')
    return frame(c, 'What happens next?', lifePage(state, agreement), '/agreements')
  })
  app.post('/agreements/:id/life', async (c) => {
    const sent = await sentBy(c)
    const choice = CHOICES.find(({ name }) => name === sent.get('choice'))
    if (choice === undefined) return missing(c, 'This button does not exist.')
    const agreementId = c.req.param('id')
    const lived = await marketplace.run({ kind: 'live', agreementId, act: choice.act(sent) })
    if (!lived.ok)
      return c.redirect(notices.pass(`/agreements/${agreementId}/life`, problem(lived.error.message)), 303)
    if (lived.value.arrival !== undefined)
      return c.redirect(`/agreements/${lived.value.agreementId}/set-up`, 303)
    const notice: Notice = {
      tone: 'good',
      title: choice.title,
      text: 'Done. The events that tell the seller are on their way; see below.',
    }
    return c.redirect(notices.pass('/agreements', notice), 303)
  })

  app.get('/lives', (c) => frame(c, 'Whole lives', livesPage(state), '/agreements'))
  app.post('/lives/:name', async (c) => {
    const name = c.req.param('name')
    const scenario = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined
    const product = state.products.find((one) => scenario !== undefined && fits(one, scenario))
    if (scenario === undefined || product === undefined) return missing(c, 'This button does not exist.')
    const account = (await sentBy(c)).get('account') ?? ''
    const played = await playScenario(front, scenario, product, account)
    return c.redirect(notices.pass('/agreements', playedNotice(scenario, played)), 303)
  })

  app.get('/mail', (c) => frame(c, 'Mail', mailPage(state)))
  app.get('/mail/:id', (c) => {
    const mail = mailOf(c.req.param('id'))
    if (mail === undefined) return missing(c, 'There is no such mail, or it is too old to be kept.')
    return frame(c, mail.subject, letterPage(mail), '/mail')
  })
  app.get('/mail/:id/html', (c) => {
    const text = mailOf(c.req.param('id'))?.html
    if (text === undefined || text === null) return missing(c, 'There is no such mail, or it has no HTML.')
    return new Response(text, { headers: letterHeaders })
  })

  app.get('/webhooks', (c) => frame(c, 'Webhooks', webhooksPage(state)))
  app.post('/webhooks/receiver', async (c) => {
    const asked = (await sentBy(c)).get('mode')
    const mode = MODES.find((each) => each === asked)
    if (mode === undefined) return missing(c, 'This button does not exist.')
    await marketplace.run({ kind: 'set_receiver', change: { mode } })
    return c.redirect('/webhooks', 303)
  })

  app.post('/webhooks/secrets', async (c) => {
    const sent = await sentBy(c)
    const secret = (sent.get('secret') ?? '').trim()
    const kept = state.receiver.secrets.filter((each) => each !== secret)
    const secrets = sent.get('do') === 'forget' ? [] : [...kept, secret]
    const set = await marketplace.run({ kind: 'set_receiver', change: { secrets } })
    return c.redirect(set.ok ? '/webhooks' : notices.pass('/webhooks', problem(set.error.message)), 303)
  })
  app.post('/messages/redrive', async (c) => {
    const name = (await sentBy(c)).get('queue') ?? ''
    const queue = Object.hasOwn(state.queues, name) ? state.queues[name] : undefined
    if (queue === undefined) return missing(c, 'There is no such queue.')
    const moved = await marketplace.run({
      kind: 'api',
      operation: 'StartMessageMoveTask',
      caller: { account: state.sellerAccount, region: queue.region },
      input: { SourceArn: queueArn(state, queue) },
    })
    const path = moved.ok ? '/messages' : notices.pass('/messages', problem(moved.message))
    return c.redirect(path, 303)
  })
  app.get('/metrics', (c) => frame(c, 'Metrics', metricsPage(state)))
  app.get('/messages', (c) => frame(c, 'Messages', messagesPage(state)))
}

function playedNotice({ title }: Scenario, played: Result<Played, PlayFailure>): Notice {
  if (!played.ok) {
    const { error } = played
    const text = error.kind === 'refused' ? error.refusal.message : explainStepFailure(error.failure)
    return { tone: 'bad-news', title: 'The life could not be played to its end', text }
  }
  const steps = played.value.did.slice(0, 200).map(({ at, by, what }) => ({ at, what: `${by}: ${what}` }))
  return { tone: 'good', title, text: 'Played to its end; the seller was told all of it.', steps }
}
