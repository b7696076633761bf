/** The simulator's HTTP server: AWS's doors for signed calls, the other doors for people. Loopback only. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../shared/clock.ts'
import { err, ok } from '../shared/result.ts'
import type { Result } from '../shared/result.ts'
import type { Door } from './host.ts'
import { readTarget } from './services/catalog.ts'
import type { AwsDoor } from './services/door.ts'
import { jsonFailure } from './services/json.ts'
import type { WireReply, WireRequest } from './services/wire.ts'

const BODY_MAX_BYTES = 10_000_000

export interface ServerOptions {
  /** 0: any free one. */
  readonly port: number
  readonly aws: AwsDoor
  /** Asked in their order; the first that answers does. */
  readonly doors: readonly Door[]
  /** Business time, the `Date` of every door's answers; absent: the machine's own. */
  readonly clock?: Clock
  /** Takes what a door threw. */
  readonly report: (error: unknown) => void
}

export interface SimulatorServer {
  readonly port: number
  close(): Promise<void>
}

/** Listens on 127.0.0.1, or says in one sentence why it cannot. */
export async function startServer(options: ServerOptions): Promise<Result<SimulatorServer, string>> {
  const server = createServer((request, response) => {
    serve(options, request, response).catch((error: unknown) => {
      options.report(error)
      if (response.headersSent) response.destroy()
      else send(response, plain(500, 'The simulator failed; its log says why.'))
    })
  })
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(
        err(
          error.code === 'EADDRINUSE'
            ? `port ${options.port} is taken: end the program that uses it, or give another port`
            : `the simulator cannot listen on port ${options.port}: ${error.message}`,
        ),
      )
    })
    server.listen(options.port, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : options.port
      resolve(ok({ port, close: () => close() }))
    })
  })

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
    server.closeAllConnections()
    await closed
  }
}

async function serve(
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const headers = readHeaders(request)
  const [path, query] = splitTarget(request.url ?? '/')
  const method = request.method ?? 'GET'
  const forAws = options.aws.isFor({ method, path, query, headers })
  const body = await readBody(request)
  if (body === undefined) {
    response.setHeader('connection', 'close')
    return send(response, tooLarge(headers['x-amz-target']))
  }
  if (!forAws) {
    if (options.clock !== undefined) response.setHeader('date', new Date(options.clock()).toUTCString())
    return answerPerson(options.doors, request, headers, body, response)
  }

  const wire: WireRequest = { method, path, query, headers, body }
  const reply = await options.aws.answer(wire, gone.signal)
  if (reply === 'cut') request.socket.destroy()
  else send(response, reply)
}

function splitTarget(url: string): [string, string] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}

function readHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value
  return headers
}

/** Undefined: more than is taken. The rest is not read. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > BODY_MAX_BYTES) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const tooLarge = (target: string | undefined): WireReply =>
  jsonFailure(target === undefined ? undefined : readTarget(target).service, {
    status: 413,
    code: 'RequestEntityTooLargeException',
    message: `A request may have ${BODY_MAX_BYTES} bytes. Send less.`,
  })

async function answerPerson(
  doors: readonly Door[],
  request: IncomingMessage,
  headers: Record<string, string>,
  body: Uint8Array,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET'
  const bare = method === 'GET' || method === 'HEAD'
  const path = request.url ?? '/'
  // By hand: resolved against a base, `//other.example/` would be another host.
  const url = path.startsWith('/') ? URL.parse(`http://${headers['host'] ?? '127.0.0.1'}${path}`) : null
  if (url === null) return send(response, plain(400, 'This is no address.'))
  // A `Request` cannot carry it, and it would repeat what was sent.
  if (method === 'TRACE') return send(response, plain(405, 'TRACE is not answered. Use GET or POST.'))
  for (const door of doors) {
    const answer = await door(
      new Request(url, { method, headers, ...(bare ? {} : { body: Buffer.from(body) }) }),
    )
    if (answer === undefined) continue
    // `Response.error()`: the connection is to be closed without a word.
    if (answer.type === 'error') return void request.socket.destroy()
    response.writeHead(answer.status, [...answer.headers].flat())
    response.end(Buffer.from(await answer.arrayBuffer()))
    return
  }
  send(response, plain(404, 'There is nothing here. The storefront is at /, AWS calls are signed.'))
}

const plain = (status: number, sentence: string): WireReply => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body: `${sentence}\n`,
})

function send(response: ServerResponse, reply: WireReply): void {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) })
  response.end(reply.body)
}
