/** The buyer's doors: the marketplace's POST, the form, the status page. Design §5.1–5.2. */
import { Hono } from 'hono'
import { note } from '../audit/audited.ts'
import { findRegistered, keepContact } from '../db/registrations.ts'
import { dispatchDeliveries } from '../deliveries/sweep.ts'
import type { Edge } from '../env.ts'
import { announceRegistration } from '../lifecycle/announce-registration.ts'
import { addressOf, isHttps } from '../web.ts'
import { admit, type NotAdmitted } from './admit.ts'
import { readForm } from './form-body.ts'
import { formFields, readRegistration } from './form.ts'
import { formPage } from './form-page.ts'
import { openLayout } from './layout.ts'
import { noticePage, type Notice } from './notices.ts'
import { openSessions } from './session.ts'
import { seeOther, statusRoutes, type Visit } from './status-routes.ts'
import { hasTokenInQuery, readArrival } from './token.ts'

/** What each address is used with. */
const METHODS = [
  ['/', 'GET, HEAD, POST'],
  ['/registration', 'GET, HEAD, POST'],
  ['/subscription', 'GET, HEAD'],
  ['/feedback', 'POST'],
] as const

/** `/`, `/registration`, `/subscription` and `/feedback`, each answering every method. */
export function landingRoutes(edge: Edge): Hono {
  const { settings, seller, clocks } = edge
  const render = openLayout(edge)
  const sessions = openSessions(settings.sessionSecret, clocks.wall)
  const notice = (kind: Notice) => render(noticePage(kind, seller))
  const refuse = async (why: NotAdmitted): Promise<Response> => {
    const page = noticePage(why.kind, seller)
    return render(why.kind === 'too-many' ? { ...page, retryAfterSeconds: why.retryAfterSeconds } : page)
  }
  const fields = formFields(seller.fields)

  async function visitOf(request: Request): Promise<Visit | undefined> {
    const session = await sessions.read(request)
    const registered = session && (await findRegistered(settings.db, session.id))
    const product = seller.products.find((one) => one.key === registered?.product)
    return session && registered && product ? { session, registered, product } : undefined
  }

  const form = async (visit: Visit, problem?: Parameters<typeof formPage>[0]['problem']) =>
    render(
      formPage({
        brand: seller.branding.name,
        product: visit.product.title,
        account: visit.registered.account,
        csrf: await sessions.formToken(visit.session),
        fields,
        ...(problem ? { problem } : {}),
      }),
    )

  const app = new Hono()

  app.post('/', async (c) => {
    const arrival = await readArrival(c.req.raw)
    if (!arrival.ok) return notice(arrival.error)
    const admitted = await admit(edge, arrival.value, { address: addressOf(c.req.raw), maySee: () => true })
    if (!admitted.ok) return refuse(admitted.error)
    const arrived = admitted.value
    return seeOther(c, arrived.registered ? '/subscription' : '/registration', {
      'set-cookie': await sessions.open(arrived.registration, isHttps(c.req.raw)),
    })
  })

  app.get('/', (c) => (hasTokenInQuery(new URL(c.req.url)) ? seeOther(c, '/') : notice('welcome')))

  app.get('/registration', async (c) => {
    const visit = await visitOf(c.req.raw)
    if (!visit) return notice('no-session')
    return visit.registered.email === null ? form(visit) : seeOther(c, '/subscription')
  })

  app.post('/registration', async (c) => {
    const site = c.req.header('sec-fetch-site')
    if (site !== undefined && site !== 'same-origin') return notice('not-our-form')
    const posted = await readForm(c.req.raw)
    if (!posted.ok) return notice(posted.error)
    const visit = await visitOf(c.req.raw)
    if (!visit) return notice('no-session')
    if (!(await sessions.isFormToken(visit.session, posted.value.get('_csrf') ?? '')))
      return notice('not-our-form')

    const registration = readRegistration(posted.value, fields)
    if (!registration.ok) return form(visit, registration.error)
    const { session, registered } = visit
    const { subscription } = registered
    const who = { kind: 'register', who: session.id, why: 'by the form', subject: subscription } as const
    // Whoever reads mail at the address may sign in: another one is another act, the same form sent again is not.
    const again = registered.email === null || registered.email === registration.value.email
    const noted = await note(edge, who, again ? `register-${session.id}` : undefined)
    if (!noted.ok) return notice('not-written')
    await keepContact(
      settings.db,
      session.id,
      subscription,
      registration.value,
      clocks.business(),
      await announceRegistration(edge, subscription),
    )
    await dispatchDeliveries(edge)
    const placed = await findRegistered(settings.db, session.id)
    return seeOther(c, placed?.workspace === null ? '/workspace' : '/subscription')
  })

  app.route('/', statusRoutes(edge, { render, sessions, notice, visitOf }))

  for (const [path, allowed] of METHODS)
    app.all(path, async () => {
      const response = await notice('wrong-method')
      response.headers.set('allow', allowed)
      return response
    })
  return app
}
