/** The Worker's routes: middleware in order, doors, what is not found and what was not expected. No logic of its own. */
import { Hono, type Context } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import type { Edge } from './env.ts'
import { entitlementRoutes } from './entitlements/routes.ts'
import { eventRoutes } from './events/push.ts'
import { identityRoutes } from './identity/routes.ts'
import { openNotices, type Notice } from './landing/notices.ts'
import { registrationRoutes } from './landing/registrations.ts'
import { landingRoutes } from './landing/routes.ts'
import { planRoutes } from './lifecycle/routes.ts'
import { logLine, messageOf } from './log.ts'
import { openApiRoutes } from './openapi/routes.ts'
import { operatorRoutes } from './operator/routes.ts'
import { peopleRoutes } from './people/routes.ts'
import { problemResponse, type Problem } from './problem.ts'
import { runScheduled } from './scheduled.ts'
import { usageRoutes } from './usage/routes.ts'
import { isHttps, isToThisMachine } from './web.ts'

/** Longer request addresses are refused: no route of ours needs more. */
const URL_MAX = 8_192

/** Where our own pages would be. */
const OUR_PAGES = ['/', '/registration', '/subscription', '/sign-in']

/** The Worker over its settings and clocks; one for each process. */
export function createApp(edge: Edge): Hono {
  // Its default builds one expression of all routes at the first request of each process.
  const app = new Hono({ router: new TrieRouter() })

  const notice = openNotices(edge)
  /** A person reads a page, a program a problem. */
  const answer = async (c: Context, kind: Notice, problem: Problem): Promise<Response> =>
    isForPeople(c) ? notice(kind) : problemResponse(problem)

  app.use(async (c, next) => {
    if (c.req.url.length > URL_MAX) c.res = await answer(c, 'not-found', TOO_LONG)
    else if (!isHttps(c.req.raw) && !isToThisMachine(c.req.raw)) {
      c.res = await answer(c, 'https-only', HTTPS_ONLY)
    } else await next()
    guard(c.res.headers, isHttps(c.req.raw))
  })

  app.get('/health', async (c) => {
    const row = await edge.settings.db.prepare('SELECT 1 AS alive').first<{ alive: number }>()
    const { metering, version = null } = edge.settings
    const status = row?.alive === 1 ? 'ok' : 'failing'
    return c.json({ status, metering, version }, 200, { 'cache-control': 'no-store' })
  })

  const { publicUrl } = edge.settings
  if (publicUrl !== undefined) app.route('/.well-known', identityRoutes(edge, publicUrl))
  app.route('/v1', eventRoutes(edge))
  app.route('/v1', usageRoutes(edge))
  app.route('/v1', entitlementRoutes(edge))
  app.route('/v1', planRoutes(edge))
  const operator = operatorRoutes(edge, () => runScheduled(edge))
  app.route('/v1/operator', operator)
  app.route('/', openApiRoutes(edge))
  app.route('/v1', registrationRoutes(edge))
  if (edge.seller.landing === 'hosted') app.route('/', landingRoutes(edge)).route('/', peopleRoutes(edge))
  else for (const path of OUR_PAGES) app.all(path, () => notice('own-page'))

  app.notFound((c) => answer(c, 'not-found', NOT_FOUND))
  app.onError((thrown, c) => {
    logLine('error', 'request_failed', { method: c.req.method, path: c.req.path, error: messageOf(thrown) })
    return answer(c, 'internal', INTERNAL)
  })
  return app
}

/** The headers of every answer; one that has a policy of its own keeps it. */
export function guard(headers: Headers, https: boolean): void {
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'no-referrer')
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', NOTHING)
  if (https) headers.set('strict-transport-security', 'max-age=31536000')
}

/** For what is no page: should a browser show it all the same, it loads nothing and stands in no frame. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'"

const isForPeople = (c: Context): boolean =>
  !c.req.path.startsWith('/v1/') && (c.req.header('accept') ?? '').includes('text/html')

const TOO_LONG: Problem = {
  code: 'uri-too-long',
  detail: 'The address is too long; no address here needs more than 8 kB.',
}
const HTTPS_ONLY: Problem = {
  code: 'https-only',
  detail: 'This service answers over https only. Use the same address with https.',
}
const NOT_FOUND: Problem = { code: 'not-found', detail: 'There is nothing at this address.' }
const INTERNAL: Problem = {
  code: 'internal',
  detail: 'Something went wrong on our side and was recorded. Send the same request again in a minute.',
}
