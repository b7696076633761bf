/** The container's HTTP door (issue 4, 5 and 7): the edge's forms and answers, bad inputs of G.3, and who may ask what. */
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Listening, listen, PATIENCE } from '../../container/server/listen.ts'
import { type ProblemCode, statusOf } from '../../container/server/problem.ts'
import { committing } from '../../container/server/commit.ts'
import { type Door, routes, type Serving } from '../../container/server/routes.ts'
import { REQUEST_CODES } from '../../shared/usage/refusal.ts'
import { statusOf as statusOfEdge } from '../../worker/problem.ts'
import { type Books, openBooks } from './books.ts'

const NOW = Date.parse('2026-11-21T10:15:00Z')
const TIME = '2026-11-21T10:14:00Z'
const event = { id: 'a', meter: 'api_calls', quantity: 3, time: TIME }

let books: Books
let server: Listening
let state: Serving['state']
let faults: unknown[]

async function open(door: Partial<Door> = {}, patience = PATIENCE): Promise<void> {
  await server?.close(0)
  const serving = (): Serving => ({
    state,
    intake: committing(books.intake, setImmediate),
    now: books.now,
    entitlements: () => ({ access: true }),
    status: () => ({ state }),
  })
  const handle = routes({ reach: 'loopback', token: null, ...door }, serving)
  server = await listen({ host: '127.0.0.1', port: 0 }, handle, (thrown) => faults.push(thrown), patience)
}

beforeEach(async () => {
  books = openBooks(NOW)
  state = 'ready'
  faults = []
  await open()
})
afterEach(async () => {
  await server.close(0)
  books.close()
})

const url = (path: string): string => `http://127.0.0.1:${server.port}${path}`

interface Said {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

async function post(body: unknown, headers: Record<string, string> = {}, path = '/v1/usage'): Promise<Said> {
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(url(path), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: raw ? (body as string) : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Said['body'], headers: response.headers }
}

const sequence = (events: readonly object[], number = 0): object => ({
  epoch: 'an-epoch-of-32-letters-and-more',
  sequence: number,
  events,
})

test('an event is counted once, however often it is sent, and answered as at the edge', async () => {
  expect(await post(event)).toMatchObject({ status: 200, body: { id: 'a', result: 'counted' } })
  expect(await post(event)).toMatchObject({ status: 200, body: { id: 'a', result: 'duplicate' } })
  expect(await post({ ...event, quantity: 4 })).toMatchObject({
    status: 409,
    body: { type: 'urn:tollgate:problem:conflict', code: 'conflict', id: 'a', result: 'refused' },
  })
  expect(books.counted('api_calls')).toBe('3')
})

test('of several events each has its own answer, in their order; packed bodies are taken', async () => {
  const events = [event, { ...event, id: 'b', meter: 'api_cals' }, { ...event, id: 'c', time: undefined }]
  const packed = gzipSync(JSON.stringify({ events }))
  expect((await post(packed, { 'content-encoding': 'gzip' })).body).toMatchObject({
    results: [
      { id: 'a', result: 'counted' },
      { id: 'b', result: 'refused', code: 'unknown-meter' },
      { id: 'c', result: 'refused', code: 'time-missing' },
    ],
  })
})

test('a numbered batch counts once and all or nothing (money §1)', async () => {
  const { id: _, ...plain } = event
  const good = await post(sequence([plain, { ...plain, quantity: 2 }]))
  expect(good).toMatchObject({ status: 200, body: { sequence: 0, result: 'counted', events: 2 } })
  expect((await post(sequence([plain, { ...plain, quantity: 2 }]))).body['result']).toBe('duplicate')
  expect(await post(sequence([plain]))).toMatchObject({
    status: 409,
    body: { code: 'conflict', refused: [] },
  })
  const wrong = await post(sequence([plain, { ...plain, meter: 'api_cals' }], 1))
  expect(wrong).toMatchObject({
    status: 422,
    body: { code: 'batch-refused', refused: [{ at: 1, code: 'unknown-meter' }] },
  })
  expect(books.counted('api_calls')).toBe('5')
})

test('a CloudEvent is taken, and a record of another metering system is sent to the edge', async () => {
  const cloud = {
    specversion: '1.0',
    type: 'usage',
    source: '/skills',
    id: 'x',
    time: TIME,
    data: { meter: 'users', key: 'ada' },
  }
  const said = await post(cloud, { 'content-type': 'application/cloudevents+json' })
  expect(said).toMatchObject({ status: 200, body: { id: 'x', result: 'counted' } })
  const record = {
    customerAWSAccountId: '012345678901',
    productCode: 'code',
    create_timestamp: '1795256100123',
    dimension: 'api_call',
    quantity: 1,
    metering_pending: 'true',
  }
  expect(await post(record)).toMatchObject({ status: 422, body: { code: 'taken-over' } })
})

test('what an event says of a subscription, an account or a license is not read: the task has one buyer', async () => {
  const named = [
    { ...event, id: '1', subscription: 'sub_0000000000000000000009' },
    { ...event, id: '2', subscription: 'whatever' },
    { ...event, id: '3', account: '123', product: 'x' },
    { ...event, id: '4', licenseArn: 'not an arn' },
  ]
  const { body } = await post(named)
  expect(body['results']).toEqual(['1', '2', '3', '4'].map((id) => ({ id, result: 'counted' })))
})

const deep = '['.repeat(10_000) + ']'.repeat(10_000)
/** [what, body, status, code]: quality-anchors G.3, those that apply. */
const BAD: readonly [string, string | Uint8Array, number, string, Record<string, string>?][] = [
  ['1 an empty body', '', 400, 'empty-body'],
  ['2 no JSON', '{', 400, 'not-json'],
  ['3 an array of nothing', '[]', 400, 'no-events'],
  ['4 10 001 events', JSON.stringify(Array.from({ length: 10_001 }, () => 0)), 413, 'too-many-events'],
  ['5 a body of 2 MB', `"${'x'.repeat(2_000_000)}"`, 413, 'too-large'],
  ['6 a gzip bomb', gzipSync(Buffer.alloc(20_000_000)), 413, 'too-large', { 'content-encoding': 'gzip' }],
  ['6 half a gzip', gzipSync('[{}]').subarray(0, 12), 400, 'bad-gzip', { 'content-encoding': 'gzip' }],
  ['6 another packing', '[]', 415, 'wrong-content-encoding', { 'content-encoding': 'br' }],
  ['7 no content type of ours', '[]', 415, 'wrong-content-type', { 'content-type': 'text/plain' }],
  ['8 no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, 'not-utf-8'],
  ['8 a byte order mark', '\ufeff[]', 400, 'not-utf-8'],
  ['9 deep nesting', deep, 400, 'too-deep'],
  ['10 a key twice', '{"id":"a","id":"b"}', 400, 'duplicate-key'],
  ['11 __proto__', '{"__proto__":{"id":"a"},"id":"b"}', 400, 'unknown-field'],
  ['12 quantity −1', JSON.stringify({ ...event, quantity: -1 }), 400, 'amount-out-of-range'],
  ['17 quantity beyond 10¹²', JSON.stringify({ ...event, quantity: 2 ** 41 }), 400, 'amount-out-of-range'],
  ['18 2⁵³+1', '{"id":"a","meter":"api_calls","quantity":9007199254740993}', 400, 'time-missing'],
  ['19 NaN', '{"id":"a","meter":"api_calls","quantity":NaN}', 400, 'not-json'],
  ['21 no id', JSON.stringify({ ...event, id: undefined }), 400, 'id-missing'],
  ['22 an id with direction characters', JSON.stringify({ ...event, id: 'a\u202eb' }), 400, 'bad-id'],
  ['25 no time', JSON.stringify({ ...event, time: undefined }), 400, 'time-missing'],
  ['26 µs', JSON.stringify({ ...event, time: 1_795_256_100_123_456 }), 400, 'time-unit'],
  ['28 30 February', JSON.stringify({ ...event, time: '2026-02-30T00:00:00Z' }), 400, 'bad-time'],
  ['29 ahead by 6 minutes', JSON.stringify({ ...event, time: '2026-11-21T10:21:01Z' }), 422, 'ahead'],
  ['32 an unknown meter', JSON.stringify({ ...event, meter: 'x' }), 422, 'unknown-meter'],
  ['33 a look-alike', JSON.stringify({ ...event, meter: 'api_calls ' }), 422, 'unknown-meter'],
]

test.each(BAD)(
  'G.3 %s is refused with a stable code, and nothing is stored',
  async (_, body, status, code, headers) => {
    const said = await post(body, headers)
    expect([said.status, said.body['code']]).toEqual([status, code])
    expect(said.headers.get('content-type')).toBe('application/problem+json')
    expect([books.counted('api_calls') ?? '0', faults]).toEqual(['0', []])
  },
)

test('every code of a request has the status it has at the edge', () => {
  const all: ProblemCode[] = [...REQUEST_CODES, 'unauthorized', 'forbidden', 'not-found', 'internal', 'again']
  expect(all.map((code) => [code, statusOf(code)])).toEqual(all.map((code) => [code, statusOfEdge(code)]))
})

test('usage the disk does not take is answered 503 with Retry-After, and counts when it is sent again', async () => {
  books.fail('The disk is full, so usage cannot be kept. Make room on the volume.')
  const said = await post(event)
  expect([said.status, said.headers.get('retry-after'), said.body['code']]).toEqual([503, '5', 'again'])
  expect(said.body['detail']).toContain('Make room on the volume.')
  books.fail(null)
  expect((await post(event)).body['result']).toBe('counted')
})

test('a fault of ours is 500 without its words, and is told to the log', async () => {
  books.close()
  const said = await post(event)
  expect([said.status, said.body['code'], faults.length]).toEqual([500, 'internal', 1])
  expect(JSON.stringify(said.body)).not.toMatch(/sqlite|database/i)
  books = openBooks(NOW)
})

test('with a token /v1 asks for it, and health and status do not', async () => {
  await open({ token: 'a-token' })
  const status = async (path: string, authorization?: string): Promise<number> =>
    (await fetch(url(path), authorization === undefined ? {} : { headers: { authorization } })).status
  expect(await status('/v1/entitlements')).toBe(401)
  expect(await status('/v1/entitlements', 'Bearer a-tokem')).toBe(401)
  expect(await status('/v1/entitlements', 'Bearer a-token')).toBe(200)
  expect((await post(event)).status).toBe(401)
  expect((await post(event, { authorization: 'Bearer a-token' })).status).toBe(200)
  expect([await status('/livez'), await status('/readyz'), await status('/status')]).toEqual([200, 200, 200])
})

test('on the network status asks for the key too, and every task says its own source', async () => {
  await open({ reach: 'network', token: 'the-key' })
  const keyed = { authorization: 'Bearer the-key' }
  expect((await fetch(url('/status'))).status).toBe(401)
  expect(await post(event, keyed)).toMatchObject({ status: 400, body: { code: 'bad-source' } })
  const named = [
    { ...event, source: 'task-1' },
    { ...event, source: 'task-2' },
  ]
  expect((await post(named, keyed)).body['results']).toEqual([
    { id: 'a', result: 'counted' },
    { id: 'a', result: 'counted' },
  ])
})

test('the loopback answers under names of this machine only: a page in a browser that was led here is refused', async () => {
  const ask = (host: string): Promise<string> =>
    new Promise((done) => {
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.end(`GET /v1/entitlements HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      )
      let text = ''
      socket.on('data', (part) => (text += String(part))).on('close', () => done(text.split('\r\n')[0] ?? ''))
    })
  expect(await ask('evil.example')).toBe('HTTP/1.1 403 Forbidden')
  expect(await ask('127.0.0.1.evil.example')).toBe('HTTP/1.1 403 Forbidden')
  expect(await ask('localhost:4780')).toBe('HTTP/1.1 200 OK')
})

test('before AWS has answered it lives and is not ready; while it stops it takes no usage', async () => {
  state = 'starting'
  expect((await fetch(url('/livez'))).status).toBe(200)
  expect((await fetch(url('/readyz'))).status).toBe(503)
  expect((await fetch(url('/v1/entitlements'))).status).toBe(503)
  expect(await post(event)).toMatchObject({ status: 503, body: { code: 'again' } })
  state = 'stopping'
  expect((await fetch(url('/v1/entitlements'))).status).toBe(200)
  expect(await post(event)).toMatchObject({ status: 503, body: { code: 'again' } })
  expect(books.counted('api_calls') ?? '0').toBe('0')
})

test.each([
  ['/nothing', 'GET', 404],
  ['/v1/../status', 'GET', 200],
  ['//v1/usage', 'POST', 404],
  ['/v1/usage', 'GET', 405],
  ['/v1/entitlements', 'DELETE', 405],
  ['/livez', 'POST', 405],
] as const)('%s by %s is %i', async (path, method, status) => {
  expect((await fetch(url(path), { method })).status).toBe(status)
})

test('a sender that dribbles is cut off, and others are served meanwhile', async () => {
  await open({}, { headersMs: 200, requestMs: 300, idleMs: 100 })
  const began = performance.now()
  const cut = new Promise<void>((done) => {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => undefined).on('close', () => done())
    socket.write('POST /v1/usage HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n')
    socket.write('Content-Length: 1000\r\n\r\n{')
    socket.resume()
  })
  expect((await post(event)).status).toBe(200)
  await cut
  expect(performance.now() - began).toBeLessThan(5_000)
  expect(books.counted('api_calls')).toBe('3')
})
