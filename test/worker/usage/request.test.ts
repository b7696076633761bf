/** POST /v1/usage: what is wrong with the request as a whole, and who may send one. */
import { env } from 'cloudflare:workers'
import { listDurableObjectIds, reset } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../support.ts'
import { addKey, addSubscription, openDoor } from './support.ts'

beforeEach(migrate)
afterEach(reset)

const event = {
  id: 'e1',
  subscription: 'sub_0123456789ABCDEFGHIJKL',
  meter: 'api_calls',
  quantity: 3,
  time: '2026-11-21T10:15:00Z',
}
const body = JSON.stringify([event])

async function packed(content: BodyInit): Promise<ArrayBuffer> {
  const stream = new Response(content).body?.pipeThrough(new CompressionStream('gzip')) ?? null
  return new Response(stream).arrayBuffer()
}

test.each([
  ['G.3 row 1: an empty body', '', {}, 400, 'empty-body'],
  ['G.3 row 1: no body', null, {}, 400, 'empty-body'],
  ['G.3 row 2: not JSON', '{', {}, 400, 'not-json'],
  ['G.3 row 3: no events', '[]', {}, 400, 'no-events'],
  ['G.3 row 4: 10 001 events', `[${'{},'.repeat(10_000)}{}]`, {}, 413, 'too-many-events'],
  ['G.3 row 5: 2 MB', 'x'.repeat(2_000_000), {}, 413, 'too-large'],
  ['G.3 row 5: one byte more than 1 MB', `[${' '.repeat(999_999)}]`, {}, 413, 'too-large'],
  ['G.3 row 5: 1 MB exactly', `[${' '.repeat(999_998)}]`, {}, 400, 'no-events'],
  ['G.3 row 7: no content type', body, { 'content-type': '' }, 415, 'wrong-content-type'],
  [
    'G.3 row 7: a form',
    body,
    { 'content-type': 'application/x-www-form-urlencoded' },
    415,
    'wrong-content-type',
  ],
  ['G.3 row 7: text', body, { 'content-type': 'text/plain' }, 415, 'wrong-content-type'],
  [
    'G.3 row 7: another charset',
    body,
    { 'content-type': 'application/json; charset=utf-16' },
    415,
    'wrong-content-type',
  ],
  ['CloudEvents in binary mode', body, { 'ce-specversion': '1.0' }, 415, 'wrong-content-type'],
  ['a packing that is not known', body, { 'content-encoding': 'br' }, 415, 'wrong-content-encoding'],
  ['two packings', body, { 'content-encoding': 'gzip, gzip' }, 415, 'wrong-content-encoding'],
  ['gzip that is none', body, { 'content-encoding': 'gzip' }, 400, 'bad-gzip'],
  ['G.3 row 8: Latin-1', Uint8Array.of(0x5b, 0x22, 0xe9, 0x22, 0x5d), {}, 400, 'not-utf-8'],
  ['G.3 row 9: 10 000 deep', '['.repeat(10_000) + ']'.repeat(10_000), {}, 400, 'too-deep'],
  ['G.3 row 10: a key twice', '[{"quantity":1,"quantity":2}]', {}, 400, 'duplicate-key'],
  ['an envelope with another field', '{"events":[{}],"mode":"dry"}', {}, 400, 'unknown-envelope-field'],
])(
  'a request is refused whole with a stable code, and nothing is stored: %s',
  async (_name, content, headers, status, code) => {
    const door = await openDoor()
    const before = await listDurableObjectIds(env.LEDGER)
    const response = await door.send(content, headers)

    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ status, code, type: `urn:tollgate:problem:${code}` })
    expect((await listDurableObjectIds(env.LEDGER)).map(String)).toEqual(before.map(String))
  },
)

test('a body in gzip is unpacked', async () => {
  const door = await openDoor()
  const response = await door.send(await packed(body), { 'content-encoding': 'gzip' })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ results: [{ id: 'e1', code: 'unknown-subscription' }] })
})

test('a body without a length is read up to its limit', async () => {
  const door = await openDoor()
  const piece = new Uint8Array(100_000).fill(0x20)
  let pieces = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pieces += 1
      controller.enqueue(piece)
    },
  })
  const response = await door.send(endless)
  expect(response.status).toBe(413)
  expect(pieces).toBeLessThan(20)
})

test('G.3 row 6: a gzip bomb is given up at its first megabyte', async () => {
  const door = await openDoor()
  const zeros = new Uint8Array(1_000_000)
  let left = 200
  const content = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(zeros)
      else controller.close()
    },
  })
  const bomb = await packed(content)
  expect(bomb.byteLength).toBeLessThan(300_000)
  const response = await door.send(bomb, { 'content-encoding': 'gzip' })
  expect(response.status).toBe(413)
  expect(await response.json()).toMatchObject({ code: 'too-large' })
})

test.each([
  ['cut off', (gzip: Uint8Array) => gzip.slice(0, -5)],
  ['with bytes behind it', (gzip: Uint8Array) => Uint8Array.from([...gzip, 1, 2, 3])],
  ['with a wrong checksum', (gzip: Uint8Array) => gzip.with(gzip.length - 8, (gzip.at(-8) ?? 0) ^ 1)],
])('gzip %s is refused whole', async (_name, harm) => {
  const door = await openDoor()
  const gzip = new Uint8Array(await packed(body))
  const response = await door.send(harm(gzip), { 'content-encoding': 'gzip' })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ code: 'bad-gzip' })
})

test.each([
  ['no header', {}],
  ['no scheme', { authorization: 'tg_0123456789abcdefghijABCDEFGHIJ0123456789abc' }],
  ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
  ['a key of another form', { authorization: 'Bearer secret' }],
  ['a key nobody made', { authorization: `Bearer tg_${'A'.repeat(43)}` }],
  ['SQL', { authorization: "Bearer ' OR 1=1 --" }],
  ['two keys', { authorization: `Bearer tg_${'A'.repeat(43)}, Bearer tg_${'B'.repeat(43)}` }],
])('without a key in force every /v1 address answers 401 and repeats nothing: %s', async (_name, headers) => {
  const door = await openDoor()
  const requests: [string, RequestInit][] = [
    ['/v1/usage', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }],
    ['/v1/records', { headers }],
    ['/v1/subscriptions/sub_0123456789ABCDEFGHIJKL/records', { headers }],
  ]
  for (const [path, init] of requests) {
    const response = await door.fetch(path, init)
    const text = await response.text()
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(JSON.parse(text)).toMatchObject({ code: 'unauthorized' })
    expect(text).not.toMatch(/AAAA|OR 1=1|dXNl/)
  }
})

test('a revoked key ends with its next request', async () => {
  const door = await openDoor()
  expect((await door.post([event])).status).toBe(200)
  await env.DB.prepare('UPDATE api_keys SET revoked_ms = 1').run()
  expect((await door.post([event])).status).toBe(401)
})

test('a key is stored as its hash only', async () => {
  const text = await addKey(null)
  const { results } = await env.DB.prepare('SELECT * FROM api_keys').all()
  expect(JSON.stringify(results)).not.toContain(text.slice(12))
})

test.each(['{"0":"subscription"}', 'subscription', ''])(
  'a key whose list of products cannot be read allows nothing: %j',
  async (products) => {
    const door = await openDoor([])
    const subscription = await addSubscription()
    await env.DB.prepare('UPDATE api_keys SET products = ?').bind(products).run()
    expect(await (await door.post([{ ...event, subscription }])).json()).toMatchObject({
      results: [{ code: 'unknown-subscription' }],
    })
  },
)

test('the usage address is used with POST only', async () => {
  const door = await openDoor()
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const response = await door.fetch('/v1/usage', { method })
    expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, 'POST'])
  }
})
