/** The Worker's routes: middleware in order, doors, what is not found and what was not expected. No logic of its own. */
import { Hono } from 'hono'
import type { Edge } from './env.ts'
import { logLine, messageOf } from './log.ts'
import { problemResponse } from './problem.ts'
import { usageRoutes } from './usage/routes.ts'
import { isLoopbackHost } from './web.ts'

/** Longer request addresses are refused: no route of ours needs more. */
const URL_MAX = 8_192

/** The Worker over its settings and clocks; one for each process. */
export function createApp(edge: Edge): Hono {
  const app = new Hono()

  app.use(async (c, next) => {
    if (c.req.url.length > URL_MAX) {
      return problemResponse({
        code: 'uri-too-long',
        detail: 'The address is too long; no address here needs more than 8 kB.',
      })
    }
    const url = new URL(c.req.url)
    if (url.protocol !== 'https:' && !isLoopbackHost(url.hostname)) {
      return problemResponse({
        code: 'https-only',
        detail: 'This service answers over https only. Use the same address with https.',
      })
    }
    await next()
    c.res.headers.set('x-content-type-options', 'nosniff')
    c.res.headers.set('referrer-policy', 'no-referrer')
    if (url.protocol === 'https:') c.res.headers.set('strict-transport-security', 'max-age=31536000')
  })

  app.get('/health', async (c) => {
    const row = await edge.settings.db.prepare('SELECT 1 AS alive').first<{ alive: number }>()
    return c.json({ status: row?.alive === 1 ? 'ok' : 'failing' }, 200, { 'cache-control': 'no-store' })
  })

  app.route('/v1', usageRoutes(edge))

  app.notFound(() => problemResponse({ code: 'not-found', detail: 'There is nothing at this address.' }))
  app.onError((thrown, c) => {
    logLine('error', 'request_failed', { method: c.req.method, path: c.req.path, error: messageOf(thrown) })
    return problemResponse({
      code: 'internal',
      detail: 'Something went wrong on our side and was recorded. Send the same request again in a minute.',
    })
  })
  return app
}
