/** Cloudflare's API as wrangler 4.155 and `npm run deploy` call it: keeps state, runs what is deployed, fails when asked to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { routes } from './cloudflare/routes.ts'
import { type Host, newState, Refusal, type State } from './cloudflare/state.ts'

export const ACCOUNT = '0123456789abcdef0123456789abcdef'

/** One call as it came; the token is not kept. */
export interface ApiCall {
  readonly method: string
  /** After `/client/v4`, with its query. */
  readonly path: string
}

/** Calls that match fail so: a refusal with its status and code, or a connection that ends. */
export interface Fault {
  readonly method: string
  readonly path: RegExp
  readonly how: 'hangs up' | { readonly status: number; readonly code: number; readonly message: string }
  /** How many calls fail; all of them unless it is said. */
  readonly times?: number
  /** So many go well before that. */
  readonly after?: number
}

export interface StandIn {
  /** For CLOUDFLARE_API_BASE_URL. */
  readonly base: string
  readonly token: string
  readonly state: State
  readonly calls: readonly ApiCall[]
  /** Calls that change something; a query that only reads changes nothing. */
  writes(): readonly ApiCall[]
  fail(fault: Fault): void
  heal(): void
  close(): Promise<void>
}

export async function startCloudflare(
  host: Host,
  { token = 'cf-token-canary', zones = ['example.com'], subdomain = 'acme' }: Start = {},
): Promise<StandIn> {
  const state = newState(zones, subdomain)
  const calls: ApiCall[] = []
  let faults: { fault: Fault; left: number; spared: number }[] = []

  const server = createServer((request, response) => void serve(request, response))
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').replace(/^\/client\/v4/, '')
    const method = request.method ?? 'GET'
    calls.push({ method, path })
    const answer = (status: number, errors: readonly object[], result: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ success: errors.length === 0, errors, messages: [], result }))
    }
    try {
      const body = await bodyOf(request)
      const found = faults.find(
        ({ fault, left }) => left > 0 && fault.method === method && fault.path.test(path),
      )
      if (found !== undefined && found.spared > 0) found.spared--
      else if (found !== undefined) {
        found.left--
        const { how } = found.fault
        if (how === 'hangs up') return void request.socket.destroy()
        return answer(how.status, [{ code: how.code, message: how.message }], null)
      }
      if (request.headers.authorization !== `Bearer ${token}`)
        return answer(401, [{ code: 1000, message: 'Invalid API Token' }], null)
      const url = new URL(path, 'http://api')
      const contentType = request.headers['content-type'] ?? ''
      for (const route of routes) {
        const parts = route.method === method ? route.path.exec(url.pathname) : null
        if (parts === null) continue
        const call = { parts: parts.slice(1), query: url.searchParams, body, contentType }
        return answer(200, [], await route.answer(call, state, host))
      }
      answer(404, [{ code: 7000, message: `No route for that URI: ${method} ${path}` }], null)
    } catch (cause) {
      if (cause instanceof Refusal) answer(cause.status, [{ code: cause.code, message: cause.message }], null)
      else answer(500, [{ code: 10_002, message: String(cause) }], null)
    }
  }
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    base: `http://127.0.0.1:${port}/client/v4`,
    token,
    state,
    calls,
    writes: () => calls.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/query')),
    fail: (fault) => void faults.push({ fault, left: fault.times ?? Infinity, spared: fault.after ?? 0 }),
    heal: () => void (faults = []),
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await host.close()
    },
  }
}

interface Start {
  readonly token?: string
  /** Names of the account's zones. */
  readonly zones?: readonly string[]
  /** Of workers.dev. */
  readonly subdomain?: string
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
