/** The storefront's routes: pages for GET, forms for POST that end in a redirect. Commands go through the one door. */
import type { Context } from 'hono'
import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Front } from '../front.ts'
import type { Turned } from '../guard.ts'
import { checkForm, checkHost, readBody } from '../guard.ts'
import type { Door } from '../host.ts'
import { given } from '../control/input.ts'
import { parseMonth, statementOf } from '../statement.ts'
import { agreementsPage, cancelPage } from './agreements.ts'
import { billPage } from './bill.ts'
import { readFaultForm } from './fault-form.ts'
import { faultsPage } from './faults.ts'
import type { Html } from './format.ts'
import { home } from './home.ts'
import { laterRoutes } from './later-routes.ts'
import type { Notice } from './layout.ts'
import { page } from './layout.ts'
import { createNotices } from './notices.ts'
import { productPage } from './product.ts'
import { setUp } from './set-up.ts'
import { STYLE_HASH } from './style.ts'
import { commandOf, emptyForm, readSubscribeForm } from './subscribe-form.ts'
import { taskForms } from './task-routes.ts'
import { moveClock } from './time.ts'

/** The storefront's own paths. A POST to `/` is AWS's, never ours. */
const PAGES =
  /^\/(?:$|products\/|agreements(?:\/|$)|bill$|lives$|mail(?:\/|$)|webhooks$|messages$|metrics$|faults$)/
const FORMS =
  /^\/(?:products\/|agreements\/|lives\/|time$|webhooks\/(?:receiver|secrets)$|messages\/redrive$|faults(?:\/off)?$)/

export function storefrontRoutes(front: Front): Door {
  const { marketplace, stepper, journal, landingUrl } = front
  const { state } = marketplace
  const notices = createNotices()
  const app = new Hono()

  const frame = (c: Context, title: string, body: Html, path = c.req.path, notice?: Notice) =>
    c.html(page({ title, path, state, notice: notice ?? notices.read(c.req.query('notice')) }, body))
  const missing = (c: Context, what: string) => {
    c.status(404)
    return frame(
      c,
      'Not found',
      html`<h1>Not found</h1>
        <p>${what} <a href="/">See the products</a>.</p>`,
      '/',
    )
  }
  const productOf = (key: string) => state.products.find((product) => product.key === key)
  const agreementOf = (id: string) => (Object.hasOwn(state.agreements, id) ? state.agreements[id] : undefined)
  const problem = (message: string): Notice => ({
    tone: 'bad-news',
    title: 'That was not possible',
    text: message,
  })

  app.use(async (c, next) => {
    await next()
    // A mail's own HTML brings its own.
    if (c.res.headers.has('content-security-policy')) return
    for (const [name, value] of Object.entries(headersFor(landingUrl))) c.header(name, value)
  })

  app.get('/', (c) => frame(c, 'Products', home(state)))
  app.get('/products/:key', (c) => {
    const product = productOf(c.req.param('key'))
    if (product === undefined) return missing(c, 'No product has this name.')
    return frame(c, product.title, productPage(state, product, emptyForm(state, product)))
  })
  app.post('/products/:key', async (c) => {
    const product = productOf(c.req.param('key'))
    if (product === undefined) return missing(c, 'No product has this name.')
    const form = readSubscribeForm(await sentBy(c), product)
    const arrival = await marketplace.run({ kind: 'subscribe', ...commandOf(product, form) })
    if (arrival.ok) return c.redirect(`/agreements/${arrival.value.agreementId}/set-up`, 303)
    c.status(400)
    const body = productPage(state, product, form)
    return frame(c, product.title, body, c.req.path, problem(arrival.error.message))
  })

  app.get('/agreements', (c) => frame(c, 'Agreements', agreementsPage(state)))
  app.get('/agreements/:id/set-up', (c) => {
    const agreement = agreementOf(c.req.param('id'))
    if (agreement === undefined) return missing(c, 'There is no such agreement.')
    return frame(c, 'You are subscribed', setUp(state, agreement, landingUrl), '/agreements')
  })
  app.post('/agreements/:id/visit', async (c) => {
    const agreementId = c.req.param('id')
    const arrival = await marketplace.run({ kind: 'visit', agreementId })
    return c.redirect(
      arrival.ok
        ? `/agreements/${agreementId}/set-up`
        : notices.pass('/agreements', problem(arrival.error.message)),
      303,
    )
  })
  app.get('/agreements/:id/cancel', (c) => {
    const agreement = agreementOf(c.req.param('id'))
    if (agreement === undefined) return missing(c, 'There is no such agreement.')
    return frame(c, 'Cancel this agreement?', cancelPage(state, agreement), '/agreements')
  })
  app.post('/agreements/:id/cancel', async (c) => {
    const by = (await sentBy(c)).get('by') === 'seller' ? 'seller' : 'buyer'
    const cancelled = await marketplace.run({ kind: 'cancel', agreementId: c.req.param('id'), by })
    const notice: Notice = cancelled.ok
      ? {
          tone: 'good',
          title: 'The agreement is cancelled',
          text: 'The events that tell the seller are on their way; see below.',
        }
      : problem(cancelled.error.message)
    return c.redirect(notices.pass('/agreements', notice), 303)
  })

  app.get('/bill', (c) => {
    const { account = '', product = '', month = '' } = c.req.query()
    const filter = given({
      account: account || undefined,
      product: product || undefined,
      month: parseMonth(month),
    })
    const body = billPage(state, statementOf(state, filter), journal.refused(filter.account), {
      account,
      product,
      month,
    })
    return frame(c, 'Bill', body)
  })

  app.post('/time', async (c) => {
    const moved = await moveClock(stepper, state, await sentBy(c))
    return moved === undefined
      ? missing(c, 'This button does not exist.')
      : c.redirect(notices.pass(moved.path, moved.notice), 303)
  })

  app.get('/faults', (c) => frame(c, 'Faults', faultsPage(state, journal.calls())))
  app.post('/faults', async (c) => {
    const command = readFaultForm(await sentBy(c))
    if (command === undefined) return missing(c, 'This fault does not exist.')
    const set = await marketplace.run(command)
    return c.redirect(set.ok ? '/faults' : notices.pass('/faults', problem(set.error.message)), 303)
  })
  app.post('/faults/off', async (c) => {
    const id = (await sentBy(c)).get('id')
    await marketplace.run({ kind: 'clear_faults', ...(id === null ? {} : { id }) })
    return c.redirect('/faults', 303)
  })

  const pages = { notices, frame, missing, problem, sentBy }
  laterRoutes(app, front, pages)
  taskForms(app, front, pages)

  app.notFound((c) => missing(c, 'There is no such page.'))
  app.onError((error, c) => {
    console.error(error)
    c.status(500)
    const body = html`<h1>The simulator failed</h1>
      <p>Its log says why. What was done before stands.</p>`
    return frame(c, 'Failed', body, '/')
  })

  return async (request) => {
    const url = new URL(request.url)
    const isPage = request.method === 'GET' || request.method === 'HEAD'
    const wantsPage = isPage && (request.headers.get('accept') ?? '').includes('text/html')
    const isOurs = isPage ? wantsPage || PAGES.test(url.pathname) : FORMS.test(url.pathname)
    if (!isOurs) return undefined
    const turned = isPage ? checkHost(request) : checkForm(request)
    if (turned !== undefined) return turnAway(turned)
    // From localhost the landing page would be the same site; AWS Marketplace never is.
    if (isPage && url.hostname === 'localhost') {
      url.hostname = '127.0.0.1'
      return Response.redirect(url, 307)
    }
    return await app.fetch(request)
  }
}

/** `form-action` names the landing page: the buyer's form really leaves for another site. */
const headersFor = (landingUrl: string) => ({
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${STYLE_HASH}`,
    'img-src data:',
    "frame-src 'self'",
    `form-action 'self' ${new URL(landingUrl).origin}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'x-content-type-options': 'nosniff',
})

/** The fields of a form; nothing when it is not one or too large, and then no page finds what it needs. */
async function sentBy(c: Context): Promise<URLSearchParams> {
  const type = c.req.header('content-type') ?? ''
  const body = type.startsWith('application/x-www-form-urlencoded') ? await readBody(c.req.raw) : ''
  return new URLSearchParams(typeof body === 'string' ? body : '')
}

const turnAway = ({ status, message }: Turned): Response =>
  new Response(`${message}\n`, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  })
