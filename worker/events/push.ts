/**
 * The push door: EventBridge's API destination hands over one event a request. It is stored before it is answered and
 * applied after. EventBridge tries again on 401, 407, 409, 429 and 5xx for a day and drops on any other 4xx (facts §5.5):
 * an event of whatever kind is 2xx, 5xx means "not stored yet", 4xx is for what is no event at all.
 */
import { Hono, type Context } from 'hono'
import { parseObject } from '../../shared/aws/json.ts'
import { sha256Hex } from '../../shared/sha256.ts'
import { readBody } from '../body.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { AGAIN_AFTER_SECONDS, onlyBy, problemResponse, type Problem } from '../problem.ts'
import { sameBytes } from '../web.ts'
import { apply, keep, readPushed } from './keep.ts'

/** `POST /events/aws`. */
export function eventRoutes(edge: Edge): Hono {
  const { eventsPushKeys } = edge.settings
  const routes = new Hono()
  routes.post('/events/aws', async (c) => {
    if (eventsPushKeys === undefined) return problemResponse(CLOSED)
    if (!(await isOneOf(eventsPushKeys, c.req.header('x-api-key') ?? ''))) {
      logLine('warn', 'push_refused')
      return unauthorized()
    }
    const body = await readText(c.req.raw)
    if (typeof body !== 'string') return problemResponse(body)
    const event = readPushed(edge, body, `push:${await sha256Hex(body)}`)
    try {
      const isNew = (await keep(edge, [event])) > 0
      if (isNew && event.note === null) afterwards(c, () => apply(edge, event.id))
      const result = !isNew ? 'duplicate' : event.note === null ? 'stored' : 'kept'
      return c.json({ result }, 202, { 'cache-control': 'no-store' })
    } catch (thrown) {
      logLine('error', 'event_not_stored', { id: event.id, error: messageOf(thrown) })
      return problemResponse(NOT_STORED)
    }
  })
  routes.all('/events/aws', () => onlyBy('POST'))
  return routes
}

/** Takes as long and answers as much whichever key is given, and whichever byte of it differs. */
async function isOneOf(keys: readonly string[], given: string): Promise<boolean> {
  const [digest, ...known] = await Promise.all([given, ...keys].map(digestOf))
  return digest !== undefined && known.map((one) => sameBytes(one, digest)).includes(true)
}

const digestOf = async (text: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))

function unauthorized(): Response {
  const response = problemResponse(WRONG_KEY)
  response.headers.set('www-authenticate', 'x-api-key')
  return response
}

/** A JSON object's text, or what keeps it from being an event. */
async function readText(request: Request): Promise<string | Problem> {
  const bytes = await readBody(request)
  if (!bytes.ok) return { code: bytes.error.code, detail: NO_EVENT }
  const text = new TextDecoder().decode(bytes.value)
  return parseObject(text) === undefined ? { code: 'not-json', detail: NO_EVENT } : text
}

/** Begins once the answer is on its way; where nothing outlives an answer, the next minute does it. */
function afterwards(c: Context, work: () => Promise<void>): void {
  const done = answered()
    .then(work)
    .catch((thrown: unknown) => logLine('error', 'event_waits', { error: messageOf(thrown) }))
  try {
    c.executionCtx.waitUntil(done)
  } catch {
    logLine('info', 'event_waits', { error: 'there is no context to apply it in' })
  }
}

const answered = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

const CLOSED: Problem = {
  code: 'not-found',
  detail:
    'This deployment takes no pushed events; they come by its queue. To open this door, whoever deploys it sets EVENTS_PUSH_KEYS to the key of the EventBridge connection.',
}
const WRONG_KEY: Problem = {
  code: 'unauthorized',
  detail:
    'The header x-api-key carries no key of this deployment. Set the API key of the EventBridge connection to one of EVENTS_PUSH_KEYS; EventBridge sends the event again for a day.',
}
const NO_EVENT =
  'The body is not one event of EventBridge: a JSON object in UTF-8 of at most 1 MB. Nothing was stored. Let the target of the rule pass the whole event on, without an input transformer.'
const NOT_STORED: Problem = {
  code: 'again',
  detail: 'The event could not be stored just now. Send it again: it counts once.',
  retryAfterSeconds: AGAIN_AFTER_SECONDS,
}
