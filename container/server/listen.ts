/** The container's HTTP listener: bounded in time and size, one answer a request, no address but those of `routes.ts`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, problem } from './problem.ts'

/** How long a sender may take, ms: for the headers, and for the whole request (a slow loris is cut off). */
export interface Patience {
  readonly headersMs: number
  readonly requestMs: number
  readonly idleMs: number
}

export const PATIENCE: Patience = { headersMs: 10_000, requestMs: 20_000, idleMs: 5_000 }

const CONNECTIONS_MAX = 1_000

export interface Listening {
  readonly port: number
  /** Takes no new connection, lets those that are being answered end, at most `withinMs`. */
  close(withinMs: number): Promise<void>
}

export type Handle = (request: IncomingMessage) => Promise<Answer>

/** Listens on `host`; port 0 takes a free one. Rejects when the port is taken or may not be used. */
export async function listen(
  at: { readonly host: string; readonly port: number },
  handle: Handle,
  onFault: (thrown: unknown) => void,
  patience = PATIENCE,
): Promise<Listening> {
  const server = createServer(
    {
      headersTimeout: patience.headersMs,
      requestTimeout: patience.requestMs,
      keepAliveTimeout: patience.idleMs,
      connectionsCheckingInterval: Math.min(1_000, patience.headersMs),
    },
    (request, response) => void answer(request, response, handle, onFault),
  )
  server.maxConnections = CONNECTIONS_MAX
  await new Promise<void>((done, reject) => {
    server.once('error', reject)
    server.listen({ host: at.host, port: at.port }, () => {
      server.off('error', reject)
      done()
    })
  })
  return { port: (server.address() as AddressInfo).port, close: (withinMs) => closeServer(server, withinMs) }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: Handle,
  onFault: (thrown: unknown) => void,
): Promise<void> {
  let said: Answer
  try {
    said = await handle(request)
  } catch (thrown) {
    // Who went away in the middle of a request is nobody's fault, and hears no answer.
    if (request.destroyed && !request.complete) return
    onFault(thrown)
    said = problem(
      'internal',
      'The container failed at this request; its log says how. Send the same request again.',
    )
  }
  // What of the body was not read is not waited for.
  if (!request.complete) response.setHeader('connection', 'close')
  response.writeHead(said.status, { ...said.headers, 'content-length': Buffer.byteLength(said.body) })
  response.end(request.method === 'HEAD' ? undefined : said.body)
  if (!request.complete) response.once('finish', () => request.destroy())
}

async function closeServer(server: Server, withinMs: number): Promise<void> {
  let late: NodeJS.Timeout | undefined
  const ended = new Promise<void>((done) => server.close(() => done()))
  server.closeIdleConnections()
  await Promise.race([ended, new Promise((done) => (late = setTimeout(done, withinMs)))])
  clearTimeout(late)
  server.closeAllConnections()
}
