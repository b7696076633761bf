/** The buyer's doors: the marketplace's POST, the form, the status page. Design §5.1–5.2. */
import { Hono, type Context } from 'hono'
import { decide } from '../../shared/aws/decide.ts'
import { monthOf } from '../../shared/hour.ts'
import { sha256Hex } from '../../shared/sha256.ts'
import { productByCode, type EdgeProduct } from '../../shared/seller/views.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { note } from '../audit/audited.ts'
import { resolveCustomer } from '../aws/resolve.ts'
import { arrive, findRegistered, keepContact, type Registered } from '../db/registrations.ts'
import { dispatchDeliveries } from '../deliveries/sweep.ts'
import type { Edge } from '../env.ts'
import { announceRegistration } from '../lifecycle/announce-registration.ts'
import { catchUp } from '../lifecycle/catch-up.ts'
import { logLine, messageOf } from '../log.ts'
import { randomText } from '../random.ts'
import { isHttps } from '../web.ts'
import { readForm } from './form-body.ts'
import { formFields, readRegistration } from './form.ts'
import { formPage } from './form-page.ts'
import { openLayout } from './layout.ts'
import { noticePage, type Notice } from './notices.ts'
import { openSessions, type Session } from './session.ts'
import { statusPage, type StatusView } from './status-page.ts'
import { hasTokenInQuery, readArrival } from './token.ts'

/** "Setting up" looks again by itself this long after the buyer came. */
const REFRESH_FOR_MS = 10 * 60_000

/** What each address is used with. */
const METHODS = [
  ['/', 'GET, HEAD, POST'],
  ['/registration', 'GET, HEAD, POST'],
  ['/subscription', 'GET, HEAD'],
] as const

/** A session and what it stands for. */
interface Visit {
  readonly session: Session
  readonly registered: Registered
  readonly product: EdgeProduct
}

/** `/`, `/registration` and `/subscription`, each answering every method. */
export function landingRoutes(edge: Edge): Hono {
  const { settings, seller, clocks } = edge
  const render = openLayout(seller)
  const sessions = openSessions(settings.sessionSecret, clocks.wall)
  const notice = (kind: Notice) => render(noticePage(kind, seller))
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
    const resolved = await resolveCustomer(edge.aws, arrival.value.token)
    if (!resolved.ok) {
      const decision = decide(resolved.error)
      const level = decision.act === 'stop' ? 'error' : 'warn'
      // Not AWS's message: it may repeat the token.
      const { message: _message, ...failure } = { message: '', ...resolved.error }
      logLine(level, 'resolve_failed', { ...failure, decision: decision.act })
      return notice(decision.act === 'refuse' || decision.act === 'halve' ? 'not-confirmed' : 'try-again')
    }
    const product = productByCode(seller, resolved.value.productCode)
    if (!product) {
      logLine('warn', 'foreign_product', { productCode: resolved.value.productCode })
      return notice('not-confirmed')
    }

    const arrived = await arrive(settings.db, {
      tokenSha256: await sha256Hex(arrival.value.token),
      customer: resolved.value,
      product: product.key,
      offerTypeHint: arrival.value.offerTypeHint,
      newRegistration: `reg_${randomText()}`,
      newSubscription: `sub_${randomText()}`,
      now: clocks.business(),
    })
    await catchUp(edge, arrived.subscription)
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
    if (!(await note(edge, who, `register-${session.id}`)).ok) return notice('not-written')
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

  app.get('/subscription', async (c) => {
    const visit = await visitOf(c.req.raw)
    if (!visit) return notice('no-session')
    const { registered, product, session } = visit
    if (registered.email === null) return seeOther(c, '/registration')
    const { usage, lacksLicense } =
      registered.state === 'pending' ? NOTHING : await standingOf(edge, registered.subscription)
    return render(
      statusPage(
        {
          state: registered.state,
          account: registered.account,
          product,
          plan: registered.plan,
          email: registered.email,
          endedAt: endOf(registered.detail),
          usage,
          lacksLicense,
          refresh: sessions.ageMs(session) < REFRESH_FOR_MS,
        },
        seller,
      ),
    )
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
function seeOther(c: Context, path: string, headers: Readonly<Record<string, string>> = {}): Response {
  return c.body(null, 303, { location: path, 'cache-control': 'no-store', ...headers })
}

type Standing = Pick<StatusView, 'usage' | 'lacksLicense'>

const NOTHING: Standing = { usage: null, lacksLicense: false }

/** This month's usage from the Ledger itself, so that the page shows what will be billed; and whether it waits for a license. */
async function standingOf(edge: Edge, subscription: SubscriptionId): Promise<Standing> {
  try {
    const ledger = edge.settings.ledgers.getByName(subscription)
    const usage = await ledger.usage(monthOf(edge.clocks.business()))
    const { waiting } = await ledger.status()
    return { usage, lacksLicense: waiting === 'license' }
  } catch (thrown) {
    logLine('warn', 'usage_unreadable', { subscription, error: messageOf(thrown) })
    return { usage: 'unknown', lacksLicense: false }
  }
}

function endOf(detail: string): number | null {
  const parsed: { readonly end?: { readonly at: number } | null } = JSON.parse(detail)
  return parsed.end?.at ?? null
}
