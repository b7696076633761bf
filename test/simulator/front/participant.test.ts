/** A participant over real HTTP: what it is sent, and how each bad answer is said. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { httpParticipant } from '../../../simulator/participant.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  server = createServer(handle)
  await new Promise<void>((resolve) => {
    server?.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

async function answering(status: number, body: string) {
  const seen: { path: string; type: string | undefined; body: string }[] = []
  const url = await listen((request, response) => {
    let text = ''
    request.on('data', (part) => (text += String(part)))
    request.on('end', () => {
      seen.push({ path: request.url ?? '', type: request.headers['content-type'], body: text })
      response.writeHead(status).end(body)
    })
  })
  return { seen, participant: httpParticipant('the Worker', url) }
}

test('time, steps and the question of settling go to the development routes as JSON', async () => {
  const { seen, participant } = await answering(
    200,
    '{"next":5,"did":["froze"],"settled":false,"waiting":["one"]}',
  )

  expect(await participant.setClock(1)).toMatchObject({ ok: true, value: { next: 5 } })
  expect(await participant.step(2)).toEqual({ ok: true, value: { did: ['froze'], next: 5 } })
  expect(await participant.settled(3)).toEqual({ ok: true, value: { settled: false, waiting: ['one'] } })
  expect(seen).toEqual([
    { path: '/__dev/clock', type: 'application/json', body: '{"now":1}' },
    { path: '/__dev/step', type: 'application/json', body: '{"now":2}' },
    { path: '/__dev/settled', type: 'application/json', body: '{"before":3}' },
  ])
})

test.each([
  [404, 'nothing here', '/__dev/step answered 404 nothing here'],
  [200, 'ok', '/__dev/step answered no JSON'],
  [200, 'null', '/__dev/step answered no object'],
  [200, '{"did":[]}', '/__dev/step answered no `did` and `next`'],
  [200, '{"did":[1],"next":null}', '/__dev/step answered no `did` and `next`'],
  [200, '{"did":[],"next":"soon"}', '/__dev/step answered no `did` and `next`'],
])('an answer of %i %s is not what a participant says', async (status, body, detail) => {
  const { participant } = await answering(status, body)
  expect(await participant.step(1)).toEqual({
    ok: false,
    error: { kind: 'unexpected_answer', participant: 'the Worker', detail },
  })
})

test('a port where nobody listens is unreachable, with the reason and the address', async () => {
  const url = await listen((_, response) => response.end())
  await new Promise((resolve) => {
    server?.close(resolve)
  })
  expect(await httpParticipant('the Worker', url).step(1)).toEqual({
    ok: false,
    error: {
      kind: 'unreachable',
      participant: 'the Worker',
      detail: expect.stringContaining(`${url}: connect ECONNREFUSED`),
    },
  })
})

test('an answer that is cut off is unreachable, not believed', async () => {
  const url = await listen((request) => request.socket.destroy())
  expect(await httpParticipant('the Worker', url).step(1)).toMatchObject({
    ok: false,
    error: { kind: 'unreachable' },
  })
})
