/** Answers at a public name as a deployed Worker does on the wire, well or not, and is its database. Runs no Worker. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { statementsOf } from './statements.ts'
import type { Host, Version } from './state.ts'

/** Given a path and the version that runs, the answer; undefined: as a Worker that is well would. */
export type Answers = (
  path: string,
  version: Version,
) => { status: number; headers?: Record<string, string>; body: unknown } | undefined

export interface WireHost extends Host {
  readonly publicUrl: string
  /** What is answered out of the ordinary from now on. */
  answers: Answers
  readonly database: DatabaseSync
}

export async function wireHost(): Promise<WireHost> {
  let running: Version | undefined
  const database = new DatabaseSync(':memory:')
  const host: WireHost = {
    publicUrl: '',
    answers: () => undefined,
    database,
    run: async (version) => void (running = version),
    async query(text, params) {
      database.exec('BEGIN')
      try {
        const all = statementsOf(text).map((one) => database.prepare(one).all(...(params as string[])))
        database.exec('COMMIT')
        return all
      } catch (cause) {
        database.exec('ROLLBACK')
        throw cause
      }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      database.close()
    },
  }
  const server = createServer((request, response) => {
    if (running === undefined) return void request.socket.destroy()
    const path = (request.url ?? '').split('?')[0] ?? ''
    const { status, headers = {}, body } = host.answers(path, running) ?? well(path, running, publicUrl)
    send(response, status, headers, body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(host, { publicUrl })
}

function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: unknown,
): void {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers })
  response.end(isText ? body : JSON.stringify(body))
}

/** What docs/deploy.md says that each address answers. */
function well(path: string, { id, bindings }: Version, issuer: string): ReturnType<Answers> & object {
  const metering = bindings.find(({ name }) => name === 'METERING')?.text
  const page = (body: unknown) => ({ status: 200, body })
  switch (path) {
    case '/health':
      return page({ status: 'ok', metering, version: id })
    case '/.well-known/openid-configuration':
      return page({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` })
    case '/.well-known/jwks.json':
      return page({ keys: [{ kty: 'RSA', kid: '1', n: 'AQAB', e: 'AQAB' }] })
    case '/':
      return page('<h1>Welcome</h1>')
    case '/v1/operator/check':
      return page({
        checks: [
          { name: 'aws', ok: true, detail: 'arn' },
          { name: 'metering', ok: true, detail: metering },
        ],
      })
    default:
      return { status: 404, body: { code: 'not-found' } }
  }
}
