/** The doors of a person who comes back: /sign-in, /subscriptions, /workspace, /sign-out, each answering every method. */
import { Hono, type Context } from 'hono'
import { findRegistered, registrationOf, type Registered } from '../db/registrations.ts'
import { findSignedIn, LINK_MS, subscriptionsOf, type Mine } from '../db/sign-ins.ts'
import { findSubscription } from '../db/subscriptions.ts'
import type { Edge } from '../env.ts'
import { readForm } from '../landing/form-body.ts'
import { formFields, readRegistration } from '../landing/form.ts'
import { openLayout } from '../landing/layout.ts'
import { noticePage, type Notice } from '../landing/notices.ts'
import { cookieLine, openSessions, readCookie, type Session } from '../landing/session.ts'
import { randomText } from '../random.ts'
import { isHttps } from '../web.ts'
import * as pages from './pages.ts'
import { askForLink, canSignIn, isUsable, linkOf, signIn, signOut } from './sign-in.ts'
import { choose, offersFor, type Offer } from './workspace.ts'

const METHODS = [
  ['/sign-in', 'GET, HEAD, POST'],
  ['/sign-in/sent', 'GET, HEAD'],
  ['/sign-in/link', 'POST'],
  ['/sign-out', 'POST'],
  ['/subscriptions', 'GET, HEAD'],
  ['/subscriptions/:id', 'GET, HEAD'],
  ['/workspace', 'GET, HEAD, POST'],
] as const

/** Holds the half of a link that its browser keeps. */
const ASKED = 'tollgate-asked'

interface Person {
  readonly session: Session
  readonly email: string
  readonly mine: readonly Mine[]
}

/** Somebody who may say where a purchase belongs. */
interface Placer {
  readonly session: Session
  readonly registered: Registered
  readonly isSignedIn: boolean
  readonly offers: readonly Offer[]
}

export function peopleRoutes(edge: Edge): Hono {
  const { settings, seller, clocks } = edge
  const { db } = settings
  const render = openLayout(edge)
  const visits = openSessions(settings.sessionSecret, clocks.wall)
  const people = openSessions(settings.sessionSecret, clocks.wall, 'person')
  const notice = (kind: Notice) => render(noticePage(kind, seller))
  const refuse = (why: Parameters<typeof pages.refusalPage>[0]) => render(pages.refusalPage(why, seller))
  const app = new Hono()

  async function personOf(request: Request): Promise<Person | undefined> {
    const session = await people.read(request)
    const email = session && (await findSignedIn(db, session.id))
    return session && email !== undefined
      ? { session, email, mine: await subscriptionsOf(db, email) }
      : undefined
  }

  async function placerOf(request: Request): Promise<Placer | undefined> {
    const session = await visits.read(request)
    const registered = session && (await findRegistered(db, session.id))
    const row = registered && (await findSubscription(db, registered.subscription))
    if (!session || !registered || !row) return undefined
    const person = await personOf(request)
    const offers = offersFor(row, person?.mine ?? [])
    return { session, registered, isSignedIn: person !== undefined, offers }
  }

  /** The fields of a form that one of our pages sent; else what to answer. */
  async function fieldsOf(request: Request): Promise<URLSearchParams | Response> {
    const site = request.headers.get('sec-fetch-site')
    if (site !== null && site !== 'same-origin') return notice('not-our-form')
    const posted = await readForm(request)
    return posted.ok ? posted.value : notice(posted.error)
  }

  app.get('/sign-in', async (c) => {
    if (!canSignIn(edge)) return refuse('off')
    const { origin, search } = new URL(c.req.url)
    // The link names this address, and the browser's half of it is a cookie of this name alone.
    if (origin !== settings.publicUrl) return seeOther(c, `${settings.publicUrl}/sign-in${search}`)
    const token = c.req.query('link')
    if (token !== undefined) {
      const link = await linkOf(token, readCookie(c.req.raw, ASKED))
      return link && (await isUsable(edge, link)) ? render(pages.linkPage(token)) : refuse('over')
    }
    return (await personOf(c.req.raw)) ? seeOther(c, '/subscriptions') : render(pages.signInPage('', null))
  })

  app.post('/sign-in', async (c) => {
    if (!canSignIn(edge)) return refuse('off')
    const fields = await fieldsOf(c.req.raw)
    if (fields instanceof Response) return fields
    const typed = readRegistration(fields, formFields([]))
    if (!typed.ok) {
      const { values, errors } = typed.error
      return render(pages.signInPage(values.get('email') ?? '', errors.get('email') ?? ''))
    }
    const asked = await askForLink(edge, c.req.raw, typed.value.email, readCookie(c.req.raw, ASKED))
    if (asked === undefined) return refuse('too-often')
    await behindTheAnswer(c, asked.sending)
    return seeOther(c, '/sign-in/sent', cookieLine(ASKED, asked.browser, LINK_MS, isHttps(c.req.raw)))
  })

  app.get('/sign-in/sent', () => render(pages.sentPage()))

  app.post('/sign-in/link', async (c) => {
    const fields = await fieldsOf(c.req.raw)
    if (fields instanceof Response) return fields
    const link = await linkOf(fields.get('link') ?? '', readCookie(c.req.raw, ASKED))
    if (link === undefined) return refuse('over')
    const signed = await signIn(edge, link)
    if (!signed.ok) return signed.error === 'again' ? notice('not-written') : refuse('over')
    const secure = isHttps(c.req.raw)
    const visit = await visits.read(c.req.raw)
    const came = visit && (await findRegistered(db, visit.id))
    // Whoever was asked where his purchase belongs is asked again, now that more can be offered.
    const isAsked = came !== undefined && came.workspace === null && came.email !== null
    return seeOther(
      c,
      isAsked ? '/workspace' : '/subscriptions',
      await people.open(signed.value, secure),
      cookieLine(ASKED, '', 0, secure),
    )
  })

  app.get('/subscriptions', async (c) => {
    const person = await personOf(c.req.raw)
    if (!person) return seeOther(c, '/sign-in')
    const csrf = await people.formToken(person.session)
    return render(pages.subscriptionsPage(person.mine, person.email, csrf, seller))
  })

  app.get('/subscriptions/:id', async (c) => {
    const person = await personOf(c.req.raw)
    if (!person) return seeOther(c, '/sign-in')
    const one = person.mine.find(({ id }) => id === c.req.param('id'))
    if (!one) return notice('not-found')
    const registration = await registrationOf(db, one.id, `reg_${randomText()}`, clocks.business())
    const to = c.req.query('to') === 'workspace' ? '/workspace' : '/subscription'
    return seeOther(c, to, await visits.open(registration, isHttps(c.req.raw)))
  })

  app.get('/workspace', async (c) => {
    const placer = await placerOf(c.req.raw)
    if (!placer) return notice('no-session')
    const { session, registered, isSignedIn, offers } = placer
    if (registered.workspace !== null) return seeOther(c, '/subscription')
    if (registered.email === null) return seeOther(c, '/registration')
    const product = seller.products.find(({ key }) => key === registered.product)?.title ?? registered.product
    const csrf = await visits.formToken(session)
    const { account } = registered
    return render(pages.workspacePage({ product, account, csrf, isSignedIn, offers }, seller))
  })

  app.post('/workspace', async (c) => {
    const fields = await fieldsOf(c.req.raw)
    if (fields instanceof Response) return fields
    const placer = await placerOf(c.req.raw)
    if (!placer) return notice('no-session')
    const { session, registered, offers } = placer
    const ours = await visits.isFormToken(session, fields.get('_csrf') ?? '')
    const wanted = fields.get('workspace')
    const offer = offers.find(({ workspace }) => workspace === wanted)
    if (!ours || (wanted !== 'new' && offer === undefined)) return notice('not-our-form')
    if (registered.email === null) return seeOther(c, '/registration')
    const choice = offer === undefined ? { opens: `ws_${randomText()}` } : { offer }
    const chosen = await choose(edge, registered.subscription, choice, session.id)
    return !chosen.ok && chosen.error === 'again' ? notice('not-written') : seeOther(c, '/subscription')
  })

  app.post('/sign-out', async (c) => {
    const fields = await fieldsOf(c.req.raw)
    if (fields instanceof Response) return fields
    const secure = isHttps(c.req.raw)
    const person = await personOf(c.req.raw)
    if (person) {
      if (!(await people.isFormToken(person.session, fields.get('_csrf') ?? '')))
        return notice('not-our-form')
      if (!(await signOut(edge, person.session.id, person.email))) return notice('not-written')
    }
    return seeOther(c, '/', people.close(secure), visits.close(secure))
  })

  for (const [path, allowed] of METHODS)
    app.all(path, async () => {
      const response = await notice('wrong-method')
      response.headers.set('allow', allowed)
      return response
    })
  return app
}

/** 303: the browser goes on with a GET, and going back sends nothing twice. */
function seeOther(c: Context, location: string, ...cookies: readonly string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return c.body(null, { status: 303, headers })
}

/** Has work go on behind the answer, so that the answer does not tell how long it took. */
async function behindTheAnswer(c: Context, work: Promise<void>): Promise<void> {
  let context: { waitUntil(promise: Promise<unknown>): void } | undefined
  try {
    context = c.executionCtx
  } catch {
    // Called by a program that has none: it waits.
  }
  if (context === undefined) await work
  else context.waitUntil(work)
}
