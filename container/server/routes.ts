/** The container's addresses: usage and entitlements as at the edge, and how it stands. What they do is beside this file. */
import type { IncomingMessage } from 'node:http'
import type { Taking } from './commit.ts'
import type { Handle } from './listen.ts'
import { type Answer, json, problem, refusal } from './problem.ts'
import { carries } from './token.ts'
import { reportUsage } from './usage.ts'

/** What the container serves by now. */
export interface Serving {
  /** `starting`: AWS has not said yet that it may run. `stopping`: usage is not taken any more. */
  readonly state: 'starting' | 'ready' | 'stopping'
  /** Null: what is sold is not charged by usage. */
  readonly intake: Taking | null
  /** Business time, epoch ms: the `Date` of every answer, by which an application beside it stamps what it counts. */
  readonly now: number
  /** The JSON of GET /v1/entitlements. */
  entitlements(): object
  /** The JSON of GET /status; nothing in it is secret. */
  status(): object
}

export interface Door {
  /** `loopback`: this machine only, and only under a name of this machine. `network`: an agent's, to other tasks. */
  readonly reach: 'loopback' | 'network'
  /** Asked for on /v1 (and on the network on /status too); null: whoever reaches the loopback may report. */
  readonly token: string | null
}

/** On the network each task says who it is: two that did not would count under each other's ids. */
const SOURCE: Record<Door['reach'], string> = { loopback: 'local', network: '' }

/** Answers one request; asks `serving` anew each time. */
export function routes(door: Door, serving: () => Serving): Handle {
  const answer = route(door, serving)
  return async (request) => {
    const said = await answer(request)
    return { ...said, headers: { ...said.headers, date: new Date(serving().now).toUTCString() } }
  }
}

function route(door: Door, serving: () => Serving): Handle {
  return async (request) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (path === '/livez') return reads(request) ?? json({ live: true })
    if (door.reach === 'loopback' && !isLoopback(request.headers.host)) return FOREIGN
    const now = serving()
    if (path === '/readyz')
      return (
        reads(request) ??
        json({ ready: now.state === 'ready', state: now.state }, now.state === 'ready' ? 200 : 503)
      )
    const asks = path.startsWith('/v1/') || (door.reach === 'network' && path === '/status')
    if (asks && door.token !== null && !carries(request.headers.authorization, door.token))
      return UNAUTHORIZED
    switch (path) {
      case '/status':
        return reads(request) ?? json(now.status())
      case '/v1/entitlements':
        return reads(request) ?? (now.state === 'starting' ? STARTING : json(now.entitlements()))
      case '/v1/usage':
        if (request.method !== 'POST') return onlyBy('POST')
        if (now.state !== 'ready') return now.state === 'starting' ? STARTING : STOPPING
        return now.intake === null ? NOT_METERED : reportUsage(request, SOURCE[door.reach], now.intake)
      default:
        return NOT_FOUND
    }
  }
}

const reads = ({ method }: IncomingMessage): Answer | undefined =>
  method === 'GET' || method === 'HEAD' ? undefined : onlyBy('GET')

function onlyBy(method: string): Answer {
  const answer = problem('method-not-allowed', `This address is used with ${method} only.`)
  return { ...answer, headers: { ...answer.headers, allow: method } }
}

/** A page in a browser on this machine reaches the loopback too, but under the name of its own host. */
function isLoopback(host: string | undefined): boolean {
  const name = URL.parse(`http://${host ?? ''}`)?.hostname ?? ''
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
}

const NOT_FOUND = problem(
  'not-found',
  'There is no such address. Use /v1/usage, /v1/entitlements, /livez, /readyz or /status.',
)
const FOREIGN = problem(
  'forbidden',
  'This address is for programs beside the container only. Ask http://127.0.0.1 under that name.',
)
const UNAUTHORIZED = problem(
  'unauthorized',
  'The request has no valid token. Send Authorization: Bearer with TOLLGATE_TOKEN of the environment, or with the key of the agent.',
)
const STARTING = problem(
  'again',
  'AWS has not said yet whether this container may run, so nothing was stored. Send the same request again.',
)
const STOPPING = problem(
  'again',
  'The container is stopping and takes no more usage, so nothing was stored. Send the same request to another one.',
)
const NOT_METERED = refusal(
  {
    code: 'not-metered',
    message: 'This product is not charged by usage, so nothing was counted. Leave the report out.',
  },
  {},
)
